/// The lock that keeps replicas orderly, polled and never waited for inside the server.
///
/// Correctness does not rest on it alone (see ``TransactionalMigration`` and ``MarkedMigration``);
/// it covers the creation of our table and the seeds, and spares the replicas from racing.
struct Lock {
    let run: Run
    let connection: any Connection
    let history: History

    /// What keeps others away: what the run was told, or what holds on this server.
    ///
    /// `nil` when the run was told to take nothing.
    private var choice: Hold? {
        switch run.options.lock {
        case Options.LockMode.none?: return nil
        case .session?: return session
        case .lease?: return lease
        case nil: return run.needsLease || !connection.server.hasSessionLocks ? lease : session
        }
    }

    /// Engines hash the name together with the database where their locks are global.
    private var session: Hold { .session("bootstrap \(history.table)") }

    private var lease: Hold {
        .lease(Lease(run: run, connection: connection, history: history))
    }

    /// Who keeps others away now, as far as this user may know; `nil` when nobody does.
    ///
    /// Other runs may have been told to take something else than this one would.
    func holder() throws(Failure) -> LockHolder? {
        for hold in [session, lease] {
            do throws(DatabaseError) {
                if let holder = try look(at: hold) { return holder }
            } catch {
                // A user who may not see who holds the lock sees the rest.
                switch error.kind {
                case .denied, .rejected, .busy, .readOnly, .missingDatabase: continue
                case .unavailable, .lost, .interrupted:
                    throw Failure(
                        .unavailable, "cannot find out who holds the lock", cause: error,
                        product: connection.server.product, state: "Nothing was changed.",
                        next: "run the same command again")
                }
            }
        }
        return nil
    }

    private func look(at hold: Hold) throws(DatabaseError) -> LockHolder? {
        try run.look(on: connection) { () throws(DatabaseError) in
            try hold.holder(on: connection)
        }
    }

    /// Runs `body` while no other run is at work, with what keeps them away.
    ///
    /// While another run has it, `isFinished` is asked between the tries: when the other has done all
    /// the work, there is nothing left to wait for.
    func hold(
        orFinish isFinished: () throws(Failure) -> Bool,
        _ body: (Hold?) throws(Failure) -> Void
    ) throws(Failure) {
        guard var hold = choice else { return try body(nil) }
        guard try take(hold, orFinish: isFinished) else { return }
        if run.options.lock == nil, !LockTrial(run: run, connection: connection).passes(hold) {
            hold.release(on: connection)
            run.report(
                .note("this server's locks keep no other session away: a lease is taken instead"))
            run.needsLease = true
            hold = lease
            guard try take(hold, orFinish: isFinished) else { return }
        }
        defer { hold.release(on: connection) }
        try body(hold)
    }

    /// - Returns: false when another session has done everything meanwhile.
    private func take(
        _ hold: Hold, orFinish isFinished: () throws(Failure) -> Bool
    ) throws(Failure) -> Bool {
        let queue = LockQueue(
            run: run, holder: { holder(of: hold) }, timeout: { timeout(hold) })
        return try queue.wait(orFinish: isFinished) { () throws(Failure) in try attempt(hold) }
    }

    private func attempt(_ hold: Hold) throws(Failure) -> Bool {
        do throws(DatabaseError) { return try hold.take(on: connection) } catch {
            var (status, next) = (ExitStatus.busy, "run the same command again")
            switch error.kind {
            case .lost, .unavailable: status = .unavailable
            case .denied where hold.lease != nil:
                status = .denied
                next =
                    "grant this user the right to create tables, and to write to bootstrap_lease, "
                    + "or run once as a user that has it"
            default: break
            }
            throw Failure(
                status, "cannot take the \(hold.lease == nil ? "lock" : "lease")", cause: error,
                product: connection.server.product, state: "Nothing was changed.", next: next)
        }
    }

    private func holder(of hold: Hold) -> LockHolder {
        // Only for the message: a user who may not see the holder waits all the same.
        (try? look(at: hold)) ?? LockHolder(who: "another bootstrap")
    }

    private func timeout(_ hold: Hold) -> Failure {
        let holder = holder(of: hold)
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
