import ArgumentParser
import Bootstrap

/// `bootstrap adopt`: what another tool has applied, or somebody by hand, taken for applied.
struct AdoptCommand: ParsableCommand, TypedCommand, WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract:
            "Take over another tool's history, or take migrations up to a version for applied.",
        discussion: """
            Finds the table of the tool that has migrated this database (\(Ledgers.names.joined(separator: ", "))), \
            compares it with the files, by that tool's checksums too, and records in the history what it \
            has applied. No migration runs, and that table stays as it is: to go back, drop the history.

            A changed file, a table that is not there although its migration counts as applied, and \
            a migration that failed in the middle are refused: --pending names one that has not run, \
            --accept takes the database as it is.

            Without another tool's table, or with --from none, --to says what is taken for applied: for a \
            schema that was made by hand. Only you can know that it is what the files would have made.

            Repeatable migrations and seeds are not adopted, but for Flyway's repeatable ones that have \
            not changed: the next bootstrap up runs them, and what is pending.

            Examples:
              bootstrap adopt --dry-run
              bootstrap adopt
              bootstrap adopt --from goose:app_versions --pending 20260101120000
              bootstrap adopt --to 0007
            """)

    @Option(
        help: .init(
            "Whose history: a tool, with its table where that has a name of its own; or none.",
            valueName: "tool[:table]"))
    var from: String?

    @Option(
        help: .init("The newest version that the database has, included.", valueName: "version"))
    var to: String?

    @Option(
        parsing: .singleValue,
        help: .init(
            "A version that has not run, whatever the other tool says; may be repeated.",
            valueName: "version"))
    var pending: [String] = []

    @Flag(help: "Take changed files, and what looks otherwise in the database, as they are.")
    var accept = false

    @Flag(
        help: "Write into the other tool's table what the history has and it has not.")
    var mirror = false

    @OptionGroup var common: CommonOptions

    var isWatched: Bool { false }
    static var idle: Transcript.Idle { .nothingToAdopt }

    func show(_ work: Work) throws(Failure) {
        let preview = try work.pipeline.planAdoption(request())
        try work.print("plan", preview.adoptionMembers, preview.adoptionLines)
        if let refusal = preview.refusal { throw refusal }
    }

    func execute(_ work: Work) throws(Failure) {
        try work.pipeline.adopt(request(), work.report)
    }

    private func request() throws(Failure) -> AdoptionRequest {
        var request = AdoptionRequest(pending: pending, acceptsDoubts: accept, mirrors: mirror)
        if let to { request.version = try givenVersion(to) }
        switch from {
        case nil: break
        case "none"?: request.origin = .nobody
        case let from?:
            guard let name = LedgerName(parsing: from) else {
                throw Failure(
                    .usage, "--from names no tool",
                    next: "name one of \(Ledgers.names.joined(separator: ", ")), or none")
            }
            request.origin = .tool(name.tool, table: name.table)
        }
        return request
    }
}
