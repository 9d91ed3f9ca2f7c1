import BootstrapTesting
import Synchronization
import Testing

@testable import Bootstrap

#if PostgreSQL
import BootstrapPostgreSQL
#endif

/// The row that keeps runs apart where sessions' locks do not.
@Suite struct LeaseTests {
    private static let first = Owner(process: 1, host: "first")
    private static let second = Owner(process: 2, host: "second")

    private static func row(_ database: TestDatabase) -> LeaseRow {
        LeaseRow(History(TableName("bootstrap_history"), database.dialect))
    }

    @Test(arguments: TestDatabase.all)
    func `whoever puts the row there has the lease, and no other`(
        _ database: TestDatabase
    ) throws {
        try database.withTwoConnections { one, other in
            var (ours, theirs) = (Self.row(database), Self.row(database))
            #expect(try ours.read(on: one, creating: false) == nil)
            #expect(try ours.read(on: one, creating: true) == nil)
            #expect(try theirs.read(on: other, creating: true) == nil)
            #expect(try ours.insert(on: one, Self.first, lasts: .seconds(3)))
            #expect(try !theirs.insert(on: other, Self.second, lasts: .seconds(3)))
            let state = try #require(try theirs.read(on: other, creating: false))
            #expect(state.owner == "bootstrap/1@first")
            #expect((state.token, state.beat) == (1, 0))
            #expect(state.lasts == .seconds(3))
            #expect(!state.isFree && !state.session.isEmpty && !state.since.isEmpty)
        }
    }

    /// Not held open while others are waited for: an idle session is ended after a minute.
    private static func with<Result>(
        _ database: TestDatabase, _ url: DatabaseURL,
        _ body: (any Connection) throws -> Result
    ) throws -> Result {
        let connection = try database.connect(to: url)
        defer { connection.close() }
        return try body(connection)
    }

