import ArgumentParser
import Bootstrap

/// `bootstrap status`: what is applied and what is not.
struct StatusCommand: ParsableCommand, PipelineCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what is applied, pending, changed or missing, and who holds the lock.",
        discussion: """
            Reads only, and does not wait unless --wait says so.

            Examples:
              bootstrap status
              bootstrap status --exit-code || echo "something is pending"
              bootstrap status --json
            """)

    @Flag(name: .customLong("exit-code"), help: "Exit with 1 when something is pending.")
    var exitCode = false

    @Flag(help: "Show each option's value too, and where it came from.")
    var verbose = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var output: OutputOptions

    static let waits = false
    var given: [String: String] { merged(database, files, output) }
    var settings: [String] { files.set }

    func perform(_ work: Work) throws(Failure) -> ExitStatus? {
        let status = try work.pipeline.status()
        try work.print(
            "status", status.members + (verbose ? [work.optionMember] : []),
            (verbose ? work.optionLines : []) + status.lines)
        return exitCode && status.state != .ready && status.state != .ahead ? .pending : nil
    }
}
