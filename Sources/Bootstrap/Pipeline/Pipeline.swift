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
        try await onLane { (pipeline) throws(Failure) in try pipeline.run(report) }
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
        try blocking.run(on: connection, report)
    }

    /// Waits until a login and a query succeed; a missing database counts as awake.
    @discardableResult
    public func wait(_ report: @escaping Reporter = { _ in }) async throws(Failure) -> Report {
        try await onLane { (pipeline) throws(Failure) in try pipeline.wait(report) }
    }

    /// Waits until another run has applied all that these files describe, and writes nothing.
    ///
    /// A standby is good enough, and a missing database is not migrated yet. Fails with 75 when
    /// ``Options/wait`` is over, and at once with 78 where a setting is missing that is no secret and
    /// decides what a seed plants.
    @discardableResult
    public func waitUntilMigrated(
        _ report: @escaping Reporter = { _ in }
    ) async throws(Failure) -> Report {
        try await onLane { (pipeline) throws(Failure) in try pipeline.waitUntilMigrated(report) }
    }

    /// Waits, and creates the database if it is missing.
    @discardableResult
    public func create(_ report: @escaping Reporter = { _ in }) async throws(Failure) -> Report {
        try await onLane { (pipeline) throws(Failure) in try pipeline.create(report) }
    }

    /// Waits and migrates.
    @discardableResult
    public func migrate(_ report: @escaping Reporter = { _ in }) async throws(Failure) -> Report {
        try await onLane { (pipeline) throws(Failure) in try pipeline.migrate(report) }
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
        try await onLane { (pipeline) throws(Failure) in
            try pipeline.seed(names, again: again, report)
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
        try await onLane { (pipeline) throws(Failure) in
            try pipeline.drop(isConfirmed: isConfirmed, report)
        }
    }

    /// Whether ``drop(isConfirmed:_:)`` would drop the database; drops nothing, and fails where the
    /// drop would be refused.
    public func planDrop(isConfirmed: Bool = false) async throws(Failure) -> Bool {
        try await onLane { (pipeline) throws(Failure) in
            try pipeline.planDrop(isConfirmed: isConfirmed)
        }
    }

    /// Drops the database as ``drop(isConfirmed:_:)`` does, then does what ``run(_:)`` does.
    ///
    /// Every file is judged before anything is dropped. In production the confirmed drop is leave to
    /// create the database again; where there was none it is created by the rules of ``run(_:)``.
    @discardableResult
    public func reset(
        isConfirmed: Bool = false, _ report: @escaping Reporter = { _ in }
    ) async throws(Failure) -> Report {
        try await onLane { (pipeline) throws(Failure) in
            try pipeline.reset(isConfirmed: isConfirmed, report)
        }
    }

    /// Whether ``reset(isConfirmed:_:)`` would drop a database, and all that it would run afterwards;
    /// writes nothing, and fails where the reset would be refused.
    public func planReset(
        isConfirmed: Bool = false
    ) async throws(Failure) -> (drops: Bool, preview: Preview) {
        try await onLane { (pipeline) throws(Failure) in
            try pipeline.planReset(isConfirmed: isConfirmed)
        }
    }

    /// Takes the ways back of the newest applied migrations, the newest first.
    ///
    /// - `target`: how many are undone, or the version that stays as the newest one; the version `0`
    ///   undoes all of them.
    /// - `isConfirmed`: whether somebody has confirmed it, which production asks for as for
    ///   ``drop(isConfirmed:_:)``.
    ///
    /// What is undone is settled when the history is read first: of two rollbacks at once the second
    /// finds that the first has done it. A migration without a way back, without its file, or that is
    /// not finished, fails with 78 before anything is changed. Rows of repeatable migrations and seeds
    /// stay as they are.
    @discardableResult
    public func rollback(
        _ target: Options.Target = .count(1), isConfirmed: Bool = false,
        _ report: @escaping Reporter = { _ in }
    ) async throws(Failure) -> Report {
        try await onLane { (pipeline) throws(Failure) in
            try pipeline.rollback(target, isConfirmed: isConfirmed, report)
        }
    }

    /// The SQL that ``rollback(_:isConfirmed:_:)`` would run, in ``Preview/migrations``; writes
    /// nothing, and fails where the rollback would be refused.
    public func planRollback(
        _ target: Options.Target = .count(1), isConfirmed: Bool = false
    ) async throws(Failure) -> Preview {
        try await onLane { (pipeline) throws(Failure) in
            try pipeline.planRollback(target, isConfirmed: isConfirmed)
        }
    }

    /// Takes migrations for applied, without running any: those that another tool has applied, by its own
    /// table, or all versioned ones up to one, for a schema that was made before there was a history of
    /// it.
    ///
    /// What another tool's table says is compared with the files first, by that tool's checksums too, and
    /// told as ``Event/compared(_:)``; that table is read only. A file that has changed, a table that is
    /// not there, and a migration that the tool itself calls unfinished fail it with 78; so does a version
    /// that no file has.
    ///
    /// Their rows are written in one transaction, inside the lock; rows that are there stay as they
    /// are. The history is created where it is missing, the database never is. A migration that was
    /// begun and is not finished fails it with 78. Repeatable migrations and seeds are not adopted:
    /// they run next time.
    @discardableResult
    public func adopt(
        _ request: AdoptionRequest = AdoptionRequest(), _ report: @escaping Reporter = { _ in }
    ) async throws(Failure) -> Report {
        try await onLane { (pipeline) throws(Failure) in
            try pipeline.adopt(request, report)
        }
    }

    /// What ``adopt(_:_:)`` would take for applied, in ``Preview/migrations``, without statements, and how
    /// another tool's history compares with the files, in ``Preview/takeover``; writes nothing, and fails
    /// where the adoption would be refused.
    public func planAdoption(
        _ request: AdoptionRequest = AdoptionRequest()
    ) async throws(Failure) -> Preview {
        try await onLane { (pipeline) throws(Failure) in try pipeline.planAdoption(request) }
    }

    /// Shows where files and history disagree, and makes the history right where it is told to.
    ///
    /// Repeatables and seeds that have changed run again, and are no disagreement.
    ///
    /// - `refreshing`: whether changed files are taken for what was applied, and the rows of deleted
    ///   files dropped.
    /// - `answer`: what a person says of the statement in question; fails with 78 where none is.
    public func repair(
        refreshing: Bool = false, answer: Repairs.Answer? = nil
    ) async throws(Failure) -> Repairs {
        try await onLane { (pipeline) throws(Failure) in
            try pipeline.repair(refreshing: refreshing, answer: answer)
        }
    }

    /// What is applied, pending, changed, missing or unknown, and who holds the lock.
    public func status() async throws(Failure) -> Status {
        try await onLane { (pipeline) throws(Failure) in try pipeline.status() }
    }

    /// The SQL and rows that ``run(_:)`` would run; writes nothing, and fails where the run would
    /// refuse to begin.
    public func plan() async throws(Failure) -> Preview {
        try await onLane { (pipeline) throws(Failure) in try pipeline.plan() }
    }

    /// Whether ``create(_:)`` would create the database; writes nothing.
    public func planCreation() async throws(Failure) -> Preview {
        try await onLane { (pipeline) throws(Failure) in try pipeline.planCreation() }
    }

    /// The SQL that ``migrate(_:)`` would run; writes nothing.
    public func planMigrations() async throws(Failure) -> Preview {
        try await onLane { (pipeline) throws(Failure) in try pipeline.planMigrations() }
    }

    /// The rows that ``seed(_:again:_:)`` would plant; writes nothing, and fails with 78 while
    /// migrations are pending.
    public func planSeeds(
        _ names: [String] = [], again: Bool = false
    ) async throws(Failure) -> Preview {
        try await onLane { (pipeline) throws(Failure) in
            try pipeline.planSeeds(names, again: again)
        }
    }

    /// The same functions for a thread that may block.
    package var blocking: BlockingPipeline { BlockingPipeline(self) }

    private func onLane<Result: Sendable>(
        _ body: @escaping @Sendable (BlockingPipeline) throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let blocking = blocking
        let work: @Sendable () -> Swift.Result<Result, Failure> = {
            do throws(Failure) {
                return .success(try body(blocking))
            } catch {
                return .failure(error)
            }
        }
        let result = await withTaskCancellationHandler {
            await Lane.run(work)
        } onCancel: {
            blocking.cancellation.interrupt()
        }
        return try result.get()
    }

    /// The driver for the URL.
    package static func driver(
        for url: DatabaseURL, among drivers: [any Driver.Type]
    ) throws(Failure) -> any Driver {
        let type = try driver(forSchemeOf: url, among: drivers)
        do throws(DatabaseError) { return try type.init(url) } catch {
            // PostgreSQL's options are libpq's: without it the URL cannot be read.
            guard error.missingPackage == nil else {
                throw Failure(connecting: error, headline: "cannot read the URL")
            }
            throw Failure(.usage, error.message, next: "correct the URL")
        }
    }

    /// The kind of driver for the URL's scheme; nothing is loaded for it yet.
    package static func driver(
        forSchemeOf url: DatabaseURL, among drivers: [any Driver.Type]
    ) throws(Failure) -> any Driver.Type {
        if let type = drivers.first(where: { $0.schemes.contains(url.scheme) }) { return type }
        let known = drivers.flatMap { $0.schemes }
        let near = didYouMean(url.scheme, in: known, quote: "")
        throw Failure(
            .usage, "no driver for the scheme \(url.scheme)\(near)",
            next: "use one of \(known.joined(separator: ", "))")
    }
}
