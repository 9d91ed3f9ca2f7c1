/// The rows of migrations that are taken for applied: one transaction, in which each is claimed, so
/// that all of them are there or none.
struct AdoptedRows {
    let site: Site
    let rows: [Applied]
    /// The statements before the claims.
    let opening: [Statement]
    /// Which of them stops the transaction when the lock is gone; `nil` where none does.
    let guardIndex: Int?
    /// What else is written with them.
    var corrections: [Statement] = []
    private let word: AdoptionWord
    /// What the tool's table said when the rows were planned.
    private let contents: LedgerContents?

    init(
        site: Site, _ applications: [Application], word: AdoptionWord, contents: LedgerContents?
    ) {
        self.site = site
        (self.word, self.contents) = (word, contents)
        rows = applications.map { $0.row(done: true) }
        var opening = [Statement(site.dialect.begin)]
        if let lock = site.connection.transactionLock("\(site.history.table) adoption") {
            opening.append(Statement(lock))
        }
        let stop = site.guardStatement
        guardIndex = stop.map { _ in opening.count }
        opening += stop.map { [$0] } ?? []
        if case .ledger(let found) = word.source, let lock = site.dialect.seeds.staging.lockTable {
            let table = site.dialect.quoted(found.table.name)
            opening.append(Statement(lock.replacing("{table}", with: table)))
        }
        self.opening = opening
    }

    /// - Returns: false when another run has written one of them meanwhile, or the tool has applied
    ///   something.
    func write() throws(Failure) -> Bool {
        let claims = rows.flatMap { site.claims($0) } + corrections + [Statement("COMMIT")]
        var retry = BusyRetry(site.run)
        while true {
            do throws(BatchError) {
                guard case .ledger(let found) = word.source else {
                    try site.runAll(opening + claims)
                    return true
                }
                try site.runAll(opening)
                guard try isSame(found) else {
                    site.rollBack()
                    return false
                }
                try site.runAll(claims)
                return true
            } catch {
                site.rollBack()
                if let failure = error.failure { throw failure }
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

    /// Whether the tool's table still says what the rows rest on; until the transaction ends nobody else
    /// writes to it.
    private func isSame(_ found: LedgerTable) throws(BatchError) -> Bool {
        do throws(Failure) {
            return try word.search.contents(of: found, locking: true) == contents
        } catch { throw BatchError(error) }
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
