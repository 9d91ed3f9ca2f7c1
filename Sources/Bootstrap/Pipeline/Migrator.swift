/// Applies pending migrations in their order, or takes ways back, each by the way that its server's
/// DDL needs.
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
            try site.run.cancellation.check(state: progress(at: index, of: applications).state)
            if group.count > 1 { index += try settle(group, of: applications.count) }
            while index < group.endIndex {
                try apply(at: index, of: applications)
                index += 1
            }
        }
        return true
    }

    /// Takes ways back in their order; each has a transaction of its own.
    func rollBack(_ applications: [Application]) throws(Failure) {
        for index in applications.indices { try apply(at: index, of: applications) }
    }

    /// The migrations that are applied next: those that only add definitions together, else one.
    ///
    /// So many take some ten milliseconds, so that a signal, or a person who waits for the end of one
    /// of them, does not wait for the others.
    private func group(in rest: ArraySlice<Application>) -> ArraySlice<Application> {
        let isInProcess = site.dialect.isInProcess
        // Without a lock another run may be at work on some of them, and each is asked for by itself.
        let isAlone = !isInProcess && (site.lock == nil || site.connection.server.isPooled)
        let quick = rest.prefix(isInProcess ? 64 : isAlone ? 1 : 16).prefix {
            $0.definesOnly && (isInProcess || $0.step.row == nil)
        }
        return quick.isEmpty ? rest.prefix(1) : quick
    }

    /// Applies migrations that only add definitions with one commit where each commit waits for the
    /// disk, and else in one round trip.
    ///
    /// - Returns: how many of them, from the first on, are settled.
    private func settle(
        _ group: ArraySlice<Application>, of count: Int
    ) throws(Failure) -> Int {
        if site.dialect.isInProcess {
            return SharedTransaction(site: site, group).applyAtOnce() ? group.count : 0
        }
        return try interruptible { () throws(Failure) in
            try SharedRoundTrip(site: site, applications: group, count: count).apply()
        }
    }

    private func apply(at index: Int, of applications: [Application]) throws(Failure) {
        let application = applications[index]
        let progress = progress(at: index, of: applications)
        try site.run.cancellation.check(state: progress.state)
        site.run.report(
            application.undoes == nil
                ? .migrating(name: application.name) : .rollingBack(name: application.name))
        site.announce(
            (application.undoes == nil ? "" : "the way back of ") + application.name)
        let began = site.run.timing.now()
        let isApplied = try interruptible { () throws(Failure) in
            try apply(application, progress)
        }
        guard isApplied else { return }
        let took = began.duration(to: site.run.timing.now())
        guard application.undoes == nil else {
            site.run.note(rolledBack: application.name)
            return site.run.report(.rolledBack(name: application.name, took: took))
        }
        site.run.note(migrated: application.name)
        site.run.report(.migrated(name: application.name, took: took))
    }

    private func progress(at index: Int, of applications: [Application]) -> Progress {
        var progress = Progress(before: index, of: applications.count)
        progress.goesBack = applications[index].undoes != nil
        return progress
    }

    /// Runs `body`; interrupted by our own signal, that is the news, and the state is the failure's.
    func interruptible<Result>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        do throws(Failure) { return try body() } catch {
            guard error.cause?.kind == .interrupted else { throw error }
            try site.run.cancellation.check(state: error.state)
            throw error
        }
    }

    private func apply(
        _ application: Application, _ progress: Progress
    ) throws(Failure) -> Bool {
        guard application.undoes != nil, application.attachment != nil else {
            return try execute(application, progress)
        }
        try site.file(application.mirrored, of: application)
        do throws(Failure) { return try execute(application, progress) } catch {
            // Where that fails too the next run finds it missing there, and says so.
            try? site.file(application.restored, of: application)
            throw error
        }
    }

    private func execute(
        _ application: Application, _ progress: Progress
    ) throws(Failure) -> Bool {
        // A way back that has begun outside of a transaction goes on by its marks.
        let hasMarks = application.undoes?.state == .undoing
        let isApplied =
            site.dialect.rollsBackDDL && !application.directives.contains(.noTransaction)
                && !hasMarks
            ? try TransactionalMigration(site: site, application, progress).apply()
            : try applyMarked(application, progress)
        if application.changesSession { try resetSession() }
        return isApplied
    }

    /// Its hooks run by themselves, before and after it.
    private func applyMarked(
        _ application: Application, _ progress: Progress
    ) throws(Failure) -> Bool {
        if let hook = application.before { try run(hook, at: application, progress) }
        let isApplied = try MarkedMigration(site: site, application, progress).apply()
        if isApplied, let hook = application.after { try run(hook, at: application, progress) }
        if isApplied, application.undoes == nil {
            try site.file(application.mirrored, of: application)
        }
        return isApplied
    }

    /// Gives the next migration the session that the first one had, and the lock with it.
    func resetSession() throws(Failure) {
        do throws(DatabaseError) {
            try site.connection.resetSession()
            try site.regainLock()
        } catch {
            throw Failure(
                .unavailable, "cannot reset the session", cause: error, product: site.product,
                next: "run the same command again; it goes on where this run stopped")
        }
    }
}

/// How many of the pending migrations were applied, or undone, before the one that failed.
struct Progress {
    let before: Int
    let of: Int
    /// Whether they are undone.
    var goesBack = false

    init(before: Int, of count: Int) {
        self.before = before
        self.of = count
    }

    /// `Applied before it: 2 of 5.`; nothing to say where there is only one.
    var text: String {
        of > 1 ? " \(goesBack ? "Rolled back" : "Applied") before it: \(before) of \(of)." : ""
    }

    /// The same where the run stops between two of them.
    var state: String {
        goesBack
            ? "\(before) of \(of) migrations are rolled back."
            : "\(before) of \(of) pending migrations are applied."
    }
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
