#if MariaDB
import Bootstrap
import BootstrapTesting
import Testing

@testable import BootstrapMariaDB

/// An error that is said to prove that nothing has happened: nothing has.
@Suite(.enabled(if: TestServer.mariaDB.reasonMissing == nil))
struct MariaDBEffectsTests {
    private static let setup = [
        "CREATE TABLE p (id int PRIMARY KEY)",
        "CREATE TABLE t (a int, b int, c text, KEY k (a))",
        "INSERT INTO t VALUES (1, 1, 'x'), (1, NULL, 'y')",
        "CREATE VIEW v AS SELECT a FROM t", "CREATE PROCEDURE f() SELECT 1",
    ]

    /// Everything that a definition can change in a database.
    private static let objects = """
        SELECT 't', table_name, table_type, '' FROM information_schema.tables
          WHERE table_schema = DATABASE()
        UNION ALL SELECT 'c', table_name, column_name, column_type
          FROM information_schema.columns WHERE table_schema = DATABASE()
        UNION ALL SELECT 'i', table_name, index_name, column_name
          FROM information_schema.statistics WHERE table_schema = DATABASE()
        UNION ALL SELECT 'f', table_name, constraint_name, constraint_type
          FROM information_schema.table_constraints WHERE table_schema = DATABASE()
        UNION ALL SELECT 'r', routine_name, routine_type, '' FROM information_schema.routines
          WHERE routine_schema = DATABASE()
        ORDER BY 1, 2, 3, 4
        """

    /// The error of `sql`, and whether the database is as it was.
    private func outcome(_ sql: String) throws -> (DatabaseError?, isUnchanged: Bool) {
        try MariaDBConnectionTests.withConnection { connection, _ in
            try connection.runAll(Self.setup.map { Statement($0) })
            let before = try connection.run(Self.objects)
            var found: DatabaseError?
            do throws(BatchError) {
                try connection.runAll([Statement("SELECT 1"), Statement(sql)])
            } catch {
                found = error.error
            }
            return (found, try connection.run(Self.objects) == before)
        }
    }

    @Test(
        arguments: [
            ("CREAT TABLE x (a int)", "1064"), ("CREATE TABLE x (a intt)", "4161"),
            ("CREATE TABLE t (a int)", "1050"), ("CREATE TABLE x (a int, a int)", "1060"),
            ("CREATE TABLE x (a int, PRIMARY KEY (b))", "1072"),
            ("CREATE TABLE x (a int) ENGINE = Nonsense", "1286"),
            ("CREATE TABLE x (a int REFERENCES nowhere (id)) ENGINE = InnoDB", "1005"),
            ("CREATE INDEX k ON t (b)", "1061"), ("CREATE INDEX j ON nowhere (a)", "1146"),
            ("CREATE INDEX j ON t (nothing)", "1072"),
            ("CREATE TABLE x (a text PRIMARY KEY)", "1170"),
            ("CREATE UNIQUE INDEX j ON t (a)", "1062"),
            ("CREATE VIEW w AS SELECT nothing FROM t", "1054"),
            ("CREATE VIEW v AS SELECT 1", "1050"),
            ("CREATE PROCEDURE f() SELECT 2", "1304"),
            ("CREATE TRIGGER g BEFORE INSERT ON nowhere FOR EACH ROW SET @x = 1", "1146"),
            ("ALTER TABLE nowhere ADD d int", "1146"),
            ("ALTER TABLE t ADD d int, ADD a int", "1060"),
            ("ALTER TABLE t ADD d int, DROP nothing", "1091"),
            ("ALTER TABLE t ADD d int, MODIFY b int NOT NULL", "1265"),
            ("ALTER TABLE t ADD d int, ADD FOREIGN KEY (a) REFERENCES p (id)", "1452"),
            ("RENAME TABLE p TO q, nowhere TO r", "1146"), ("RENAME TABLE p TO t", "1050"),
            ("DROP TABLE nowhere", "1051"), ("DROP INDEX nothing ON t", "1091"),
            ("DROP VIEW nowhere", "4092"), ("DROP PROCEDURE nothing", "1305"),
        ])
    func `an error found before anything was written, or undone as a whole, says so truly`(
        _ sql: String, _ code: String
    ) throws {
        let (error, isUnchanged) = try outcome(sql)
        #expect(error?.code == code)
        #expect(error?.isWithoutEffect == true)
        #expect(isUnchanged)
    }

    @Test func `the error of a statement that works step by step proves nothing`() throws {
        let (error, isUnchanged) = try outcome("DROP TABLE p, nowhere")
        #expect(error?.code == "1051")
        #expect(error?.isWithoutEffect == false)
        #expect(!isUnchanged)
        for sql in [
            "CREATE TABLE x (a int PRIMARY KEY) SELECT a FROM t",
            "EXECUTE IMMEDIATE 'nonsense'",
            "CREATE TABLE x AS select nothing FROM t", "CALL nothing()",
            "BEGIN NOT ATOMIC DROP TABLE p; SELECT nothing; END",
        ] {
            #expect(try outcome(sql).0?.isWithoutEffect == false, "\(sql)")
        }
    }
}
#endif
