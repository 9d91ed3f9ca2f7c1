import ArgumentParser
import Bootstrap

/// `bootstrap create`: the database alone.
struct CreateCommand: ParsableCommand, PipelineCommand {
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

    @Flag(
        inversion: .prefixedNo,
        help: "Create the database when it is missing (default: yes, but not in production).")
    var create: Bool?

    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and write nothing.")
    var dryRun = false

    var readsFiles: Bool { false }
    var given: [String: String] {
        var given = merged(database, files, locks, watch, output)
        given["create"] = create.map(String.init)
        return given
    }
    var settings: [String] { files.set }
    var isWatched: Bool { !dryRun }

    func perform(_ work: Work) throws(Failure) -> ExitStatus? {
        guard dryRun else {
            try work.pipeline.create(work.report)
            return nil
        }
        try work.show(work.pipeline.planCreation())
        return nil
    }
}
