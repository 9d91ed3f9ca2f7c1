import Testing

@testable import Bootstrap

@Suite struct TransactionTests {
    private func texts(_ text: String, on dialect: Dialect = .testPostgres) throws -> [String] {
        try script(text, on: dialect).statements.map(\.text)
    }

    @Test(arguments: [
        "BEGIN; A; B; COMMIT;", "begin work; A; B; end", "START TRANSACTION; A; B; COMMIT WORK",
        "BEGIN TRANSACTION; A; B; END TRANSACTION", "-- x\nBEGIN IMMEDIATE;\nA;\nB;\nCOMMIT;\n-- y",
    ])
    func `a file's own outer transaction is taken away`(_ text: String) throws {
        #expect(try texts(text) == ["A", "B"])
        let control = try Script(text, file: "x", rules: .postgres).transactionControl
        #expect(control.count == 2)
    }

    @Test(arguments: [
        "A; BEGIN; B; COMMIT; C", "BEGIN; A; COMMIT; BEGIN; B; COMMIT; C",
        "A; B; start transaction; C; end",
    ])
    func `transactions inside of a file are taken away, for the migration is one of them all`(
        _ text: String
    ) throws {
        #expect(try texts(text) == ["A", "B", "C"])
        #expect(try texts(text, on: .testSQLite) == ["A", "B", "C"])
        #expect(try texts("-- bootstrap: no-transaction\n" + text).count > 3)
    }

