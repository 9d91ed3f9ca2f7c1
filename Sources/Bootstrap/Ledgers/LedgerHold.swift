/// Another tool's own lock: while this run has it, no process of that tool is at work.
struct LedgerHold {
    let run: Run
    let connection: any Connection
    let table: LedgerTable

    /// Does `body` inside the lock, if the tool has one on this engine.
    func hold(_ body: () throws(Failure) -> Void) throws(Failure) {
        let forms = connection.dialect.ledgers
        guard let lock = table.ledger.lock(for: table) else { return try body() }
        if let table = lock.table {
            // Whoever is killed leaves a row there for good, so that none of ours is put in: what is
            // written stands beside the tool's table, which others are kept from.
            try wait("SELECT count(*) = 0 FROM \(connection.dialect.quoted(table))")
            return try body()
        }
        // Behind a pooler another session may be asked to give it back, and it would stay for good.
        guard !connection.server.isPooled, let take = sql(forms.takeLock, lock),
            let give = sql(forms.giveLock, lock)
        else { return try body() }
        try wait(take)
        // A session that is gone has given it back.
        defer { _ = try? connection.run(give) }
        try body()
    }

    private func wait(_ take: String) throws(Failure) {
        let queue = LockQueue(
            run: run, holder: { LockHolder(who: table.ledger.tool) }, timeout: { timeout })
        _ = try queue.wait { () throws(Failure) in try attempt(take) }
    }

    private func attempt(_ take: String) throws(Failure) -> Bool {
        do throws(DatabaseError) {
            return try connection.run(take).first?.first?.isTrue ?? false
        } catch {
            throw Failure(
                ExitStatus(working: error.kind), "cannot take the lock of \(table.ledger.tool)",
                cause: error, product: connection.server.product, state: "Nothing was changed.",
                next: "run the same command again")
        }
    }

    private var timeout: Failure {
        Failure(
            .busy,
            "\(table.ledger.tool) is still at work after \(run.options.lockWait.text): it holds its lock",
            state: "Nothing was changed by this run.",
            next: "wait until it has ended, and run the same command again")
    }

    /// `nil` where this engine, or the tool on it, has no such lock.
    private func sql(_ form: String?, _ lock: LedgerLock) -> String? {
        guard let form else { return nil }
        if form.contains("{number}") {
            return lock.number.map { form.replacing("{number}", with: String($0)) }
        }
        return lock.name.map {
            form.replacing("{name}", with: connection.dialect.literal($0))
        }
    }
}