    @Test(arguments: TestDatabase.all)
    func `of many that have seen the same row, one takes it over`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url in
            var row = Self.row(database)
            let state = try Self.with(database, url) { connection in
                _ = try row.read(on: connection, creating: true)
                #expect(try row.insert(on: connection, Self.first, lasts: .seconds(3)))
                return try #require(try row.read(on: connection, creating: false))
            }
            let seen = row
            let answers = await onThreads(16) { number in
                Result {
                    let taker = try database.connect(to: url)
                    defer { taker.close() }
                    let owner = Owner(process: Int32(number), host: "taker")
                    return try seen.take(from: state, on: taker, owner, lasts: .seconds(3))
                }
            }
            #expect(try answers.count { try $0.get() } == 1)
            let after = try Self.with(database, url) { connection in
                try row.read(on: connection, creating: false)
            }
            let taken = try #require(after)
            #expect(taken.token == 2 && taken.owner.hasSuffix("@taker"))
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a beat is seen by others, and stops a takeover`(_ database: TestDatabase) throws {
        try database.withTwoConnections { one, other in
            var row = Self.row(database)
            _ = try row.read(on: one, creating: true)
            #expect(try row.insert(on: one, Self.first, lasts: .seconds(3)))
            let before = try #require(try row.read(on: other, creating: false))
            #expect(try one.change(row.beat(1, doing: "0001_note")) == 1)
            #expect(
                try !row.take(from: before, on: other, Self.second, lasts: .seconds(3)))
            let after = try #require(try row.read(on: other, creating: false))
            #expect(!after.isStill(since: before))
            #expect(after.doing == "0001_note")
        }
    }

    @Test(arguments: TestDatabase.all)
    func `an owner that has lost the lease writes nothing by its token`(
        _ database: TestDatabase
    ) throws {
        try database.withTwoConnections { one, other in
            var row = Self.row(database)
            _ = try row.read(on: one, creating: true)
            #expect(try row.insert(on: one, Self.first, lasts: .seconds(3)))
            let state = try #require(try row.read(on: other, creating: false))
            try one.run("SELECT 1 WHERE \(row.condition(1))")
            try one.run(row.fence(1))
            let seen = try #require(try row.read(on: other, creating: false))
            #expect(seen.beat == state.beat + 1)
            #expect(try row.take(from: seen, on: other, Self.second, lasts: .seconds(3)))
            #expect(try one.change(row.beat(1, doing: "")) == 0)
            #expect(try one.change(row.release(1)) == 0)
            let isOurs = try one.run("SELECT CASE WHEN \(row.condition(1)) THEN 1 ELSE 0 END")
            #expect(isOurs == [[0]])
            #expect(throws: DatabaseError.self) { try one.run(row.fence(1)) }
            try other.run(row.fence(2))
        }
    }

    /// A transaction's first read fixes what it sees, and a fence must see more.
    @Test(arguments: TestDatabase.all.filter { !$0.dialect.isInProcess })
    func `a fence sees a takeover that came after its transaction's beginning`(
        _ database: TestDatabase
    ) throws {
        try database.withTwoConnections { one, other in
            var row = Self.row(database)
            _ = try row.read(on: one, creating: true)
            #expect(try row.insert(on: one, Self.first, lasts: .seconds(3)))
            try one.run(database.dialect.begin)
            let state = try #require(try row.read(on: one, creating: false))
            #expect(try row.take(from: state, on: other, Self.second, lasts: .seconds(3)))
            #expect(throws: DatabaseError.self) { try one.run(row.fence(1)) }
            try one.run("ROLLBACK")
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a lease that was given back is taken at once, with a token that goes on`(
        _ database: TestDatabase
    ) throws {
        try database.withTwoConnections { one, other in
            var row = Self.row(database)
            _ = try row.read(on: one, creating: true)
            #expect(try row.insert(on: one, Self.first, lasts: .seconds(3)))
            #expect(try one.change(row.release(1)) == 1)
            let free = try #require(try row.read(on: other, creating: false))
            #expect(free.isFree && free.token == 2)
            #expect(try row.take(from: free, on: other, Self.second, lasts: .seconds(3)))
            #expect(try row.read(on: one, creating: false)?.token == 3)
        }
    }

    // MARK: The heart

    /// Runs `body` with a row of the token 1 and a heart for `token`; tells whether it has interrupted.
    private func withHeart(
        _ database: TestDatabase, beating token: Int64,
        _ body: (Heart, LeaseRow, any Connection, _ isInterrupted: () -> Bool) throws -> Void
    ) throws {
        try database.withDatabase { url in
            let connection = try database.connect(to: url)
            defer { connection.close() }
            var row = Self.row(database)
            _ = try row.read(on: connection, creating: true)
            #expect(try row.insert(on: connection, Self.first, lasts: .seconds(3)))
            let flag = Flag()
            let seen = row
            let heart = Heart(
                driver: try database.driver.init(url), session: SessionSettings(),
                interval: .milliseconds(20), interrupter: Interrupter { flag.set() }
            ) { seen.beat(token, doing: $0) }
            defer { heart.stop() }
            try body(heart, row, connection) { flag.isSet }
        }
    }

    private final class Flag: Sendable {
        private let value = Mutex(false)
        func set() { value.withLock { $0 = true } }
        var isSet: Bool { value.withLock { $0 } }
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.all)
    func `the heart beats by a session of its own, and tells what is being done`(
        _ database: TestDatabase
    ) throws {
        try withHeart(database, beating: 1) { heart, row, connection, isInterrupted in
            var row = row
            heart.announce("0001_note")
            var state = try row.read(on: connection, creating: false)
            while state.map({ $0.beat < 3 || $0.doing != "0001_note" }) ?? true {
                pauseBriefly()
                state = try row.read(on: connection, creating: false)
            }
            #expect(!heart.isFenced && !isInterrupted())
            #expect(heart.dueBeat() == nil, "it needs no help")
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.all)
    func `a heart that finds another owner's token stops the work`(
        _ database: TestDatabase
    ) throws {
        try withHeart(database, beating: 7) { heart, row, connection, isInterrupted in
            while !isInterrupted() { pauseBriefly() }
            #expect(heart.isFenced)
            var row = row
            let state = try row.read(on: connection, creating: false)
            #expect(state?.beat == 0)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a heart without a session asks for help when a beat is due`() {
        let heart = Heart(
            driver: DeafDriver(), session: SessionSettings(), interval: .milliseconds(20),
            interrupter: Interrupter {}
        ) { "beat for \($0)" }
        defer { heart.stop() }
        heart.announce("0001_note")
        var beat: String?
        while beat == nil {
            pauseBriefly()
            beat = heart.dueBeat()
        }
        #expect(beat == "beat for 0001_note")
        #expect(!heart.isFenced)
    }

    // MARK: Runs

    private static let files: [String: [UInt8]] = [
        "0001_note.sql": Array("CREATE TABLE note (id integer)".utf8),
        "0002_row.sql": Array("INSERT INTO note VALUES (1)".utf8),
    ]

    private func pipeline(_ driver: any Driver.Type, _ url: DatabaseURL) -> Pipeline {
        var pipeline = Pipeline(url, drivers: [driver], migrations: .embedded(Self.files))
        pipeline.options.wait = .zero
        return pipeline
    }

    @Test(.timeLimit(.minutes(2)), arguments: TestDatabase.servers)
    func `a lease whose owner lives is taken over by nobody, however long its work takes`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url in
            let waiting = EventLog()
            var owner = pipeline(database.driver, url)
            owner.options.lock = .lease
            owner.options.lease = .seconds(2)
            var waiter = owner
            waiter.migrations = .several([
                owner.migrations, .code([Migration("0003_long") { (_) in }]),
            ])
            let long = Migration("0003_long") { (_) throws(DatabaseError) in
                let driver: any Driver = try database.driver.init(url)
                let other = try driver.connect(SessionSettings(), before: .now + .seconds(30))
                defer { other.close() }
                // Long after the lease would have been over without its beats.
                var beat: Int64 = 0
                while !waiting.isLocked || beat < 5 {
                    pauseBriefly()
                    beat = try other.run("SELECT beat FROM bootstrap_lease")[0][0].integer ?? 0
                }
            }
            owner.migrations = .several([owner.migrations, .code([long])])
            async let owned = owner.run()
            try await Lane.run { Result { try Self.waitForBeat(database, url) } }.get()
            let waited = try await waiter.run { waiting.add($0) }
            #expect(try await owned.migrated == ["0001_note", "0002_row", "0003_long"])
            #expect(waited.migrated.isEmpty)
            #expect(waiting.notes.filter { $0.contains("taken over") } == [])
        }
    }

    /// Waits until a lease beats.
    private static func waitForBeat(_ database: TestDatabase, _ url: DatabaseURL) throws {
        let connection = try database.connect(to: url)
        defer { connection.close() }
        while true {
            let row = try? connection.run("SELECT beat FROM bootstrap_lease").first
            if let beat = row?.first?.integer, beat > 0 { return }
            pauseBriefly()
        }
    }

    #if PostgreSQL
    @Test(arguments: TestDatabase.all.filter { $0.server.product == .postgreSQL })
    func `where locks keep nobody away, the trial finds out and a lease is taken`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url in
            let log = EventLog()
            let report = try await pipeline(LocklessDriver.self, url).run { log.add($0) }
            #expect(report.migrated.count == 2)
            #expect(
                log.notes == [
                    "this server's locks keep no other session away: a lease is taken instead"
                ])
            let connection = try database.connect(to: url)
            defer { connection.close() }
            #expect(
                try connection.run("SELECT token, owner FROM bootstrap_lease") == [[2, ""]])
            // Where locks do hold, no table of leases comes to be.
            try connection.run("DROP TABLE bootstrap_lease, bootstrap_history, note")
            _ = try await pipeline(PostgreSQLDriver.self, url).run()
            #expect(try connection.run("SELECT to_regclass('bootstrap_lease')") == [[nil]])
        }
    }
    #endif

    #if PostgreSQL
    @Test(arguments: TestDatabase.all.filter { $0.server.product == .postgreSQL })
    func `a session that ends during the trial is no reason for a lease`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url in
            let log = EventLog()
            let report = try await pipeline(EndingDriver.self, url).run { log.add($0) }
            #expect(report.migrated.count == 2)
            #expect(EndingDriver.locks.withLock { $0[report.target]?.count } == 4)
            #expect(!log.notes.contains { $0.contains("lease") })
            let connection = try database.connect(to: url)
            defer { connection.close() }
            #expect(try connection.run("SELECT to_regclass('bootstrap_lease')") == [[nil]])
        }
    }
    #endif

    /// A user who may have one session only must get along without a trial and without a heart.
    @Test(
        arguments: TestDatabase.servers, [Options.LockMode?.none, .some(.session), .some(.lease)])
    func `one session is enough`(
        _ database: TestDatabase, _ lock: Options.LockMode?
    ) async throws {
        try await database.withDatabase { url in
            let base = url.path.dropFirst()
            try await database.withUser(of: url) { user in
                database.dialect.rollsBackDDL
                    ? [
                        "ALTER ROLE \(user) CONNECTION LIMIT 1", "GRANT app TO \(user)",
                        "ALTER ROLE \(user) SET role TO app",
                    ] : ["GRANT ALL ON `\(base)`.* TO \(user) WITH MAX_USER_CONNECTIONS 1"]
            } _: { single in
                var pipeline = pipeline(database.driver, single)
                pipeline.options.lock = lock
                pipeline.options.lease = .milliseconds(30)
                let report = try await pipeline.run()
                #expect(report.migrated == ["0001_note", "0002_row"])
            }
        }
    }
}

