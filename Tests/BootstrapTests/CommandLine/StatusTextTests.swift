import Testing

@testable import Bootstrap
@testable import BootstrapCLI

/// What `status` says of a migration that is not finished: each last line is what to do next.
@Suite struct StatusTextTests {
    private func entry(
        _ state: Status.State, undecided: Int? = nil, outcome: Repairs.Outcome? = nil,
        error: String? = nil
    ) -> Status.Entry {
        Status.Entry(
            kind: "migration", name: "7_a", state: state, progress: "1 of 3", undecided: undecided,
            outcome: outcome, error: error)
    }

    /// The line of the migration and the verdict, their blanks made one.
    private func lines(
        _ entry: Status.Entry, lock: LockHolder? = nil, locksAreOff: Bool = false
    ) -> [String] {
        var status = Status(
            target: "here", database: "here", exists: true, lock: lock, entries: [entry])
        status.mayBeAtWork = lock != nil || locksAreOff
        return status.lines.filter { !$0.hasPrefix("locked") }.suffix(2).map {
            $0.split(separator: " ").joined(separator: " ")
        }
    }

    @Test func `one that nobody is at work on was interrupted, and up goes on`() {
        #expect(
            lines(entry(.running)) == [
                "stopped 7_a 1 of 3 statements done",
                "stopped 7_a was interrupted; bootstrap up goes on from there",
            ])
        #expect(
            lines(entry(.undoing)) == [
                "undoing 7_a 1 of 3 statements of the way back done",
                "undoing the way back of 7_a was interrupted; bootstrap rollback goes on from there",
            ])
    }

    @Test func `one that failed is to be corrected first`() {
        #expect(
            lines(entry(.failed, error: "1064")) == [
                "failed 7_a 1 of 3 statements done [1064]",
                "failed 7_a failed; correct what was wrong, and bootstrap up goes on from there",
            ])
        #expect(
            lines(entry(.undoing, error: "1146")).last
                == "undoing the way back of 7_a failed; correct what was wrong, and "
                + "bootstrap rollback goes on from there")
    }

    @Test(
        arguments: [
            (.done, "took effect", "goes on behind it"),
            (.untouched, "did nothing", "begins with it"),
            (.partly, "took effect in part", "does what is left"),
        ] as [(Repairs.Outcome, String, String)])
    func `what the catalogue tells of a statement is said with what follows from it`(
        _ outcome: Repairs.Outcome, _ effect: String, _ next: String
    ) {
        #expect(
            lines(entry(.running, undecided: 2, outcome: outcome)) == [
                "stopped 7_a 1 of 3 statements done (statement 2 \(effect))",
                "stopped 7_a was interrupted in statement 2, which \(effect); bootstrap up \(next)",
            ])
    }

    @Test func `where a person has to look, the answer comes before the next run`() {
        let look =
            "look whether it took effect, answer with bootstrap repair --statement done, or "
            + "--statement again, then bootstrap"
        #expect(
            lines(entry(.failed, undecided: 2, error: "1146")) == [
                "failed 7_a 1 of 3 statements done (whether statement 2 took effect is not known) "
                    + "[1146]",
                "failed 7_a failed in statement 2: \(look) up",
            ])
        #expect(
            lines(entry(.undoing, undecided: 2)).last
                == "undoing the way back of 7_a was interrupted in statement 2: \(look) rollback")
    }

    @Test func `a run that has the lock is waited for, and its statement is not in doubt`() {
        #expect(
            lines(entry(.running, undecided: 2), lock: LockHolder(who: "app@web-1")) == [
                "running 7_a 1 of 3 statements done (in statement 2)",
                "running 7_a is not finished; a run is at work, and bootstrap up waits for it",
            ])
    }

    @Test func `without locks nobody can tell work from an interruption`() {
        #expect(
            lines(entry(.running, undecided: 2), locksAreOff: true) == [
                "running 7_a 1 of 3 statements done (in statement 2)",
                "running 7_a is at work, or was interrupted; bootstrap up goes on with it",
            ])
    }
}
