#if MariaDB
import Bootstrap
import BootstrapTesting
import Synchronization
import Testing

@testable import BootstrapMariaDB

/// Locks, interruption, resetting, creating and dropping, errors.
@Suite(.enabled(if: TestServer.mariaDB.reasonMissing == nil))
struct MariaDBSessionTests {
    private func connect(
        _ url: DatabaseURL, _ settings: SessionSettings = SessionSettings()
    ) throws -> MariaDBConnection {
        let connection = try MariaDBDriver(url).connect(settings, before: .now + .seconds(30))
        return try #require(connection as? MariaDBConnection)
    }

    private func failure(_ connection: MariaDBConnection, _ sql: String) -> DatabaseError? {
        do throws(DatabaseError) {
            try connection.run(sql)
            return nil
        } catch {
            return error
        }
    }

    // MARK: Locks

    @Test func `a lock's holder is named with what it announced`() throws {
        try MariaDBConnectionTests.withConnection(
            SessionSettings(applicationName: "bootstrap/17@web-1")
        ) { holder, url in
            #expect(try holder.tryLock("history"))
            let other = try connect(url)
            defer { other.close() }
            #expect(try !other.tryLock("history"))
            #expect(try other.holder(of: "history")?.session == String(holder.details.session))
            holder.announce("0006_backfill, statement 3 of 9")
            let interrupter = holder.interrupter
            Lane.start {
                // Seen while it runs, and then stopped.
                let watcher = try? MariaDBDriver(url).connect(
                    SessionSettings(), before: .now + .seconds(30))
                while (try? watcher?.holder(of: "history"))??.doing == nil {}
                interrupter.interrupt()
                watcher?.close()
            }
            #expect(failure(holder, "SELECT SLEEP(60), 'x'")?.kind != .lost)
            #expect(try holder.run("SELECT 1") == [[1]])
            holder.unlock("history")
            #expect(try other.holder(of: "history") == nil)
            #expect(try other.tryLock("history"))
        }
    }

    @Test(arguments: LongWork.allCases)
    func `what a session announced is seen while it loads rows, or runs a statement with values`(
        _ work: LongWork
    ) throws {
        try MariaDBConnectionTests.withConnection { holder, url in
            try holder.run("CREATE TABLE item (id integer PRIMARY KEY)")
            let table = try #require(try holder.describe(TableName("item")))
            #expect(try holder.tryLock("history"))
            let blocker = try connect(url)
            defer { blocker.close() }
            try blocker.run("START TRANSACTION")
            try blocker.run("INSERT INTO item VALUES (1)")
            holder.announce("the seed 010_item")
            let interrupter = holder.interrupter
            let seen = Mutex<String?>(nil)
            Lane.start {
                let limit = Deadline.now + .seconds(30)
                let watcher = try? MariaDBDriver(url).connect(SessionSettings(), before: limit)
                var doing: String?
                while doing == nil, Deadline.now < limit {
                    doing = (try? watcher?.holder(of: "history"))??.doing
                }
                seen.withLock { $0 = doing }
                interrupter.interrupt()
                watcher?.close()
            }
            #expect(throws: (any Error).self) { try work.run(on: holder, table) }
            #expect(seen.withLock { $0 } == "the seed 010_item")
        }
    }

    /// Work that another session's row of the same key holds up.
    enum LongWork: CaseIterable {
        case load, statementWithValues

        func run(on connection: any Connection, _ table: Table) throws {
            guard self == .load else {
                _ = try connection.run("INSERT INTO item VALUES (?)", [.integer(1)])
                return
            }
            var isSent = false
            _ = try connection.load(into: table.name, table.columns) { block in
                guard !isSent else { return false }
                isSent = true
                block.removeAll()
                block.append("1".utf8)
                return true
            }
        }
    }

    @Test(arguments: [
        "CREATE TABEL b (id integer)", "CREAT TABLE b (id integer)", "SELECT 1 +",
        "CREATE TABLE b (id integer", "-- first\nSELECT 'it''s' FORM é",
    ])
    func `the server's words of a mistake hold nothing of ours`(_ sql: String) throws {
        try MariaDBConnectionTests.withConnection { connection, _ in
            let plain = try #require(failure(connection, sql))
            connection.announce("0001_a")
            #expect(failure(connection, sql) == plain)
            let ours = Statement("DO 'a statement of ours'")
            for statements in [[Statement(sql)], [ours, Statement(sql), ours]] {
                var batch: DatabaseError?
                do throws(BatchError) { try connection.runAll(statements) } catch {
                    batch = error.error
                }
                #expect(batch?.message == plain.message)
                #expect(batch?.position == plain.position)
            }
        }
    }

