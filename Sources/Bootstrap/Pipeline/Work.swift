/// Migrating and seeding on one connection: fast path, lock, plan, act.
struct Work {
    let run: Run
    let connection: any Connection
    let goal: Run.Goal

    private var options: Options { run.options }
    private var dialect: Dialect { connection.dialect }

    /// Brings the database to the state that the files describe, or throws.
    func finish() throws(Failure) {
        let mirror = try LedgerMirror(wantedBy: run, connection)
        try mirror?.takeIn()
        guard let plan = try pending() else { return }
        // Before the lock: a wrong file waits for nobody, and leaves nothing behind.
        var files = PendingFiles(dialect, options, run.source.hooks)
        _ = try files.applications(of: plan)
        // About the lock and the session: of no interest where there is nothing to do.
        for note in connection.notes { run.report(.note(note)) }
        let lock = Lock(
            run: run, connection: connection, history: History(options.history, dialect))
        try lock.hold(orFinish: { () throws(Failure) in try pending() == nil }) {
            (hold) throws(Failure) in
            guard let mirror else { return try finish(&files, hold, nil) }
            try mirror.hold { () throws(Failure) in try finish(&files, hold, mirror) }
        }
    }

    /// Does what is pending, inside the lock.
    private func finish(
        _ files: inout PendingFiles, _ hold: Hold?, _ mirror: LedgerMirror?
    ) throws(Failure) {
        var history = History(options.history, dialect)
        while true {
            let snapshot = try read(history)
            try snapshot.rows.checkNoneIsUndoing(isExclusive: hold != nil)
            let plan = try self.plan(snapshot, isExclusive: hold != nil)
            guard !plan.isEmpty else { return settle(plan) }
            try run.checkSecrets(snapshot, toward: goal)
            var applications = try files.applications(of: plan)
            try mirror?.prepare(&applications, beside: snapshot.rows)
            try prepare(&history, exists: snapshot.exists)
            if try act(on: plan, applications, files.hooks, history, hold) { return }
        }
    }

    /// The fast path, one round trip: reads the history, takes no lock and writes nothing.
    ///
    /// Where ids and checksums alone do not settle it (something is pending, reformatted, or ahead
    /// of the files), the whole rows are read.
    ///
    /// - Returns: what is pending; `nil` where nothing is.
    private func pending() throws(Failure) -> Plan? {
        if let count = try glance() {
            run.count(migrations: count.migrations, seeds: count.seeds)
            return nil
        }
        let snapshot = try read(run.history(on: connection))
        if !snapshot.exists {
            try LedgerSearch(run: run, connection: connection).checkNoneIsFilled()
        }
        let plan = try plan(snapshot, isExclusive: false)
        // A rollback that is at work is waited for, also by a run whose own files are all applied.
        let isUndoing = snapshot.rows.contains { $0.state == .undoing }
        guard !plan.isEmpty || isUndoing else {
            settle(plan)
            return nil
        }
        if !goal.contains(.migrate) { try plan.checkThatSeedsAreNext() }
        try run.checkSecrets(snapshot, toward: goal)
        if snapshot.isReadOnly || connection.server.isReadOnly { throw readOnly() }
        return plan
    }

    /// How many migrations and seeds are done, if that is all that these files hold; else `nil`.
    private func glance() throws(Failure) -> (migrations: Int, seeds: Int)? {
        // Once, not for each of a thousand files.
        let (options, dialect) = (options, dialect)
        guard var rows = try? run.glance(on: connection) else { return nil }
        var count = (migrations: 0, seeds: 0)
        // In their places: to copy a migration takes longer than to compare it.
        let migrations = run.source.migrations
        for index in migrations.indices {
            let kind = migrations[index].kind
            let row = rows.take(HistoryKey(kind, migrations[index].id))
            guard let body = migrations[index].bodies.best(for: dialect) else { continue }
            guard let row, row == Plan.Step.checksum(of: body, as: kind, options) else {
                return nil
            }
            if kind == .versioned { count.migrations += 1 }
        }
        let plants = options.seed && goal.contains(.seed)
        for seed in run.source.seeds {
            let row = rows.take(seed.identity)
            if row != nil { count.seeds += 1 }
            guard plants else { continue }
            guard let row, seed.run != .always else { return nil }
            guard try seed.isSettled(by: row, options.settings) else { return nil }
        }
        // Rows without files need a closer look: only seeds and repeatables may be left over.
        let rest = rows.keys
        guard rest.allSatisfy({ $0.kind != .migration }) else { return nil }
        count.seeds += rest.count { $0.kind == .seed }
        return count
    }

    private func read(_ history: History) throws(Failure) -> History.Snapshot {
        do throws(Failure) { return try history.read(on: connection) } catch {
            // On MariaDB whoever creates a database has no rights on it by that.
            guard run.result.created, error.cause?.kind == .denied else { throw error }
            let name = run.driver.databaseName
            throw Failure(
                .denied, "cannot use the database \(name), which this run created",
                cause: error.cause, product: error.product, state: error.state,
                next: "give this user all rights on the database \(name), or use another user, "
                    + "and run the same command again")
        }
    }

