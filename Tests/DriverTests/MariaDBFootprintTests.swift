#if MariaDB
import Bootstrap
import BootstrapTesting
import Testing

@testable import BootstrapMariaDB

/// The catalogue tells what became of a definition.
@Suite(.enabled(if: TestServer.mariaDB.reasonMissing == nil))
struct MariaDBFootprintTests {
    private static let setup = [
        "CREATE TABLE p (id int PRIMARY KEY)",
        "CREATE TABLE t (a int NOT NULL AUTO_INCREMENT PRIMARY KEY, b int, c varchar(10), KEY k (b))",
        "CREATE TABLE `u ü/=.x` (a int)", "CREATE TABLE child (id int, KEY i (id))",
        "CREATE TABLE parts (a int) PARTITION BY RANGE (a) "
            + "(PARTITION one VALUES LESS THAN (10), PARTITION two VALUES LESS THAN (20))",
        "CREATE VIEW v AS SELECT b FROM t", "CREATE PROCEDURE f() SELECT 1",
        "CREATE FUNCTION g() RETURNS int RETURN 1", "CREATE SEQUENCE s",
        "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.c = 'x'",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1", "INSERT INTO t (b) VALUES (1), (2)",
    ]

    /// A connection to a database with the objects of ``setup``.
    private func withObjects(_ body: (MariaDBConnection) throws -> Void) throws {
        try MariaDBConnectionTests.withConnection { connection, _ in
            try connection.runAll(Self.setup.map { Statement($0) })
            try body(connection)
        }
    }

    private func footprint(
        of sql: String, on connection: MariaDBConnection
    ) throws -> Footprint {
        try #require(connection.dialect.catalogue?.footprint(Statement(sql)))
    }

    private func state(
        _ footprint: Footprint, on connection: MariaDBConnection
    ) throws -> String {
        try #require(try connection.run("SELECT \(footprint.state)").first?.first?.text)
    }

