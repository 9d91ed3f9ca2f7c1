import Testing

@testable import Bootstrap

/// Which scripts take no time however much the database holds, so that they may share a commit.
@Suite struct DefinitionsTests {
    private func definesOnly(_ text: String) throws -> Bool {
        try Script(text, file: "x.sql", rules: .sqlite).definesOnly(.sqlite)
    }

    @Test(arguments: [
        "CREATE TABLE t (a int)", "create table if not exists t (a int)",
        "-- a note\nCREATE TABLE t (a int);\nCREATE INDEX i ON t (a);",
        "CREATE TABLE \"t\" (a int); CREATE UNIQUE INDEX IF NOT EXISTS \"on\" ON T (a)",
        "CREATE TABLE main.t (a int); CREATE INDEX main.i ON [t] (a)",
        "CREATE VIEW v AS SELECT * FROM t", "CREATE TABLE t (\"as\" int DEFAULT 'as')",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM u; END",
    ])
    func `definitions that read no row take no time`(_ text: String) throws {
        #expect(try definesOnly(text))
    }

    @Test(arguments: [
        "", "-- nothing", "INSERT INTO t VALUES (1)", "CREATE TABLE t AS SELECT * FROM u",
        "CREATE TABLE t SELECT * FROM u", "CREATE TABLE t (a int) TABLE u",
        "CREATE TABLE p PARTITION OF t FOR VALUES IN (1)", "CREATE OR REPLACE TABLE t (a int)",
        "CREATE TABLE t (a int); INSERT INTO t VALUES (1)", "CREATE INDEX i ON t (a)",
        "CREATE TABLE u (a int); CREATE INDEX i ON t (a)",
        // The table may be there already, with all its rows.
        "CREATE TABLE IF NOT EXISTS t (a int); CREATE INDEX i ON t (a)",
        "CREATE VIRTUAL TABLE t USING fts5 (a)",
        "ALTER TABLE t ADD COLUMN a int NOT NULL DEFAULT 1",
        "DROP TABLE t", "CREATE TEMPORARY TABLE t (a int)", "PRAGMA optimize",
        "WITH a AS (SELECT 1) SELECT 1",
        "CREATE", "CREATE TABLE", "CREATE UNIQUE", "CREATE INDEX i",
    ])
    func `all else may take its time`(_ text: String) throws {
        #expect(try !definesOnly(text))
    }
}
