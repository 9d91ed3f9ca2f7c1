/// Going back: the ways back of the newest applied migrations, the newest first.
struct Rollback {
    let run: Run
    /// How many are undone, or which version stays.
    let target: Options.Target
    /// Whether the user has confirmed it, on a terminal or with `--yes`.
    let isConfirmed: Bool

    /// Undoes them, inside the lock.
    func execute() throws(Failure) -> Report {
        var course = Course()
        do throws(Failure) {
            return try run.execute(.rollBack) { (connection) throws(Failure) in
                try work(on: connection, &course)
            }
        } catch { throw counted(error, course) }
    }

    /// What a run is to undo.
    private struct Course {
        private var chosen: [Applied]?
        /// How many of them were gone when the history was read inside the lock.
        private var gone = 0
        /// How many this run had undone by then.
        private var undone = 0

        /// The rows to undo, the newest first.
        ///
        /// Settled once: a run that has lost its session, or has waited for another one, must not
        /// count from the migration that is the newest by then.
        mutating func rows(
            toward target: Options.Target, in history: [Applied], _ order: VersionOrder
        ) throws(Failure) -> [Applied] {
            if let chosen { return chosen }
            let rows = try RollbackPlan.rows(toward: target, in: history, order)
            chosen = rows
            return rows
        }

        /// Notes how many are left to a run that has undone so many already.
        mutating func note(left: Int, undone: Int) {
            gone = (chosen?.count ?? 0) - left
            self.undone = undone
        }

        /// How many are gone now.
        func gone(undone now: Int) -> Int { gone + now - undone }
    }

    /// The SQL that would run, or the refusal; nothing is locked and nothing is written.
    func preview() throws(Failure) -> Preview {
        guard let connection = try run.find() else {
            throw Creation(run: run, goal: .rollBack).nothingThere
        }
        defer { run.disconnect(connection) }
        let snapshot = try run.history(on: connection).read(on: connection)
        try check(snapshot)
        var history = snapshot.rows
        let outlook = try run.foresee(&history, exists: snapshot.exists, on: connection)
        let rows = try RollbackPlan.rows(toward: target, in: history, order)
        let plan = try plan(rows, connection, beside: .others)
        var files = PendingFiles(connection.dialect, run.options)
        let applications = try files.applications(of: plan)
        try run.checkMirroring(of: applications, beside: history, on: connection)
        var preview = Preview(
            target: run.driver.target, creates: false,
            migrations: applications.map(Preview.Migration.init), seeds: [], notes: plan.notes)
        outlook.map { preview.show($0) }
        return preview
    }

    private func work(
        on connection: any Connection, _ course: inout Course
    ) throws(Failure) {
        let mirror = try LedgerMirror(wantedBy: run, connection)
        try mirror?.takeIn()
        let snapshot = try run.history(on: connection).read(on: connection)
        try check(snapshot)
        let rows = try course.rows(toward: target, in: snapshot.rows, order)
        guard try isLeft(of: rows, in: snapshot.rows) else { return }
        // Before the lock: a wrong file waits for nobody.
        var files = PendingFiles(connection.dialect, run.options)
        _ = try files.applications(of: try plan(rows, connection, beside: .unknown))
        if snapshot.isReadOnly || connection.server.isReadOnly {
            throw Work(run: run, connection: connection, goal: .rollBack).readOnly()
        }
        for note in connection.notes { run.report(.note(note)) }
        let lock = Lock(
            run: run, connection: connection,
            history: History(run.options.history, connection.dialect))
        try lock.hold(
            orFinish: { () throws(Failure) in
                try !isLeft(of: rows, in: try lock.history.read(on: connection).rows)
            },
            { (hold) throws(Failure) in
                let snapshot = try lock.history.read(on: connection)
                // Whoever held the lock may have made it production's.
                try check(snapshot)
                let rest = try RollbackPlan.rest(of: rows, in: snapshot.rows, order)
                course.note(left: rest.count, undone: run.undone)
                let plan = try plan(rest, connection, beside: hold == nil ? .others : .nobody)
                for note in plan.notes { run.report(.note(note)) }
                var applications = try files.applications(of: plan)
                guard let mirror else {
                    return try act(applications, on: connection, lock.history, hold)
                }
                try mirror.prepare(&applications, beside: snapshot.rows)
                try mirror.hold { () throws(Failure) in
                    try act(applications, on: connection, lock.history, hold)
                }
            })
    }

    private func act(
        _ applications: [Application], on connection: any Connection, _ history: History,
        _ lock: Hold?
    ) throws(Failure) {
        var history = history
        try Work(run: run, connection: connection, goal: .rollBack).prepare(&history, exists: true)
        let site = Site(run: run, connection: connection, history: history, lock: lock)
        try Migrator(site: site).rollBack(applications)
        count(try history.read(on: connection).rows)
    }

    /// Whether any of `rows` is left in the history; counts what is there.
    private func isLeft(of rows: [Applied], in history: [Applied]) throws(Failure) -> Bool {
        count(history)
        return try !RollbackPlan.rest(of: rows, in: history, order).isEmpty
    }

    private var order: VersionOrder { VersionOrder(run.source.migrations) }

    private func check(_ snapshot: History.Snapshot) throws(Failure) {
        try ProductionGuard(run: run, deed: .rollBack, isConfirmed: isConfirmed).check(snapshot)
    }

    private func plan(
        _ rows: [Applied], _ connection: any Connection, beside company: Company
    ) throws(Failure) -> RollbackPlan {
        try RollbackPlan(
            rows, files: run.source.migrations, options: run.options, dialect: connection.dialect,
            beside: company)
    }

    private func count(_ rows: [Applied]) {
        run.count(migrations: rows.done(.migration), seeds: rows.done(.seed))
    }

    /// The failure with the count that is left in its advice: the same command would go further back.
    private func counted(_ failure: Failure, _ course: Course) -> Failure {
        guard case .count(let count) = target else { return failure }
        let left = count - course.gone(undone: run.undone)
        guard left > 0, left < count else { return failure }
        var failure = failure
        failure.next = failure.next?.replacing(
            "run the same command again", with: "run bootstrap rollback \(left)")
        return failure
    }
}
