import ArgumentParser

/// `bootstrap validate`: the files alone.
struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check every file for every engine; needs no database.",
        discussion: """
            Names, directives, statements, placeholders and seeds.

            Examples:
              bootstrap validate
              bootstrap validate --print --engine mariadb
            """)

    @Flag(help: "Print the statements as one engine would get them.")
    var print = false

    @Option(help: "Check for this engine only: postgres, mariadb, mysql or sqlite.")
    var engine: String?

    @Option(name: .shortAndLong, help: "Check the seeds of this environment.")
    var environment: String?

    @OptionGroup var files: FileOptions
    @OptionGroup var output: OutputOptions
}
