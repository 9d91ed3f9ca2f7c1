/// A migration on an engine whose DDL rolls back: one transaction that begins with the claim of its
/// history row, so that either both are there or neither.
///
/// The claim comes first, inside the transaction: a second run that gets this far without a lock
/// waits for the first at the row's key and then fails there, before it has done anything. Nobody
/// sees the row before the transaction has ended, so it says from its claim on that it is done.
struct TransactionalMigration {
    let site: Site
    let application: Application
    let progress: Progress
    let row: Applied
    /// The statements before the file's own, each with what its failure would mean.
    let opening: [(statement: Statement, meaning: Meaning)]
    /// How many of them need to be said only once in a transaction of several migrations.
    let shared: Int

    init(site: Site, _ application: Application, _ progress: Progress) {
        self.site = site
        self.application = application
        self.progress = progress
        row = application.row(done: true)
        (opening, shared) = Self.opening(site, application, row)
    }

    /// The whole transaction of a file, as it is sent where that is one round trip.
    var batch: [Statement] {
        opening.map(\.statement) + application.sequence + [Statement("COMMIT")]
    }

    /// - Returns: false when another run has applied it meanwhile.
    func apply() throws(Failure) -> Bool {
        var retry = BusyRetry(site.run)
        while true {
            do throws(BatchError) {
                try attempt()
                site.letGo(of: [application])
                return true
            } catch {
                site.rollBack()
                site.letGo(of: [application])
                if let failure = error.failure { throw rolledBack(failure) }
                guard let error = try examine(error) else { return false }
                guard retry.isDue(after: error.error) else { throw failure(error) }
            }
        }
    }

    private func attempt() throws(BatchError) {
        if application.directives.contains(.foreignKeysOff), let keys = site.dialect.foreignKeys {
            return try rebuild(keys)
        }
        let began = site.run.timing.now()
        let opening = opening.map(\.statement)
        if application.script != nil, !site.dialect.isInProcess {
            try commit(opening + application.sequence + removal)
            return correctEnd(since: began)
        }
        try site.runAll(opening)
        do throws(BatchError) { try work() } catch { throw error.shifted(by: opening.count) }
        try commit(
            end(since: began) + site.filing([application]), after: opening.count + length)
    }

    /// How many steps the migration has with its hooks.
    private var length: Int { application.pieces.reduce(0) { $0 + $1.count } }

    /// Runs what the migration is about between its hooks, inside the transaction.
    func work() throws(BatchError) {
        var done = 0
        for piece in application.pieces {
            do throws(BatchError) { try work(piece) } catch { throw error.shifted(by: done) }
            done += piece.count
        }
    }

    private func work(_ piece: Application.Piece) throws(BatchError) {
        guard case .file = piece.source else { return try site.runAll(piece.statements) }
        if let long = application.long { return try site.runLong(long, of: application) }
        guard let code = application.step.body.code else {
            guard site.dialect.isInProcess else { return try site.runAll(piece.statements) }
            return try site.runEach(application)
        }
        do throws(DatabaseError) { try site.run(code) } catch { throw BatchError(error, at: 0) }
    }

    private static func opening(
        _ site: Site, _ application: Application, _ row: Applied
    ) -> (all: [(statement: Statement, meaning: Meaning)], shared: Int) {
        var opening: [(statement: Statement, meaning: Meaning)] = [
            (Statement(site.dialect.begin), .error)
        ]
        var shared = 1
        // The run's own lock, taken once more for this transaction, is also the proof that no other
        // session has it. Behind a pooler a second session holds it, and would be in the way.
        let own = site.connection.server.isPooled ? nil : site.lock?.sessionLock
        let claim = "\(site.history.table) \(row.kind.rawValue) \(row.id)"
        let lock = site.connection.transactionLock(own ?? claim)
        if let lock { opening.append((Statement(lock), .error)) }
        if lock == nil || own == nil, let stop = site.guardStatement {
            opening.append((stop, .lockLost))
        }
        // A claim's own lock is each migration's.
        if own != nil { shared = opening.count }
        if let old = application.replacedRow {
            opening.append((Statement(site.history.remove(old)), .error))
        }
        opening += site.claims(row).map { ($0, .claimed) }
        if application.attachment == nil { opening += application.mirrored.map { ($0, .error) } }
        return (opening, shared)
    }

    /// What writes when a migration has ended that took its time: its row was written at its
    /// beginning, and a statement more would cost each short migration a fifth of its time.
    func end(since began: Deadline) -> [Statement] {
        guard application.undoes == nil else { return removal }
        return site.isLong(since: began) ? [Statement(site.history.finish(row))] : []
    }

    /// What takes the row of a migration away that is undone.
    private var removal: [Statement] {
        application.undoes == nil ? [] : [Statement(site.history.finish(row))]
    }

    /// The same after the one round trip that ended the transaction too.
    private func correctEnd(since began: Deadline) {
        guard application.undoes == nil else { return }
        // The migration is done, whatever becomes of the moment; a session that was lost is noticed
        // by the next statement that matters.
        _ = try? site.connection.runAll(end(since: began))
    }

