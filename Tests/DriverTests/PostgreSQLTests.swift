#if PostgreSQL
import Bootstrap
import BootstrapPostgreSQL
import BootstrapTesting
import Testing

/// What is PostgreSQL's own, on a live server.
@Suite(.enabled(if: TestServer.postgreSQL.reasonMissing == nil))
struct PostgreSQLTests {
    private func withConnection<Result>(
        _ session: SessionSettings = SessionSettings(), _ body: (any Connection) throws -> Result
    ) throws -> Result {
        try TestServer.postgreSQL.withDatabase { url in
            let connection = try PostgreSQLDriver(url).connect(session, before: .now + .seconds(30))
            defer { connection.close() }
            return try body(connection)
        }
    }

    private func failure(
        of statements: [Statement], on connection: any Connection
    ) throws -> BatchError {
        try #require(
            #expect(throws: BatchError.self) { try connection.runAll(statements) })
    }

    // MARK: Values

    @Test func `values come back in the shape of their type`() throws {
        try withConnection { connection in
            let row = try connection.run(
                """
                SELECT 1::int2, 2::int4, 3::int8, 4::oid, 1.5::float8, true, false, '\\x00ff'::bytea, \
                12.10::numeric, 'é', NULL::int, date '2024-02-29', '[1]'::jsonb
                """)
            #expect(
                row == [
                    [
                        1, 2, 3, 4, .real(1.5), 1, 0, .bytes([0, 255]), "12.10", "é", nil,
                        "2024-02-29", "[1]",
                    ]
                ])
        }
    }

    @Test func `parameters take their type from the column`() throws {
        try withConnection { connection in
            try connection.run(
                """
                CREATE TABLE t (i int, n numeric(5,2), b boolean, d timestamptz, u uuid, j jsonb, \
                x bytea, s text)
                """)
            let values: [Value] = [
                7, "12.10", 1, "2024-02-29 12:00:00+02", "0a0b0c0d-0000-4000-8000-000000000001",
                "{\"a\": 1}", .bytes([0, 1, 0, 255]), "it's \\ é\n$1",
            ]
            let changed = try connection.change(
                "INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", values)
            #expect(changed == 1)
            let rows = try connection.run("SELECT i, n, b, d, u, j, x, s FROM t")
            var expected = values
            expected[3] = "2024-02-29 10:00:00+00"
            #expect(rows == [expected])
            let none = try connection.run(
                "SELECT $1::text, $2::bytea, $3::text", [nil, .bytes([]), ""])
            #expect(none == [[nil, .bytes([]), ""]])
        }
    }

    @Test func `a NUL character is refused instead of cut`() throws {
        try withConnection { connection in
            let error = #expect(throws: DatabaseError.self) {
                try connection.run("SELECT $1::text", ["a\0b"])
            }
            #expect(error?.kind == .rejected)
            #expect(throws: DatabaseError.self) { try connection.run("SELECT 'a\0b'") }
            let after = try connection.run("SELECT 1")
            #expect(after == [[1]])
        }
    }

    // MARK: Batches

    @Test func `a syntax error names its statement and counts characters from its start`() throws {
        try withConnection { connection in
            let failure = try failure(
                of: [
                    Statement("BEGIN"), Statement("SELECT 'ééé🙂' -- comment at the end"),
                    Statement("/* ünï */ SELECT 'é', CREATE INDX"), Statement("COMMIT"),
                ], on: connection)
            #expect(failure.index == 2)
            #expect(failure.error.code == "42601")
            #expect(failure.error.position == 23)
        }
    }

    @Test func `an error at run time names its statement by the results before it`() throws {
        try withConnection { connection in
            let failure = try failure(
                of: [
                    Statement("BEGIN"), Statement("-- nothing but a comment"),
                    Statement("CREATE TABLE t (x int CHECK (x > 0))"),
                    Statement("INSERT INTO t VALUES (1), (2)"), Statement("SELECT * FROM t"),
                    Statement("INSERT INTO t VALUES (0)"), Statement("COMMIT"),
                ], on: connection)
            #expect(failure.index == 5)
            #expect(failure.error.code == "23514")
            #expect(failure.error.kind == .rejected)
            #expect(connection.isInTransaction)
            try connection.run("ROLLBACK")
            #expect(try connection.run("SELECT to_regclass('t')::text") == [[nil]])
        }
    }

    @Test func `an error of a deferred constraint belongs to COMMIT`() throws {
        try withConnection { connection in
            let failure = try failure(
                of: [
                    Statement("BEGIN"),
                    Statement("CREATE TABLE t (x int UNIQUE DEFERRABLE INITIALLY DEFERRED)"),
                    Statement("INSERT INTO t VALUES (1), (1)"), Statement("COMMIT"),
                ], on: connection)
            #expect(failure.index == 3)
            #expect(failure.error.code == "23505")
        }
    }

    @Test func `a batch of several megabytes is cut, and errors still find their statement`() throws
    {
        try withConnection { connection in
            let long = String(repeating: "é", count: 300_000)
            var statements = [Statement("BEGIN"), Statement("CREATE TABLE t (x text)")]
            statements += (0..<9).map { _ in Statement("INSERT INTO t VALUES ('\(long)')") }
            try connection.runAll(statements + [Statement("COMMIT")])
            #expect(
                try connection.run("SELECT count(*), sum(length(x)) FROM t") == [[9, 2_700_000]])
            let failure = try failure(
                of: statements.suffix(9) + [Statement("SELECT nowhere")], on: connection)
            #expect(failure.index == 9)
            #expect(failure.error.position == 8)
        }
    }

    @Test func `COPY reads its lines and drops what it writes`() throws {
        try withConnection { connection in
            try connection.runAll([
                Statement("CREATE TABLE t (x int, s text)"),
                Statement("COPY t FROM stdin", input: Array("1\té\n2\t\\N\n".utf8)),
                Statement("COPY t TO stdout"), Statement("INSERT INTO t VALUES (3, 'c')"),
            ])
            #expect(
                try connection.run("SELECT x, s FROM t ORDER BY x")
                    == [[1, "é"], [2, nil], [3, "c"]])
            let bad = try failure(
                of: [
                    Statement("SELECT 1"),
                    Statement("COPY t FROM stdin", input: Array("x\ty\n".utf8)),
                ], on: connection)
            #expect(bad.index == 1)
            #expect(bad.error.code == "22P02")
            #expect(bad.error.message.contains("COPY t, line 1"))
            let none = try failure(of: [Statement("COPY t FROM stdin")], on: connection)
            #expect(none.error.kind == .rejected)
            #expect(throws: DatabaseError.self) { try connection.run("COPY t TO stdout") }
            #expect(throws: DatabaseError.self) { try connection.run("COPY t FROM stdin") }
            #expect(try connection.run("SELECT count(*) FROM t") == [[3]])
        }
    }

    @Test func `a statement that must be alone runs alone, announced or not`() throws {
        try withConnection { connection in
            try connection.runAll([Statement("CREATE TABLE t (x int)")])
            connection.announce("0001_t, statement 1 of 2")
            try connection.runAll([Statement("CREATE INDEX CONCURRENTLY i ON t (x)")])
            try connection.runAll([Statement("VACUUM t")])
            #expect(
                try connection.run("SHOW application_name")
                    == [["bootstrap 0001_t, statement 1 of 2"]])
        }
    }

    @Test func `an invalid index is none that IF NOT EXISTS may be content with`() throws {
        try withConnection { connection in
            try connection.runAll([
                Statement(#"CREATE SCHEMA "Other s""#),
                Statement(#"CREATE TABLE "Other s".t (x int)"#),
                Statement("CREATE TABLE t (x int)"),
                Statement(#"INSERT INTO "Other s".t VALUES (1), (1)"#),
            ])
            func build(_ table: String) -> Statement {
                let head = "/* concurrently i on it */ CREATE UNIQUE INDEX -- of"
                return Statement(
                    "\(head)\n CONCURRENTLY /**/ if not exists \"I\" ON ONLY \(table)(x)")
            }
            let other = build(#""Other s" . t"#)
            #expect(try failure(of: [other], on: connection).error.code == "23505")
            _ = try connection.run(#"TRUNCATE "Other s".t"#)
            let again = try failure(of: [other], on: connection)
            #expect(again.index == 0)
            #expect(again.error.kind == .rejected)
            #expect(
                again.error.message
                    == #"the index "Other s"."I" is invalid: an earlier attempt left it"#)
            #expect(again.error.leftover == #"The index "Other s"."I" is there, and invalid."#)
            #expect(again.error.remedy == #"run DROP INDEX CONCURRENTLY "Other s"."I""#)
            // One of its name in another schema is another index.
            try connection.runAll([build("t")])
            try connection.runAll([build("t")])
            try connection.runAll([Statement(#"DROP INDEX CONCURRENTLY "Other s"."I""#)])
            try connection.runAll([other])
        }
    }

    @Test func `what the server adds to an error is kept, but not the rows of bound statements`()
        throws
    {
        try withConnection { connection in
            try connection.runAll([
                Statement("CREATE TABLE t (x text NOT NULL UNIQUE)"),
                Statement("CREATE VIEW v AS SELECT x FROM t"),
            ])
            let drop = try failure(of: [Statement("DROP TABLE t")], on: connection)
            #expect(drop.error.message.contains("DETAIL:  view v depends on table t"))
            #expect(drop.error.message.contains("HINT:  Use DROP ... CASCADE"))
            let insert = "INSERT INTO t VALUES ($1)"
            _ = try connection.change(insert, ["s3cret"])
            let error = #expect(throws: DatabaseError.self) {
                try connection.change(insert, ["s3cret"])
            }
            #expect(error?.code == "23505")
            #expect(error?.message.contains("s3cret") == false)
        }
    }

    // MARK: Errors

    @Test func `codes become decisions`() throws {
        try withConnection { connection in
            let cases: [(String, String, DatabaseError.Kind)] = [
                ("SELECT nowhere", "42703", .rejected),
                ("SELECT pg_read_file('/etc/passwd')", "42501", .denied),
                ("SET lock_timeout = 'x'", "22023", .rejected),
                ("DROP DATABASE no_such_database", "3D000", .rejected),
                ("DO $$BEGIN RAISE SQLSTATE '40001'; END$$", "40001", .busy),
                ("DO $$BEGIN RAISE SQLSTATE '55P03'; END$$", "55P03", .busy),
                ("DO $$BEGIN RAISE SQLSTATE '53100'; END$$", "53100", .unavailable),
                ("DO $$BEGIN RAISE SQLSTATE '25006'; END$$", "25006", .readOnly),
                ("DO $$BEGIN RAISE SQLSTATE 'ZZ999'; END$$", "ZZ999", .rejected),
            ]
            for (sql, code, kind) in cases {
                let error = #expect(throws: DatabaseError.self) { try connection.run(sql) }
                #expect(error?.code == code)
                #expect(error?.kind == kind, "\(code)")
            }
        }
    }

    @Test func `a statement that takes too long is interrupted`() throws {
        try withConnection(SessionSettings(statementTimeout: .milliseconds(50))) { connection in
            let error = #expect(throws: DatabaseError.self) {
                try connection.run("SELECT pg_sleep(60)")
            }
            #expect(error?.kind == .interrupted)
            let after = try connection.run("SELECT 1")
            #expect(after == [[1]])
        }
    }

    @Test func `a session that the server ends is lost`() throws {
        try withConnection { connection in
            let failure = try failure(
                of: [
                    Statement("BEGIN"), Statement("CREATE TABLE t (x int)"),
                    Statement("SELECT pg_terminate_backend(pg_backend_pid())"), Statement("COMMIT"),
                ], on: connection)
            #expect(failure.error.kind == .lost)
            #expect(failure.error.code == "57P01")
            #expect(failure.index == 2)
            let again = #expect(throws: DatabaseError.self) { try connection.run("SELECT 1") }
            #expect(again?.kind == .lost)
        }
    }

    // MARK: Session

    @Test func `a session's settings do not depend on the role`() throws {
        try TestServer.postgreSQL.withDatabase { url in
            let driver = try PostgreSQLDriver(url)
            let first = try driver.connect(SessionSettings(), before: .now + .seconds(30))
            defer { first.close() }
            let name = first.dialect.quoted(driver.databaseName)
            for setting in [
                "statement_timeout = '5ms'", "lock_timeout = '1ms'", "bytea_output = 'escape'",
                "default_transaction_read_only = on", "standard_conforming_strings = off",
                "timezone = 'Asia/Tokyo'", "client_encoding = 'LATIN1'",
            ] {
                try first.run("ALTER ROLE app IN DATABASE \(name) SET \(setting)")
            }
            let connection = try driver.connect(
                SessionSettings(lockTimeout: .seconds(7), statementTimeout: .seconds(90)),
                before: .now + .seconds(30))
            defer { connection.close() }
            for _ in 0..<2 {
                let row = try connection.run(
                    """
                    SELECT current_setting('lock_timeout'), current_setting('statement_timeout'), \
                    current_setting('timezone'), current_setting('client_encoding'), \
                    current_setting('standard_conforming_strings'), '\\x5c'::bytea, \
                    current_setting('transaction_read_only')
                    """)
                #expect(row == [["7s", "90s", "UTC", "UTF8", "on", .bytes([0x5c]), "off"]])
                try connection.runAll([
                    Statement("SET search_path = ''"), Statement("SET timezone = 'Asia/Tokyo'"),
                    Statement("CREATE TEMPORARY TABLE scratch (x int)"),
                    Statement("SET lock_timeout = 1"),
                ])
                try connection.resetSession()
            }
            #expect(!connection.server.isReadOnly)
            #expect(
                try connection.run("SELECT to_regclass('scratch')::text, current_schema()")
                    == [[nil, "public"]])
        }
    }

    @Test func `a database that is set to read-only is reported as such`() throws {
        try TestServer.postgreSQL.withDatabase { url in
            let driver = try PostgreSQLDriver(url)
            let first = try driver.connect(SessionSettings(), before: .now + .seconds(30))
            defer { first.close() }
            let name = first.dialect.quoted(driver.databaseName)
            try first.run("ALTER DATABASE \(name) SET default_transaction_read_only = on")
            let connection = try driver.connect(SessionSettings(), before: .now + .seconds(30))
            defer { connection.close() }
            #expect(connection.server.isReadOnly)
            #expect(
                try connection.run("SELECT \(connection.dialect.readOnlyExpression)") == [[1]])
            let error = #expect(throws: DatabaseError.self) {
                try connection.run("CREATE TABLE t (x int)")
            }
            #expect(error?.kind == .readOnly)
        }
    }

    @Test func `the server says who it is`() throws {
        try withConnection { one in
            try withConnection { other in
                #expect(one.server.product == "PostgreSQL")
                #expect(one.server.version.first?.isNumber == true)
                #expect(one.server.identity != other.server.identity)
                #expect(one.server.started == other.server.started)
                #expect(!one.server.isPooled)
            }
        }
    }
}
#endif
