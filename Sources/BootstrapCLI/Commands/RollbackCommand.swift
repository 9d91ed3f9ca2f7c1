import ArgumentParser
import Bootstrap

/// `bootstrap rollback`: the ways back of the newest migrations.
struct RollbackCommand: ParsableCommand, TypedCommand, WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Take the ways back of the newest applied migrations, the newest first.",
        discussion: """
            A way back is a file <digits>_<name>.down.sql beside the migration's own. A migration \
            without one, without its files, or that is not finished stops the rollback with 78 \
            before anything is changed. Rows of repeatable migrations and seeds stay as they are: \
            bootstrap seed --again plants what a way back has deleted.

            A database of the environment production is rolled back only when this run says \
            --environment production and the question is answered, or --yes given.

            Examples:
              bootstrap rollback
              bootstrap rollback 3 --dry-run
              bootstrap rollback --to 20260101120000
              bootstrap rollback --to 0
            """)

    @Argument(help: .init("How many migrations to roll back (default: 1).", valueName: "n"))
    var count: String?

    @Option(
        help: .init(
            "Go back until this applied version is the newest one; 0 goes back to the beginning.",
            valueName: "version"))
    var to: String?

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var watch: WatchOptions
    @OptionGroup var mirror: MirrorOptions
    @OptionGroup var common: CommonOptions

    var given: [String: String] { merged(watch, mirror, common) }

    /// How far to go back.
    ///
    /// A number with a zero in front is a version, as files have it: nobody counts so.
    static func target(count: String?, to: String?) throws(Failure) -> Options.Target {
        if let count, to != nil {
            throw Failure(
                .usage, "a rollback takes a count or --to, not both",
                next: "leave out \(count), or --to")
        }
        if let to { return .version(try givenVersion(to)) }
        guard let count else { return .count(1) }
        guard let number = Int(count), number > 0, String(number) == count else {
            let isVersion = count.utf8.first.map { (0x30...0x39).contains($0) } ?? false
            throw Failure(
                .usage, "\(count) is no count of migrations",
                next: isVersion
                    ? "say bootstrap rollback --to \(count) to go back to that version"
                    : "say bootstrap rollback 2 to go back by two migrations")
        }
        return .count(number)
    }

    func show(_ work: Work) throws(Failure) {
        let preview = try work.pipeline.planRollback(
            Self.target(count: count, to: to), isConfirmed: consent.isPossible)
        try work.print("plan", preview.rollbackMembers, preview.lines(of: "way back of"))
    }

    func execute(_ work: Work) throws(Failure) {
        let target = try Self.target(count: count, to: to)
        let isConfirmed = consent.isGiven(to: "rolls back", work)
        try work.pipeline.rollback(target, isConfirmed: isConfirmed, work.report)
    }
}