    @Test(
        arguments: [
            "CREATE TABLE x (a int)", "CREATE TABLE `a b`.`c``d` (a int)", "CREATE TABLE x LIKE t",
            "CREATE TABLE x AS SELECT b FROM t", "CREATE INDEX j ON t (c)",
            "CREATE UNIQUE INDEX `j j` ON t (a, c)", "CREATE FULLTEXT INDEX j ON t (c)",
            "CREATE VIEW w AS SELECT 1",
            "CREATE ALGORITHM = MERGE DEFINER = CURRENT_USER SQL SECURITY INVOKER VIEW w AS SELECT b FROM t",
            "CREATE PROCEDURE x() SELECT 2", "CREATE FUNCTION x() RETURNS int RETURN 2",
            "CREATE TRIGGER x AFTER UPDATE ON t FOR EACH ROW SET @x = 1",
            "CREATE EVENT x ON SCHEDULE EVERY 1 DAY DO SELECT 2", "CREATE SEQUENCE x",
            "DROP TABLE p", "DROP TABLE p, parts", "DROP TABLE `u ü/=.x`", "DROP INDEX k ON t",
            "DROP VIEW v", "DROP PROCEDURE f", "DROP FUNCTION g", "DROP TRIGGER tr", "DROP EVENT e",
            "DROP SEQUENCE s", "ALTER TABLE t ADD d int", "ALTER TABLE t ADD COLUMN d int FIRST",
            "ALTER TABLE t DROP COLUMN c", "ALTER TABLE t MODIFY b bigint",
            "ALTER TABLE t ALTER COLUMN b SET DEFAULT 5", "ALTER TABLE t COMMENT 'other'",
            "ALTER TABLE t CHANGE b bb int", "ALTER TABLE t RENAME COLUMN b TO bb",
            "ALTER TABLE t RENAME INDEX k TO kk", "ALTER TABLE t DROP INDEX k",
            "ALTER TABLE t ADD INDEX j (c)", "ALTER TABLE t ADD CONSTRAINT q CHECK (b > 0)",
            "ALTER TABLE child ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES p (id)",
            "ALTER TABLE parts ADD PARTITION (PARTITION three VALUES LESS THAN (30))",
            "ALTER TABLE parts DROP PARTITION one", "ALTER TABLE parts REMOVE PARTITIONING",
            "ALTER TABLE parts REORGANIZE PARTITION one INTO "
                + "(PARTITION z VALUES LESS THAN (5), PARTITION y VALUES LESS THAN (10))",
            "ALTER TABLE t RENAME TO x", "ALTER TABLE t ADD d int, RENAME x",
            "ALTER ONLINE TABLE `u ü/=.x` ADD `d d` int", "ALTER EVENT e RENAME TO x",
            "RENAME TABLE t TO x", "RENAME TABLE t TO x, p TO t",
            "RENAME TABLE t TO x, p TO t, x TO p",
            "/*!50003 CREATE*/ /*!50020 DEFINER=CURRENT_USER*/ "
                + "/*!50003 TRIGGER x AFTER INSERT ON p FOR EACH ROW SET @a = 1 */",
        ])
    func `a definition is seen to be done or not done`(_ sql: String) throws {
        try withObjects { connection in
            if sql.contains("`a b`") {
                try connection.run("CREATE DATABASE IF NOT EXISTS `a b`")
                try connection.run("DROP TABLE IF EXISTS `a b`.`c``d`")
            }
            defer { if sql.contains("`a b`") { _ = try? connection.run("DROP DATABASE `a b`") } }
            let footprint = try footprint(of: sql, on: connection)
            let before = try state(footprint, on: connection)
            // Rows come and go while a migration waits to be resumed.
            try connection.run("INSERT INTO t (b) VALUES (1), (2), (3)")
            #expect(footprint.judge(before, try state(footprint, on: connection)) == .untouched)
            try connection.run(sql)
            #expect(footprint.judge(before, try state(footprint, on: connection)) == .done)
            let others = try #require(connection.dialect.catalogue?.others(before, []))
            #expect(others.judge(before, try state(others, on: connection)) == .unknown(""))
            let now = try state(footprint, on: connection)
            let again = try #require(connection.dialect.catalogue?.others(now, []))
            #expect(again.judge(now, try state(again, on: connection)) == .untouched)
        }
    }

    @Test(
        arguments: [
            "CREATE TABLE IF NOT EXISTS x (a int)", "TRUNCATE t", "INSERT INTO t VALUES (1)",
            "ALTER TABLE parts EXCHANGE PARTITION one WITH TABLE p",
            "ALTER TABLE t ENGINE = InnoDB",
            "CREATE FUNCTION lib RETURNS INTEGER SONAME 'lib.so'",
            "CREATE SERVER x FOREIGN DATA WRAPPER y",
            "CALL f()", "ALTER TABLE t ORDER BY b", "CREATE USER x",
        ])
    func `what the catalogue does not show, or can be run again, has no footprint`(
        _ sql: String
    ) throws {
        #expect(MariaDBDriver.dialect.catalogue?.footprint(Statement(sql)) == nil)
    }

    @Test func `a definer may be called like a kind of object`() {
        let view = MariaDBEffect(
            "CREATE DEFINER = `event`@`%` SQL SECURITY INVOKER VIEW w AS SELECT 1", .mariaDB)
        #expect(view == .creates(MariaDBObject(.relation, .init(name: "w"))))
        let trigger = MariaDBEffect(
            "CREATE DEFINER=table@localhost TRIGGER d.x AFTER INSERT ON p FOR EACH ROW SET @a = 1",
            .mariaDB)
        #expect(trigger == .creates(MariaDBObject(.trigger, .init(database: "d", name: "x"))))
    }