/// A driver that reaches nobody.
private struct DeafDriver: Driver {
    static let schemes = ["deaf"]
    static var dialect: Dialect { TestDatabase.all[0].dialect }
    init() {}
    init(_ url: DatabaseURL) {}
    var databaseName: String { "" }
    var target: String { "" }
    func connect(_: SessionSettings, before _: Deadline) throws(DatabaseError) -> any Connection {
        throw DatabaseError(.unavailable, "nobody hears")
    }
    func create(_: SessionSettings, before _: Deadline) throws(DatabaseError) -> Bool { false }
    func drop(_: SessionSettings, before _: Deadline) throws(DatabaseError) -> Bool { false }
}

#if PostgreSQL
/// PostgreSQL with its connections changed.
private protocol AlteredDriver: Driver {
    init(_ real: PostgreSQLDriver)
    var real: PostgreSQLDriver { get }
    func alter(_ connection: RecordingConnection)
}

extension AlteredDriver {
    static var schemes: [String] { PostgreSQLDriver.schemes }
    static var dialect: Dialect { PostgreSQLDriver.dialect }

    init(_ url: DatabaseURL) throws(DatabaseError) { self.init(try PostgreSQLDriver(url)) }
    var databaseName: String { real.databaseName }
    var target: String { real.target }

