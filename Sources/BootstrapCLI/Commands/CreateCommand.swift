import ArgumentParser
import Bootstrap

/// `bootstrap create`: the database alone.
struct CreateCommand: PipelineCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Wait, then create the database if it is missing.",
        discussion: """
            Any number of processes may do so at once.

            Examples:
              bootstrap create --url mariadb://root:secret@db/shop
            """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var locks: LockOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and write nothing.")
    var dryRun = false

    var readsFiles: Bool { false }
    var given: [String: String] {
        merged(database, locks, output).merging(["create": "true"]) { $1 }
    }

    func perform(_ work: Work) async throws(Failure) -> ExitStatus? {
        guard dryRun else {
            try await work.pipeline.create(work.report)
            return nil
        }
        try await work.preview { preview in
            preview.migrations = []
            preview.seeds = []
        }
        return nil
    }
}
