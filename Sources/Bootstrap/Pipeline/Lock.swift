/// The lock that keeps replicas orderly, polled and never waited for inside the server.
///
/// Correctness does not rest on it alone (see ``TransactionalMigration`` and ``MarkedMigration``);
/// it covers the creation of our table and the seeds, and spares the replicas from racing.
struct Lock {
    let run: Run
    let connection: any Connection
    let history: History

    /// The lock's name; engines hash it together with the database where their locks are global.
    ///
    /// `nil` when the run was told to take none, and behind a pooler that hands each transaction to
    /// another session: a session's lock would hold nothing there and stay behind when the run ends.
    var name: String? {
        guard run.options.lock != Options.LockMode.none else { return nil }
        guard !connection.server.isPooled || run.options.lock == .session else { return nil }
        return "bootstrap \(history.table)"
    }

    /// Runs `body` while this session alone holds the lock, whose name it is given.
    ///
    /// While another session has it, `isFinished` is asked between the tries: when the other has
    /// done all the work, there is nothing left to wait for.
    func hold(
        orFinish isFinished: () throws(Failure) -> Bool,
        _ body: (String?) throws(Failure) -> Void
    ) throws(Failure) {
        guard let name else { return try body(nil) }
        guard try take(name, orFinish: isFinished) else { return }
        defer { connection.unlock(name) }
        try body(name)
    }

    /// - Returns: false when another session has done everything meanwhile.
    private func take(
        _ name: String, orFinish isFinished: () throws(Failure) -> Bool
    ) throws(Failure) -> Bool {
        let deadline = run.timing.now() + run.options.lockWait
        var lastReport: Deadline?
        var delay = Duration.milliseconds(20)
        while try !attempt(name) {
            try run.cancellation.check(state: "Nothing was changed by this run.")
            let now = run.timing.now()
            guard now < deadline else { throw timeout(name) }
            if lastReport.map({ $0.duration(to: now) >= .seconds(30) }) ?? true {
                lastReport = now
                run.report(.locked(by: holder(name)))
            }
            run.timing.pause(delay * (0.75 + run.timing.random() / 2))
            delay = min(delay * 1.5, .milliseconds(500))
            if try isFinished() { return false }
        }
        return true
    }

    private func attempt(_ name: String) throws(Failure) -> Bool {
        do throws(DatabaseError) { return try connection.tryLock(name) } catch {
            throw Failure(
                error.kind == .lost ? .unavailable : .busy, "cannot take the lock", cause: error,
                product: connection.server.product, state: "Nothing was changed.",
                next: "run the same command again")
        }
    }

    private func holder(_ name: String) -> LockHolder {
        // Only for the message: a user who may not see the holder waits all the same.
        (try? connection.holder(of: name)) ?? LockHolder(who: "another bootstrap")
    }

    private func timeout(_ name: String) -> Failure {
        let holder = holder(name)
        let since = holder.since.map { " since \($0)" } ?? ""
        let doing = holder.doing.map { ", in \($0)" } ?? ""
        return Failure(
            .busy,
            "the lock is still held by \(holder.who)\(since)\(doing) after "
                + "\(run.options.lockWait.text)",
            state: "Nothing was changed by this run.",
            next: "wait for the other run, or end its session "
                + "(\(holder.session ?? "unknown")) if it hangs")
    }
}
