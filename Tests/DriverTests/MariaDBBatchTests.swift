#if MariaDB
import Bootstrap
import BootstrapTesting
import Testing

@testable import BootstrapMariaDB

/// Batches are packets of several statements: which one failed is told by counting results.
@Suite(.enabled(if: TestServer.mariaDB.reasonMissing == nil))
struct MariaDBBatchTests {
    private func failure(_ statements: [String]) throws -> (BatchError?, [[Value]]) {
        try MariaDBConnectionTests.withConnection { connection, _ in
            try connection.run("CREATE TABLE t (x int PRIMARY KEY)")
            try connection.run("CREATE PROCEDURE two() BEGIN SELECT 1; SELECT 2; END")
            try connection.run(
                "CREATE PROCEDURE fails() BEGIN SELECT 1; INSERT INTO t VALUES (1), (1); END")
            var found: BatchError?
            do throws(BatchError) {
                try connection.runAll(statements.map { Statement($0) })
            } catch {
                found = error
            }
            return (found, try connection.run("SELECT x FROM t ORDER BY x"))
        }
    }

    @Test(
        arguments: [
            (["INSERT INTO t VALUES (1)", "SELECT 1", "nonsense"], 2, [1]),
            (["nonsense", "INSERT INTO t VALUES (1)"], 0, []),
            (["CALL two()", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"], 2, [1]),
            (["CALL two()", "nonsense"], 1, []),
            (["SELECT 1", "CALL fails()", "INSERT INTO t VALUES (2)"], 1, []),
            (["CALL fails()"], 0, []),
            (["PREPARE p FROM 'CALL two()'", "EXECUTE p", "EXECUTE p", "nonsense"], 3, []),
            (["PREPARE p FROM 'SELECT 1'", "EXECUTE p", "INSERT INTO nowhere VALUES (1)"], 2, []),
            (["EXECUTE IMMEDIATE 'CALL fails()'", "INSERT INTO t VALUES (2)"], 0, []),
            (["BEGIN NOT ATOMIC SELECT 1; INSERT INTO t VALUES (3); END", "nonsense"], 1, [3]),
            (["/*!50000 CALL two() */", "-- a\nCALL two()", "# b\n nonsense"], 2, []),
            (
                ["INSERT INTO t VALUES (1) -- end", "INSERT INTO t VALUES (2) # end", "x"], 2,
                [1, 2]
            ),
            (["INSERT INTO t VALUES (5) RETURNING x", "CALL two()", "x"], 2, [5]),
            (["SET STATEMENT max_statement_time=9 FOR CALL two()", "SELECT 1", "x"], 2, []),
            (["(SELECT 1) UNION (SELECT 2)", "WITH a AS (SELECT 1) SELECT * FROM a", "x"], 2, []),
            (["-- only a comment", "INSERT INTO t VALUES (1)", "x"], 2, [1]),
            (["START TRANSACTION", "INSERT INTO t VALUES (1)", "COMMIT", "BEGIN", "x"], 4, [1]),
        ] as [([String], Int, [Value])])
    func `the failed statement is named, and what stood before it has run`(
        _ statements: [String], _ index: Int, _ rows: [Value]
    ) throws {
        let (error, found) = try failure(statements)
        #expect(error?.index == index)
        #expect(error?.error.kind == .rejected)
        #expect(found == rows.map { [$0] })
    }

    @Test func `bodies with semicolons travel in a packet unchanged`() throws {
        try MariaDBConnectionTests.withConnection { connection, _ in
            let body = "BEGIN\n  -- a; comment\n  INSERT INTO t VALUES (1); SELECT ';';\nEND"
            try connection.runAll([
                Statement("CREATE TABLE t (x int)"), Statement("CREATE PROCEDURE p() \(body)"),
                Statement("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW BEGIN SET @x = 1; END"),
                Statement("CALL p()"), Statement("INSERT INTO t VALUES (2)"),
            ])
            #expect(try connection.run("SELECT count(*), @x FROM t") == [[2, 1]])
            try connection.run("CREATE PROCEDURE q() \(body)")
            let texts = try connection.run(
                """
                SELECT routine_definition FROM information_schema.routines
                WHERE routine_schema = DATABASE()
                """)
            #expect(texts == [[.text(body)], [.text(body)]])
        }
    }

    @Test func `an untouched connection follows a failed batch`() throws {
        try MariaDBConnectionTests.withConnection { connection, _ in
            #expect(throws: BatchError.self) {
                try connection.runAll([
                    Statement("START TRANSACTION"), Statement("SELECT 1"), Statement("nonsense"),
                ])
            }
            #expect(connection.isInTransaction)
            #expect(try connection.run("SELECT 1") == [[1]])
            try connection.run("ROLLBACK")
            #expect(!connection.isInTransaction)
        }
    }

    @Test func `a guard stops the packet before what follows`() throws {
        try MariaDBConnectionTests.withConnection { connection, _ in
            try connection.run("CREATE TABLE t (x int)")
            let `guard` = { (condition: String) in
                connection.dialect.guardStatement.split(
                    separator: "{}", omittingEmptySubsequences: false
                ).joined(separator: condition)
            }
            try connection.runAll([
                Statement(`guard`("SELECT count(*) FROM t) = (0")),
                Statement("INSERT INTO t VALUES (1)"),
            ])
            for condition in ["(SELECT count(*) FROM t) = 0", "NULL"] {
                let error = #expect(throws: BatchError.self) {
                    try connection.runAll([
                        Statement(`guard`(condition)), Statement("INSERT INTO t VALUES (2)"),
                    ])
                }
                #expect(error?.index == 0)
                #expect(error?.error.code == "1242")
            }
            #expect(try connection.run("SELECT x FROM t") == [[1]])
        }
    }

