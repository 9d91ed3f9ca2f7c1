import ArgumentParser
import Bootstrap

/// `bootstrap drop`: the database with all that is in it.
struct DropCommand: ParsableCommand, PipelineCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Drop the database with all that is in it.",
        discussion: """
            A database of the environment production is dropped only when this run says \
            --environment production and the question is answered, or --yes given.

            Examples:
              bootstrap drop --url sqlite:shop.db --yes
            """)

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var locks: LockOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and write nothing.")
    var dryRun = false

    static let waits = false
    var readsFiles: Bool { false }
    var given: [String: String] { merged(database, files, locks, output) }
    var settings: [String] { files.set }

    func perform(_ work: Work) throws(Failure) -> ExitStatus? {
        guard !dryRun else {
            // A person at a terminal would be asked, and only then.
            let isThere = try work.pipeline.planDrop(isConfirmed: yes || Question.isPossible)
            try work.print(
                "plan",
                [.init("target", .string(work.target)), .init("drop", .bool(isThere))],
                ["\(isThere ? "would drop" : "there is no") \(work.target)"])
            return nil
        }
        let isConfirmed = yes || Question.confirms("drops", work.pipeline.pipeline)
        let isDropped = try work.pipeline.drop(isConfirmed: isConfirmed, work.report)
        if !isDropped { work.reporter.report(.note("there was no database to drop")) }
        return nil
    }
}
