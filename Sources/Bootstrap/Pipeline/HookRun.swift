/// Runs a hook by itself: around all migrations of a run, or around one that is no transaction.
///
/// Where DDL rolls back, it is a transaction. Elsewhere its statements are sent together, and each
/// that commits has committed.
struct HookRun {
    let site: Site
    let script: HookScript
    /// The migration that it stands at, or `nil` for all of them.
    let application: Application?
    let progress: Progress

    private var hook: Hook { script.hook }
    private var isTransaction: Bool { site.dialect.rollsBackDDL }

    /// Runs it, again while other sessions' locks are in its way.
    func run() throws(Failure) {
        if application == nil {
            site.run.report(.running(name: hook.rawValue, statement: nil))
            site.announce(hook.rawValue)
        }
        var retry = BusyRetry(site.run)
        while true {
            guard let stop = attempt() else { return }
            // Where nothing is rolled back, only a hook that has not begun can begin again.
            let mayRepeat = isTransaction || stop.statement == 0
            guard mayRepeat, retry.isDue(after: stop.error) else { throw failure(stop) }
        }
    }

    /// What stopped it, and at which of its statements.
    private struct Stop {
        var error: DatabaseError
        var statement: Int?
        /// Whether all statements ran, and the last transaction was rolled back.
        var wasOpen = false
    }

    private func attempt() -> Stop? {
        let begin = isTransaction ? [Statement(site.dialect.begin)] : []
        let stop = site.guardStatement.map { [$0] } ?? []
        let end = isTransaction ? [Statement("COMMIT")] : []
        do throws(BatchError) {
            try site.runAll(begin + stop + script.statements + end)
        } catch {
            site.rollBack()
            if !stop.isEmpty, error.index == begin.count, error.error.kind == .rejected {
                return Stop(error: site.lockLost)
            }
            let index = error.index.map { $0 - begin.count - stop.count }
            return Stop(error: error.error, statement: script.statement(at: index))
        }
        guard site.connection.isInTransaction else { return nil }
        site.rollBack()
        return Stop(
            error: DatabaseError(.rejected, "the hook left a transaction open"), wasOpen: true)
    }

    private func failure(_ stop: Stop) -> Failure {
        let isKnown = stop.error.kind != .lost && !site.connection.isInTransaction
        var error = stop.error
        // The run must not go on after a new connection: it would leave out what is left of the hook.
        if !hook.isBefore, error.kind == .lost {
            error = DatabaseError(.unavailable, code: error.code, error.message)
        }
        return Failure(
            script, at: application?.name ?? "the pending migrations", statement: stop.statement,
            error, product: site.product,
            state: isKnown || !hook.isBefore ? "\(effect(stop)) \(place)\(progress.text)" : nil,
            next: hook.isBefore
                ? stop.error.remedy ?? "correct the hook and run the same command again"
                : "correct the hook, and do by hand what it was to do here: a later run does not "
                    + "come back to it")
    }

    /// What has become of the hook.
    private func effect(_ stop: Stop) -> String {
        if stop.error.kind == .lost { return "Whether the hook took effect is not known." }
        if isTransaction { return "The hook was rolled back." }
        if stop.wasOpen { return "What the hook had not committed was rolled back." }
        guard let failed = stop.statement else { return "How far the hook came is not known." }
        switch failed {
        case 0: return "Statement 1 of the hook did not succeed."
        case 1: return "Statement 1 of the hook took effect, statement 2 did not succeed."
        default:
            return "Statements 1 to \(failed) of the hook took effect, "
                + "statement \(failed + 1) did not succeed."
        }
    }

    /// What has become of the migrations around it.
    private var place: String {
        switch (application?.name, hook.isBefore) {
        case (let name?, true): "\(name) was not begun now."
        case (let name?, false): "\(name) is applied and recorded."
        case (nil, true): "No pending migration was applied."
        case (nil, false): "All pending migrations are applied and recorded."
        }
    }
}

extension Migrator {
    /// Applies all of them between the hooks of the run.
    ///
    /// - Returns: false when the rest has to be planned anew.
    func apply(_ applications: [Application], between hooks: HookScripts) throws(Failure) -> Bool {
        guard !applications.isEmpty else { return true }
        try run(hooks[.beforeMigrate])
        let isDone = try apply(applications)
        try run(hooks[.afterMigrate])
        return isDone
    }

    private func run(_ script: HookScript?) throws(Failure) {
        guard let script else { return }
        try run(script, at: nil, Progress(before: 0, of: 1))
        if script.script.changesSession { try resetSession() }
    }

    /// Runs a hook by itself.
    func run(
        _ script: HookScript, at application: Application?, _ progress: Progress
    ) throws(Failure) {
        try interruptible { () throws(Failure) in
            try HookRun(
                site: site, script: script, application: application, progress: progress
            ).run()
        }
    }
}