    @Test func `the announcement of a holder is read back`() throws {
        let text = MariaDBAnnouncement.text(
            "bootstrap/1@a since 2026-11-22T19:30:00Z: x */ DROP TABLE t; /*! y")
        let parsed = MariaDBAnnouncement.parse("/* \(text) */ SELECT 1")
        #expect(parsed?.since == "2026-11-22T19:30:00Z")
        #expect(parsed?.doing == "x  / DROP TABLE t; /   y")
        #expect(MariaDBAnnouncement.parse("SELECT 1") == nil)
    }

    @Test func `the condition of a lock holds on its own session alone`() throws {
        try MariaDBConnectionTests.withConnection { connection, url in
            let condition = try #require(connection.lockCondition("history"))
            #expect(try connection.run("SELECT \(condition)") == [[nil]])
            #expect(try connection.tryLock("history"))
            for text in [condition, try #require(connection.lockCondition("history"))] {
                #expect(try connection.run("SELECT \(text)") == [[1]])
                // A migration that goes elsewhere does not change whose lock it is.
                try connection.run("USE information_schema")
                #expect(try connection.run("SELECT \(text)") == [[1]])
                try connection.run("USE `\(connection.details.database)`")
                let other = try connect(url)
                #expect(try other.run("SELECT \(text)") == [[0]])
                other.close()
            }
            try connection.run("SELECT RELEASE_ALL_LOCKS()")
            #expect(try connection.run("SELECT \(condition)") == [[nil]])
        }
    }

    @Test func `a lock's name is the one that every version of this program takes`() throws {
        try MariaDBConnectionTests.withConnection { connection, _ in
            #expect(try connection.tryLock("é\\'x"))
            let rows = try connection.run(
                """
                SELECT IS_USED_LOCK(CONCAT('bs_',
                  LEFT(SHA2(CONCAT(DATABASE(), CHAR(0), ?), 256), 40))) = CONNECTION_ID()
                """, ["é\\'x"])
            #expect(rows == [[1]])
        }
    }

    // MARK: Interrupting

