import BootstrapTesting
import Testing

@testable import Bootstrap

/// The sentences of ``Connection`` about locks.
@Suite struct LockContractTests {
    static let name = "bs_0123456789abcdef0123456789abcdef01234567"

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.all)
    func `tryLock returns false at once while another session has the lock`(
        _ database: TestDatabase
    ) throws {
        // With a lock timeout of for ever, waiting would never end.
        try database.withTwoConnections(SessionSettings(lockTimeout: .zero)) { one, other in
            #expect(try one.tryLock(Self.name))
            #expect(try !other.tryLock(Self.name))
            let again = try one.tryLock(Self.name)
            #expect(again, "it is this session's own")
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a lock that was given back can be taken again`(_ database: TestDatabase) throws {
        try database.withTwoConnections { one, other in
            #expect(try one.tryLock(Self.name))
            one.unlock(Self.name)
            #expect(try other.tryLock(Self.name))
            other.unlock(Self.name)
            let again = try one.tryLock(Self.name)
            #expect(again)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a session that is gone has given its lock back`(_ database: TestDatabase) throws {
        try database.withTwoConnections { one, other in
            #expect(try one.tryLock(Self.name))
            one.close()
            // The server may need a moment to notice.
            while try !other.tryLock(Self.name) { pauseBriefly() }
        }
    }

    @Test(arguments: TestDatabase.all)
    func `of many sessions at once only one has the lock`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url in
            let answers = await onThreads(8) { _ in
                Result {
                    let connection = try database.connect(to: url)
                    defer { connection.close() }
                    guard try connection.tryLock(Self.name) else { return false }
                    let other = try database.connect(to: url)
                    defer { other.close() }
                    #expect(try !other.tryLock(Self.name))
                    return true
                }
            }
            let taken = try answers.map { try $0.get() }
            #expect(taken.contains(true))
        }
    }

    @Test(arguments: TestDatabase.all)
    func `the holder is who has the lock, and nobody afterwards`(_ database: TestDatabase) throws {
        try database.withTwoConnections { one, other in
            #expect(try other.holder(of: Self.name) == nil)
            #expect(try one.tryLock(Self.name))
            let holder = try #require(try other.holder(of: Self.name))
            #expect(!holder.who.isEmpty)
            #expect(holder.session != nil)
            one.unlock(Self.name)
            #expect(try other.holder(of: Self.name) == nil)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: TestDatabase.servers)
    func `a server that falls silent keeps nobody who asks for the holder`(
        _ database: TestDatabase
    ) async throws {
        let server = TestServer(try #require(database.server.product))
        try await Lane.run {
            Result {
                try server.start()
                var url = try server.url()
                url.path = "/silent"
                let driver = try database.driver.init(url)
                _ = try driver.create(SessionSettings(), before: .now + .seconds(30))
                let connection = try database.connect(to: url)
                defer { connection.close() }
                let other = try database.connect(to: url)
                defer { other.close() }
                try server.pause()
                defer { try? server.resume() }
                try expectEnd(of: connection)
                try expectStop(of: other, driver)
            }
        }.get()
    }

    private func expectEnd(of connection: any Connection) throws {
        let error = #expect(throws: DatabaseError.self) {
            try connection.look(Watch(), before: .now + .milliseconds(100)) {
                () throws(DatabaseError) in try connection.holder(of: Self.name)
            }
        }
        #expect(error?.kind == .unavailable)
    }

    /// What a status does while somebody stops it.
    private func expectStop(of connection: any Connection, _ driver: any Driver) throws {
        let cancellation = Cancellation()
        cancellation.request()
        let run = Run(
            driver, Run.Source(), Options(), cancellation, since: .now,
            obstacles: Obstacles { _ in }
        ) { _ in }
        let lock = Lock(run: run, connection: connection, history: run.history(on: connection))
        let failure = #expect(throws: Failure.self) { try lock.holder() }
        #expect(failure?.headline == "cannot find out who holds the lock")
        #expect(failure?.cause?.kind == .interrupted)
    }

    @Test(arguments: TestDatabase.all)
    func `what a session announces is seen from its next statement on, where there is a place`(
        _ database: TestDatabase
    ) throws {
        try database.withTwoConnections { one, other in
            #expect(try one.tryLock(Self.name))
            one.announce("0001_create_user, statement 2 of 3")
            try one.runAll([Statement("SELECT 1")])
            let holder = try #require(try other.holder(of: Self.name))
            // MariaDB's place is the text of the statement, which is over by now.
            let isShown = holder.doing?.contains("0001_create_user") == true
            #expect(isShown || database.server.product == .mariaDB)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `the condition is true only while this session holds the lock`(
        _ database: TestDatabase
    ) throws {
        try database.withTwoConnections { one, other in
            guard let condition = one.lockCondition(Self.name) else { return }
            let sql = "SELECT CASE WHEN (\(condition)) THEN 1 ELSE 0 END"
            #expect(try one.run(sql) == [[0]])
            #expect(try one.tryLock(Self.name))
            #expect(try one.run(sql) == [[1]])
            let others = try #require(other.lockCondition(Self.name))
            #expect(try other.run("SELECT CASE WHEN (\(others)) THEN 1 ELSE 0 END") == [[0]])
            try one.run(database.dialect.guardStatement.replacing("{}", with: condition))
            one.unlock(Self.name)
            #expect(try one.run(sql) == [[0]])
            #expect(throws: DatabaseError.self) {
                try one.run(database.dialect.guardStatement.replacing("{}", with: condition))
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a transaction's lock lasts until its end, and is busy for others`(
        _ database: TestDatabase
    ) throws {
        try database.withTwoConnections { one, other in
            guard let lock = one.transactionLock(Self.name) else { return }
            try one.run(database.dialect.begin)
            try one.run(lock)
            try other.run(database.dialect.begin)
            let error = #expect(throws: BatchError.self) { try other.runAll([Statement(lock)]) }
            #expect(error?.error.kind == .busy)
            try other.run("ROLLBACK")
            try one.run("COMMIT")
            try other.run(database.dialect.begin)
            try other.run(lock)
            try other.run("COMMIT")
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a lock outlives a transaction that is rolled back`(_ database: TestDatabase) throws {
        try database.withTwoConnections { one, other in
            try one.run(database.dialect.begin)
            #expect(try one.tryLock(Self.name))
            try one.run("ROLLBACK")
            #expect(try !other.tryLock(Self.name))
        }
    }
}
