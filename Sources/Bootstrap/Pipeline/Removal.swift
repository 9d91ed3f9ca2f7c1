/// Dropping a database, behind the guard of its environment.
struct Removal {
    let run: Run
    /// Whether the user has confirmed it, on a terminal or with `--yes`.
    let isConfirmed: Bool
    /// What is to follow at once, or `nil`: what would refuse it refuses the drop.
    var successor: Run.Goal?

    /// Drops it once no other run is at work in it.
    ///
    /// - Returns: false when there was no database.
    func drop() throws(Failure) -> Bool {
        run.report(.started(target: run.driver.target))
        var (losses, hasBegun) = (0, false)
        while true {
            do throws(Failure) { return try attempt(&hasBegun) } catch {
                try run.cancellation.check(state: error.state)
                // Whoever held the lock may have dropped it, and ended our session with it.
                guard error.cause?.kind == .lost, losses < 3 else { throw error }
                losses += 1
                run.timing.pause(.milliseconds(200))
            }
        }
    }

    /// Whether there is a database to drop; throws where dropping it would be refused.
    func mayDrop() throws(Failure) -> Bool {
        guard let connection = try connect() else { return false }
        defer { run.disconnect(connection) }
        try inspect(connection)
        return true
    }

    /// - `hasBegun`: whether the server was told to drop it, which it may have done although the
    ///   session was lost.
    private func attempt(_ hasBegun: inout Bool) throws(Failure) -> Bool {
        guard let connection = try connect() else {
            if hasBegun { run.report(.dropped(database: name)) }
            return hasBegun
        }
        // The lock is this session's: it stays open until the database is gone.
        defer { run.disconnect(connection) }
        try inspect(connection)
        let history = History(run.options.history, connection.dialect)
        let lock = Lock(run: run, connection: connection, history: history)
        var isDropped = false
        try lock.hold(orFinish: { () throws(Failure) in false }) { (_) throws(Failure) in
            // Whoever held the lock may have made it production's.
            try inspect(connection)
            hasBegun = true
            isDropped = try remove()
        }
        return isDropped
    }

    private func remove() throws(Failure) -> Bool {
        let deadline = run.timing.now() + max(run.options.wait, run.options.attemptTimeout)
        do throws(DatabaseError) {
            let isDropped = try run.driver.drop(run.session, before: deadline)
            if isDropped { run.report(.dropped(database: name)) }
            return isDropped
        } catch {
            if error.kind == .interrupted {
                try run.cancellation.check(state: "Nothing was changed.")
            }
            var failure = refused(error)
            if error.kind == .busy {
                failure.status = .busy
                failure.next = "end the sessions that use it, and run the same command again"
            }
            throw failure
        }
    }

    private func refused(_ error: DatabaseError) -> Failure {
        Failure(connecting: error, headline: "cannot drop the database \(name)")
    }

    private var name: String { run.driver.databaseName }

    /// - Returns: `nil` when there is no database.
    private func connect() throws(Failure) -> (any Connection)? {
        do throws(DatabaseError) { try run.driver.checkDrop() } catch {
            var failure = refused(error)
            failure.state = "Nothing was changed."
            throw failure
        }
        return try run.find(for: " to drop", rule: ", and none is dropped through it")
    }

    private func inspect(_ connection: any Connection) throws(Failure) {
        let history = History(run.options.history, connection.dialect)
        // A history that cannot be read may be production's: the failure of reading it stands.
        let snapshot = try history.read(on: connection)
        try ProductionGuard(run: run, deed: .drop, isConfirmed: isConfirmed).check(snapshot)
        if let goal = successor { try Creation(run: run, goal: goal).check() }
    }
}

extension Failure {
    /// The failure of a run that has dropped the database before it: that run's advice does not hold
    /// for a command that drops.
    func behindDrop(of database: String) -> Failure {
        var failure = self
        let isUnchanged = state?.hasPrefix("Nothing was changed") ?? false
        let rest = isUnchanged ? "Nothing else was changed." : state
        failure.state = "The database \(database) was dropped." + (rest.map { " " + $0 } ?? "")
        failure.next = next?.replacing("run the same command again", with: "run bootstrap up")
        return failure
    }
}
