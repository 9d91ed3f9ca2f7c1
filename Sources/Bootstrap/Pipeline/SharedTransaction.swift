/// All pending migrations in one transaction: `--transaction all`.
struct SharedTransaction {
    let site: Site
    private let migrations: [TransactionalMigration]

    init(site: Site, _ applications: [Application]) {
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
            guard let error = try migration.examine(error) else { return false }
            guard error.error.kind == .busy, site.run.cancellation.requested == nil, retry.pause()
            else {
                try site.run.cancellation.check(state: "No pending migration was applied.")
                throw migration.failure(error)
            }
            site.run.report(.waiting(reason: Probe.reason(error.error)))
        }
    }

    /// Runs everything; events are sent only when the one COMMIT has succeeded.
    private func attempt() -> (BatchError, TransactionalMigration)? {
        var done: [(name: String, took: Duration)] = []
        for (index, migration) in migrations.enumerated() {
            let (application, began) = (migration.application, site.run.timing.now())
            site.run.report(.migrating(name: application.name))
            site.connection.announce(application.name)
            let opening = migration.opening.dropFirst(index == 0 ? 0 : 1).map(\.statement)
            let isLast = index == migrations.count - 1
            do throws(BatchError) {
                try run(migration, opening, isLast: isLast)
            } catch {
                // The others' first statement, BEGIN, was left out of their batch.
                let shift = index == 0 ? 0 : 1
                return (BatchError(error.error, at: error.index.map { $0 + shift }), migration)
            }
            done.append((application.name, began.duration(to: site.run.timing.now())))
        }
        for (name, took) in done {
            site.run.note(migrated: name)
            site.run.report(.migrated(name: name, took: took))
        }
        return nil
    }

    private func run(
        _ migration: TransactionalMigration, _ opening: [Statement], isLast: Bool
    ) throws(BatchError) {
        let application = migration.application
        let closing =
            [Statement(site.history.finish(application.row))]
            + (isLast ? [Statement("COMMIT")] : [])
        guard let code = application.step.body.code else {
            return try site.runAll(opening + application.statements + closing)
        }
        try site.connection.runAll(opening)
        do throws(DatabaseError) { try site.run(code) } catch {
            throw BatchError(error, at: opening.count)
        }
        try site.connection.runAll(closing)
    }
}
