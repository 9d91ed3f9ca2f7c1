/// A migration that cannot be one transaction: on an engine that commits at every DDL statement, or
/// in a file that says `no-transaction`.
///
/// Its row in the history counts the statements that are done. Where the engine takes a packet of
/// statements and finishes it even when the client dies (MariaDB), a statement travels in one packet
/// with its marks; a statement that rolls back shares a transaction with its mark. So a later run
/// knows where to go on, and at most one statement's outcome is ever unknown.
struct MarkedMigration {
    let site: Site
    let application: Application
    let progress: Progress
    let row: Applied
    /// How the file's units are made.
    private(set) var rules: UnitReader.Rules
    /// What is left of a statement that is done in part, and its number.
    private(set) var rest: (index: Int, statement: Statement)?
    /// The statement, from 0, that an earlier run had begun and whose effect was not there yet.
    private var suspect: Int?

    init(site: Site, _ application: Application, _ progress: Progress) {
        self.site = site
        self.application = application
        self.progress = progress
        row = application.row()
        let dialect = site.dialect
        func kind(_ statement: Statement) -> StatementKind { statement.kind(for: dialect) }
        rules = UnitReader.Rules(
            kind: kind,
            lastEnd: application.long?.lastEnd
                ?? application.script?.statements.lastIndex { kind($0) == .ends },
            brackets: application.long?.brackets
                ?? BrokenTransactions(in: application.script?.statements ?? [], on: dialect)
                .brackets,
            limit: application.long == nil ? nil : LongScript.chunk)
        // A lease is asked for before each statement by itself.
        guard site.lock?.lease == nil, let catalogue = dialect.catalogue else { return }
        rules.addition = { statement in
            guard let definition = Definition(statement.text, dialect.lexical),
                let key = catalogue.footprint(statement)?.addition
            else { return nil }
            return UnitReader.Addition(key: key, definition: definition)
        }
    }

    /// One statement of a batch, and what it is.
    struct Element {
        enum Role {
            case ours
            case claim
            case reopening
            case guarding
            case file(statement: Int, unit: Unit)
        }
        var statement: Statement
        var role: Role

        init(_ sql: String, _ role: Role = .ours) {
            statement = Statement(sql)
            self.role = role
        }

        init(_ statement: Statement, _ role: Role) {
            self.statement = statement
            self.role = role
        }

        /// Whether it is the file's, and changes only the session.
        var changesSession: Bool {
            guard case .file(_, let unit) = role else { return false }
            return unit.kind == .session
        }
    }

    /// All its statements with their marks, as they travel in a packet, which may hold other
    /// migrations too.
    var packet: [Statement] { elements.map(\.statement) }

    private var elements: [Element] {
        var elements: [Element] = []
        // What is in memory can be read.
        try? forEachBatch(nil) { elements += $0 }
        return elements
    }

    /// Settles what stopped its ``packet``, at one of its statements or before it was sent.
    ///
    /// - Returns: false when another run has applied it meanwhile.
    func apply(after failure: BatchError) throws(Failure) -> Bool {
        let role = failure.index.map { elements[$0].role } ?? .ours
        var migration = self
        return try migration.apply(after: Stop(error: failure.error, role: role))
    }

    /// - Returns: false when another run has applied it meanwhile.
    func apply() throws(Failure) -> Bool {
        var migration = self
        return try migration.apply(after: nil)
    }

    private mutating func apply(after first: Stop?) throws(Failure) -> Bool {
        rules = try rulesByTables()
        var stop = first
        // Without a lock an unfinished row may be another run's, which is at work on it now.
        var row = site.lock == nil || application.replacedRow != nil ? nil : application.step.row
        var retry = BusyRetry(site.run)
        while true {
            if stop == nil {
                if row != nil { row = try resume(row) }
                stop = try run(row)
            }
            guard var reason = stop else { return true }
            stop = nil
            if reason.isOfGroup {
                // The group was rolled back with its mark: the statement is to fail by itself.
                rules.sharesFrom = reason.behind
                row = try currentRow()
                continue
            }
            let isTaken = try isTaken(&reason)
            if isDoneByFormerOwner(reason) {
                (row, suspect) = (try currentRow(), nil)
                continue
            }
            guard retry.isDue(after: reason.error) else { throw self.failure(reason) }
            let current = try currentRow()
            if application.isDone(by: current) { return false }
            row = isTaken || current?.state == .done ? nil : current
        }
    }

    /// The migration's row as it is now.
    private func currentRow() throws(Failure) -> Applied? {
        try site.history.read(on: site.connection).rows.first {
            $0.kind == row.kind && $0.id == row.id
        }
    }