    func prepare(_ history: inout History, exists: Bool) throws(Failure) {
        do throws(DatabaseError) {
            if !exists { try history.create(on: connection) }
            try history.resolve(on: connection)
        } catch {
            throw Failure(creating: history, error, connection)
        }
    }

    private func plan(
        _ snapshot: History.Snapshot, isExclusive: Bool
    ) throws(Failure) -> Plan {
        try run.plan(toward: goal, snapshot.rows, dialect, isExclusive: isExclusive)
    }

    func readOnly() -> Failure {
        let isForGood = connection.server.isReadOnlyForGood
        return Failure(
            isForGood ? .denied : .unavailable, "\(run.driver.target) takes no writes",
            state: "Nothing was changed.",
            next: isForGood
                ? "let this user write to it, and check that the URL does not say read-only"
                : "point the URL at the primary")
    }

    /// - Returns: false when another run did some of it, so that the rest has to be planned anew.
    private func act(
        on plan: Plan, _ applications: [Application], _ hooks: HookScripts, _ history: History,
        _ lock: Hold?
    ) throws(Failure) -> Bool {
        let notes = applications.notes + plan.seeds.compactMap(\.seed.note)
        for note in plan.notes + notes { run.report(.note(note)) }
        let site = Site(run: run, connection: connection, history: history, lock: lock)
        guard try Migrator(site: site).apply(applications, between: hooks) else { return false }
        for (seed, checksum, row) in plan.seeds {
            try run.cancellation.check(state: "Everything before the seed \(seed.name) is done.")
            try Planter(site: site).plant(seed, checksum: checksum, replacing: row)
        }
        // Read again: a seed that was planted before has one row, and other runs may have added some.
        let rows = try history.read(on: connection).rows
        run.count(migrations: rows.done(.migration), seeds: rows.done(.seed))
        return true
    }

    /// Counts what the plan found, which is all that there is when there is nothing to do.
    private func settle(_ plan: Plan) {
        run.count(
            migrations: plan.applied.migrations, seeds: plan.applied.seeds, ahead: plan.ahead)
    }
}

extension Run {
    /// Refuses the secrets of development in a database that is production's by its history,
    /// whatever environment was named.
    func checkSecrets(
        _ snapshot: History.Snapshot, toward goal: Goal
    ) throws(Failure) {
        guard goal.contains(.seed), options.seed, snapshot.isProduction else { return }
        var settings = options.settings
        settings.environmentName = "production"
        do throws(Failure) {
            try settings.check(source.seeds, password: source.password)
        } catch {
            var failure = error
            failure.state = "Nothing was changed."
            failure.next =
                "give it a value of its own: \(driver.databaseName) is a production database, "
                + "as its history says"
            throw failure
        }
    }
}

/// Where work is done: what every migration and seed needs.
struct Site {
    let run: Run
    let connection: any Connection
    let history: History
    /// What keeps other runs away; `nil` when nothing does.
    let lock: Hold?

    var dialect: Dialect { connection.dialect }
    var options: Options { run.options }
    var product: String { connection.server.product }

    /// A condition that is true while the lock is held; `nil` where the session has no part in it.
    var condition: String? { lock?.condition(on: connection) }

    /// Shows those who wait for the lock what is being done.
    func announce(_ doing: String) {
        connection.announce(doing)
        lock?.lease?.announce(doing)
    }

    /// A statement that stops a batch unless the lock is still held.
    var guardStatement: Statement? { condition.map(stop(unless:)) }

    /// A statement that stops a batch unless `condition` is true.
    func stop(unless condition: String) -> Statement {
        Statement(dialect.guardStatement.replacing("{}", with: condition))
    }

    /// What work ends with that finds the lock gone.
    var lockLost: DatabaseError {
        lock?.lease == nil
            ? DatabaseError(.lost, "this session's lock was taken away") : Lease.lost
    }

    /// Whether the lock is still held; true where there is none to hold.
    func holdsLock() throws(DatabaseError) -> Bool {
        guard let condition else { return true }
        return try connection.run("SELECT (\(condition))").first?.first?.isTrue ?? false
    }

    /// Takes the lock again where a statement has given it away (`DISCARD ALL`), unless another run was
    /// faster.
    func regainLock() throws(DatabaseError) {
        guard let lock, try !holdsLock() else { return }
        guard let name = lock.sessionLock else { throw Lease.lost }
        guard try connection.tryLock(name) else {
            throw DatabaseError(.lost, "a migration gave this session's lock away")
        }
    }

    /// Whether what began then took so long that a statement for the moment of its end is worth it.
    func isLong(since began: Deadline) -> Bool {
        began.duration(to: run.timing.now()) >= .milliseconds(100)
    }

    /// A new row of the history.
    func claim(
        _ row: Applied, hashes: String? = nil, definitions: String? = nil,
        if condition: String? = nil
    ) -> String {
        var row = row
        row.environment = options.environment ?? ""
        return history.claim(
            History.Entry(
                applied: row, owner: options.owner, server: connection.server, hashes: hashes,
                definitions: definitions, condition: condition))
    }

