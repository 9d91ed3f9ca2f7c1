/// What takes one database from nothing to ready: wait, create, lock, plan, migrate, seed.
///
/// ```swift
/// let pipeline = Pipeline(
///     try DatabaseURL(environment: "DATABASE_URL"), drivers: [PostgreSQLDriver.self],
///     migrations: .folder("migrations"), seeds: .folder("seeds"))
/// let report = try await pipeline.run { event in logger.info("\(event)") }
/// ```
///
/// A pipeline is a value and holds no connection. Each of its functions works on a thread of its own
/// and is safe to call from many tasks and many processes at once. Cancelling the task interrupts
/// the running statement, rolls back and gives the lock back.
public struct Pipeline: Sendable {
    /// The database's address.
    public var url: DatabaseURL
    /// The engines to choose from, by the URL's scheme.
    public var drivers: [any Driver.Type]
    /// Where the migrations are.
    public var migrations: MigrationSource
    /// Where the seeds are.
    public var seeds: SeedSource
    /// What this run may decide for itself.
    public var options = Options()
    /// Stops every run of this pipeline from outside its task, as the command line's signals do;
    /// `nil` leaves that to the cancellation of the task.
    public var cancellation: Cancellation?

    /// A pipeline for the database at `url`.
    public init(
        _ url: DatabaseURL, drivers: [any Driver.Type], migrations: MigrationSource = .none,
        seeds: SeedSource = .none
    ) {
        self.url = url
        self.drivers = drivers
        self.migrations = migrations
        self.seeds = seeds
    }

    /// What is told of the events of a run; called on the run's own thread.
    public typealias Reporter = @Sendable (Event) -> Void

    /// Waits, creates the database, migrates and seeds: the whole pipeline.
    @discardableResult
    public func run(_ report: @escaping Reporter = { _ in }) async throws(Failure) -> Report {
        try await perform([.create, .migrate, .seed], report)
    }

    /// Migrates and seeds over a connection that the caller holds: an SQLite database in memory, or a
    /// session with settings of its own.
    ///
    /// It works on the caller's thread, waits for nothing but the lock, creates no database, and
    /// leaves the connection open. ``url`` only says what the run is about, and which driver's files
    /// are meant. The connection must not be in a transaction. A session that is lost ends the run.
    /// A migration that changes its session's settings has them reset to those of our own sessions.
    ///
    /// ```swift
    /// let connection = try SQLiteDriver(url).connect(SessionSettings(), before: .now + .seconds(5))
    /// defer { connection.close() }
    /// try pipeline.run(on: connection)
    /// ```
    @discardableResult
    public func run(
        on connection: any Connection, _ report: @escaping (Event) -> Void = { _ in }
    ) throws(Failure) -> Report {
        let began = ContinuousClock.now
        let driver = try Self.driver(for: url, among: drivers)
        let source = try source(for: driver, checksSettings: options.seed)
        let run = Run(
            driver, source, options, cancellation ?? Cancellation(), since: began, report: report)
        return try run.execute([.migrate, .seed], on: connection)
    }

    /// Waits until a login and a query succeed; a missing database counts as awake.
    @discardableResult
    public func wait(_ report: @escaping Reporter = { _ in }) async throws(Failure) -> Report {
        try await perform([], report)
    }

    /// Waits until another run has applied all that these files describe, and writes nothing.
    ///
    /// A standby is good enough, and a missing database is not migrated yet. Fails with 75 when
    /// ``Options/wait`` is over.
    @discardableResult
    public func waitUntilMigrated(
        _ report: @escaping Reporter = { _ in }
    ) async throws(Failure) -> Report {
        try await onLane { (run) throws(Failure) in
            try Vigil(run: run).keep()
        } source: { (driver) throws(Failure) in
            try source(for: driver, checksSettings: false)
        } report: {
            report($0)
        }
    }

