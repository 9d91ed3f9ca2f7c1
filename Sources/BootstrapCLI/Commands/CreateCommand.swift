import ArgumentParser
import Bootstrap

/// `bootstrap create`: the database alone.
struct CreateCommand: ParsableCommand, WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Wait, then create the database if it is missing.",
        discussion: """
            Any number of processes may do so at once. In the environment production nothing is \
            created without --create.

            Examples:
              bootstrap create --url mariadb://root:secret@db/shop
              bootstrap create --environment production --create
            """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var locks: LockOptions
    @OptionGroup var watch: WatchOptions
    @OptionGroup var output: OutputOptions

    @OptionGroup var creation: CreationOptions

    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and write nothing.")
    var dryRun = false

    var readsFiles: Bool { false }
    var given: [String: String] { merged(database, files, locks, watch, output, creation) }
    var settings: [String] { files.set }

    func show(_ work: Work) throws(Failure) { try work.show(work.pipeline.planCreation()) }
    func execute(_ work: Work) throws(Failure) { try work.pipeline.create(work.report) }
}
