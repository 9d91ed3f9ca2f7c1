import Testing

@testable import Bootstrap

@Suite struct SQLiteScriptTests {
    static let known: [Known] = [
        .whole("SELECT [a;b], `c;d`"), .whole("SELECT [a'b]"), .whole("SELECT 'a\\'"),
        .whole("CREATE TRIGGER t AFTER INSERT ON u BEGIN UPDATE a SET b = 1; DELETE FROM c; END"),
        .whole(
            "CREATE TEMP TRIGGER IF NOT EXISTS t AFTER INSERT ON u BEGIN SELECT CASE WHEN 1 THEN 2 END; END"
        ),
        .whole(
            "CREATE TEMPORARY TRIGGER t INSTEAD OF DELETE ON v FOR EACH ROW WHEN OLD.a > 1 BEGIN SELECT RAISE(ABORT, 'no;'); END"
        ),
        .whole(
            "create trigger t after update of \"end\" on u begin select end from u; /* ; end; */ end"
        ),
        Known(
            "CREATE TRIGGER t AFTER INSERT ON u BEGIN SELECT 1; END",
            "CREATE TRIGGER t AFTER INSERT ON u BEGIN SELECT 1; END"),
        Known("BEGIN; SELECT 1; END; SELECT 2", "BEGIN", "SELECT 1", "END", "SELECT 2"),
        Known("SELECT 1--1;\n;SELECT 2", "SELECT 1", "SELECT 2"),
        Known("SELECT :a, @b, $c, ?1; SELECT 2", "SELECT :a, @b, $c, ?1", "SELECT 2"),
        Known(
            "SELECT x'53', .5, 1.5e-3, 0x1F; SELECT 2", "SELECT x'53', .5, 1.5e-3, 0x1F", "SELECT 2"
        ),
        Known("SELECT '{\"a\":1}' ->> '$.a'; SELECT 2", "SELECT '{\"a\":1}' ->> '$.a'", "SELECT 2"),
    ]

    @Test(arguments: known)
    func `SQLite's statements`(_ known: Known) throws {
        #expect(try cut(known.script, .sqlite) == known.statements)
    }

    @Test func `what is not closed is named where it began`() {
        #expect(
            failure { try cut("SELECT 1;\nSELECT [a", .sqlite) } == """
                x.sql:2:8 a quoted name that begins here is not closed
                    SELECT [a
                           ^
                """)
        #expect(
            failure {
                try cut("-- x\n  CREATE TRIGGER t AFTER INSERT ON u BEGIN SELECT 1;", .sqlite)
            } == """
                x.sql:2:3 a body that begins here has no END
                      CREATE TRIGGER t AFTER INSERT ON u BEGIN SELECT 1;
                      ^
                """)
    }

    @Test func `commands of the shell are named`() {
        #expect(
            failure { try cut("SELECT 1;\n.tables\n", .sqlite) } == """
                x.sql:2:1 this line is a command of the sqlite3 shell, not SQL
                    .tables
                    ^
                """)
    }
}
