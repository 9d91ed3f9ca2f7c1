/// One database's pipeline, synchronous, on the thread that called it.
///
/// ``Pipeline`` is the public face; this is the order of the steps and the one place that reacts to
/// a session that was lost: it connects again and works the rest out anew from the history.
final class Run {
    let driver: any Driver
    let source: Source
    let options: Options
    let cancellation: Cancellation
    let report: (Event) -> Void
    let timing: Timing
    let began: Deadline
    private let obstacles: Obstacles
    /// The first attempt to connect, until its outcome is taken.
    private var headStart: HeadStart?
    /// What the history held when the first connection was opened, until somebody has looked at it.
    private var glance: History.Glance?
    private(set) var result: Report
    private var isAnnounced = false
    private var isCreationUntold = false
    /// Whether a session in the database was open in this run.
    private var hasSeenDatabase = false
    /// Whether the locks of this database's sessions have turned out to be of no use.
    var needsLease = false
    /// The last answer that there is no database.
    private(set) var absence: DatabaseError?

    /// What a run works with, read before the database is touched.
    struct Source {
        var migrations: [Migration] = []
        var hooks = Hooks()
        var seeds: [Seed] = []
        /// Which other tool's the migrations are; `nil` for ours.
        var format: FormatChoice?
        /// The URL's, which is looked at like every secret.
        var password: Secret?
    }

    /// Which steps a run takes.
    struct Goal: OptionSet {
        let rawValue: Int
        static let create = Goal(rawValue: 1)
        static let migrate = Goal(rawValue: 2)
        static let seed = Goal(rawValue: 4)
        static let rollBack = Goal(rawValue: 8)
        static let adopt = Goal(rawValue: 16)
        /// What `up` does.
        static let everything: Goal = [.create, .migrate, .seed]

        /// Whether files are compared with what is done already.
        var readsHistory: Bool { !isDisjoint(with: [.migrate, .seed]) }
    }

    init(
        _ driver: any Driver, _ source: Source, _ options: Options, _ cancellation: Cancellation,
        timing: Timing? = nil, since began: Deadline? = nil,
        obstacles: Obstacles = Obstacles { _ in }, headStart: HeadStart? = nil,
        report: @escaping (Event) -> Void
    ) {
        self.driver = driver
        self.source = source
        self.options = options
        self.cancellation = cancellation
        self.report = report
        self.timing = timing ?? cancellation.timing
        self.began = began ?? self.timing.now()
        self.obstacles = obstacles
        self.headStart = headStart
        result = Report(target: driver.target)
    }

    /// Takes the steps of `goal`; the wait for the server always comes first.
    func execute(_ goal: Goal) throws(Failure) -> Report {
        try execute(goal) { (connection) throws(Failure) in try work(toward: goal, on: connection) }
    }

    /// Does `work` on a connection for `goal`, and once more on another one where the session is lost.
    func execute(
        _ goal: Goal, performing work: (any Connection) throws(Failure) -> Void
    ) throws(Failure) -> Report {
        report(.started(target: driver.target))
        var losses = Losses()
        while true {
            do throws(Failure) {
                try pass(goal, work)
                return finish()
            } catch {
                let error = truthful(error)
                try cancellation.check(state: cancellation.isAbandoned ? left : error.state)
                if isGone(after: error) { throw gone }
                guard error.cause?.kind == .lost, losses.mayContinue(after: steps) else {
                    throw error
                }
                let reason = error.cause.map(Probe.reason) ?? "the session ended"
                report(.note("connection lost (\(reason)): connecting again"))
                timing.pause(.milliseconds(200))
            }
        }
    }

    /// Takes the steps of `goal` on a connection that somebody else opened, and will close.
    func execute(_ goal: Goal, on connection: any Connection) throws(Failure) -> Report {
        report(.started(target: driver.target))
        guard !connection.isInTransaction else {
            throw Failure(
                .usage, "the connection is in a transaction", state: "Nothing was changed.",
                next: "commit it or roll it back first: migrations have transactions of their own")
        }
        // What the caller does afterwards is not what this run did last.
        defer { connection.announce("") }
        result.server = connection.server
        try work(toward: goal, on: connection)
        return finish()
    }

    /// The state of a database whose server did not stop in time.
    private var left: String {
        let done = (result.migrated + result.seeded + result.rolledBack + result.adopted)
            .joined(separator: ", ")
        return (done.isEmpty ? "" : "In this run: \(done) done. ")
            + "The server had not stopped its statement yet and goes on with it, or undoes it. The "
            + "next run waits until it has ended, and sees what became of it."
    }

