import ArgumentParser
import Bootstrap

/// `bootstrap seed`: the seeds alone.
struct SeedCommand: ParsableCommand, WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed",
        abstract: "Wait, then plant the seeds that are new or have changed.",
        discussion: """
            Exits with 78 while migrations are pending. A dry run shows the rows that would be \
            inserted, updated (column: old -> new) and deleted, with secrets masked, and their counts.

            Examples:
              bootstrap seed
              bootstrap seed --dry-run
              bootstrap seed 020_reference --again
            """)

    @Argument(help: "The seeds to plant, by name (default: all).")
    var names: [String] = []

    @Flag(help: "Plant them again, also when nothing has changed.")
    var again = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var locks: LockOptions
    @OptionGroup var watch: WatchOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and write nothing.")
    var dryRun = false

    var given: [String: String] { merged(database, files, locks, watch, output) }
    var settings: [String] { files.set }

    func show(_ work: Work) throws(Failure) {
        try work.show(work.pipeline.planSeeds(names, again: again))
    }

    func execute(_ work: Work) throws(Failure) {
        try work.pipeline.seed(names, again: again, work.report)
    }
}
