import ArgumentParser
import Bootstrap

/// `bootstrap adopt`: a schema that is there, taken for what the migrations made.
struct AdoptCommand: ParsableCommand, TypedCommand, WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Take the migrations up to a version for applied, without running them.",
        discussion: """
            For a database whose schema was made by hand or by another tool: the history is written, \
            and created where it is missing; no migration runs. Only you can know that the schema is \
            what the files would have made. Migrations that are recorded already stay as they are.

            Repeatable migrations and seeds are not adopted: the next bootstrap up runs them, and what \
            is newer than the version.

            Examples:
              bootstrap adopt --to 0007 --dry-run
              bootstrap adopt --to 20260101120000
            """)

    @Option(
        help: .init("The newest version that the database has, included.", valueName: "version"))
    var to: String

    @OptionGroup var common: CommonOptions

    var isWatched: Bool { false }
    static var idle: Transcript.Idle { .nothingToAdopt }

    func show(_ work: Work) throws(Failure) {
        let preview = try work.pipeline.planAdoption(to: givenVersion(to))
        try work.print("plan", preview.adoptionMembers, preview.adoptionLines)
    }

    func execute(_ work: Work) throws(Failure) {
        try work.pipeline.adopt(to: givenVersion(to), work.report)
    }
}