    @Test func `a syntax error has its place in the statement`() throws {
        let (error, _) = try failure([
            "SELECT 1", "SELECT 1,\n  2\nFROM é WHERE WHERE x", "SELECT 3",
        ])
        #expect(error?.index == 1)
        #expect(error?.error.position == 28)
    }

    @Test func `a batch larger than a packet is split between statements`() throws {
        let statements = (0..<10).map { Statement("INSERT INTO t VALUES (\($0))") }
        let batch = MariaDBBatch(statements, prefix: "", marker: "m", maximum: 60)
        #expect(batch.tooLarge == nil)
        #expect(batch.packets.map(\.answers.count) == [2, 2, 2, 2, 2])
        #expect(batch.packets.allSatisfy { $0.text.count <= 60 })
        let text = String(decoding: batch.packets[0].text, as: UTF8.self)
        #expect(text == "INSERT INTO t VALUES (0)\n;\nINSERT INTO t VALUES (1)\n")
    }

    @Test func `a statement larger than the server's packet is named before it is sent`() throws {
        let server = TestServer(.mariaDB, settings: ["max_allowed_packet=1M"])
        try server.withDatabase { url in
            let connection = try MariaDBDriver(url).connect(
                SessionSettings(), before: .now + .seconds(30))
            defer { connection.close() }
            try connection.run("CREATE TABLE t (x longtext)")
            let many = (0..<5).map { _ in
                Statement("INSERT INTO t VALUES ('\(String(repeating: "x", count: 400_000))')")
            }
            try connection.runAll(many)
            #expect(try connection.run("SELECT count(*) FROM t") == [[5]])
            let large = String(repeating: "x", count: 1 << 20)
            let error = #expect(throws: BatchError.self) {
                try connection.runAll([
                    Statement("DELETE FROM t LIMIT 1"),
                    Statement("INSERT INTO t VALUES ('\(large)')"),
                ])
            }
            #expect(error?.index == 1)
            #expect(error?.error.code == "1153")
            #expect(try connection.run("SELECT count(*) FROM t") == [[4]])
        }
    }
}
#endif