    /// What it means when one of our own statements fails.
    enum Meaning {
        case error
        /// The session's lock is gone: a proxy, or an administrator.
        case lockLost
        /// The row is there already, or somebody waits at its key.
        case claimed
    }

    /// Runs the rest of the transaction with its end; `count` statements have been run before it.
    private func commit(_ statements: [Statement], after count: Int = 0) throws(BatchError) {
        do throws(BatchError) {
            try site.runAll(statements + [Statement("COMMIT")])
        } catch {
            // SQLite refuses a COMMIT beside a reader and keeps the transaction: try it alone.
            guard error.index == statements.count, error.error.kind == .busy,
                site.connection.isInTransaction
            else { throw error.shifted(by: count) }
            try repeatCommit()
        }
    }

    private func repeatCommit() throws(BatchError) {
        var retry = BusyRetry(site.run)
        while true {
            do throws(DatabaseError) {
                try site.connection.run("COMMIT")
                return
            } catch {
                guard error.kind == .busy, site.connection.isInTransaction, retry.pause() else {
                    throw BatchError(error, at: nil)
                }
            }
        }
    }

    /// SQLite's own procedure for rebuilding a table that others point at:
    /// <https://www.sqlite.org/lang_altertable.html#otheralter>.
    ///
    /// Violations that were there before stay the application's business; new ones stop the
    /// migration.
    private func rebuild(_ keys: Dialect.ForeignKeys) throws(BatchError) {
        let connection = site.connection
        let off = application.step.body.manner.isForeign ? keys.off : keys.off + keys.rebuilding
        try connection.runAll(off.map { Statement($0) })
        defer {
            // Settings of this session only, and every session sets them at its start.
            _ = try? connection.runAll(keys.on.map { Statement($0) })
        }
        let began = site.run.timing.now()
        try connection.runAll(opening.map(\.statement))
        let before = try violations(keys)
        do throws(BatchError) { try work() } catch { throw error.shifted(by: opening.count) }
        if let row = try violations(keys).subtracting(before).first {
            let words = row.compactMap(\.text).joined(separator: ", ")
            throw BatchError(DatabaseError(.rejected, "foreign key violated: \(words)"), at: nil)
        }
        try commit(
            end(since: began) + site.filing([application]), after: opening.count + length)
    }

    private func violations(_ keys: Dialect.ForeignKeys) throws(BatchError) -> Set<[Value]> {
        do throws(DatabaseError) { return Set(try site.connection.run(keys.violations)) } catch {
            throw BatchError(error, at: nil)
        }
    }

    /// Turns the failure of one of our own statements into what it means.
    ///
    /// - Returns: `nil` when another run has applied the migration, and there is nothing to do.
    func examine(_ error: BatchError) throws(Failure) -> BatchError? {
        guard let index = error.index, index < opening.count, error.error.kind == .rejected else {
            return error
        }
        switch opening[index].meaning {
        case .error: return error
        case .lockLost:
            return BatchError(site.lockLost, at: nil)
        case .claimed:
            let rows = try site.history.read(on: site.connection).rows
            guard application.undoes == nil else { return examine(undone: rows) }
            return isDone(in: rows) ? nil : error
        }
    }

    /// Why the row of a migration that is to be undone could not be claimed.
    private func examine(undone rows: [Applied]) -> BatchError? {
        guard rows.contains(where: { $0.identity == row.identity }) else { return nil }
        let reason = "another session is undoing \(application.name)"
        return BatchError(DatabaseError(.busy, reason), at: nil)
    }

    /// Whether the history has this very file as done.
    func isDone(in rows: [Applied]) -> Bool {
        rows.contains {
            $0.kind == row.kind && $0.id == row.id && $0.checksum == row.checksum
                && $0.state == .done
        }
    }

    /// What is wrong with the file itself, which has come to light while its statements ran.
    func rolledBack(_ failure: Failure) -> Failure {
        var failure = failure
        failure.state = failure.state ?? stateAfterRollback
        return failure
    }

    private var stateAfterRollback: String? {
        let unit = application.undoes == nil ? "migration" : "way back"
        guard !site.connection.isInTransaction else { return nil }
        return "The database is as it was: the \(unit) was rolled back." + progress.text
    }

    func failure(_ error: BatchError) -> Failure {
        let index = error.index.map { $0 - opening.count }.flatMap { $0 >= 0 ? $0 : nil }
        // Only what was checked: a session that is gone cannot be asked.
        let state = error.error.kind == .lost ? nil : stateAfterRollback
        let step = index.flatMap(application.step)
        if case .hook(let hook)? = step?.source {
            return Failure(
                hook, at: application.name, statement: hook.statement(at: step?.index),
                error.error, product: site.product, state: state,
                next: error.error.remedy ?? "correct the hook and run the same command again")
        }
        var statement: Int?
        if case .file? = step?.source { statement = step?.index }
        return Failure(
            application, statement: statement, error.error, product: site.product, state: state)
    }
}

extension BatchError {
    /// The same failure in a longer batch, `count` statements further on.
    func shifted(by count: Int) -> BatchError {
        var shifted = self
        shifted.index = index.map { $0 + count }
        return shifted
    }
}