    func connect(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> any Connection {
        let connection = try RecordingConnection(real.connect(session, before: deadline))
        alter(connection)
        return connection
    }

    func create(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool { try real.create(session, before: deadline) }

    func drop(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool { try real.drop(session, before: deadline) }
}

/// PostgreSQL as a product that answers its locks without taking any.
private struct LocklessDriver: AlteredDriver {
    let real: PostgreSQLDriver
    init(_ real: PostgreSQLDriver) { self.real = real }

    func alter(_ connection: RecordingConnection) { connection.takesEveryLock = true }
}

/// PostgreSQL whose session ends, with its lock, right before the trial's session tries that lock.
private struct EndingDriver: AlteredDriver {
    /// The sessions that have tried a lock, by the database's address.
    static let locks = Mutex<[String: [Value]]>([:])
    let real: PostgreSQLDriver
    init(_ real: PostgreSQLDriver) { self.real = real }

    func alter(_ connection: RecordingConnection) {
        let target = real.target
        connection.beforeLock = { (own) throws(DatabaseError) in
            let session = try own.run("SELECT pg_backend_pid()")[0][0]
            let sessions = Self.locks.withLock { locks in
                locks[target, default: []].append(session)
                return locks[target] ?? []
            }
            guard sessions.count == 2 else { return }
            _ = try own.run("SELECT pg_terminate_backend($1, 10000)", [sessions[0]])
        }
    }
}
#endif
