import ArgumentParser
import Bootstrap

/// `bootstrap reset`: `drop`, then `up`.
struct ResetCommand: ParsableCommand, PipelineCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Drop the database with all that is in it, then create, migrate and seed it.",
        discussion: """
            Every file is judged before anything is dropped. A database of the environment \
            production is dropped only when this run says --environment production and the \
            question is answered, or --yes given.

            Examples:
              bootstrap reset --url sqlite:shop.db
              bootstrap reset --dry-run
            """)

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var apply: ApplyOptions
    @OptionGroup var locks: LockOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .customLong("no-seed"), help: "Leave the seeds out.")
    var noSeed = false

    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and write nothing.")
    var dryRun = false

    static let waits = false
    var given: [String: String] {
        var given = merged(database, files, apply, locks, output)
        if noSeed { given["seed"] = "false" }
        return given
    }
    var settings: [String] { files.set }

    func perform(_ work: Work) throws(Failure) -> ExitStatus? {
        guard !dryRun else {
            // A person at a terminal would be asked, and only then.
            let plan = try work.pipeline.planReset(isConfirmed: yes || Question.isPossible)
            try work.print(
                "plan", [.init("drop", .bool(plan.drops))] + plan.preview.members,
                (plan.drops ? ["-- would drop \(work.target)"] : []) + plan.preview.lines)
            return nil
        }
        let isConfirmed = yes || Question.confirms("drops", work.pipeline.pipeline)
        try work.pipeline.reset(isConfirmed: isConfirmed, work.report)
        return nil
    }
}
