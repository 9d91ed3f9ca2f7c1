#if MariaDB
import Bootstrap
import BootstrapTesting
import Testing

@testable import BootstrapMariaDB

/// What the MariaDB driver promises beyond the contract that all drivers share.
@Suite(.enabled(if: TestServer.mariaDB.reasonMissing == nil))
struct MariaDBConnectionTests {
    /// Runs `body` with a session in a database of its own.
    static func withConnection<Result>(
        _ settings: SessionSettings = SessionSettings(),
        _ body: (MariaDBConnection, DatabaseURL) throws -> Result
    ) throws -> Result {
        try TestServer.mariaDB.withDatabase { url in
            let opened = try MariaDBDriver(url).connect(settings, before: .now + .seconds(30))
            let connection = try #require(opened as? MariaDBConnection)
            defer { connection.close() }
            return try body(connection, url)
        }
    }

    @Test func `the server says which product and version it is`() throws {
        try Self.withConnection { connection, _ in
            #expect(connection.server.product == "MariaDB")
            #expect(connection.server.version.split(separator: ".").count == 3)
            #expect(!connection.server.isReadOnly)
            #expect(!connection.server.isPooled)
            #expect(connection.server.flavour == nil)
            #expect(connection.dialect.variants == ["mariadb", "mysql"])
        }
    }

    @Test func `every type arrives in its shape, by text and by prepared statement`() throws {
        try Self.withConnection { connection, _ in
            try connection.run(
                """
                CREATE TABLE t (a tinyint, b bigint unsigned, c double, d decimal(30,10),
                  e varchar(20), f varbinary(20), g longtext, h longblob, i bit(1), j bit(20),
                  k datetime(6), l date, m year, n json, o float, p enum('x','y'), q char(3),
                  r int NULL)
                """)
            try connection.run(
                """
                INSERT INTO t VALUES (-1, 18446744073709551615, 0.5, 12345678901234567890.0123456789,
                  'é''\\\\', X'00FF', 'lang', X'', 1, 5, '2026-01-02 03:04:05.678901', '2026-01-02',
                  2026, '{"a":1}', 1.5, 'y', 'abc', NULL)
                """)
            let expected: [Value] = [
                -1, .text("18446744073709551615"), .real(0.5),
                "12345678901234567890.0123456789", "é'\\", .bytes([0, 255]), "lang", .bytes([]),
                1, 5, "2026-01-02 03:04:05.678901", "2026-01-02", 2026, "{\"a\":1}", .real(1.5),
                "y", "abc", .null,
            ]
            #expect(try connection.run("SELECT * FROM t") == [expected])
            #expect(try connection.run("SELECT * FROM t WHERE a = ?", [-1]) == [expected])
        }
    }

    @Test func `parameters of every shape arrive unchanged`() throws {
        try Self.withConnection { connection, _ in
            let long = String(repeating: "ä€😀", count: 50_000)
            let rows = try connection.run(
                "SELECT ?, ?, ?, ?, ?, HEX(?)",
                [.integer(.min), .real(0.1), .text(long), .null, "", .bytes([0, 1, 255])])
            #expect(
                rows == [[.integer(.min), .real(0.1), .text(long), .null, "", "0001FF"]])
        }
    }

    @Test func `an update counts the rows that it found`() throws {
        try Self.withConnection { connection, _ in
            try connection.run("CREATE TABLE t (x int)")
            #expect(try connection.change("INSERT INTO t VALUES (1), (1), (2)") == 3)
            #expect(try connection.change("UPDATE t SET x = 1 WHERE x = 1") == 2)
            #expect(try connection.change("UPDATE t SET x = ? WHERE x = ?", [1, 1]) == 2)
        }
    }

    @Test func `a CALL gives its first rows and leaves the connection in order`() throws {
        try Self.withConnection { connection, _ in
            try connection.run("CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END")
            #expect(try connection.run("CALL p()") == [[1]])
            #expect(try connection.run("SELECT 3") == [[3]])
            #expect(try connection.run("SELECT ?", [4]) == [[4]])
        }
    }

    @Test(arguments: [[], [Value.integer(1)]])
    func `a CALL fails where it fails behind its rows, and the connection stays in order`(
        _ parameters: [Value]
    ) throws {
        try Self.withConnection { connection, _ in
            try connection.run(
                """
                CREATE PROCEDURE good(x int) BEGIN SELECT x; SELECT 2; SELECT 3; END
                """)
            try connection.run(
                """
                CREATE PROCEDURE bad(x int) BEGIN SELECT x; SELECT 2; SIGNAL SQLSTATE '45000'; END
                """)
            let argument = parameters.isEmpty ? "1" : "?"
            #expect(try connection.run("CALL good(\(argument))", parameters) == [[1]])
            #expect(try connection.run("SELECT 4") == [[4]])
            let error = #expect(throws: DatabaseError.self) {
                try connection.run("CALL bad(\(argument))", parameters)
            }
            #expect(error?.code == "1644")
            #expect(try connection.run("SELECT 5") == [[5]])
        }
    }

    @Test func `the session is ours, whatever the server's settings are`() throws {
        let settings = SessionSettings(
            lockTimeout: .milliseconds(1500), statementTimeout: .seconds(90))
        try Self.withConnection(settings) { connection, _ in
            let row = try connection.run(
                """
                SELECT @@time_zone, @@wait_timeout, @@lock_wait_timeout,
                  @@innodb_lock_wait_timeout, @@max_statement_time, @@character_set_client,
                  @@character_set_results, @@sql_mode
                """)
            #expect(
                row == [
                    [
                        "+00:00", 60, 2, 2, .real(90), "utf8mb4", "utf8mb4",
                        .text(MariaDBSession.sqlMode(isMariaDB: true)),
                    ]
                ])
        }
    }
}
#endif
