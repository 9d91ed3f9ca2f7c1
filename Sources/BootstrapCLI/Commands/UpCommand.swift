import ArgumentParser
import Bootstrap

/// `bootstrap up`: the whole pipeline.
struct UpCommand: ParsableCommand, PipelineCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Wait, create, migrate and seed; then become COMMAND.",
        discussion: """
            Examples:
              bootstrap --url postgres://app:secret@db/shop
              bootstrap up --environment production --create
              bootstrap --dry-run
              bootstrap -- npm start
              bootstrap --heartbeat /tmp/alive --health 8080 -- npm start
            """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var apply: ApplyOptions
    @OptionGroup var locks: LockOptions
    @OptionGroup var watch: WatchOptions
    @OptionGroup var output: OutputOptions

    @Flag(
        inversion: .prefixedNo,
        help: "Create the database when it is missing (default: yes, but not in production).")
    var create: Bool?

    @Flag(name: .customLong("no-seed"), help: "Leave the seeds out.")
    var noSeed = false

    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and write nothing.")
    var dryRun = false

    @OptionGroup var program: ProgramOptions

    var given: [String: String] {
        var given = merged(database, files, apply, locks, watch, output)
        given["create"] = create.map(String.init)
        if noSeed { given["seed"] = "false" }
        return given
    }
    var settings: [String] { files.set }
    var isWatched: Bool { !dryRun }
    /// None after a dry run: nothing is ready for it.
    var programWords: [String] { dryRun ? [] : program.command }

    func perform(_ work: Work) throws(Failure) -> ExitStatus? {
        try Self.perform(work, dryRun: dryRun)
    }

    /// Takes all steps, or shows what they would be.
    static func perform(_ work: Work, dryRun: Bool) throws(Failure) -> ExitStatus? {
        if dryRun {
            try work.show(work.pipeline.plan())
        } else {
            try work.pipeline.run(work.report)
        }
        return nil
    }
}
