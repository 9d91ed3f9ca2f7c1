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
            guard let (error, migration) = attempt() else { return true }
            site.rollBack()
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
        guard attempt(reportsStart: false) != nil else { return true }
        site.rollBack()
        return false
    }

    /// Runs everything; the ends are reported only when the one COMMIT has succeeded.
    ///
    /// - `reportsStart`: whether each is reported and announced when it starts; else with its end.
    private func attempt(reportsStart: Bool = true) -> (BatchError, TransactionalMigration)? {
        var done: [(name: String, took: Duration)] = []
        for (index, migration) in migrations.enumerated() {
            let (application, began) = (migration.application, site.run.timing.now())
            if reportsStart {
                site.run.report(.migrating(name: application.name))
                site.announce(application.name)
            }
            let opening = migration.opening.dropFirst(index == 0 ? 0 : 1).map(\.statement)
            let isLast = index == migrations.count - 1
            do throws(BatchError) {
                try run(migration, opening, isLast: isLast)
            } catch {
                // The others' first statement, BEGIN, was left out of their batch.
                return (error.shifted(by: index == 0 ? 0 : 1), migration)
            }
            done.append((application.name, began.duration(to: site.run.timing.now())))
        }
        for (name, took) in done {
            if !reportsStart { site.run.report(.migrating(name: name)) }
            site.run.note(migrated: name)
            site.run.report(.migrated(name: name, took: took))
        }
        return nil
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
        let closing = migration.end(since: began) + (isLast ? [Statement("COMMIT")] : [])
        do throws(BatchError) { try site.connection.runAll(closing) } catch {
            throw BatchError(error.error, at: nil)
        }
    }
}
