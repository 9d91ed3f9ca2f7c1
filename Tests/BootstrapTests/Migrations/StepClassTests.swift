import Testing

@testable import Bootstrap

@Suite struct StepClassTests {
    static let table: [(StepClass, [String])] = [
        (
            .transactional,
            [
                "INSERT INTO t VALUES (1)", "UPDATE t SET a = 1", "DELETE FROM t",
                "REPLACE INTO t VALUES (1)",
                "LOAD DATA LOCAL INFILE 'x' INTO TABLE t", "INSERT INTO t SELECT * FROM u",
                "SELECT 1 INTO @v",
                "DO 1", "WITH a AS (SELECT 1) SELECT * FROM a", "/* x */ INSERT INTO t VALUES (1)",
            ]
        ),
        (
            .definition,
            [
                "CREATE TABLE t (a int)", "CREATE TABLE t AS SELECT 1", "CREATE TABLE t LIKE u",
                "ALTER TABLE t ADD a int",
                "DROP TABLE t", "CREATE UNIQUE INDEX i ON t (a)", "DROP INDEX i ON t",
                "CREATE VIEW v AS SELECT 1",
                "CREATE DEFINER=`a`@`b` SQL SECURITY DEFINER VIEW v AS SELECT 1",
                "CREATE DEFINER=a@b TRIGGER t BEFORE INSERT ON u FOR EACH ROW SET @a = 1",
                "CREATE PROCEDURE p() BEGIN DROP TABLE IF EXISTS t; END", "CREATE SEQUENCE s",
                "CREATE DATABASE d",
                "RENAME TABLE a TO b",
                "ALTER TABLE t ADD PARTITION (PARTITION p VALUES LESS THAN (1))",
                "ALTER TABLE t DROP PARTITION p",
                "ALTER TABLE `t` ENGINE=InnoDB, ADD a int", "ALTER TABLE t ADD b int FIRST",
                "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t",
                "ALTER TABLE t REORGANIZE PARTITION p INTO (PARTITION q VALUES LESS THAN (2))",
                "DROP VIEW v", "DROP TRIGGER t", "ALTER VIEW v AS SELECT 2",
            ]
        ),
        (
            .repeatable,
            [
                "CREATE TABLE IF NOT EXISTS t (a int)", "DROP TABLE IF EXISTS t",
                "CREATE OR REPLACE VIEW v AS SELECT 1", "CREATE OR REPLACE TABLE t AS SELECT 1",
                "CREATE OR REPLACE PROCEDURE p() SELECT 1", "TRUNCATE t", "TRUNCATE TABLE t",
                "ANALYZE TABLE t", "OPTIMIZE TABLE t", "CHECK TABLE t",
                "REPAIR TABLE t", "FLUSH PRIVILEGES", "ALTER TABLE t ENGINE=InnoDB",
                "ALTER TABLE `t` FORCE", "ALTER TABLE t ROW_FORMAT=DYNAMIC",
                "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                "ALTER TABLE t AUTO_INCREMENT=5", "ALTER TABLE t TRUNCATE PARTITION p",
                "GRANT SELECT ON t TO u", "REVOKE SELECT ON t FROM u", "ALTER USER u ACCOUNT LOCK",
                "SET PASSWORD FOR u = 'x'", "CREATE USER u", "DROP USER u",
                "CREATE ROLE r", "DROP DATABASE d", "ALTER DATABASE d CHARACTER SET utf8mb4",
                "SHOW TABLES",
            ]
        ),
        (
            .session,
            [
                "SET a = 1", "SET SESSION a = 1", "SET NAMES utf8mb4", "SET @v = 1", "USE d",
                "PREPARE s FROM 'SELECT 1'", "DEALLOCATE PREPARE s",
                "DROP PREPARE s", "CREATE TEMPORARY TABLE t (a int)",
                "CREATE OR REPLACE TEMPORARY TABLE t (a int)", "DROP TEMPORARY TABLE t",
                "LOCK TABLES t WRITE", "UNLOCK TABLES", "/*!40101 SET NAMES utf8 */",
                "SET autocommit = 0",
            ]
        ),
        (
            .control,
            [
                "BEGIN", "START TRANSACTION", "COMMIT", "ROLLBACK", "SAVEPOINT a", "ROLLBACK TO a",
                "RELEASE SAVEPOINT a",
            ]
        ),
        (.call, ["CALL p()"]),
        (
            .undecidable,
            [
                "ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u",
                "ALTER TABLE t DISCARD TABLESPACE", "ALTER TABLE t IMPORT TABLESPACE",
                "ALTER TABLE t ORDER BY a", "EXECUTE s", "EXECUTE IMMEDIATE 'x'",
                "BEGIN NOT ATOMIC SELECT 1; END", "SET GLOBAL a = 1",
                "SET @@GLOBAL.a = 1", "INSTALL PLUGIN p SONAME 'x'", "SHUTDOWN",
                "RENAME USER a TO b", "IF 1 THEN SELECT 1; END IF",
                "SELECT 1 INTO OUTFILE 'x'", "KILL 5", "SOMETHING NEW",
                "SET STATEMENT a = 1 FOR DROP TABLE t",
            ]
        ),
    ]

    @Test(arguments: table)
    func `each statement has the class that its crash needs`(
        _ expected: StepClass, _ statements: [String]
    ) {
        for text in statements {
            #expect(Statement(text).stepClass(.mariadb) == expected, "\(text)")
        }
    }

    @Test func `what reads the session's state is known`() {
        for text in [
            "INSERT INTO t VALUES (LAST_INSERT_ID())", "UPDATE t SET a = @v", "SELECT ROW_COUNT()",
            "SELECT @`v`",
        ] {
            #expect(Statement(text).readsSession(.mariadb), "\(text)")
        }
        for text in ["SELECT @@version", "INSERT INTO t VALUES ('@v')", "UPDATE t SET a = 1"] {
            #expect(!Statement(text).readsSession(.mariadb), "\(text)")
        }
    }
}