    /// A step that changed nothing does not speak for the steps before it.
    private func truthful(_ failure: Failure) -> Failure {
        guard failure.state?.hasPrefix("Nothing was changed") ?? true else { return failure }
        var done: [String] = []
        if result.created { done.append("the database \(driver.databaseName) was created") }
        if steps > 0 {
            let names = (result.migrated + result.seeded).joined(separator: ", ")
            if !names.isEmpty { done.append("\(names) done") }
            let undone = result.rolledBack.joined(separator: ", ")
            if !undone.isEmpty { done.append("\(undone) rolled back") }
            let adopted = result.adopted.joined(separator: ", ")
            if !adopted.isEmpty { done.append("\(adopted) adopted") }
        }
        guard !done.isEmpty else { return failure }
        var failure = failure
        // Without a state, what became of the step that failed is not known.
        let rest = failure.state == nil ? "" : " Nothing else was changed."
        failure.state = "In this run: \(done.joined(separator: "; ")).\(rest)"
        return failure
    }

    /// Reports that everything that was asked for is done.
    func finish() -> Report {
        result.took = began.duration(to: timing.now())
        report(.ready(result))
        return result
    }

    /// Whether somebody has dropped the database while this run was at work in it: MariaDB's sessions
    /// live on, and only complain.
    private func isGone(after failure: Failure) -> Bool {
        guard hasSeenDatabase, failure.cause?.kind == .rejected else { return false }
        do throws(DatabaseError) {
            try driver.connect(session, before: timing.now() + options.attemptTimeout).close()
            return false
        } catch { return error.kind == .missingDatabase && !error.isHearsay }
    }

    /// A database that was there in this run is not created again: whoever dropped it meant to.
    private var gone: Failure {
        Failure(
            .configuration, "the database \(driver.databaseName) was dropped during this run",
            state: "There is no database of that name, and what this run did in it went with it.",
            next: "run the same command again if the database is to be created anew")
    }

    private var steps: Int {
        result.migrated.count + result.seeded.count + result.rolledBack.count
            + result.adopted.count
    }

    /// Sessions that were lost one after the other: a statement that brings the server down must not
    /// do so for ever.
    private struct Losses {
        private var count = 0
        private var steps = 0

        mutating func mayContinue(after steps: Int) -> Bool {
            count = steps > self.steps ? 1 : count + 1
            self.steps = steps
            return count <= 3
        }
    }

    /// One try at everything, on one connection.
    private func pass(
        _ goal: Goal, _ work: (any Connection) throws(Failure) -> Void
    ) throws(Failure) {
        guard let connection = try connect(toward: goal) else { return }
        defer { disconnect(connection) }
        if let before = result.server, before.identity != connection.server.identity {
            report(
                .note(
                    "another server answers than before (\(connection.server.product) "
                        + "\(connection.server.version)): what is done is read from its own history"
                ))
        }
        result.server = connection.server
        try work(connection)
    }

    private func work(toward goal: Goal, on connection: any Connection) throws(Failure) {
        guard goal.readsHistory else { return }
        try Work(run: self, connection: connection, goal: goal).finish()
    }

    func disconnect(_ connection: any Connection) {
        connection.close()
    }

    /// The settings of a session that is opened now.
    var session: SessionSettings {
        SessionSettings(options, watch: watch)
    }

    /// What the history holds; the first time, as the first connection found it.
    func glance(on connection: any Connection) throws(DatabaseError) -> History.Glance? {
        defer { glance = nil }
        if let glance { return glance }
        return try history(on: connection).glance(on: connection)
    }

    /// The history as it is looked at before anything is done: a server that does not answer for half
    /// a minute is given up, and a stop ends the wait.
    func history(on connection: any Connection) -> History {
        var history = History(options.history, connection.dialect)
        history.patience = .init(watch: { self.watch }, time: Self.patience)
        return history
    }

    /// Runs `body`, which only looks, with the same patience.
    func look<Result>(
        on connection: any Connection, _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        try connection.look(watch, before: .now + Self.patience, body)
    }

    private static let patience = Duration.seconds(30)

    private var watch: Watch { Watch(cancellation) { [obstacles] in obstacles.tell($0) } }

