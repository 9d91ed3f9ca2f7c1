import ArgumentParser
import Bootstrap

/// A command that works on a database: on the main thread, while another one takes signals.
protocol PipelineCommand: Sendable {
    /// The options that the user gave, by their names in the table of all options.
    var given: [String: String] { get }
    /// The settings that the user gave with `--set`, as `NAME=VALUE`.
    var settings: [String] { get }
    /// What the process becomes afterwards; empty for nothing.
    var programWords: [String] { get }
    /// Whether it waits for the database unless `--wait` says otherwise: what containers run does,
    /// what people type does not.
    static var waits: Bool { get }
    /// Whether others may want to see that it is alive: of what containers run and of what may take
    /// long, and of no dry run, which somebody types beside them, in the same environment.
    var isWatched: Bool { get }
    /// Whether it reads migrations and seeds.
    var readsFiles: Bool { get }
    /// What the last line says of a run that changed nothing.
    static var idle: Transcript.Idle { get }

    /// Does the work, and returns the exit status of a success.
    func perform(_ work: Work) throws(Failure) -> ExitStatus?
}

extension PipelineCommand {
    var settings: [String] { [] }
    var programWords: [String] { [] }
    static var waits: Bool { true }
    var isWatched: Bool { Self.waits }
    var readsFiles: Bool { true }
    static var idle: Transcript.Idle { .nothingToDo }
}

/// A command that writes, and that shows what it would do after `--dry-run`.
protocol WritingCommand: PipelineCommand {
    /// Whether to show what would be done, and write nothing.
    var dryRun: Bool { get }

    /// Shows what would be done.
    func show(_ work: Work) throws(Failure)
    /// Does it.
    func execute(_ work: Work) throws(Failure)
}

extension WritingCommand {
    var isWatched: Bool { !dryRun }

    func perform(_ work: Work) throws(Failure) -> ExitStatus? {
        if dryRun { try show(work) } else { try execute(work) }
        return nil
    }
}

/// A command that people type and that writes.
protocol TypedCommand: PipelineCommand {
    /// The options that all of them have.
    var common: CommonOptions { get }
}

extension TypedCommand {
    static var waits: Bool { false }
    var given: [String: String] { common.given }
    var settings: [String] { common.files.set }
    var dryRun: Bool { common.dryRun }
}

extension ParsableCommand where Self: PipelineCommand {
    /// Never called: ``Main`` performs these commands itself.
    func run() throws {}
}

/// What a command works with.
struct Work: Sendable {
    /// The pipeline, with all options of flags, variables and files.
    var pipeline: BlockingPipeline
    /// Each option's value and where it came from, for `status --verbose`.
    let values: [Configuration.Value]
    /// Who tells what happens.
    let reporter: any Reporter
    /// Whether results are JSON.
    let isJSON: Bool
    /// What the database is called, in JSON; `nil` where the URL names none.
    let database: String?
    /// Where the database is, without a password.
    var target: String {
        let url = pipeline.pipeline.url
        return (try? Pipeline.driver(for: url, among: drivers))?.target ?? url.description
    }

    /// Tells an event.
    var report: Pipeline.Reporter { { [reporter] in reporter.report($0) } }

    /// The options as `status --verbose` shows them.
    var optionLines: [String] {
        values.compactMap { value in
            value.text.map {
                "option     " + value.key.padded(to: 19) + $0.padded(to: 30) + "\(value.origin)"
            }
        }
    }

    /// The same as a member of the status.
    var optionMember: JSON.Member {
        let options = values.filter { $0.text != nil }.map { value in
            JSON.object([
                .init("name", .string(value.key)), .init("value", JSON(value.text)),
                .init("origin", .string("\(value.origin)")),
            ])
        }
        return .init("options", .array(options))
    }

    /// Prints a result: an object called `word`, or lines for people.
    func print(
        _ word: String, _ members: @autoclosure () -> [JSON.Member],
        _ lines: @autoclosure () -> [String]
    ) throws(Failure) {
        let lines =
            isJSON ? ["\(JSON.line(word, database: database, members()))"] : lines()
        try Output.standard.writeResult(lines.map { $0 + "\n" }.joined())
    }

    /// Shows what would be done, for `--dry-run` and `plan`.
    func show(_ preview: Preview) throws(Failure) {
        try print("plan", preview.members, preview.lines)
        if let refusal = preview.refusal { throw refusal }
    }
}