    /// Whether a statement has failed because the one that had the lease before us, and was thought
    /// dead, got it done between our look and our try.
    private func isDoneByFormerOwner(_ stop: Stop) -> Bool {
        guard case .file(let statement, _) = stop.role, site.lock?.lease?.isTakenOver == true else {
            return false
        }
        return statement == suspect && stop.outcome == .done
    }

    /// The row as it is once all is known that an earlier run has left open: how many statements are
    /// done, and none in flight.
    private mutating func resume(_ left: Applied?) throws(Failure) -> Applied? {
        guard var row = left, row.done > 0 || row.inFlight != nil else { return left }
        let recollection = try Recollection(of: row, application, at: site)
        guard try recollection.isBeginning(of: application.reader()) else {
            throw Failure(
                .configuration,
                "\(application.step.body.path) has changed in its first \(row.done) statements, "
                    + "which have taken effect",
                state: "Nothing was changed now.",
                next: "restore these statements; only the ones after them may be corrected")
        }
        guard let number = row.inFlight else { return row }
        let interruption = Interruption(
            site: site, application: application, row: row, recollection: recollection)
        let (index, finding) = try interruption.finding(from: number - 1)
        (row.done, row.inFlight) = (index, nil)
        switch finding {
        case .untouched: suspect = index
        case .done: row.done = index + 1
        case .partly(let rest): self.rest = (index, rest)
        }
        return row
    }

    /// Why the batches stopped.
    struct Stop {
        var error: DatabaseError
        var role: Element.Role
        /// What became of the file's statement that failed.
        var outcome = Footprint.Outcome.unknown("")

        /// Whether a statement failed that shares its transaction with others of the file.
        var isOfGroup: Bool {
            guard case .file(_, let unit) = role else { return false }
            return unit.isGroup && error.kind != .lost && error.kind != .interrupted
        }

        /// The number of the statement behind those that it shares it with.
        var behind: Int {
            guard case .file(_, let unit) = role else { return 0 }
            return unit.statements.upperBound
        }

        /// Whether the first statement that changes anything was refused: nothing is done then.
        ///
        /// - `old`: the row that goes before the claim.
        func isBeforeAll(replacing old: Applied?) -> Bool {
            guard error.kind != .lost else { return false }
            switch role {
            case .claim: return old == nil
            case .reopening, .guarding: return true
            case .ours, .file: return false
            }
        }
    }

    /// What ends an attempt before its end.
    enum Halt: Error {
        case stop(Stop)
        /// The file cannot be read any more, or the run is to stop.
        case failure(Failure)
    }

    func reading<Result>(
        _ body: () throws(Failure) -> Result
    ) throws(Halt) -> Result {
        do throws(Failure) { return try body() } catch { throw .failure(error) }
    }

    /// Runs one attempt; `nil` where it came to its end.
    private func run(_ unfinished: Applied?) throws(Failure) -> Stop? {
        // Code runs between our own statements; only SQL can travel in one packet.
        let isPacked = !site.dialect.rollsBackDDL && application.step.body.code == nil
        var (packet, size) = ([Element](), 0)
        do throws(Halt) {
            try forEachBatch(unfinished) { (batch) throws(Halt) in
                guard isPacked else { return try send(batch, isWhole: false) }
                packet += batch
                guard application.long != nil else { return }
                size += batch.reduce(0) { $0 + $1.statement.text.utf8.count }
                guard size >= LongScript.chunk else { return }
                try send(packet, isWhole: false)
                (packet, size) = ([], 0)
            }
            try send(packet, isWhole: application.long == nil)
            return nil
        } catch {
            site.rollBack()
            switch error {
            case .stop(let stop): return stop
            case .failure(var failure):
                failure.state = stateSoFar
                throw failure
            }
        }
    }

    /// Sends statements in one round trip, where the engine's packets allow it.
    ///
    /// - `isWhole`: whether the migration is no more than these.
    private func send(_ batch: [Element], isWhole: Bool) throws(Halt) {
        guard !batch.isEmpty else { return }
        if application.long != nil {
            try reading { () throws(Failure) in try site.run.cancellation.check() }
        }
        if !isWhole { tell(batch) }
        do throws(BatchError) { try site.runAll(batch.map(\.statement)) } catch {
            let role = error.index.map { batch[$0].role } ?? .ours
            throw .stop(Stop(error: error.error, role: role))
        }
        // A packet's statements have no time between them.
        guard !isWhole, batch.contains(where: \.changesSession) else { return }
        do throws(DatabaseError) { try site.regainLock() } catch {
            throw .stop(Stop(error: error, role: .ours))
        }
    }