    /// A table of another database that is being defined just then would fail the mark, and thousands
    /// of them would take seconds to open.
    @Test(
        arguments: [
            "CREATE TABLE x (a int)", "DROP VIEW v", "ALTER TABLE t ADD d int",
            "RENAME TABLE t TO x", "CREATE INDEX j ON t (c)", "DROP TRIGGER tr",
            "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET @a = 1", "DROP PROCEDURE f",
            "DROP EVENT e",
        ])
    func `no look goes through all databases of the server`(_ sql: String) throws {
        try withObjects { connection in
            let state = try footprint(of: sql, on: connection).state
            let plan = try connection.run("EXPLAIN SELECT \(state)")
            let extras = plan.compactMap { $0.last?.text }
            #expect(!extras.contains { $0.contains("Scanned all databases") }, "\(extras)")
        }
    }

    @Test func `a table that is being defined elsewhere is waited for`() {
        #expect(DatabaseError.mariaDB(1684, "", during: .connected).kind == .busy)
    }

    @Test func `only what a server's catalogue has is asked for`() {
        func text(_ isMariaDB: Bool, _ version: [Int]) -> String {
            let views = MariaDBViews(isMariaDB: isMariaDB, version: version)
            let effect = MariaDBEffect("ALTER TABLE t ADD b int", isMariaDB ? .mariaDB : .mySQL)
            return effect?.footprint(in: views).state ?? ""
        }
        #expect(!text(true, [10, 1]).contains("check_constraints"))
        #expect(text(true, [10, 11, 6]).contains("check_constraints"))
        #expect(!text(true, [12, 0]).contains("is_visible"))
        #expect(!text(false, [5, 7, 44]).contains("check_constraints"))
        #expect(!text(false, [8, 0, 12]).contains("is_visible"))
        #expect(text(false, [8, 0, 36]).contains("JOIN information_schema.table_constraints"))
        #expect(text(false, [9, 0]).contains("is_visible"))
    }

    @Test func `a DROP that went half its way is finished by what is left of it`() throws {
        try withObjects { connection in
            let sql = "DROP TABLE p, `u ü/=.x`, parts"
            let footprint = try footprint(of: sql, on: connection)
            let before = try state(footprint, on: connection)
            try connection.run("DROP TABLE p")
            let half = try state(footprint, on: connection)
            guard case .partly(let rest) = footprint.judge(before, half) else {
                Issue.record("\(footprint.judge(before, half))")
                return
            }
            #expect(rest == "DROP TABLE IF EXISTS `p`, `u ü/=.x`, `parts`")
            // A second crash, before or behind what was left.
            #expect(footprint.judge(half, half) == .partly(rest: rest))
            try connection.run(rest)
            #expect(footprint.judge(before, try state(footprint, on: connection)) == .done)
            #expect(footprint.judge(half, try state(footprint, on: connection)) == .done)
        }
    }

    @Test func `equal tables that change places are not told apart`() throws {
        try withObjects { connection in
            try connection.runAll(
                ["CREATE TABLE a (x int)", "CREATE TABLE b (x int)"].map { Statement($0) })
            let sql = "RENAME TABLE a TO c, b TO a, c TO b"
            let footprint = try footprint(of: sql, on: connection)
            let before = try state(footprint, on: connection)
            #expect(
                footprint.judge(before, before)
                    == .unknown(
                        "`a`, `c`, `b` have the same definition, so that nothing shows whether they "
                            + "have changed places."))
        }
    }

    @Test func `what somebody else has done meanwhile is not taken for the statement's effect`()
        throws
    {
        try withObjects { connection in
            let created = try footprint(of: "CREATE TABLE t (a int)", on: connection)
            let before = try state(created, on: connection)
            let renamed = try footprint(of: "RENAME TABLE t TO x, p TO y", on: connection)
            let names = try state(renamed, on: connection)
            try connection.run("DROP TABLE t")
            #expect(
                created.judge(before, try state(created, on: connection))
                    == .unknown("`t` was there and is gone."))
            #expect(
                renamed.judge(names, try state(renamed, on: connection))
                    == .unknown(
                        "`t`, `x`, `p`, `y` are neither as before it nor as it would have left them."
                    ))
            #expect(
                created.judge("", try state(created, on: connection))
                    == .unknown("What was there before it is not known."))
        }
    }
}
#endif
