import ArgumentParser
import Bootstrap

/// `bootstrap reset`: `drop`, then `up`.
struct ResetCommand: ParsableCommand, TypedCommand, WritingCommand {
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

    @OptionGroup var consent: ConsentOptions

    @OptionGroup var seeding: SeedingOptions
    @OptionGroup var apply: ApplyOptions
    @OptionGroup var watch: WatchOptions
    @OptionGroup var common: CommonOptions

    var given: [String: String] { merged(seeding, apply, watch, common) }

    func show(_ work: Work) throws(Failure) {
        let plan = try work.pipeline.planReset(isConfirmed: consent.isPossible)
        try work.print(
            "plan", [.init("drop", .bool(plan.drops))] + plan.preview.members,
            (plan.drops ? ["-- would drop \(work.target)"] : []) + plan.preview.lines)
        if let refusal = plan.preview.refusal { throw refusal }
    }

    func execute(_ work: Work) throws(Failure) {
        let isConfirmed = consent.isGiven(to: "drops", work)
        try work.pipeline.reset(isConfirmed: isConfirmed, work.report)
    }
}
