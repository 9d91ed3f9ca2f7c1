/// The files that a plan runs, cut and judged for one server before any of them runs.
///
/// A mistake in the last one is told before a database is created, a lock taken or the history
/// written. Each file is cut once, however often the plan is made anew.
struct PendingFiles {
    let dialect: Dialect
    let options: Options
    private let source: Hooks
    /// What runs around the migrations, once they were asked for.
    private(set) var hooks = HookScripts()
    private var scripts: [HistoryKey: CutFile] = [:]
    private var judgedSeeds: Set<HistoryKey> = []

    init(_ dialect: Dialect, _ options: Options, _ hooks: Hooks = Hooks()) {
        source = hooks
        self.dialect = dialect
        self.options = options
    }

    /// The plan's migrations, ready to be applied; throws for the first file that is wrong, seeds
    /// included.
    mutating func applications(of plan: Plan) throws(Failure) -> [Application] {
        do throws(Failure) {
            var applications = try plan.steps.map { (step) throws(Failure) in
                Application(step, try script(of: step), dialect)
            }
            if !applications.isEmpty {
                hooks = try HookScripts(source, dialect, options.settings)
                for index in applications.indices {
                    applications[index].before = hooks[.beforeEach]
                    applications[index].after = hooks[.afterEach]
                }
            }
            try checkSharing(applications)
            for (seed, _, _) in plan.seeds where judgedSeeds.insert(seed.identity).inserted {
                try seed.check(for: dialect, settings: options.settings)
            }
            return applications
        } catch { throw error.inFiles }
    }

    /// The migrations that are taken for applied, as they would be applied; throws for the first file
    /// that is wrong.
    mutating func applications(of plan: AdoptionPlan) throws(Failure) -> [Application] {
        do throws(Failure) {
            return try plan.steps.map { (step) throws(Failure) in
                Application(step, try script(of: step), dialect)
            }
        } catch { throw error.inFiles }
    }

    /// The plan's ways back, ready to be taken; throws for the first file that is wrong.
    mutating func applications(of plan: RollbackPlan) throws(Failure) -> [Application] {
        do throws(Failure) {
            return try plan.steps.map { (step, row) throws(Failure) in
                Application(step, try script(of: step), dialect, undoing: row)
            }
        } catch { throw error.inFiles }
    }

    /// `nil` for a migration in code.
    private mutating func script(of step: Plan.Step) throws(Failure) -> CutFile? {
        if let known = scripts[step.migration.identity] { return known }
        let script = try step.body.cut(for: dialect, settings: options.settings)
        scripts[step.migration.identity] = script
        return script
    }

    /// Refuses what `--transaction all` cannot hold.
    private func checkSharing(_ applications: [Application]) throws(Failure) {
        guard options.sharesTransaction(on: dialect, applications.count) else { return }
        let refused: [Directive] = [.noTransaction, .foreignKeysOff]
        for application in applications
        where refused.contains(where: application.directives.contains) {
            throw Failure(
                .configuration, "\(application.step.body.path) cannot share a transaction",
                next: "leave --transaction all out, or apply this migration first with --to")
        }
    }
}

extension Failure {
    /// The failure of a file that was read or judged before anything was changed.
    var inFiles: Failure {
        var failure = advised
        failure.state = state ?? "Nothing was changed."
        return failure
    }

    /// The failure with what to do about a file that is wrong, where it does not say so itself.
    package var advised: Failure {
        var failure = self
        if place != nil {
            failure.next = next ?? "correct the file and run the same command again"
        }
        return failure
    }
}

extension Options {
    /// Whether `count` migrations run in one transaction together.
    func sharesTransaction(on dialect: Dialect, _ count: Int) -> Bool {
        transaction == .all && dialect.rollsBackDDL && count > 1
    }
}
