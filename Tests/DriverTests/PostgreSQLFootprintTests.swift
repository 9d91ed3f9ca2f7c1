#if PostgreSQL
import BootstrapTesting
import Testing

@testable import Bootstrap
@testable import BootstrapPostgreSQL

/// What became of a statement outside of a transaction, by the catalogue.
@Suite(.enabled(if: TestServer.postgreSQL.reasonMissing == nil))
struct PostgreSQLFootprintTests {
    private func withItems(_ body: (any Connection, DatabaseURL) throws -> Void) throws {
        try TestServer.postgreSQL.withDatabase { url in
            let connection = try PostgreSQLDriver(url).connect(
                SessionSettings(), before: .now + .seconds(30))
            defer { connection.close() }
            for sql in [
                "CREATE TABLE item (a integer, b integer)", "CREATE SCHEMA \"My Shop\"",
                "CREATE TABLE \"My Shop\".item (a integer)", "CREATE INDEX old ON item (b)",
                "CREATE INDEX \"Old One\" ON \"My Shop\".item (a)",
                "INSERT INTO item VALUES (1, 1), (1, 2)",
            ] { try connection.run(sql) }
            try body(connection, url)
        }
    }

    private func state(_ sql: String, _ connection: any Connection) throws -> String {
        let footprint = try #require(connection.dialect.catalogue?.footprint(Statement(sql)))
        return try #require(try connection.run("SELECT \(footprint.state)").first?.first?.text)
    }

    @Test(
        arguments: [
            "CREATE INDEX CONCURRENTLY by_a ON item (a)",
            "create unique index concurrently if not exists By_AB on public.item using btree (a, b)",
            "CREATE INDEX CONCURRENTLY \"By \"\"A\" ON \"My Shop\".item (a)",
            "DROP INDEX CONCURRENTLY old",
            "DROP INDEX CONCURRENTLY IF EXISTS \"My Shop\".\"Old One\"",
        ])
    func `a statement is seen to be done or not done`(_ sql: String) throws {
        try withItems { connection, _ in
            let footprint = try #require(connection.dialect.catalogue?.footprint(Statement(sql)))
            let before = try state(sql, connection)
            #expect(footprint.judge(before, before) == .untouched)
            try connection.run(sql)
            #expect(footprint.judge(before, try state(sql, connection)) == .done)
            let others = try #require(connection.dialect.catalogue?.others(before, []))
            let now = try connection.run("SELECT \(others.state)").first?.first?.text
            #expect(try now == state(sql, connection))
            #expect(others.judge(before, now ?? "") != .untouched)
            #expect(others.judge(before, before) == .untouched)
        }
    }

    @Test(arguments: ["VACUUM item", "REINDEX TABLE CONCURRENTLY item", "ALTER SYSTEM SET a = 1"])
    func `what can be run again is run again`(_ sql: String) throws {
        let footprint = Dialect.postgreSQL(version: 15_00_00).catalogue?.footprint(Statement(sql))
        #expect(footprint?.judge("again", "again") == .untouched)
    }

    @Test(
        arguments: [
            "CREATE INDEX CONCURRENTLY ON item (a)", "CREATE INDEX x ON item (a)", "CALL p()",
            "CREATE DATABASE x", "DROP INDEX old",
        ])
    func `what the catalogue does not show has no footprint`(_ sql: String) {
        #expect(
            Dialect.postgreSQL(version: 15_00_00).catalogue?.footprint(Statement(sql)) == nil)
    }

    @Test func `an index that is left invalid is built anew, and only by its own statement`() throws
    {
        try withItems { connection, _ in
            let sql = "CREATE UNIQUE INDEX CONCURRENTLY by_a ON item (a)"
            let footprint = try #require(connection.dialect.catalogue?.footprint(Statement(sql)))
            let before = try state(sql, connection)
            #expect(throws: DatabaseError.self) { try connection.run(sql) }
            let invalid = try state(sql, connection)
            #expect(
                footprint.judge(before, invalid)
                    == .partly(rest: "REINDEX INDEX CONCURRENTLY \"by_a\""))
            // One that was there before is not ours to touch.
            #expect(footprint.judge(invalid, invalid) == .untouched)
            let old = PostgreSQLEffect(sql)?.footprint(rebuilds: false)
            #expect(
                old?.judge(before, invalid)
                    == .unknown(
                        "The index \"by_a\" is there, and invalid: drop it, and answer again."))
        }
    }

    @Test(arguments: [false, true])
    func `a run goes on with the index that an interrupted one was building`(
        _ hasBegun: Bool
    ) throws {
        try withItems { connection, url in
            let statements = [
                "CREATE UNIQUE INDEX CONCURRENTLY by_a ON item (a)",
                "INSERT INTO item VALUES (5, 5)",
            ]
            let before = try state(statements[0], connection)
            if hasBegun {
                #expect(throws: DatabaseError.self) { try connection.run(statements[0]) }
            }
            try connection.run("DELETE FROM item WHERE b = 2")
            let history = History(TableName("bootstrap_history"), connection.dialect)
            try connection.run(history.declaration)
            let remembered = Recollection.text(
                StatementChain(), begins: [Statement(statements[0])])
            _ = try connection.run(
                """
                INSERT INTO bootstrap_history (kind, id, name, checksum, fingerprint, state, done, \
                total, statement, hashes, definitions, started_at, applied_by, process, session, \
                version, environment, server) VALUES ('migration', '1', '1_a', 'x', 'x', 'running', 0, \
                2, 1, $1, $2, now(), '', '', '', '', '', '')
                """, [.text(remembered), .text(before)])
            let file =
                "-- bootstrap: no-transaction\n" + statements.joined(separator: ";\n") + ";\n"
            var pipeline = Pipeline(
                url, drivers: [PostgreSQLDriver.self],
                migrations: .embedded(["1_a.sql": Array(file.utf8)]))
            pipeline.options.wait = .zero
            #expect(try pipeline.blocking.run { _ in }.migrated == ["1_a"])
            #expect(try state(statements[0], connection) == "index:\"by_a\"=valid")
            #expect(try connection.run("SELECT a FROM item ORDER BY a") == [[1], [5]])
            #expect(try pipeline.blocking.run { _ in }.isNothing)
        }
    }
}
#endif
