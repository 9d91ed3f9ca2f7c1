import ArgumentParser
import Bootstrap

/// `bootstrap repair`: the history, where it disagrees with the files.
struct RepairCommand: ParsableCommand, TypedCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Show where files and history disagree; with --yes, make the history right.",
        discussion: """
            Writes nothing without --yes or --statement. Migrations themselves never run: the history \
            alone is written.

            --statement answers the question of a run that stopped with "was interrupted in statement \
            k of n": look whether the statement took effect, and say "done", or "again" to have it \
            run by the next bootstrap up.

            Examples:
              bootstrap repair
              bootstrap repair --yes
              bootstrap repair --statement done
            """)

    @Flag(
        name: .shortAndLong,
        help: "Take changed files for what was applied, and drop the rows of deleted files.")
    var yes = false

    @Option(
        help: .init(
            "What became of the interrupted statement: it took effect, or it is to run again.",
            valueName: "done|again"))
    var statement: String?

    @OptionGroup var common: CommonOptions

    func perform(_ work: Work) throws(Failure) -> ExitStatus? {
        let answer = try answer()
        let repairs = try work.pipeline.repair(
            refreshing: yes && !dryRun, answer: dryRun ? nil : answer, work.report)
        try work.print("repair", repairs.members, repairs.lines)
        return nil
    }

    private func answer() throws(Failure) -> Repairs.Answer? {
        guard let statement else { return nil }
        if let answer = Repairs.Answer(rawValue: statement) { return answer }
        throw Failure(
            .usage, "--statement takes done or again, not \(statement)",
            state: "Nothing was changed.",
            next: "say done if the statement took effect, again if it did not")
    }
}
