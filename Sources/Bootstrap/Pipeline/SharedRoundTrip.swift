/// Migrations that only add definitions, many in one round trip, each with the same statements, marks
/// and transaction that it has alone.
///
/// A server stops at the first statement that fails. One whose client has died goes on to the end of
/// what was sent, and gives the lock back only then.
struct SharedRoundTrip {
    let site: Site
    /// Some of the pending ones, by their places among them.
    let applications: ArraySlice<Application>
    /// How many are pending in all.
    let count: Int

    /// - Returns: how many of them, from the first on, are settled: applied and reported, or done by
    ///   another run. The others are to be applied each by itself.
    func apply() throws(Failure) -> Int {
        try site.dialect.rollsBackDDL ? applyTransactions() : applyPackets()
    }

    // MARK: Where a migration is a transaction

    private func applyTransactions() throws(Failure) -> Int {
        let began = site.run.timing.now()
        site.run.report(.running(name: names, statement: nil))
        let migrations = applications.indices.map { index in
            site.announce(applications[index].name)
            return TransactionalMigration(
                site: site, applications[index], Progress(before: index, of: count))
        }
        let batches = migrations.map(\.batch)
        do throws(BatchError) {
            try site.runAll(batches.flatMap(\.self))
            report(batches.count, since: began)
            correctEnds(migrations[...], isOver: true, since: began)
            return batches.count
        } catch {
            site.rollBack()
            guard error.error.kind != .lost else {
                // What was answered is done. The rest may be too, and the next run will see.
                let (settled, _) = place(error.index, in: batches)
                report(settled, since: began)
                site.run.report(.migrating(name: migrations[settled].application.name))
                throw migrations[settled].failure(BatchError(error.error, at: nil))
            }
            // A syntax error keeps the server from beginning at all, wherever it stands, so the error
            // does not tell what was done. The history does: no other run has the lock.
            let rows = history() ?? []
            let settled = migrations.prefix { $0.isDone(in: rows) }.count
            report(settled, since: began)
            correctEnds(migrations.prefix(settled), isOver: false, since: began)
            return settled
        }
    }

    /// The rows as they are now; a request to cancel that came late stops the first question at most.
    private func history() -> [Applied]? {
        let read = { try? site.history.read(on: site.connection).rows }
        return read() ?? read()
    }

    /// Writes when each has ended, as far as it matters: where one took its time (it waited for a
    /// lock, say), the one behind it began late.
    ///
    /// - `isOver`: whether the last of them has ended now, and not at some time before.
    private func correctEnds(
        _ done: ArraySlice<TransactionalMigration>, isOver: Bool, since began: Deadline
    ) {
        guard let first = done.first, let last = done.last,
            site.isLong(since: began)
        else { return }
        let between = Statement(site.history.finish(from: first.row, before: last.row))
        let end = isOver ? [Statement(site.history.finish(last.row))] : []
        // They are done, whatever becomes of the moments.
        _ = try? site.connection.runAll([between] + end)
    }

    // MARK: Where each statement commits

    private func applyPackets() throws(Failure) -> Int {
        let began = site.run.timing.now()
        site.run.report(.running(name: names, statement: nil))
        site.announce(names)
        let migrations = applications.indices.map { index in
            MarkedMigration(site: site, applications[index], Progress(before: index, of: count))
        }
        let packets = migrations.map(\.packet)
        do throws(BatchError) {
            try site.runAll(packets.flatMap(\.self))
            report(packets.count, since: began)
            return packets.count
        } catch {
            site.rollBack()
            let (settled, index) = place(error.index, in: packets)
            report(settled, since: began)
            // What stopped it is settled as if it had been sent alone.
            let stopped = migrations[settled]
            site.run.report(.migrating(name: stopped.application.name))
            if try stopped.apply(after: BatchError(error.error, at: index)) {
                reportEnd(stopped.application.name, began.duration(to: site.run.timing.now()))
            }
            return settled + 1
        }
    }

    // MARK: Both

    /// The first and the last of them.
    private var names: String {
        "\(applications.first?.name ?? "") to \(applications.last?.name ?? "")"
    }

    /// Which migration the statement number `index` of them all belongs to, and its number there.
    private func place(
        _ index: Int?, in batches: [[Statement]]
    ) -> (migration: Int, index: Int?) {
        guard var index else { return (0, nil) }
        for (number, batch) in batches.enumerated() {
            guard index >= batch.count else { return (number, index) }
            index -= batch.count
        }
        return (batches.count - 1, nil)
    }

    /// Reports the first `settled`, which have taken the time since `began` together.
    private func report(_ settled: Int, since began: Deadline) {
        let took = began.duration(to: site.run.timing.now())
        for application in applications.prefix(settled) {
            site.run.report(.migrating(name: application.name))
            reportEnd(application.name, took / settled)
        }
    }

    private func reportEnd(_ name: String, _ took: Duration) {
        site.run.note(migrated: name)
        site.run.report(.migrated(name: name, took: took))
    }
}