    /// Waits until a login and a query succeed, and creates the database where that is wanted.
    ///
    /// - `goal`: what the connection is for; empty for looking only.
    /// - Returns: `nil` when the server is awake and the database is missing, where that is enough.
    func connect(toward goal: Goal = []) throws(Failure) -> (any Connection)? {
        var probe = Probe(
            target: driver.target, began: timing.now(), wait: options.wait,
            loginWait: options.loginWait, needsWriting: !goal.isEmpty)
        obstacles.forget()
        while true {
            try cancellation.check(state: "Nothing was changed.")
            let (connection, attempt) = attempt(toward: goal, before: probe.deadline)
            if case .failed = attempt { try cancellation.check(state: "Nothing was changed.") }
            switch probe.decide(attempt, at: timing.now(), random: timing.random()) {
            case .proceed:
                guard let connection else { continue }
                announce(connection.server)
                hasSeenDatabase = true
                return connection
            case .create:
                if case .failed(let error) = attempt { absence = error }
                guard !goal.isEmpty else { return nil }
                guard !hasSeenDatabase else { throw gone }
                let creation = Creation(run: self, goal: goal)
                try creation.check()
                let refusal = try creation.create(before: probe.deadline)
                probe.isThere = refusal == nil
                if let refusal { try pause(&probe, because: refusal) }
            case .retry(let delay, let reason):
                connection.map(disconnect)
                if let reason { obstacles.tell(reason) }
                timing.pause(delay)
            case .stop(let failure):
                connection.map(disconnect)
                throw failure
            }
        }
    }

    /// Waits as after an attempt to connect that ended with `error`.
    private func pause(_ probe: inout Probe, because error: DatabaseError) throws(Failure) {
        switch probe.decide(.failed(error), at: timing.now(), random: timing.random()) {
        case .retry(let delay, let reason):
            if let reason { obstacles.tell(reason) }
            timing.pause(delay)
        case .stop(let failure): throw failure
        case .proceed, .create: break
        }
    }

    private func attempt(
        toward goal: Goal, before end: Deadline
    ) -> ((any Connection)?, Probe.Attempt) {
        do throws(DatabaseError) {
            let connection = try open(toward: goal, before: end)
            return (connection, .reached(connection.server))
        } catch {
            return (nil, .failed(error))
        }
    }

    private func open(
        toward goal: Goal, before end: Deadline
    ) throws(DatabaseError) -> any Connection {
        glance = nil
        let opening: Opening
        if let headStart {
            self.headStart = nil
            opening = try headStart.opening(telling: obstacles)
        } else {
            opening = try Opening(
                driver, goal.readsHistory ? options.history : nil, options, watch,
                before: options.attemptDeadline(from: timing.now(), until: end))
        }
        glance = opening.glance
        return opening.connection
    }

    /// Tells what has been found, in the order in which people think of it: a missing database
    /// answers the first login only after it was created.
    private func announce(_ server: Server) {
        if !isAnnounced {
            isAnnounced = true
            report(.awake(server: server, after: began.duration(to: timing.now())))
        }
        guard isCreationUntold else { return }
        isCreationUntold = false
        report(.created(database: driver.databaseName))
    }

    /// What is to be done on a server with this dialect that has these rows in its history.
    func plan(
        toward goal: Goal, _ rows: [Applied], _ dialect: Dialect, isExclusive: Bool = false
    ) throws(Failure) -> Plan {
        var options = options
        options.seed = options.seed && goal.contains(.seed)
        let files = source.migrations.map { ($0, $0.body(for: dialect)) }
        var plan = try Plan(
            files, seeds: source.seeds, history: rows, options: options, dialect: dialect,
            isExclusive: isExclusive)
        if let format = source.format { plan.tell(of: format) }
        return plan
    }

    /// A session in the database, or `nil` when there is none, for a command that creates none.
    ///
    /// What a pooler says of a database that it does not know proves nothing.
    ///
    /// - `purpose`: what is wanted of the database, and `rule` what else a pooler cannot do for it.
    func find(for purpose: String = "", rule: String = "") throws(Failure) -> (any Connection)? {
        if let connection = try connect() { return connection }
        guard let answer = absence, answer.isHearsay else { return nil }
        throw Failure(
            .configuration,
            "cannot tell whether there is a database \(driver.databaseName)\(purpose)",
            cause: answer, state: "Nothing was changed.",
            next: "give the URL of the server itself: the pooler that answers there does not know "
                + "all databases\(rule)")
    }

    /// Notes that this run has created the database, which is told once the server is announced.
    func noteCreation() {
        result.created = true
        isCreationUntold = true
    }
    /// Adds what one migration or seed came to.
    func note(migrated name: String) { result.migrated.append(name) }
    /// Adds a migration whose way back is done.
    func note(rolledBack name: String) { result.rolledBack.append(name) }
    /// Adds a migration that was taken for applied.
    func note(adopted name: String) { result.adopted.append(name) }
    /// How many ways back were taken.
    var undone: Int { result.rolledBack.count }
    /// Adds a seed that was planted.
    func note(seeded name: String) { result.seeded.append(name) }
    /// Sets how many migrations and seeds there are in all, and which of them these files have not.
    func count(migrations: Int, seeds: Int, ahead: [String] = []) {
        result.migrations = migrations
        result.seeds = seeds
        result.ahead = ahead
    }
}
