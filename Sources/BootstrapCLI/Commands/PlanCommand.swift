import ArgumentParser

/// `bootstrap plan`: what `up` would run.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show the SQL and the rows that up would run; write nothing.",
        discussion: """
            Examples:
              bootstrap plan
              bootstrap plan --to +1 --json
            """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var apply: ApplyOptions
    @OptionGroup var output: OutputOptions
}
