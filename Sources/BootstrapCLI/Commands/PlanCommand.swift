import ArgumentParser
import Bootstrap

/// `bootstrap plan`: what `up` would run.
struct PlanCommand: PipelineCommand {
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

    static let waits = false
    var given: [String: String] { merged(database, files, apply, output) }
    var settings: [String] { files.set }

    func perform(_ work: Work) async throws(Failure) -> ExitStatus? {
        work.show(try await work.pipeline.plan())
        return nil
    }
}