    /// Waits, and creates the database if it is missing.
    @discardableResult
    public func create(_ report: @escaping Reporter = { _ in }) async throws(Failure) -> Report {
        try await perform([.create], report)
    }

    /// Waits and migrates.
    @discardableResult
    public func migrate(_ report: @escaping Reporter = { _ in }) async throws(Failure) -> Report {
        try await perform([.migrate], report)
    }

    /// Waits and plants the seeds; fails with 78 while migrations are pending.
    ///
    /// - `names`: the seeds to plant; empty for all.
    /// - `again`: whether to plant them although they were planted and have not changed.
    /// - `report`: what is told of the events of the run.
    @discardableResult
    public func seed(
        _ names: [String] = [], again: Bool = false, _ report: @escaping Reporter = { _ in }
    ) async throws(Failure) -> Report {
        try await perform([.seed], report) { (source) throws(Failure) in
            try source.choose(names, again: again)
        }
    }

    /// Drops the database with all that is in it.
    ///
    /// In production (by ``Options/environment``, or recorded in the history) it is refused unless
    /// the options say production too and `isConfirmed`.
    ///
    /// - Returns: false when there was no database.
    @discardableResult
    public func drop(
        isConfirmed: Bool = false, _ report: @escaping Reporter = { _ in }
    ) async throws(Failure) -> Bool {
        try await onLane { (run) throws(Failure) in
            try Removal(run: run, isConfirmed: isConfirmed).drop()
        } source: { _ throws(Failure) in
            Run.Source()
        } report: {
            report($0)
        }
    }

    /// Whether ``drop(isConfirmed:_:)`` would drop the database; drops nothing, and fails where the
    /// drop would be refused.
    public func planDrop(isConfirmed: Bool = false) async throws(Failure) -> Bool {
        try await onLane { (run) throws(Failure) in
            try Removal(run: run, isConfirmed: isConfirmed).mayDrop()
        } source: { _ throws(Failure) in
            Run.Source()
        } report: { _ in
        }
    }

    /// What is applied, pending, changed, missing or unknown, and who holds the lock.
    public func status() async throws(Failure) -> Status {
        try await onLane { (run) throws(Failure) in
            try Inspection(run: run).status()
        } source: { (driver) throws(Failure) in
            try source(for: driver, checksSettings: false)
        } report: { _ in
        }
    }

    /// The SQL and rows that ``run(_:)`` would run; writes nothing, and fails where the run would
    /// refuse to begin.
    public func plan() async throws(Failure) -> Preview {
        try await preview([.create, .migrate, .seed])
    }

    /// Whether ``create(_:)`` would create the database; writes nothing.
    public func planCreation() async throws(Failure) -> Preview { try await preview([.create]) }

    /// The SQL that ``migrate(_:)`` would run; writes nothing.
    public func planMigrations() async throws(Failure) -> Preview { try await preview([.migrate]) }

    /// The rows that ``seed(_:again:_:)`` would plant; writes nothing, and fails with 78 while
    /// migrations are pending.
    public func planSeeds(
        _ names: [String] = [], again: Bool = false
    ) async throws(Failure) -> Preview {
        try await preview([.seed]) { (source) throws(Failure) in
            try source.choose(names, again: again)
        }
    }

    private func preview(
        _ goal: Run.Goal,
        choosing choose: @escaping @Sendable (inout Run.Source) throws(Failure) -> Void = { _ in }
    ) async throws(Failure) -> Preview {
        try await onLane { (run) throws(Failure) in
            try Inspection(run: run).preview(of: goal)
        } source: { (driver) throws(Failure) in
            try source(for: driver, toward: goal, choosing: choose)
        } report: { _ in
        }
    }

    private func perform(
        _ goal: Run.Goal, _ report: @escaping Reporter,
        choosing choose: @escaping @Sendable (inout Run.Source) throws(Failure) -> Void = { _ in }
    ) async throws(Failure) -> Report {
        try await onLane { (run) throws(Failure) in
            try run.execute(goal)
        } source: { (driver) throws(Failure) in
            try source(for: driver, toward: goal, choosing: choose)
        } report: {
            report($0)
        }
    }

