/// Taking migrations for applied that somebody else has applied: their rows of the history are
/// written, and nothing runs.
struct Adoption {
    let run: Run
    /// The newest version that is taken for applied.
    let version: String

    /// Writes the rows, inside the lock.
    func execute() throws(Failure) -> Report {
        try run.execute(.adopt) { (connection) throws(Failure) in try work(on: connection) }
    }

    /// Whose rows would be written, or the refusal; nothing is locked and nothing is written.
    func preview() throws(Failure) -> Preview {
        guard let connection = try run.find() else {
            throw Creation(run: run, goal: .adopt).nothingThere
        }
        defer { run.disconnect(connection) }
        let rows = try run.history(on: connection).read(on: connection).rows
        let plan = try plan(rows, connection, beside: .others)
        var files = PendingFiles(connection.dialect, run.options)
        let applications = try files.applications(of: plan)
        return Preview(
            target: run.driver.target, creates: false,
            migrations: applications.map {
                Preview.Migration(name: $0.name, path: $0.step.body.path, statements: [])
            }, seeds: [], notes: plan.notes + applications.compactMap(\.note))
    }

    /// Writes them on a connection that is there.
    func work(on connection: any Connection) throws(Failure) {
        let snapshot = try run.history(on: connection).read(on: connection)
        let plan = try plan(snapshot.rows, connection, beside: .unknown)
        guard !plan.isSettled else { return count(snapshot.rows) }
        // Before the lock: a wrong file waits for nobody.
        var files = PendingFiles(connection.dialect, run.options)
        _ = try files.applications(of: plan)
        if snapshot.isReadOnly || connection.server.isReadOnly {
            throw Work(run: run, connection: connection, goal: .adopt).readOnly()
        }
        for note in connection.notes { run.report(.note(note)) }
        let lock = Lock(
            run: run, connection: connection,
            history: History(run.options.history, connection.dialect))
        try lock.hold(
            orFinish: { () throws(Failure) in
                let rows = try lock.history.read(on: connection).rows
                count(rows)
                return try self.plan(rows, connection, beside: .unknown).isSettled
            },
            { (hold) throws(Failure) in
                var history = lock.history
                while try !adopt(&files, on: connection, &history, hold) {}
            })
    }

    /// - Returns: false when another run has adopted or applied some of it, so that the rest has to be
    ///   planned anew.
    private func adopt(
        _ files: inout PendingFiles, on connection: any Connection, _ history: inout History,
        _ lock: Hold?
    ) throws(Failure) -> Bool {
        let snapshot = try history.read(on: connection)
        let company: Company = lock == nil ? .others : .nobody
        let plan = try plan(snapshot.rows, connection, beside: company)
        guard !plan.isSettled else {
            count(snapshot.rows)
            return true
        }
        let applications = try files.applications(of: plan)
        for note in plan.notes + applications.compactMap(\.note) { run.report(.note(note)) }
        try Work(run: run, connection: connection, goal: .adopt)
            .prepare(&history, exists: snapshot.exists)
        let site = Site(run: run, connection: connection, history: history, lock: lock)
        site.announce("the adoption up to \(applications.last?.name ?? version)")
        guard try AdoptedRows(site: site, applications).write() else { return false }
        for application in applications {
            run.note(adopted: application.name)
            run.report(.adopted(name: application.name))
        }
        count(try history.read(on: connection).rows)
        return true
    }

    private func plan(
        _ rows: [Applied], _ connection: any Connection, beside company: Company
    ) throws(Failure) -> AdoptionPlan {
        let dialect = connection.dialect
        return try AdoptionPlan(
            upTo: version, run.source.migrations.map { ($0, $0.body(for: dialect)) },
            history: rows, options: run.options, dialect: dialect, beside: company)
    }

    private func count(_ rows: [Applied]) {
        run.count(migrations: rows.done(.migration), seeds: rows.done(.seed))
    }
}

/// The rows of migrations that are taken for applied: one transaction, in which each is claimed, so
/// that all of them are there or none.
private struct AdoptedRows {
    let site: Site
    let rows: [Applied]
    /// The statements before the claims.
    let opening: [Statement]
    /// Which of them stops the transaction when the lock is gone; `nil` where none does.
    let guardIndex: Int?

    init(site: Site, _ applications: [Application]) {
        self.site = site
        rows = applications.map { $0.row(done: true) }
        var opening = [Statement(site.dialect.begin)]
        if let lock = site.connection.transactionLock("\(site.history.table) adoption") {
            opening.append(Statement(lock))
        }
        let stop = site.guardStatement
        guardIndex = stop.map { _ in opening.count }
        self.opening = opening + (stop.map { [$0] } ?? [])
    }

    /// - Returns: false when another run has written one of them meanwhile.
    func write() throws(Failure) -> Bool {
        let batch = opening + rows.flatMap { site.claims($0) } + [Statement("COMMIT")]
        var retry = BusyRetry(site.run)
        while true {
            do throws(BatchError) {
                try site.runAll(batch)
                return true
            } catch {
                site.rollBack()
                if error.error.kind == .rejected {
                    guard error.index != guardIndex else { throw failure(site.lockLost) }
                    if try isAnyThere() { return false }
                }
                if error.error.kind == .interrupted {
                    try site.run.cancellation.check(state: Self.state)
                }
                guard retry.isDue(after: error.error) else { throw failure(error.error) }
            }
        }
    }

    /// Whether another run has written one of the rows.
    private func isAnyThere() throws(Failure) -> Bool {
        let wanted = Set(rows.map(\.identity))
        return try site.history.read(on: site.connection).rows.contains {
            wanted.contains($0.identity)
        }
    }

    private static let state = "No migration was adopted."

    private func failure(_ error: DatabaseError) -> Failure {
        // Only what was checked: a session that is gone cannot be asked.
        let isRolledBack = error.kind != .lost && !site.connection.isInTransaction
        let next = "run the same command again"
        return Failure(
            ExitStatus(working: error.kind), "cannot write to the history \(site.history.table)",
            cause: error, product: site.product, state: isRolledBack ? Self.state : nil,
            next: error.remedy
                ?? (error.kind == .denied
                    ? "give this user the right to write to \(site.history.table), and \(next)"
                    : next))
    }
}