    @Test func `an interrupter stops a statement, and a batch at its statement`() throws {
        try MariaDBConnectionTests.withConnection { connection, url in
            try connection.run("CREATE TABLE t (x int)")
            let interrupter = connection.interrupter
            let session = connection.details.session
            Lane.start {
                let watcher = try? MariaDBDriver(url).connect(
                    SessionSettings(), before: .now + .seconds(30))
                let sleeping =
                    "SELECT count(*) FROM information_schema.processlist "
                    + "WHERE id = \(session) AND info LIKE 'INSERT INTO t SELECT%'"
                while (try? watcher?.run(sleeping)) != [[1]] {}
                interrupter.interrupt()
                watcher?.close()
            }
            let error = #expect(throws: BatchError.self) {
                try connection.runAll([
                    Statement("INSERT INTO t VALUES (1)"),
                    Statement("INSERT INTO t SELECT SLEEP(60) FROM t"),
                    Statement("INSERT INTO t VALUES (2)"),
                ])
            }
            #expect(error?.index == 1)
            #expect(error?.error.kind == .interrupted)
            #expect(try connection.run("SELECT x FROM t") == [[1]])
        }
    }

    @Test func `interrupting an idle or closed connection does nothing`() throws {
        try MariaDBConnectionTests.withConnection { connection, _ throws in
            connection.interrupter.interrupt()
            #expect(try connection.run("SELECT 1") == [[1]])
            connection.close()
            connection.close()
            connection.interrupter.interrupt()
            #expect(failure(connection, "SELECT 1")?.kind == .lost)
            #expect(throws: DatabaseError.self) { try connection.run("SELECT ?", [1]) }
        }
    }

    // MARK: Errors

    @Test func `errors are decisions`() throws {
        try MariaDBConnectionTests.withConnection(
            SessionSettings(statementTimeout: .milliseconds(100))
        ) { connection, url in
            #expect(failure(connection, "SELECT SLEEP(60)")?.kind == .interrupted)
            #expect(failure(connection, "SELECT * FROM nowhere.t")?.kind != .missingDatabase)
            #expect(failure(connection, "SELECT * FROM nowhere")?.code == "1146")
            #expect(failure(connection, "KILL CONNECTION_ID()")?.kind != nil)
            #expect(failure(connection, "SELECT 1")?.kind == .lost)
            var url = url
            url.password = Secret("wrong")
            let denied = #expect(throws: DatabaseError.self) { try connect(url) }
            #expect(denied?.kind == .denied)
            url.password = TestServer.user.password
            url.path = "/missing_database"
            let missing = #expect(throws: DatabaseError.self) { try connect(url) }
            #expect(missing?.kind == .missingDatabase)
            url.hosts = [.init("127.0.0.1", port: 1)]
            let refused = #expect(throws: DatabaseError.self) { try connect(url) }
            #expect(refused?.kind == .unavailable)
            url.hosts = [.init("no-such-host.invalid")]
            let unknown = #expect(throws: DatabaseError.self) { try connect(url) }
            #expect(unknown?.kind == .unavailable)
        }
    }

    @Test func `a lock that another session holds is busy after the timeout`() throws {
        try MariaDBConnectionTests.withConnection(
            SessionSettings(lockTimeout: .milliseconds(1))
        ) { connection, url in
            try connection.run("CREATE TABLE t (x int)")
            let other = try connect(url)
            defer { other.close() }
            try other.run("START TRANSACTION")
            try other.run("INSERT INTO t VALUES (1)")
            #expect(failure(connection, "ALTER TABLE t ADD y int")?.kind == .busy)
        }
    }

    @Test func `a read-only server is known as one, and its refusals with it`() throws {
        let server = TestServer(.mariaDB, settings: ["secure-file-priv=/usr/share"])
        try server.withDatabase { url in
            var address = try server.administratorURL()
            address.path = "/mysql"
            let administrator = try connect(address)
            defer { administrator.close() }
            // The same number, 1290, from a server that takes writes.
            #expect(
                failure(administrator, "SELECT 1 INTO OUTFILE '/tmp/x'")?.kind == .rejected)
            try administrator.run("SET GLOBAL read_only=1")
            let connection = try connect(url)
            defer { connection.close() }
            #expect(connection.server.isReadOnly)
            #expect(
                try connection.run("SELECT \(connection.dialect.readOnlyExpression)") == [[1]])
            #expect(failure(connection, "CREATE TABLE t (x int)")?.kind == .readOnly)
            try administrator.run("SET GLOBAL read_only=0")
            #expect(
                try connection.run("SELECT \(connection.dialect.readOnlyExpression)") == [[0]])
            // Of two servers, the one that takes writes is chosen.
            try administrator.run("SET GLOBAL read_only=1")
            try TestServer.mariaDB.withDatabase { writable in
                try administrator.run("CREATE DATABASE `\(writable.databaseName)`")
                var both = writable
                both.hosts = url.hosts + writable.hosts
                let chosen = try connect(both)
                defer { chosen.close() }
                #expect(!chosen.server.isReadOnly)
            }
            try administrator.run("SET GLOBAL read_only=0")
        }
    }

    // MARK: Resetting

    @Test func `a session is ours again after a migration, and keeps its lock`() throws {
        try MariaDBConnectionTests.withConnection { connection, _ in
            try connection.run("CREATE TABLE t (x int)")
            #expect(try connection.tryLock("history"))
            let settings = """
                SELECT DATABASE(), @@sql_mode, @@time_zone, @@foreign_key_checks, @@unique_checks,
                  @@autocommit, @@character_set_client, @@collation_connection,
                  @@tx_isolation, @@lock_wait_timeout, @@sql_select_limit
                """
            let before = try connection.run(settings)
            for sql in [
                "USE information_schema", "SET sql_mode=''", "SET time_zone='+05:00'",
                "SET foreign_key_checks=0, unique_checks=0, lock_wait_timeout=1, sql_select_limit=1",
                "SET NAMES latin1", "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                "SET autocommit=0", "SET completion_type=1",
                "LOCK TABLES `\(connection.details.database)`.t WRITE",
            ] {
                try connection.run(sql)
            }
            try connection.resetSession()
            #expect(try connection.run(settings) == before)
            #expect(try connection.tryLock("history"))
            #expect(!connection.isInTransaction)
            try connection.run("CREATE TABLE u (x int)")
        }
    }

    // MARK: Creating

    @Test func `a database is created once and dropped once`() throws {
        try TestServer.mariaDB.withDatabase { url in
            var url = url
            url.path += "_é `2"
            let driver = try MariaDBDriver(url)
            let deadline = ContinuousClock.now + .seconds(30)
            #expect(try driver.create(SessionSettings(), before: deadline))
            #expect(try !driver.create(SessionSettings(), before: deadline))
            let connection = try connect(url)
            let rows = try connection.run("SELECT DATABASE(), @@character_set_database")
            #expect(rows == [[.text(driver.databaseName), "utf8mb4"]])
            connection.close()
            #expect(try driver.drop(SessionSettings(), before: deadline))
            #expect(try !driver.drop(SessionSettings(), before: deadline))
        }
    }

    @Test func `of several hosts the first that answers is taken`() throws {
        try TestServer.mariaDB.withDatabase { url in
            var url = url
            let silent = FakeServer(.silent)
            defer { withExtendedLifetime(silent) {} }
            url.hosts =
                [.init("127.0.0.1", port: 1), .init("127.0.0.1", port: silent.port)] + url.hosts
            let opened = try MariaDBDriver(url).connect(
                SessionSettings(), before: .now + .seconds(1))
            #expect(try opened.run("SELECT 1") == [[1]])
            opened.close()
        }
    }
}
#endif
