/// Plants one seed: a transaction that begins with the claim of its history row.
struct Planter {
    let site: Site

    /// Plants it, unless another run has done so meanwhile.
    ///
    /// - `old`: the row of an earlier planting, as the plan saw it.
    func plant(_ seed: Seed, checksum: String, replacing old: Applied?) throws(Failure) {
        site.run.report(.seeding(name: seed.name))
        site.announce("the seed \(seed.name)")
        let began = site.run.timing.now()
        let row = Applied(
            kind: .seed, id: Applied.key(seed.name), name: seed.name, checksum: checksum,
            state: .running)
        var retry = BusyRetry(site.run)
        while true {
            do throws(Failure) {
                guard let outcome = try attempt(seed, row, old) else { return }
                for note in outcome.notes { site.run.report(.note(note)) }
                // The only time that it is shown, and only now that the row is committed.
                for made in outcome.generated {
                    let password = made.password.reveal()
                    site.run.report(.note("the password of \(made.owner) is \(password); keep it"))
                }
                site.run.note(seeded: seed.name)
                let took = began.duration(to: site.run.timing.now())
                site.run.report(.seeded(name: seed.name, counts: outcome.counts, took: took))
                return
            } catch {
                site.rollBack()
                if error.cause?.kind == .interrupted {
                    try site.run.cancellation.check(state: complete(error).state)
                }
                guard retry.isDue(after: error.cause) else { throw complete(error) }
            }
        }
    }

    private func attempt(
        _ seed: Seed, _ row: Applied, _ old: Applied?
    ) throws(Failure) -> SeedOutcome? {
        let connection = site.connection
        let accounts = seed.accounts(site.options.settings)
        let left = try old.map(earlierAccounts)?.filter { !accounts.contains($0) } ?? []
        guard try claim(seed, row, accounts, replacing: old) else { return nil }
        let planted = try site.run.cancellation.interruptible(connection.interrupter) {
            () throws(Failure) in
            try seed.plant(on: connection, settings: site.options.settings) { load in
                site.run.report(.loading(name: seed.name, load: load))
            }
        }
        guard var outcome = planted else {
            throw failure(seed, DatabaseError(.interrupted, "stopped before this seed"))
        }
        let end = [Statement(site.history.finish(row)), Statement("COMMIT")]
        do throws(BatchError) { try connection.runAll(end) } catch {
            throw failure(seed, error.error)
        }
        outcome.notes += left.map { account in
            "\(account) was planted before, and the seed names it no more: the account is still there; "
                + "lock or delete it if it should go"
        }
        return outcome
    }

    /// The accounts that the earlier planting has noted in its row.
    private func earlierAccounts(_ old: Applied) throws(Failure) -> [String] {
        do throws(DatabaseError) {
            let row = try site.connection.run(site.history.recollection(old)).first
            return row?.first?.text?.split(separator: "\n").map(String.init) ?? []
        } catch {
            throw Failure(
                ExitStatus(working: error.kind), "cannot read the history \(site.history.table)",
                cause: error, product: site.product)
        }
    }

    /// Claims the seed's row first, so that of two runs without a lock only one plants.
    private func claim(
        _ seed: Seed, _ row: Applied, _ accounts: [String], replacing old: Applied?
    ) throws(Failure) -> Bool {
        let connection = site.connection
        var opening = [Statement(site.dialect.begin)]
        if let lock = connection.transactionLock("\(site.history.table) seed \(row.id)") {
            opening.append(Statement(lock))
        }
        if let stop = site.guardStatement { opening.append(stop) }
        if let old { opening.append(Statement(site.history.remove(old))) }
        let noted = accounts.isEmpty ? nil : accounts.joined(separator: "\n")
        opening.append(Statement(site.claim(row, hashes: noted)))
        do throws(BatchError) {
            try connection.runAll(opening)
            return true
        } catch {
            site.rollBack()
            guard error.error.kind == .rejected, error.index == opening.count - 1 else {
                throw failure(seed, error.error)
            }
            let rows = try site.history.read(on: connection).rows
            let isDone = rows.contains {
                $0.kind == .seed && $0.id == row.id && $0.checksum == row.checksum
                    && $0.state == .done
            }
            guard isDone else { throw failure(seed, error.error) }
            return false
        }
    }

    private func failure(_ seed: Seed, _ error: DatabaseError) -> Failure {
        Failure(
            ExitStatus(working: error.kind), "the seed \(seed.name) failed", cause: error,
            product: site.product)
    }

    /// Adds what is known of the database's state, after the rollback.
    private func complete(_ failure: Failure) -> Failure {
        var failure = failure
        failure.product = failure.product ?? (failure.cause == nil ? nil : site.product)
        if failure.cause?.kind != .lost, !site.connection.isInTransaction {
            failure.state =
                failure.state ?? "Nothing of this seed was planted; all before it is done."
        }
        failure.next =
            failure.next ?? failure.cause?.remedy ?? failure.status.next(after: "seed")
        return failure
    }
}