    func run(_ code: Migration.Code) throws(Halt) {
        do throws(DatabaseError) { try site.run(code) } catch {
            let unit = Unit(kind: .alone, statements: 0..<1)
            throw .stop(Stop(error: error, role: .file(statement: 0, unit: unit)))
        }
    }

    /// Which statements took effect, as the history has it.
    private var stateSoFar: String? {
        guard let row = try? currentRow() else { return nil }
        switch row.done {
        case 0: return "None of its statements took effect." + progress.text
        case 1: return "Statement 1 of \(row.total) took effect." + progress.text
        default: return "Statements 1 to \(row.done) of \(row.total) took effect." + progress.text
        }
    }

    /// Tells which of the file's statements runs now.
    private func tell(_ batch: [Element]) {
        for element in batch {
            guard case .file(let statement, _) = element.role else { continue }
            return site.tell(statement, of: application)
        }
    }

    /// Turns the failure of one of our own statements into what it means, and notes in the history
    /// how far the file came.
    ///
    /// - Returns: whether another run, which has no lock either, is at work on this migration.
    private func isTaken(_ stop: inout Stop) throws(Failure) -> Bool {
        switch stop.role {
        case .ours: break
        case .guarding where stop.error.kind == .rejected:
            stop.error = site.lockLost
        case .claim where stop.error.kind == .rejected && isLockLost:
            stop.error = site.lockLost
        case .claim where stop.error.kind == .rejected:
            let isUndone = application.undoes != nil
            guard try currentRow() != nil || isUndone else { return false }
            stop.error = DatabaseError(
                .busy,
                "another session is \(isUndone ? "undoing" : "applying") \(application.name)")
            return true
        case .guarding, .claim, .reopening: break
        case .file(let statement, let unit):
            stop.outcome = outcome(of: unit, failed: statement, stop.error)
            record(stop, statement)
        }
        return false
    }

    /// Whether the lock is certainly gone.
    private var isLockLost: Bool { (try? site.holdsLock()) == false }

    /// What became of a unit whose statement has failed: most errors prove nothing by themselves.
    private func outcome(
        of unit: Unit, failed index: Int, _ error: DatabaseError
    ) -> Footprint.Outcome {
        if error.kind == .lost { return .unknown("") }
        switch unit.kind {
        case .session, .left, .repeatable: return .untouched
        case .atomic, .transaction:
            return site.connection.isInTransaction ? .unknown("") : .untouched
        case .alone, .series:
            // A DDL statement that met a lock timeout failed before it had any effect.
            if error.kind == .busy || site.dialect.rollsBackDDL { return .untouched }
            // What this session has not done the lease's former owner may have.
            if error.isWithoutEffect, index != suspect { return .untouched }
            guard let recollection = try? Recollection(of: row, application, at: site) else {
                return .unknown("")
            }
            let interruption = Interruption(
                site: site, application: application, row: row, recollection: recollection)
            return (try? interruption.outcome(of: index)) ?? .unknown("")
        }
    }

    private func record(_ stop: Stop, _ statement: Int) {
        let reason = stop.error.code ?? "\(stop.error.kind)"
        // The failure says what is wrong; without the note the row still says `running`.
        _ = try? site.connection.run(
            site.history.fail(
                row, reason: reason, inFlight: stop.outcome == .untouched ? nil : statement + 1,
                isKnown: stop.outcome.isKnown, before: before(stop, statement),
                if: site.condition))
    }

    /// What the row is to say of the statements before the one that failed, where it does not yet:
    /// those that began with it.
    private func before(_ stop: Stop, _ statement: Int) -> (done: Int, hashes: String)? {
        guard case .file(_, let unit) = stop.role, unit.kind == .series,
            let recollection = try? Recollection(of: row, application, at: site)
        else { return nil }
        return (statement, recollection.text(failingAt: statement))
    }

    private func failure(_ stop: Stop) -> Failure {
        let error = stop.error
        guard case .file(let statement, let unit) = stop.role, error.kind != .lost else {
            return Failure(
                application, statement: nil, error, product: site.product,
                state: stop.isBeforeAll(replacing: application.replacedRow)
                    ? "Nothing was changed." : nil)
        }
        // Of a large file more than the statement itself may have been rolled back.
        let index = application.long.flatMap { _ in try? currentRow()?.done } ?? statement
        let isRolledBack = unit.kind == .transaction && stop.outcome == .untouched
        let first = isRolledBack ? min(index, unit.statements.lowerBound) : index
        let setback = Setback(
            index: index, first: first, total: row.total, error: error, outcome: stop.outcome)
        return Failure(
            application, statement: statement, error, product: site.product,
            state: setback.state + progress.text, next: setback.next)
    }
}