    private func source(
        for driver: any Driver, toward goal: Run.Goal,
        choosing choose: (inout Run.Source) throws(Failure) -> Void
    ) throws(Failure) -> Run.Source {
        guard goal.readsHistory else { return Run.Source() }
        var source = try source(for: driver, checksSettings: goal.contains(.seed) && options.seed)
        try choose(&source)
        return source
    }

    /// Reads every file first: a bad one fails before the database is touched.
    private func source(
        for driver: any Driver, checksSettings: Bool
    ) throws(Failure) -> Run.Source {
        let known = Set(EngineNames.all + drivers.flatMap { $0.dialect.variants })
        do throws(Failure) {
            let folder = try MigrationFolder(
                migrations, variants: type(of: driver).dialect.variants,
                knownEngines: known.sorted())
            let seeds = try SeedFolder(
                seeds, environment: options.environment, knownEngines: known.sorted()
            ).seeds
            if checksSettings { try checkSettings(of: seeds) }
            return Run.Source(migrations: folder.migrations, seeds: seeds)
        } catch { throw error.inFiles }
    }

    /// What seeds name must be there, and no secret may be the one that every template ships with.
    private func checkSettings(of seeds: [Seed]) throws(Failure) {
        var settings = options.settings
        settings.environmentName = options.environment ?? settings.environmentName
        let missing = seeds.flatMap { $0.missingSettings(settings) }
        if let failure = Failure(missing: missing) { throw failure }
        let names = seeds.reduce(into: Set<String>()) { $0.formUnion($1.secretNames) }
        if let weak = settings.weakSecrets([], password: url.password, secrets: names).first {
            throw weak
        }
    }

    private func onLane<Result: Sendable>(
        _ body: @escaping @Sendable (Run) throws(Failure) -> Result,
        source: @escaping @Sendable (any Driver) throws(Failure) -> Run.Source,
        report: @escaping Reporter
    ) async throws(Failure) -> Result {
        let cancellation = cancellation ?? Cancellation()
        let began = ContinuousClock.now
        let work: @Sendable () -> Swift.Result<Result, Failure> = {
            do throws(Failure) {
                let driver = try Self.driver(for: url, among: drivers)
                let source = try source(driver)
                let run = Run(
                    driver, source, options, cancellation, since: began,
                    obstacles: Obstacles(report), report: report)
                return .success(try body(run))
            } catch {
                return .failure(error)
            }
        }
        let result = await withTaskCancellationHandler {
            await Lane.run(work)
        } onCancel: {
            cancellation.interrupt()
        }
        return try result.get()
    }

    /// The driver for the URL's scheme.
    package static func driver(
        for url: DatabaseURL, among drivers: [any Driver.Type]
    ) throws(Failure) -> any Driver {
        guard let type = drivers.first(where: { $0.schemes.contains(url.scheme) }) else {
            let known = drivers.flatMap { $0.schemes }
            let near = nearest(url.scheme, in: known).map { "; did you mean \($0)?" } ?? ""
            throw Failure(
                .usage, "no driver for the scheme \(url.scheme)\(near)",
                next: "use one of \(known.joined(separator: ", "))")
        }
        do throws(DatabaseError) { return try type.init(url) } catch {
            throw Failure(.usage, error.message, next: "correct the URL")
        }
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
            let near = nearest(name, in: seeds.map(\.name)).map { "; did you mean \($0)?" } ?? ""
            throw Failure(
                .usage, "there is no seed \(name)\(near)",
                next: "name one of \(seeds.map(\.name).joined(separator: ", "))")
        }
        if !names.isEmpty { seeds.removeAll { !names.contains($0.name) } }
        if again { for index in seeds.indices { seeds[index].run = .always } }
    }
}
