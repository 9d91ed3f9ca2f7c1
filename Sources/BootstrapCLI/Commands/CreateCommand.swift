import ArgumentParser

/// `bootstrap create`: the database alone.
struct CreateCommand: ParsableCommand {
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
}
