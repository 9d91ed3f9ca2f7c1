import ArgumentParser

/// `bootstrap drop`: the database with all that is in it.
struct DropCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Drop the database with all that is in it.",
        discussion: """
            Asks first, unless --yes is given. A database of the environment production is dropped \
            only when this run says --environment production, and without a terminal --yes too.

            Examples:
              bootstrap drop --url sqlite:shop.db --yes
            """)

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var locks: LockOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and write nothing.")
    var dryRun = false
}
