/// Several migrations in one transaction: all pending ones with `--transaction all`, or a few that
/// only add definitions where each commit waits for the disk (``applyAtOnce()``).
struct SharedTransaction {
    let site: Site
    private let migrations: [TransactionalMigration]

    init(site: Site, _ applications: some Collection<Application>) {
        self.site = site
        migrations = applications.enumerated().map { index, application in
            TransactionalMigration(
                site: site, application, Progress(before: 0, of: applications.count))
        }
    }

    /// - Returns: false when another run was faster with one of them: none was applied.
    func apply() throws(Failure) -> Bool {
        var retry = BusyRetry(site.run)
        while true {
            let stop = attempt()
            if stop != nil { site.rollBack() }
            site.letGo(of: migrations.map(\.application))
            guard let (error, migration) = stop else { return true }
            if let failure = error.failure { throw migration.rolledBack(failure) }
            guard let error = try migration.examine(error) else { return false }
            guard retry.isDue(after: error.error) else {
                try site.run.cancellation.check(state: "No pending migration was applied.")
                throw migration.failure(error)
            }
        }
    }

    /// Applies them with one commit for all, which is what most of their time is spent on.
    ///
    /// What was not committed was not reported either: a run that is killed here has done less, and
    /// nothing by halves.
    ///
    /// - Returns: false when one of them failed. Then nothing was applied or reported, and each is to
    ///   be applied by itself.
    func applyAtOnce() -> Bool {
        let names = [migrations.first, migrations.last].compactMap { $0?.application.name }
        site.run.report(.running(name: names.joined(separator: " to "), statement: nil))
        let stop = attempt(reportsStart: false)
        if stop != nil { site.rollBack() }
        site.letGo(of: migrations.map(\.application))
        return stop == nil
    }

    /// Runs everything; the ends are reported only when the one COMMIT has succeeded.
    ///
    /// - `reportsStart`: whether each is reported and announced when it starts; else with its end.
    private func attempt(reportsStart: Bool = true) -> (BatchError, TransactionalMigration)? {
        var done: [(name: String, took: Duration)] = []
        var rest = migrations[...]
        while !rest.isEmpty {
            let group = group(in: rest)
            rest = rest.dropFirst(group.count)
            let began = site.run.timing.now()
            if reportsStart { tell(group) }
            if let stop = group.count > 1
                ? runTogether(group) : runAlone(group, isLast: rest.isEmpty)
            {
                return stop
            }
            let took = began.duration(to: site.run.timing.now()) / group.count
            done += group.map { ($0.application.name, took) }
        }
        for (name, took) in done {
            if !reportsStart { site.run.report(.migrating(name: name)) }
            site.run.note(migrated: name)
            site.run.report(.migrated(name: name, took: took))
        }
        return nil
    }

    /// The migrations that are sent next: those that only add definitions together where that saves
    /// round trips, else one.
    ///
    /// The last one is alone: its batch has the COMMIT.
    private func group(
        in rest: ArraySlice<TransactionalMigration>
    ) -> ArraySlice<TransactionalMigration> {
        guard !site.dialect.isInProcess else { return rest.prefix(1) }
        let quick = rest.dropLast().prefix(64).prefix { $0.application.definesOnly }
        return quick.isEmpty ? rest.prefix(1) : quick
    }

    private func tell(_ group: ArraySlice<TransactionalMigration>) {
        for migration in group {
            site.run.report(.migrating(name: migration.application.name))
            site.announce(migration.application.name)
        }
    }

    /// The statements before a migration's own: what the first one of the transaction has said for all
    /// is left out.
    private func opening(of migration: TransactionalMigration) -> [Statement] {
        let isFirst = migration.row.identity == migrations.first?.row.identity
        return migration.opening.dropFirst(isFirst ? 0 : migration.shared).map(\.statement)
    }

    /// A failure by its place in a migration's own batch, whose opening was shortened.
    private func stop(
        _ error: BatchError, in migration: TransactionalMigration
    ) -> (BatchError, TransactionalMigration) {
        let shift = migration.opening.count - opening(of: migration).count
        return (error.shifted(by: shift), migration)
    }

    private func runTogether(
        _ group: ArraySlice<TransactionalMigration>
    ) -> (BatchError, TransactionalMigration)? {
        let batches = group.map { opening(of: $0) + $0.application.sequence }
        do throws(BatchError) { try site.runAll(batches.flatMap(\.self)) } catch {
            guard var index = error.index else { return (error, group[group.startIndex]) }
            for (migration, batch) in zip(group, batches) {
                guard index >= batch.count else {
                    return stop(BatchError(error.error, at: index), in: migration)
                }
                index -= batch.count
            }
            return (BatchError(error.error, at: nil), group[group.startIndex])
        }
        return nil
    }

    private func runAlone(
        _ group: ArraySlice<TransactionalMigration>, isLast: Bool
    ) -> (BatchError, TransactionalMigration)? {
        let migration = group[group.startIndex]
        do throws(BatchError) {
            try run(migration, opening(of: migration), isLast: isLast)
            return nil
        } catch { return stop(error, in: migration) }
    }

    private func run(
        _ migration: TransactionalMigration, _ opening: [Statement], isLast: Bool
    ) throws(BatchError) {
        let began = site.run.timing.now()
        let application = migration.application
        if application.script == nil {
            try site.connection.runAll(opening)
            do throws(BatchError) { try migration.work() } catch {
                throw error.shifted(by: opening.count)
            }
        } else {
            try site.runAll(opening + application.sequence)
        }
        let last = isLast ? site.filing(migrations.map(\.application)) + [Statement("COMMIT")] : []
        let closing = migration.end(since: began) + last
        do throws(BatchError) { try site.connection.runAll(closing) } catch {
            throw BatchError(error.error, at: nil)
        }
    }
}
