/// A row that says who works on a database, where the locks of sessions keep nobody away: in a
/// cluster each of whose nodes has locks of its own, or behind a pooler with one session.
///
/// The row has a token, which grows with each owner, and a beat, which its owner counts up
/// (``Heart``). No clock is compared with another: whoever waits watches the row, and takes it over
/// once it has stood still for ``Options/lease`` by the waiter's own clock. An owner that was only
/// asleep does no harm when it wakes, for whatever it writes to the history asks for its token.
///
/// Nobody deletes the row: a token that began again could be an old owner's.
final class Lease {
    private let run: Run
    private let connection: any Connection
    private var row: LeaseRow
    /// While the lease is ours: our token, and what keeps it.
    private var ours: (token: Int64, heart: Heart)?
    /// The row when it was last seen to change, and when that was.
    private var seen: (state: LeaseRow.State, at: Deadline)?
    /// Whether it was taken from a run that gave no sign of life.
    private(set) var isTakenOver = false

    init(run: Run, connection: any Connection, history: History) {
        self.run = run
        self.connection = connection
        row = LeaseRow(history)
    }

    /// Takes the lease if it is free, or has stood still for long enough; never waits.
    func take() throws(DatabaseError) -> Bool {
        do throws(DatabaseError) { return try attempt() } catch {
            // Somebody else's write to the row is in the way, or came before ours.
            guard error.kind == .busy else { throw error }
            return false
        }
    }

    private func attempt() throws(DatabaseError) -> Bool {
        let (owner, lasts) = (run.options.owner, run.options.lease)
        guard let state = try row.read(on: connection, creating: true) else {
            let isOurs = try row.insert(on: connection, owner, lasts: lasts)
            if isOurs { own(1) }
            return isOurs
        }
        guard state.isFree || hasStoodStill(state) else { return false }
        guard try row.take(from: state, on: connection, owner, lasts: lasts) else { return false }
        isTakenOver = !state.isFree
        own(state.token + 1)
        guard isTakenOver else { return true }
        run.report(
            .note(
                "\(state.owner) has given no sign of life for \(patience(state).text): its lease "
                    + "was taken over"))
        return true
    }

    /// Whether the row has not changed for as long as a lease lasts, its owner's or ours.
    private func hasStoodStill(_ state: LeaseRow.State) -> Bool {
        guard let seen, seen.state.isStill(since: state) else {
            seen = (state, run.timing.now())
            return false
        }
        return seen.at.duration(to: run.timing.now()) >= patience(state)
    }

    private func patience(_ state: LeaseRow.State) -> Duration {
        max(state.lasts, run.options.lease)
    }

    private func own(_ token: Int64) {
        let row = row
        // Without the run's watch: the beat goes on while a run that is stopped finishes its step.
        let heart = Heart(
            driver: run.driver, session: SessionSettings(run.options, watch: Watch()),
            interval: run.options.lease / 3, interrupter: connection.interrupter
        ) { row.beat(token, doing: $0) }
        ours = (token, heart)
    }

    /// Who has the lease; `nil` when nobody does.
    func holder() throws(DatabaseError) -> LockHolder? {
        guard let state = try row.read(on: connection, creating: false), !state.isFree else {
            return nil
        }
        return LockHolder(
            who: state.owner, session: state.session, since: state.since,
            doing: state.doing.isEmpty ? nil : state.doing)
    }

    // MARK: While it is ours

    private var token: Int64 { ours?.token ?? -1 }

    /// True only while the lease is ours, as far as the session that asks can see.
    var condition: String { row.condition(token) }

    /// For a transaction's end: fails unless the lease is ours, and no takeover passes it, for both
    /// write the row.
    var fence: Statement { Statement(row.fence(token)) }

    /// Whether another run has certainly taken it over.
    var isLost: Bool { ours?.heart.isFenced ?? false }

    /// Shows those who wait what this run does, from the next beat on.
    func announce(_ doing: String) { ours?.heart.announce(doing) }

    /// Counts the beat up by the session that works, where the server gives us no other.
    func beat() {
        guard !connection.isInTransaction, let beat = ours?.heart.dueBeat() else { return }
        // What came of it is found out by the next statement that asks for the token.
        _ = try? connection.change(beat)
    }

    /// Gives it back, by a new session where ours is gone.
    func release() {
        guard let ours else { return }
        self.ours = nil
        ours.heart.stop()
        let release = row.release(ours.token)
        guard (try? connection.change(release)) == nil else { return }
        let deadline = run.timing.now() + min(run.options.attemptTimeout, .seconds(5))
        // Where that fails too, the others wait until the row has stood still for long enough.
        guard
            let other = try? run.driver.connect(
                SessionSettings(run.options, watch: Watch()), before: deadline)
        else { return }
        _ = try? other.change(release)
        other.close()
    }

    /// What work ends with after a takeover.
    static let lost = DatabaseError(.lost, "another run has taken the lease over")
}
