/// Applies pending migrations in their order, each by the way that its server's DDL needs.
struct Migrator {
    let site: Site

    /// Applies all of them, or finds that others were faster with some.
    ///
    /// - Returns: false when the rest has to be planned anew.
    func apply(_ applications: [Application]) throws(Failure) -> Bool {
        if site.options.sharesTransaction(on: site.dialect, applications.count) {
            return try SharedTransaction(site: site, applications).apply()
        }
        var index = 0
        while index < applications.count {
            let group = group(in: applications[index...])
            try site.run.cancellation.check(
                state: "\(index) of \(applications.count) pending migrations are applied.")
            if group.count > 1, SharedTransaction(site: site, group).applyAtOnce() {
                index = group.endIndex
                continue
            }
            for index in group.indices { try apply(at: index, of: applications) }
            index = group.endIndex
        }
        return true
    }

    /// The migrations that are applied next with one commit: those that only add definitions where
    /// each commit waits for the disk, and else one.
    ///
    /// 64 of them take some ten milliseconds, so that nothing waits for their end.
    private func group(in rest: ArraySlice<Application>) -> ArraySlice<Application> {
        guard site.dialect.isInProcess else { return rest.prefix(1) }
        let quick = rest.prefix(64).prefix { $0.definesOnly }
        return quick.isEmpty ? rest.prefix(1) : quick
    }

    private func apply(at index: Int, of applications: [Application]) throws(Failure) {
        let application = applications[index]
        let progress = Progress(before: index, of: applications.count)
        try site.run.cancellation.check(
            state: "\(index) of \(applications.count) pending migrations are applied.")
        site.run.report(.migrating(name: application.name))
        site.connection.announce(application.name)
        let began = site.run.timing.now()
        guard try attempt(application, progress) else { return }
        site.run.note(migrated: application.name)
        let took = began.duration(to: site.run.timing.now())
        site.run.report(.migrated(name: application.name, took: took))
    }

    private func attempt(
        _ application: Application, _ progress: Progress
    ) throws(Failure) -> Bool {
        do throws(Failure) {
            return try apply(application, progress)
        } catch {
            // Interrupted by our own signal: that is the news, and the state is the failure's.
            guard error.cause?.kind == .interrupted else { throw error }
            try site.run.cancellation.check(state: error.state)
            throw error
        }
    }

    private func apply(
        _ application: Application, _ progress: Progress
    ) throws(Failure) -> Bool {
        let isApplied =
            site.dialect.rollsBackDDL && !application.directives.contains(.noTransaction)
            ? try TransactionalMigration(site: site, application, progress).apply()
            : try MarkedMigration(site: site, application, progress).apply()
        if application.script?.changesSession ?? true { try resetSession() }
        return isApplied
    }

    /// Gives the next migration the session that the first one had, and the lock with it.
    private func resetSession() throws(Failure) {
        do throws(DatabaseError) {
            try site.connection.resetSession()
            guard let lock = site.lock, let condition = site.condition else { return }
            if try site.connection.run("SELECT (\(condition))").first?.first?.isTrue == true {
                return
            }
            // A migration may have dropped all locks (`DISCARD ALL`); nobody may be in between.
            guard try site.connection.tryLock(lock) else {
                throw DatabaseError(.lost, "a migration gave this session's lock away")
            }
        } catch {
            throw Failure(
                .unavailable, "cannot reset the session", cause: error, product: site.product,
                next: "run the same command again; it goes on where this run stopped")
        }
    }
}

/// How many of the pending migrations were applied before the one that failed.
struct Progress {
    let before: Int
    let of: Int

    init(before: Int, of count: Int) {
        self.before = before
        self.of = count
    }

    /// `Applied before it: 2 of 5.`; nothing to say where there is only one.
    var text: String { of > 1 ? " Applied before it: \(before) of \(of)." : "" }
}

/// When to try a unit again that another session's locks have stopped.
struct BusyRetry {
    private let run: Run
    private let deadline: Deadline
    private var delay = Duration.milliseconds(250)
    private var timing: Timing { run.timing }

    init(_ run: Run) {
        self.run = run
        deadline = run.timing.now() + run.options.lockWait
    }

    /// Whether to try again after `error`: once another session's locks were in the way, a pause has
    /// passed, and nobody has stopped the run.
    ///
    /// What was waited for is reported.
    mutating func isDue(after error: DatabaseError?) -> Bool {
        guard let error, error.kind == .busy, run.cancellation.requested == nil, pause() else {
            return false
        }
        run.report(.waiting(reason: Probe.reason(error)))
        return true
    }

    /// Pauses, longer each time and a minute at most; false when the time is up.
    mutating func pause() -> Bool {
        guard timing.now() < deadline else { return false }
        timing.pause(delay * (0.75 + timing.random() / 2))
        delay = min(delay * 2, .seconds(60))
        return true
    }
}
