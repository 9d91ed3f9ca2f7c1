import ArgumentParser

/// `bootstrap new`: empty files with the right names.
struct NewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write empty files for a new migration or seed, and print their paths.",
        discussion: """
            Numbered as the folder is: by the next number, or by the time of day in UTC.

            Examples:
              bootstrap new add_index --down
              bootstrap new audit_trigger --engine postgres --engine mariadb
              $EDITOR $(bootstrap new create_invoice)
            """)

    @Argument(help: "What it does, in words: \"add index\" becomes add_index.")
    var name: String

    @Option(help: .init("Write a variant for this engine; may be repeated.", valueName: "engine"))
    var engine: [String] = []

    @Flag(help: "Write the way back too.")
    var down = false

    @Flag(help: "Write a seed instead of a migration.")
    var seed = false

    @OptionGroup var files: FileOptions
}
