import ArgumentParser
import Bootstrap

/// `bootstrap drop`: the database with all that is in it.
struct DropCommand: ParsableCommand, TypedCommand, WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Drop the database with all that is in it.",
        discussion: """
            A database of the environment production is dropped only when this run says \
            --environment production and the question is answered, or --yes given.

            Examples:
              bootstrap drop --url sqlite:shop.db --yes
            """)

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var common: CommonOptions

    var readsFiles: Bool { false }
    var isWatched: Bool { false }

    func show(_ work: Work) throws(Failure) {
        let isThere = try work.pipeline.planDrop(isConfirmed: consent.isPossible)
        try work.print(
            "plan",
            [.init("target", .string(work.target)), .init("drop", .bool(isThere))],
            ["\(isThere ? "would drop" : "there is no") \(work.target)"])
    }

    func execute(_ work: Work) throws(Failure) {
        let isConfirmed = consent.isGiven(to: "drops", work)
        let isDropped = try work.pipeline.drop(isConfirmed: isConfirmed, work.report)
        if !isDropped { work.reporter.report(.note("there was no database to drop")) }
    }
}