    /// What claims `row`: a new row of the history, or the one of a migration that is to be undone.
    func claims(
        _ row: Applied, hashes: String? = nil, definitions: String? = nil,
        if condition: String? = nil
    ) -> [Statement] {
        guard row.state == .undoing else {
            return [
                Statement(claim(row, hashes: hashes, definitions: definitions, if: condition))
            ]
        }
        let claim = history.undo(
            row, owner: options.owner, hashes: hashes, definitions: definitions, if: condition)
        // The row may be gone: then the claim has changed nothing.
        return [Statement(claim), stop(unless: history.isUndoing(row))]
    }

    /// Runs the user's statements, among ours, until they are done or the run is interrupted.
    func runAll(_ statements: [Statement]) throws(BatchError) {
        lock?.lease?.beat()
        let isDone: Bool?
        do throws(BatchError) {
            isDone = try run.cancellation.interruptible(connection.interrupter) {
                () throws(BatchError) in
                try connection.runAll(statements)
                return true
            }
        } catch {
            guard let lease = lock?.lease, lease.isLost else { throw error }
            throw BatchError(Lease.lost, at: error.index)
        }
        guard isDone == nil else { return }
        throw BatchError(Self.interrupted, at: nil)
    }

    /// Runs a file's statements one by one inside the transaction that is open, and tells of each: in
    /// this process that costs nothing.
    func runEach(_ application: Application) throws(BatchError) {
        let isDone = try run.cancellation.interruptible(connection.interrupter) {
            () throws(BatchError) in
            for (index, statement) in (application.script?.statements ?? []).enumerated() {
                guard connection.isInTransaction else {
                    throw BatchError(Self.ended, at: index - 1)
                }
                tell(index, of: application)
                do throws(BatchError) { try connection.runAll([statement]) } catch {
                    throw BatchError(error.error, at: index)
                }
            }
            return true
        }
        guard isDone == nil else { return }
        throw BatchError(Self.interrupted, at: nil)
    }

    /// Runs a large file's statements bit by bit inside the transaction that is open, and tells of each
    /// bit.
    func runLong(_ script: LongScript, of application: Application) throws(BatchError) {
        let isDone = try run.cancellation.interruptible(connection.interrupter) {
            () throws(BatchError) in
            var reader = try reading { () throws(Failure) in try script.reader() }
            var first = 0
            while true {
                let chunk = try reading { () throws(Failure) in
                    try reader.chunk(of: LongScript.chunk)
                }
                guard !chunk.isEmpty else { return true }
                guard connection.isInTransaction else {
                    throw BatchError(Self.ended, at: first - 1)
                }
                tell(first, of: application)
                do throws(BatchError) { try connection.runAll(chunk) } catch {
                    // The data of a COPY is read while it is sent.
                    try reading { () throws(Failure) in try script.check() }
                    throw error.shifted(by: first)
                }
                first += chunk.count
            }
        }
        guard isDone == nil else { return }
        throw BatchError(Self.interrupted, at: nil)
    }

    private func reading<Result>(
        _ body: () throws(Failure) -> Result
    ) throws(BatchError) -> Result {
        do throws(Failure) { return try body() } catch { throw BatchError(error) }
    }

    /// Tells that the statement number `index`, from 0, runs now; nothing where there is only one.
    func tell(_ index: Int, of application: Application) {
        let count = application.count
        guard count > 1 else { return }
        run.report(.running(name: application.name, statement: .init(index + 1, of: count)))
    }

    /// Runs code of the user's, or a seed.
    func run<Result>(
        _ code: (any Connection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        let result = try run.cancellation.interruptible(connection.interrupter) {
            () throws(DatabaseError) in
            try code(connection)
        }
        guard let result else { throw Self.interrupted }
        return result
    }

    private static let ended = DatabaseError(
        .rejected, "the statement ended the file's transaction")
    private static let interrupted = DatabaseError(.interrupted, "stopped before this statement")

    /// Rolls back what is open; the first error stays the one that counts.
    func rollBack() {
        // A rollback that fails too means that the session is gone, and the transaction with it.
        if connection.isInTransaction { _ = try? connection.run("ROLLBACK") }
    }
}

extension Failure {
    fileprivate init(creating history: History, _ error: DatabaseError, _ on: any Connection) {
        let status: ExitStatus
        var next = "run the same command again"
        switch error.kind {
        case .denied:
            status = .denied
            next = "grant this user the right to create tables, or run once as a user that has it"
        case .unavailable, .lost, .readOnly, .interrupted: status = .unavailable
        case .busy: status = .busy
        case .rejected, .missingDatabase:
            status = .configuration
            next = "correct the option --history or the server's settings, and \(next)"
        }
        self.init(
            status, "cannot create the history \(history.table)", cause: error,
            product: on.server.product, state: "Nothing was changed.", next: error.remedy ?? next)
    }
}
