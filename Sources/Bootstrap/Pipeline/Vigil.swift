/// Waiting until another run has applied everything that these files describe: takes no lock, writes
/// nothing, and is content with a standby.
struct Vigil {
    let run: Run

    /// - Returns: what is there, once nothing of these files is pending.
    func keep() throws(Failure) -> Report {
        run.report(.started(target: run.driver.target))
        try checkSettings()
        var connection: (any Connection)?
        defer { connection.map(run.disconnect) }
        var told: String?
        while true {
            try run.cancellation.check(state: "Nothing was changed.")
            if connection == nil { connection = try run.connect() }
            let obstacle: String
            switch try look(connection) {
            case .done(let report):
                run.report(.ready(report))
                return report
            case .pending(let reason): obstacle = reason
            case .absent: obstacle = "the database \(run.driver.databaseName) does not exist"
            case .lost(let reason):
                connection.map(run.disconnect)
                connection = nil
                obstacle = reason
            }
            try pause(because: obstacle, told: told)
            told = obstacle
        }
    }

    /// What the other run plants depends on settings: where they are missing here, waiting would not
    /// end.
    private func checkSettings() throws(Failure) {
        guard run.options.seed else { return }
        let missing = run.source.seeds.flatMap { $0.missingFromChecksum(run.options.settings) }
        if let failure = Failure(missing: missing) { throw failure }
    }

    /// What one look at the history showed.
    private enum Sight {
        case done(Report)
        case pending(String)
        case absent
        case lost(String)
    }

    private func look(_ connection: (any Connection)?) throws(Failure) -> Sight {
        guard let connection else { return .absent }
        do throws(Failure) {
            let rows = try run.history(on: connection).read(on: connection).rows
            let plan = try Plan(
                run.source.migrations.map { ($0, $0.body(for: connection.dialect)) },
                seeds: run.source.seeds, history: rows, options: run.options,
                dialect: connection.dialect, isExclusive: false)
            if let row = rows.first(where: { $0.state == .undoing }) {
                return .pending("\(row.name) is being rolled back")
            }
            if let pending = Self.pending(plan, rows) { return .pending(pending) }
            var report = Report(target: run.driver.target)
            report.server = connection.server
            (report.migrations, report.seeds) = plan.applied
            report.took = run.began.duration(to: run.timing.now())
            return .done(report)
        } catch {
            guard let cause = error.cause, cause.kind == .lost || cause.kind == .unavailable else {
                throw error
            }
            return .lost(Probe.reason(cause))
        }
    }

    /// The first thing that is not done; a seed that runs in every run is done when it ran once.
    private static func pending(_ plan: Plan, _ rows: [Applied]) -> String? {
        if let step = plan.steps.first { return "\(step.migration.name) is pending" }
        for (seed, _, _) in plan.seeds {
            let isPlanted = rows.contains {
                $0.kind == .seed && $0.id == Applied.key(seed.name) && $0.state == .done
            }
            guard isPlanted else { return "\(seed.name) is pending" }
            guard seed.run == .always else {
                return "\(seed.name) was planted from another text or with other settings"
            }
        }
        return nil
    }

    private func pause(because obstacle: String, told: String?) throws(Failure) {
        let waited = run.began.duration(to: run.timing.now())
        guard waited < run.options.wait else {
            let time = run.options.wait > .zero ? " after waiting for \(run.options.wait.text)" : ""
            throw Failure(
                .busy, obstacle + time, state: "Nothing was changed.",
                next: "look at the run that migrates, or wait longer with --wait")
        }
        if obstacle != told { run.report(.waiting(reason: obstacle)) }
        let delay = Probe.delay(waited: waited, random: run.timing.random())
        run.timing.pause(min(delay, run.options.wait - waited))
    }
}