    @Test func `a part of another tool's file may end the tool's transaction and begin the next`()
        throws
    {
        func settled(
            _ text: String, isBegun: Bool, outside: Bool = false,
            on dialect: Dialect = .testPostgres
        ) throws -> [String] {
            var script = try Script(text, file: "x", rules: .postgres)
            try script.settleTransactions(outside: outside, dialect: dialect, isBegun: isBegun)
            return script.statements.map(\.text)
        }
        #expect(try settled("A; COMMIT; BEGIN; B", isBegun: true) == ["A", "B"])
        #expect(try settled("A; BEGIN; B; COMMIT; C", isBegun: true) == ["A", "B", "C"])
        for text in ["A; COMMIT; B", "A; COMMIT; BEGIN; B; COMMIT"] {
            #expect(throws: Failure.self) { try settled(text, isBegun: true) }
        }
        #expect(throws: Failure.self) { try settled("A; COMMIT; BEGIN; B", isBegun: false) }
        // Outside of one transaction, those that the tool has are written out.
        let parts = "A; COMMIT; B; BEGIN; C"
        #expect(
            try settled(parts, isBegun: true, outside: true)
                == ["BEGIN", "A", "COMMIT", "B", "BEGIN", "C", "COMMIT"])
        #expect(
            try settled(parts, isBegun: true, outside: true, on: .testMariaDB) == ["A", "B", "C"])
        #expect(throws: Failure.self) { try settled(parts, isBegun: false, outside: true) }
    }

    @Test func `savepoints stay`() throws {
        let text = [
            "SAVEPOINT a", "X", "ROLLBACK TO a", "ROLLBACK WORK TO SAVEPOINT a", "RELEASE a",
        ]
        #expect(try texts(text.joined(separator: ";\n")) == text)
    }

    private static let control = """
        Next: Delete it, or put the line `-- bootstrap: no-transaction` at the top of the file; \
        it then runs outside of any transaction of ours.
        """
    private static let alone = """
        Next: Put the line `-- bootstrap: no-transaction` at the top of the file, \
        and what belongs into a transaction into another file.
        """

    @Test(arguments: [
        ("A;\nCOMMIT;\nB", "2:1 COMMIT"), ("BEGIN; A; COMMIT; B; COMMIT", "1:1 BEGIN"),
        ("A; COMMIT; BEGIN; B", "1:4 COMMIT"), ("A; BEGIN; BEGIN; COMMIT", "1:4 BEGIN"),
        ("A;\n  ROLLBACK;", "2:3 ROLLBACK"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE; A; COMMIT", "1:1 BEGIN"),
        ("A; ABORT", "1:4 ABORT"), ("A; END", "1:4 END"),
        ("BEGIN; A; COMMIT AND CHAIN", "1:1 BEGIN"),
        ("A; PREPARE TRANSACTION 'x'", "1:4 PREPARE TRANSACTION"),
        ("START TRANSACTION; A", "1:1 START TRANSACTION"),
    ])
    func `other control of the transaction is refused with its line`(_ text: String, _ what: String)
    {
        let (place, name) = (what.prefix { $0 != " " }, what.drop { $0 != " " }.dropFirst())
        let shown = failure { try texts(text) }.split(separator: "\n").map(String.init)
        #expect(
            shown.first
                == "1_a.sql:\(place) \(name) interferes with the transaction that this migration runs in"
        )
        #expect(shown.last == Self.control)
        #expect(throws: Never.self) {
            try texts("-- bootstrap: no-transaction\n" + text + ";\nROLLBACK")
        }
    }

    @Test(arguments: [
        ("A;\nBEGIN;", "2:1 BEGIN"), ("BEGIN; A; COMMIT; START TRANSACTION; B", "1:19 START"),
        ("BEGIN; A; COMMIT AND CHAIN; B", "1:11 COMMIT"),
    ])
    func `a transaction that is still open at the end is refused where it is the file's own`(
        _ text: String, _ what: String
    ) throws {
        let text = "-- bootstrap: no-transaction\n" + text
        let place = "\(what.hasPrefix("2") ? 3 : 2):\(what.dropFirst(2).prefix { $0 != " " })"
        let word = what.drop { $0 != " " }.dropFirst()
        #expect(
            failure { try texts(text) }.hasPrefix(
                "1_a.sql:\(place) \(word) opens a transaction that the file does not end"))
        #expect(throws: Never.self) { try texts(text + ";\nCOMMIT AND NO CHAIN") }
    }

    @Test func `so it is where each statement is committed with its mark, unless DDL ends it`()
        throws
    {
        func problem(_ text: String) -> String { failure { try texts(text, on: .testMariaDB) } }
        for text in [
            "START TRANSACTION; DELETE FROM t", "BEGIN; COMMIT; BEGIN", "BEGIN; SET @a = 1",
            "BEGIN; CALL p()", "BEGIN; DELETE FROM t; SHOW TABLES",
        ] {
            #expect(
                problem(text).contains("opens a transaction that the file does not end"), "\(text)")
        }
        for text in [
            "BEGIN; CREATE TABLE t (a int)", "BEGIN; DELETE FROM t; TRUNCATE t", "BEGIN; END",
        ] {
            #expect(throws: Never.self) { try texts(text, on: .testMariaDB) }
        }
    }

    @Test(arguments: [
        ("BEGIN; INSERT INTO t VALUES (1); COMMIT", []),
        ("BEGIN; INSERT INTO t VALUES (1); CREATE TABLE u (a int); COMMIT", [0, 3]),
        ("BEGIN; COMMIT; START TRANSACTION; ALTER TABLE t ADD b int; ROLLBACK", [2, 4]),
        ("BEGIN; CREATE TEMPORARY TABLE u (a int); SET @a = 1; CALL p(); SHOW TABLES; COMMIT", []),
        ("BEGIN; RENAME USER a TO b; END; TRUNCATE t; BEGIN; TRUNCATE t; END", [0, 2, 4, 6]),
        // The second ends the first, and is one itself.
        ("BEGIN; DELETE FROM t; BEGIN; DELETE FROM t; COMMIT", [0]),
        ("CREATE TABLE u (a int); COMMIT; BEGIN; CREATE TABLE v (a int)", []),
    ])
    func `a transaction that a statement in it ends has brackets that hold nothing together`(
        _ text: String, _ expected: [Int]
    ) throws {
        func brackets(on dialect: Dialect) throws -> Set<Int> {
            let script = try Script(text, file: "x", rules: dialect.lexical)
            return BrokenTransactions(in: script.statements, on: dialect).brackets
        }
        #expect(try brackets(on: .testMariaDB) == Set(expected))
        #expect(try brackets(on: .testPostgres) == [])
    }

    @Test(arguments: [
        ("CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX CONCURRENTLY"),
        (
            "create unique index concurrently if not exists i on t (a)",
            "CREATE UNIQUE INDEX CONCURRENTLY"
        ),
        ("DROP INDEX CONCURRENTLY i", "DROP INDEX CONCURRENTLY"), ("VACUUM", "VACUUM"),
        ("VACUUM (FULL) t", "VACUUM"),
        ("REINDEX INDEX CONCURRENTLY i", "REINDEX CONCURRENTLY"),
        ("REINDEX (CONCURRENTLY) TABLE t", "REINDEX CONCURRENTLY"),
        ("CREATE DATABASE x", "CREATE DATABASE"), ("ALTER SYSTEM SET a = 1", "ALTER SYSTEM"),
        ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", "DETACH PARTITION CONCURRENTLY"),
        ("DISCARD ALL", "DISCARD ALL"), ("REINDEX DATABASE x", "REINDEX DATABASE"),
    ])
    func `what cannot run in a transaction is told to say so`(_ text: String, _ name: String) {
        #expect(
            failure { try texts(text) } == """
                1_a.sql:1:1 \(name) cannot run inside a transaction
                    \(text)
                    ^
                \(Self.alone)
                """)
        #expect(throws: Never.self) { try texts("-- bootstrap: no-transaction\n" + text) }
    }

    @Test func `what looks like it and is none passes`() throws {
        for text in [
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v", "CREATE INDEX concurrently_i ON t (a)",
            "PRAGMA foreign_keys", "PRAGMA defer_foreign_keys = ON", "PRAGMA foreign_key_check",
            "CREATE FUNCTION f() RETURNS void AS $$ BEGIN COMMIT; END $$ LANGUAGE plpgsql",
            "INSERT INTO log VALUES ('COMMIT; VACUUM')", "DISCARD TEMP",
        ] {
            #expect(try texts(text, on: .testPostgres) == [text])
        }
    }

    @Test func `pragmas that a transaction ignores are refused by name`() {
        #expect(
            failure { try texts("PRAGMA foreign_keys = OFF;", on: .testSQLite) } == """
                1_a.sql:1:1 PRAGMA foreign_keys has no effect inside a transaction
                    PRAGMA foreign_keys = OFF;
                    ^
                Next: Put the line `-- bootstrap: foreign-keys-off` at the top of the file instead.
                """)
        #expect(
            failure {
                try texts(
                    "-- bootstrap: foreign-keys-off\nPRAGMA foreign_keys(0);", on: .testSQLite)
            } == """
                1_a.sql:2:1 PRAGMA foreign_keys has no effect inside a transaction
                    PRAGMA foreign_keys(0);
                    ^
                Next: Delete it; `-- bootstrap: foreign-keys-off` does what it is for.
                """)
        #expect(
            failure { try texts("PRAGMA main.journal_mode=WAL;", on: .testSQLite) } == """
                1_a.sql:1:1 PRAGMA journal_mode has no effect inside a transaction
                    PRAGMA main.journal_mode=WAL;
                    ^
                \(Self.alone)
                """)
    }

    @Test(arguments: [
        ("XA START 'x'", "XA opens a transaction that the history's mark cannot be part of"),
        (
            "FLUSH TABLES WITH READ LOCK",
            "FLUSH TABLES WITH READ LOCK would keep the history's mark from being written"
        ),
        (
            "DO RELEASE_ALL_LOCKS()",
            "RELEASE_ALL_LOCKS() would give away the lock that keeps others from migrating"
        ),
        (
            "SET @@SESSION.SQL_LOG_BIN= 0",
            "SET sql_log_bin would keep the history's mark from the other servers"
        ),
        (
            "SET a = 1, wsrep_on := OFF",
            "SET wsrep_on would keep the history's mark from the other servers"
        ),
        (
            "SET SESSION TRANSACTION READ ONLY",
            "a transaction that only reads cannot hold the history's mark"
        ),
    ])
    func `what would make a mark untrue is refused where DDL commits`(
        _ text: String, _ headline: String
    ) {
        #expect(
            failure { try texts(text, on: .testMariaDB) } == """
                1_a.sql:1:1 \(headline)
                    \(text)
                    ^
                Next: Run it by hand, outside of the migrations, or delete it.
                """)
    }

    @Test func `where DDL commits, a file's own transactions stay`() throws {
        let text = [
            "START TRANSACTION", "INSERT INTO t VALUES (1)", "COMMIT", "SET @old = @@SQL_LOG_BIN",
        ]
        #expect(try texts(text.joined(separator: ";"), on: .testMariaDB) == text)
    }

    @Test func `plain statements leave the session as it is, others may not`() throws {
        func changes(_ text: String) throws -> Bool {
            try Script(text, file: "x", rules: .postgres).changesSession
        }
        for text in [
            "CREATE TABLE t (a int); INSERT INTO t VALUES (1)", "DROP TABLE t",
            "ALTER TABLE t ADD b int", "",
        ] {
            #expect(try !changes(text), "\(text)")
        }
        for text in [
            "SET a = 1", "CREATE TEMP TABLE t (a int)", "SELECT set_config('a', 'b', false)",
            "DO 'x'", "CALL p()",
            "INSERT INTO t SELECT pg_advisory_lock(1)", "PRAGMA x", "ATTACH 'x' AS y", "USE x",
            "LISTEN a", "/* x */ SET a = 1",
        ] {
            #expect(try changes(text), "\(text)")
        }
    }

    @Test func `one message holds what no data and no change of reading parts`() throws {
        func one(_ text: String) throws -> Bool {
            try Script(text, file: "x", rules: .postgres).isOneMessage
        }
        #expect(try one("SELECT 1; SET a = 1"))
        #expect(try !one("SET standard_conforming_strings = off; SELECT 1"))
        #expect(try !one("COPY t FROM stdin;\n\\.\n"))
    }
}
