import ArgumentParser
import Bootstrap

/// `bootstrap plan`: what `up` would run.
struct PlanCommand: ParsableCommand, PipelineCommand {
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
    @OptionGroup var locks: LockOptions
    @OptionGroup var output: OutputOptions

    @OptionGroup var creation: CreationOptions
    @OptionGroup var seeding: SeedingOptions
    @OptionGroup var mirror: MirrorOptions

    static let waits = false
    var given: [String: String] {
        merged(database, files, apply, locks, output, creation, seeding, mirror)
    }
    var settings: [String] { files.set }

    func perform(_ work: Work) throws(Failure) -> ExitStatus? {
        try work.show(work.pipeline.plan())
        return nil
    }
}
