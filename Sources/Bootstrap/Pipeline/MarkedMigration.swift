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
    private let row: Applied
    private var units: [Unit]
    private let hashes: [String]
    /// The file's, but for one that is done in part and is replaced by what is left of it.
    private var statements: [Statement]

    init(site: Site, _ application: Application, _ progress: Progress) {
        self.site = site
        self.application = application
        self.progress = progress
        row = application.row()
        let dialect = site.dialect
        statements = application.statements
        units = Unit.units(of: statements) { $0.kind(for: dialect) }
        hashes = statements.map(Recollection.hash)
    }

    /// One statement of a batch, and what it is.
    private struct Element {
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
    }

    /// All its statements with their marks, as they travel in a packet, which may hold other
    /// migrations too.
    var packet: [Statement] { elements.map(\.statement) }

    private var elements: [Element] { Array(batches(nil, from: 0).joined()) }

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
        try findRowsWithoutTransactions()
        var stop = first
        // Without a lock an unfinished row may be another run's, which is at work on it now.
        var row = site.lock == nil || application.replacedRow != nil ? nil : application.step.row
        var retry = BusyRetry(site.run)
        while true {
            if stop == nil {
                if row != nil { row = try resume(row) }
                stop = run(batches(row, from: row?.done ?? 0))
            }
            guard var reason = stop else { return true }
            stop = nil
            let isTaken = try isTaken(&reason)
            guard retry.isDue(after: reason.error) else { throw self.failure(reason) }
            let current = try currentRow()
            if application.isDone(by: current) { return false }
            row = isTaken || current?.state == .done ? nil : current
        }
    }

    /// A statement that writes to a table whose rows no transaction holds cannot share one with its
    /// mark: it is marked before it begins, like one that commits by itself.
    private mutating func findRowsWithoutTransactions() throws(Failure) {
        guard let catalogue = site.dialect.catalogue, let query = catalogue.lacksTransactions else {
            return
        }
        var tables: [TableName] = []
        var writers: [TableName: [Int]] = [:]
        for (place, unit) in units.enumerated()
        where unit.kind == .atomic || unit.kind == .transaction {
            for table in unit.statements.flatMap({ catalogue.writes(statements[$0]) }) {
                if writers[table] == nil { tables.append(table) }
                writers[table, default: []].append(place)
            }
        }
        guard !tables.isEmpty else { return }
        let rows: [[Value]]
        do throws(DatabaseError) { rows = try site.connection.run(query(tables)) } catch {
            throw Failure(
                application, statement: nil, error, product: site.product,
                state: "Nothing was changed by this migration.")
        }
        for place in rows.compactMap({ $0.first?.integer }) {
            for unit in writers[tables[Int(place)]] ?? [] {
                units[unit] = Unit(kind: .alone, statements: units[unit].statements)
            }
        }
    }

    /// The migration's row as it is now.
    private func currentRow() throws(Failure) -> Applied? {
        try site.history.read(on: site.connection).rows.first {
            $0.kind == row.kind && $0.id == row.id
        }
    }

    /// The row as it is once all is known that an earlier run has left open: how many statements are
    /// done, and none in flight.
    private mutating func resume(_ left: Applied?) throws(Failure) -> Applied? {
        guard var row = left, row.done > 0 || row.inFlight != nil else { return left }
        let recollection = try Recollection(of: row, application, at: site)
        guard recollection.hashes.count >= row.done,
            hashes.prefix(row.done) == recollection.hashes.prefix(row.done)
        else {
            throw Failure(
                .configuration,
                "\(application.step.body.path) has changed in its first \(row.done) statements, "
                    + "which have taken effect",
                state: "Nothing was changed now.",
                next: "restore these statements; only the ones after them may be corrected")
        }
        guard let number = row.inFlight else { return row }
        row.inFlight = nil
        let index = number - 1
        let interruption = Interruption(
            site: site, application: application, row: row, index: index,
            recollection: recollection)
        switch try interruption.finding() {
        case .untouched: break
        case .done: row.done = number
        case .partly(let rest): statements[index] = rest
        }
        return row
    }

    /// The statements before the file's next one.
    ///
    /// - `begins`: the statement, from 1, that is marked as begun together with the claim.
    private func opening(_ unfinished: Applied?, begins: Int?) -> [Element] {
        var row = row
        row.inFlight = begins
        row.done = unfinished?.done ?? 0
        let hashes = hashes.joined(separator: " ")
        let definitions = begins.flatMap { self.definitions(before: $0 - 1) }
        let claim = site.claims(
            row, hashes: hashes, definitions: definitions, if: site.condition
        ).map { Element($0, .claim) }
        var opening = claim
        // A claim proves the lock itself; what writes before it, or instead of it, does not.
        let stop = site.guardStatement.map { [Element($0, .guarding)] } ?? []
        if unfinished != nil {
            let reopened = site.history.reopen(
                row, owner: site.options.owner, hashes: hashes, definitions: definitions)
            opening = stop + [Element(reopened, .reopening)]
        } else if let old = application.replacedRow {
            opening = stop + [Element(site.history.remove(old))] + claim
        }
        return opening + preparation(from: unfinished?.done ?? 0)
    }

    /// What the session needs before the statement number `done`, from 0.
    private func preparation(from done: Int) -> [Element] {
        var preparation: [Element] = []
        if application.directives.contains(.portable) {
            preparation += site.dialect.portableMode.enter.map { Element($0) }
        }
        // What the statements before have left in the session, a new session has not.
        for unit in units where unit.kind == .session && unit.statements.upperBound <= done {
            preparation += unit.statements.map {
                Element(statements[$0], .file(statement: $0, unit: unit))
            }
        }
        return preparation
    }

    /// An expression for what is there before the statement at `index`.
    private func definitions(before index: Int) -> String? {
        guard statements.indices.contains(index) else { return nil }
        // The file's own statement, also where only what is left of it runs.
        return site.dialect.catalogue?.footprint(application.statements[index])?.state
    }

    /// The batches to run in their order, all in one where the engine's packets allow it.
    ///
    /// Each mark is a commit, so marks that follow each other are one: the claim and "begun",
    /// "done" and the next one's "begun", the last "done" and the end.
    private func batches(_ unfinished: Applied?, from done: Int) -> [[Element]] {
        let rest = units.filter { $0.statements.lowerBound >= done && $0.kind != .left }
        let isCode = application.step.body.code != nil
        let beginsAtOnce =
            preparation(from: done).isEmpty && (isCode || rest.first?.begins(at: done) == true)
        var batches = [opening(unfinished, begins: beginsAtOnce ? done + 1 : nil)]
        if isCode, !beginsAtOnce { batches.append([mark(done: 0, begins: true)]) }
        var isBegun = beginsAtOnce
        for (index, unit) in rest.enumerated() {
            let next = index + 1 < rest.count ? rest[index + 1] : nil
            let end = unit.statements.upperBound
            let beginsNext = unit.isMarkedBehind && next?.begins(at: end) == true
            let mark =
                next == nil
                ? Element(site.history.finish(row)) : mark(done: end, begins: beginsNext)
            batches += elements(of: unit, isBegun: isBegun, marked: mark)
            isBegun = beginsNext
        }
        var closing: [Element] = []
        // A statement that only changes the session has no mark of its own.
        if rest.last.map({ $0.kind == .session }) ?? true {
            closing.append(Element(site.history.finish(row)))
        }
        if application.directives.contains(.portable) {
            closing += site.dialect.portableMode.leave.map { Element($0) }
        }
        batches.append(closing)
        // Code runs between our own statements; only SQL can travel in one packet.
        let isPacked = !site.dialect.rollsBackDDL && !isCode
        return isPacked ? [Array(batches.joined())] : batches
    }

    private func mark(done: Int, begins: Bool) -> Element {
        let definitions = begins ? self.definitions(before: done) : nil
        return Element(
            site.history.mark(
                row, done: done, begins: begins, definitions: definitions, and: site.condition))
    }

    /// - `mark`: what says that the unit is done.
    private func elements(of unit: Unit, isBegun: Bool, marked mark: Element) -> [[Element]] {
        let texts = unit.statements.map {
            Element(statements[$0], .file(statement: $0, unit: unit))
        }
        switch unit.kind {
        case .session: return [texts]
        case .left: return []
        case .repeatable: return [texts, [mark]]
        case .atomic:
            return [[Element(site.dialect.begin), mark] + texts + [Element("COMMIT")]]
        case .transaction: return [texts.dropLast() + [mark] + texts.suffix(1)]
        case .alone:
            let first = unit.statements.lowerBound
            let begun = isBegun ? [] : [self.mark(done: first, begins: true)]
            guard let limit = lockLimit(statements[first]) else {
                return [begun, texts, [mark]]
            }
            return [begun, [Element(limit.off)], texts, [Element(limit.on)], [mark]]
        }
    }

    /// CREATE INDEX CONCURRENTLY waits for every older transaction by design: a lock timeout would
    /// only leave an invalid index behind.
    private func lockLimit(_ statement: Statement) -> (off: String, on: String)? {
        guard let template = site.dialect.setLockTimeout, statement.words.contains("CONCURRENTLY")
        else { return nil }
        func set(_ duration: Duration) -> String {
            let milliseconds = Int(duration.milliseconds)
            return template.replacing("{ms}", with: String(milliseconds))
                .replacing("{s}", with: String((milliseconds + 999) / 1000))
        }
        return (set(.zero), set(site.options.lockTimeout))
    }

    /// Why the batches stopped.
    private struct Stop {
        var error: DatabaseError
        var role: Element.Role
        /// What became of the file's statement that failed.
        var outcome = Footprint.Outcome.unknown("")

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

    private func run(_ batches: [[Element]]) -> Stop? {
        for (number, batch) in batches.enumerated() where !batch.isEmpty {
            if number == batches.count - 1, let code = application.step.body.code {
                do throws(DatabaseError) { try site.run(code) } catch {
                    site.rollBack()
                    let unit = Unit(kind: .alone, statements: 0..<1)
                    return Stop(error: error, role: .file(statement: 0, unit: unit))
                }
            }
            if batches.count > 1 { tell(batch) }
            do throws(BatchError) { try site.runAll(batch.map(\.statement)) } catch {
                site.rollBack()
                return Stop(
                    error: error.error, role: error.index.map { batch[$0].role } ?? .ours)
            }
        }
        return nil
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
            stop.error = DatabaseError(.lost, "this session's lock was taken away")
        case .claim where stop.error.kind == .rejected && isLockLost:
            stop.error = DatabaseError(.lost, "this session's lock was taken away")
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
        case .alone:
            // A DDL statement that met a lock timeout failed before it had any effect.
            if error.isWithoutEffect || error.kind == .busy || site.dialect.rollsBackDDL {
                return .untouched
            }
            guard let recollection = try? Recollection(of: row, application, at: site) else {
                return .unknown("")
            }
            let interruption = Interruption(
                site: site, application: application, row: row, index: index,
                recollection: recollection)
            return (try? interruption.outcome()) ?? .unknown("")
        }
    }

    private func record(_ stop: Stop, _ statement: Int) {
        let reason = stop.error.code ?? "\(stop.error.kind)"
        // The failure says what is wrong; without the note the row still says `running`.
        _ = try? site.connection.run(
            site.history.fail(
                row, reason: reason, inFlight: stop.outcome == .untouched ? nil : statement + 1,
                isKnown: stop.outcome.isKnown))
    }

    private func failure(_ stop: Stop) -> Failure {
        let error = stop.error
        guard case .file(let statement, _) = stop.role, error.kind != .lost else {
            return Failure(
                application, statement: nil, error, product: site.product,
                state: stop.isBeforeAll(replacing: application.replacedRow)
                    ? "Nothing was changed." : nil)
        }
        let setback = Setback(
            index: statement, total: row.total, error: error, outcome: stop.outcome)
        return Failure(
            application, statement: statement, error, product: site.product,
            state: setback.state + progress.text, next: setback.next)
    }
}
