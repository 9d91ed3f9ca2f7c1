/// A pipeline as a thread that may block runs it: the same functions, without a task.
///
/// ``Pipeline`` calls them on a thread of its own; the command line tool does so on its main thread,
/// since starting the runtime for tasks takes longer than finding out that there is nothing to do.
package struct BlockingPipeline: Sendable {
    /// What it runs, and how.
    package let pipeline: Pipeline
    /// What stops it; the pipeline's own, or else one for these functions alone.
    let cancellation: Cancellation
    /// Called once the files are read; by then a first connection may be open or on its way.
    package var willConnect: @Sendable () -> Void = {}
    /// Whether the process ends with the run: to take a thousand files apart again would be wasted
    /// then.
    package var isLast = false
    private let began = ContinuousClock.now

    init(_ pipeline: Pipeline) {
        self.pipeline = pipeline
        cancellation = pipeline.cancellation ?? Cancellation()
    }

    private var options: Options { pipeline.options }

    /// ``Pipeline/run(_:)``.
    @discardableResult
    package func run(_ report: @escaping Pipeline.Reporter) throws(Failure) -> Report {
        try take(.everything, report)
    }

    /// ``Pipeline/run(on:_:)``.
    func run(
        on connection: any Connection, _ report: @escaping (Event) -> Void
    ) throws(Failure) -> Report {
        try start(looking: nil, reading: .all(checksSettings: options.seed), report: report)
            .execute([.migrate, .seed], on: connection)
    }

    /// ``Pipeline/wait(_:)``.
    @discardableResult
    package func wait(_ report: @escaping Pipeline.Reporter) throws(Failure) -> Report {
        try take([], report)
    }

    /// ``Pipeline/waitUntilMigrated(_:)``.
    @discardableResult
    package func waitUntilMigrated(
        _ report: @escaping Pipeline.Reporter
    ) throws(Failure) -> Report {
        let run = try start(looking: [], reading: .all(checksSettings: false), telling: report)
        return try Vigil(run: run).keep()
    }

    /// ``Pipeline/create(_:)``.
    @discardableResult
    package func create(_ report: @escaping Pipeline.Reporter) throws(Failure) -> Report {
        try take([.create], report)
    }

    /// ``Pipeline/migrate(_:)``.
    @discardableResult
    package func migrate(_ report: @escaping Pipeline.Reporter) throws(Failure) -> Report {
        try take([.migrate], report)
    }

    /// ``Pipeline/seed(_:again:_:)``.
    @discardableResult
    package func seed(
        _ names: [String], again: Bool, _ report: @escaping Pipeline.Reporter
    ) throws(Failure) -> Report {
        try take([.seed], report, choosing: .init(names: names, again: again))
    }

    /// ``Pipeline/drop(isConfirmed:_:)``.
    package func drop(
        isConfirmed: Bool, _ report: @escaping Pipeline.Reporter
    ) throws(Failure) -> Bool {
        let run = try start(looking: nil, reading: .none, telling: report)
        return try Removal(run: run, isConfirmed: isConfirmed).drop()
    }

    /// ``Pipeline/planDrop(isConfirmed:)``.
    package func planDrop(isConfirmed: Bool) throws(Failure) -> Bool {
        let run = try start(looking: nil, reading: .none)
        return try Removal(run: run, isConfirmed: isConfirmed).mayDrop()
    }

    /// ``Pipeline/rollback(_:isConfirmed:_:)``.
    @discardableResult
    package func rollback(
        _ target: Options.Target, isConfirmed: Bool, _ report: @escaping Pipeline.Reporter
    ) throws(Failure) -> Report {
        let run = try start(looking: .rollBack, reading: .migrations, telling: report)
        return try Rollback(run: run, target: target, isConfirmed: isConfirmed).execute()
    }

    /// ``Pipeline/planRollback(_:isConfirmed:)``.
    package func planRollback(
        _ target: Options.Target, isConfirmed: Bool
    ) throws(Failure) -> Preview {
        let run = try start(looking: [], reading: .migrations)
        return try Rollback(run: run, target: target, isConfirmed: isConfirmed).preview()
    }

    /// ``Pipeline/adopt(_:_:)``.
    @discardableResult
    package func adopt(
        _ request: AdoptionRequest, _ report: @escaping Pipeline.Reporter
    ) throws(Failure) -> Report {
        let run = try start(looking: .adopt, reading: .migrations, telling: report)
        return try Adoption(run: run, request: request).execute()
    }

    /// ``Pipeline/planAdoption(_:)``.
    package func planAdoption(_ request: AdoptionRequest) throws(Failure) -> Preview {
        let run = try start(looking: [], reading: .migrations)
        return try Adoption(run: run, request: request).preview()
    }

    /// ``Pipeline/reset(isConfirmed:_:)``.
    @discardableResult
    package func reset(
        isConfirmed: Bool, _ report: @escaping Pipeline.Reporter
    ) throws(Failure) -> Report {
        let run = try startReset(report)
        let isDropped = try Removal(run: run, isConfirmed: isConfirmed, successor: .everything)
            .drop()
        let next = Run(
            run.driver, run.source, isDropped ? run.options : options, cancellation, since: began,
            obstacles: Obstacles(report)
        ) { event in
            switch event {
            // Told before the drop.
            case .started: break
            case .awake where isDropped: break
            default: report(event)
            }
        }
        do throws(Failure) { return try next.execute(.everything) } catch {
            throw isDropped ? error.behindDrop(of: run.driver.databaseName) : error
        }
    }

    /// ``Pipeline/planReset(isConfirmed:)``.
    package func planReset(
        isConfirmed: Bool
    ) throws(Failure) -> (drops: Bool, preview: Preview) {
        let run = try startReset { _ in }
        let drops = try Removal(run: run, isConfirmed: isConfirmed, successor: .everything)
            .mayDrop()
        guard !drops else { return (true, try Inspection(run: run).previewAnew(.everything)) }
        return (false, try preview(.everything))
    }

    /// A run that may create the database which it drops.
    private func startReset(_ report: @escaping Pipeline.Reporter) throws(Failure) -> Run {
        var creating = options
        creating.create = options.create ?? true
        return try start(
            looking: nil, reading: .all(checksSettings: options.seed), options: creating,
            telling: report)
    }

    /// ``Pipeline/status()``.
    package func status() throws(Failure) -> Status {
        let run = try start(looking: [], reading: .all(checksSettings: false))
        return try Inspection(run: run).status()
    }

    /// ``Pipeline/repair(refreshing:answer:)``.
    package func repair(
        refreshing: Bool, answer: Repairs.Answer?, _ report: @escaping Pipeline.Reporter = { _ in }
    ) throws(Failure) -> Repairs {
        // What it found is the answer; only what it waits for is worth a word before.
        let waits: (Event) -> Void = { event in
            if case .locked = event { report(event) }
        }
        let run = try start(
            looking: [], reading: .all(checksSettings: false), obstacles: Obstacles(report),
            report: waits)
        return try Repair(run: run, refreshes: refreshing, answer: answer).perform()
    }

    /// ``Pipeline/plan()``.
    package func plan() throws(Failure) -> Preview { try preview(.everything) }

    /// ``Pipeline/planCreation()``.
    package func planCreation() throws(Failure) -> Preview { try preview([.create]) }

    /// ``Pipeline/planMigrations()``.
    package func planMigrations() throws(Failure) -> Preview { try preview([.migrate]) }

    /// ``Pipeline/planSeeds(_:again:)``.
    package func planSeeds(_ names: [String], again: Bool) throws(Failure) -> Preview {
        try preview([.seed], choosing: .init(names: names, again: again))
    }

    private func preview(
        _ goal: Run.Goal, choosing seeds: SeedChoice? = nil
    ) throws(Failure) -> Preview {
        let run = try start(looking: [], reading: files(toward: goal, seeds))
        return try Inspection(run: run).preview(of: goal)
    }

    /// Takes the steps of `goal`.
    private func take(
        _ goal: Run.Goal, _ report: @escaping Pipeline.Reporter,
        choosing seeds: SeedChoice? = nil
    ) throws(Failure) -> Report {
        try start(looking: goal, reading: files(toward: goal, seeds), telling: report)
            .execute(goal)
    }

    /// The files that a command reads, before any database is touched.
    private enum Files {
        case none
        /// The migrations alone, without hooks.
        case migrations
        /// Migrations, hooks and seeds.
        ///
        /// - `checksSettings`: whether what the seeds name must be there.
        /// - `seeds`: those that were asked for; `nil` for all.
        case all(checksSettings: Bool, seeds: SeedChoice? = nil)
    }

    /// Seeds that were asked for.
    private struct SeedChoice {
        /// Their names; none for all.
        var names: [String]
        /// Whether they run although nothing has changed.
        var again: Bool
    }

    /// What the steps of `goal` need.
    private func files(toward goal: Run.Goal, _ seeds: SeedChoice?) -> Files {
        guard goal.readsHistory else { return .none }
        return .all(checksSettings: goal.contains(.seed) && options.seed, seeds: seeds)
    }

    /// A run that tells `report` also what is in the way of its connections.
    private func start(
        looking goal: Run.Goal?, reading files: Files, options changed: Options? = nil,
        telling report: @escaping Pipeline.Reporter
    ) throws(Failure) -> Run {
        try start(
            looking: goal, reading: files, options: changed, obstacles: Obstacles(report),
            report: report)
    }

    /// A run on the URL's driver with what it works with, which is read now.
    ///
    /// - `goal`: what the first connection is for, which is opened meanwhile; `nil` for none.
    private func start(
        looking goal: Run.Goal?, reading files: Files, options changed: Options? = nil,
        obstacles: Obstacles? = nil, report: @escaping (Event) -> Void = { _ in }
    ) throws(Failure) -> Run {
        let type = try Pipeline.driver(forSchemeOf: pipeline.url, among: pipeline.drivers)
        let headStart = goal.flatMap { goal in
            HeadStart(
                history: goal.readsHistory ? options.history : nil, options: options,
                cancellation: cancellation
            ) { [pipeline] () throws(Failure) in
                try Pipeline.driver(for: pipeline.url, among: pipeline.drivers)
            }
        }
        var source = Run.Source()
        var mistake: Failure?
        do throws(Failure) { source = try read(files, for: type, headStart) } catch {
            mistake = error
        }
        // A mistake in the URL is told before one in the files.
        let driver: any Driver
        if let headStart {
            driver = try headStart.driver()
        } else {
            driver = try Pipeline.driver(for: pipeline.url, among: pipeline.drivers)
        }
        if let mistake { throw mistake }
        willConnect()
        let run = Run(
            driver, source, changed ?? options, cancellation, since: began,
            obstacles: obstacles ?? Obstacles { _ in }, headStart: headStart, report: report)
        if isLast { _ = Unmanaged.passRetained(run) }
        return run
    }

    /// Reads every file first: a bad one fails before the database is touched.
    private func read(
        _ files: Files, for driver: any Driver.Type, _ helper: HeadStart?
    ) throws(Failure) -> Run.Source {
        switch files {
        case .none: return Run.Source()
        case .migrations:
            let folder = try folder(for: driver, helper)
            return Run.Source(migrations: folder.migrations, format: folder.format)
        case .all(let checksSettings, let choice):
            var source = try source(for: driver, helper, checksSettings: checksSettings)
            if let choice { try source.choose(choice.names, again: choice.again) }
            return source
        }
    }

    private func source(
        for driver: any Driver.Type, _ helper: HeadStart?, checksSettings: Bool
    ) throws(Failure) -> Run.Source {
        let folder = try folder(for: driver, helper)
        do throws(Failure) {
            let seeds = try SeedFolder(
                pipeline.seeds, environment: options.environment, knownEngines: knownEngines
            ).seeds
            if checksSettings { try checkSettings(of: seeds) }
            return Run.Source(
                migrations: folder.migrations, hooks: folder.hooks, seeds: seeds,
                format: folder.format, password: pipeline.url.password)
        } catch { throw error.inFiles }
    }

    private func folder(
        for driver: any Driver.Type, _ helper: HeadStart?
    ) throws(Failure) -> MigrationFolder {
        do throws(Failure) {
            return try MigrationFolder(
                pipeline.migrations, variants: driver.dialect.variants, knownEngines: knownEngines,
                format: options.format
            ) { helper?.helpOut($0) }
        } catch { throw error.inFiles }
    }

    /// The names that files and directives may use.
    private var knownEngines: [String] {
        Set(EngineNames.all + pipeline.drivers.flatMap { $0.dialect.variants }).sorted()
    }

    /// What seeds name must be there, and no secret may be the one that every template ships with.
    private func checkSettings(of seeds: [Seed]) throws(Failure) {
        var settings = options.settings
        settings.environmentName = options.environment ?? settings.environmentName
        try settings.check(seeds, password: pipeline.url.password)
    }
}

extension Run.Source {
    /// Leaves only the named seeds, and lets them run although nothing has changed.
    mutating func choose(_ names: [String], again: Bool) throws(Failure) {
        for name in names where !seeds.contains(where: { $0.name == name }) {
            guard !seeds.isEmpty else {
                throw Failure(
                    .usage, "there is no seed \(name), and none at all",
                    next: "name the folder with --seeds, or write one with "
                        + "bootstrap new NAME --seed")
            }
            let near = didYouMean(name, in: seeds.map(\.name), quote: "")
            throw Failure(
                .usage, "there is no seed \(name)\(near)",
                next: "name one of \(seeds.map(\.name).joined(separator: ", "))")
        }
        if !names.isEmpty { seeds.removeAll { !names.contains($0.name) } }
        if again { for index in seeds.indices { seeds[index].run = .always } }
    }
}
