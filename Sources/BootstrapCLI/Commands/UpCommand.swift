import ArgumentParser
import Bootstrap

/// The whole pipeline, however its arguments were read.
protocol UpSteps: WritingCommand {}

extension UpSteps {
    func show(_ work: Work) throws(Failure) { try work.show(work.pipeline.plan()) }
    func execute(_ work: Work) throws(Failure) { try work.pipeline.run(work.report) }
}

/// `bootstrap up`: the whole pipeline.
struct UpCommand: ParsableCommand, UpSteps {
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

    @OptionGroup var creation: CreationOptions
    @OptionGroup var seeding: SeedingOptions
    @OptionGroup var mirror: MirrorOptions

    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and write nothing.")
    var dryRun = false

    @OptionGroup var program: ProgramOptions

    var given: [String: String] {
        merged(database, files, apply, locks, watch, output, creation, seeding, mirror)
    }
    var settings: [String] { files.set }
    /// None after a dry run: nothing is ready for it.
    var programWords: [String] { dryRun ? [] : program.command }
}
