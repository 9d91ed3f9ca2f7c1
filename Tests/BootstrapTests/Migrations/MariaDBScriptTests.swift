import Testing

@testable import Bootstrap

@Suite struct MariaDBScriptTests {
    static let known: [Known] = [
        .whole("SELECT 'a\\';b', \"c\\\";d\""), .whole("SELECT `a;b`"), .whole("SELECT `a``;b`"),
        .whole("SELECT `a\\`, 'b'"),
        Known("SELECT 1; # it's; a comment\nSELECT 2", "SELECT 1", "SELECT 2"),
        Known("SELECT 1--1;SELECT 2", "SELECT 1--1", "SELECT 2"),
        Known("SELECT 1 --\t;\n;SELECT 2--", "SELECT 1", "SELECT 2"),
        Known(
            "/*!40101 SET NAMES utf8 */;\n/*!50003 SELECT ';' */;",
            "/*!40101 SET NAMES utf8 */", "/*!50003 SELECT ';' */"),
        Known("/*!999999\\- enable the sandbox mode */\n-- dump\nSELECT 1;", "SELECT 1"),
        .whole("SELECT /*! 1, /* ; */ 2 */ + 3"),
        .whole("CREATE TABLE t (a int) /*!50100 PARTITION BY HASH (a) */"),
        Known(
            "DELIMITER //\nSELECT 1;\nSELECT 2//\nDELIMITER ;\nSELECT 3;",
            "SELECT 1", "SELECT 2", "SELECT 3"),
        Known(
            "delimiter $$\nCREATE PROCEDURE p() BEGIN SELECT 1; END$$\n\n  Delimiter ;\nSELECT 2;",
            "CREATE PROCEDURE p() BEGIN SELECT 1; END", "SELECT 2"),
        Known(
            "DELIMITER ;;\nCREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW SET NEW.a = 1 ;;\nDELIMITER ;\n",
            "CREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW SET NEW.a = 1"),
        Known(
            "DELIMITER //\nDROP PROCEDURE IF EXISTS p;\nCREATE PROCEDURE p() BEGIN SELECT '//'; END;\n//",
            "DROP PROCEDURE IF EXISTS p", "CREATE PROCEDURE p() BEGIN SELECT '//'; END"),
        Known("DELIMITER //\r\nSELECT 1//\r\nDELIMITER ;\r\nSELECT 2;", "SELECT 1", "SELECT 2"),
        Known("DELIMITER go\nSELECT 1 go\nSELECT 2\ngo\n", "SELECT 1", "SELECT 2"),
        Known(
            "SET sql_mode = 'NO_BACKSLASH_ESCAPES'; SELECT '\\'; SELECT 2",
            "SET sql_mode = 'NO_BACKSLASH_ESCAPES'", "SELECT '\\'", "SELECT 2"),
        Known(
            "START TRANSACTION; UPDATE t SET a = 1; COMMIT", "START TRANSACTION",
            "UPDATE t SET a = 1", "COMMIT"),
        Known("BEGIN WORK; SELECT 1; END", "BEGIN WORK", "SELECT 1", "END"),
        Known("XA BEGIN 'x'; SELECT 1", "XA BEGIN 'x'", "SELECT 1"),
        Known(
            "CREATE FUNCTION f RETURNS STRING SONAME 'x.so'; SELECT 1",
            "CREATE FUNCTION f RETURNS STRING SONAME 'x.so'", "SELECT 1"),
        Known(
            "CREATE PROCEDURE p() SELECT IF(1, 2, 3); SELECT 2",
            "CREATE PROCEDURE p() SELECT IF(1, 2, 3)", "SELECT 2"),
        Known(
            "CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN CASE a WHEN 1 THEN 2 ELSE 3 END; SELECT 2",
            "CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN CASE a WHEN 1 THEN 2 ELSE 3 END",
            "SELECT 2"),
        Known(
            "DROP PROCEDURE IF EXISTS p; DROP TRIGGER t; SELECT 2",
            "DROP PROCEDURE IF EXISTS p", "DROP TRIGGER t", "SELECT 2"),
        Known(
            "ALTER EVENT e DISABLE; ALTER PROCEDURE p COMMENT 'x'; SELECT 1",
            "ALTER EVENT e DISABLE", "ALTER PROCEDURE p COMMENT 'x'", "SELECT 1"),
        Known(
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t; SELECT 1",
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t", "SELECT 1"),
    ]

    /// Bodies as they stand in files that their own tools send whole.
    static let bodies: [String] = [
        "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END",
        "CREATE DEFINER=`root`@`localhost` PROCEDURE IF NOT EXISTS `p`(IN a INT, OUT b VARCHAR(10)) BEGIN SET b = a; END",
        "CREATE OR REPLACE DEFINER=CURRENT_USER() FUNCTION f() RETURNS VARCHAR(10) CHARACTER SET utf8mb4 NOT DETERMINISTIC BEGIN RETURN ';'; END",
        "CREATE FUNCTION f(x SET('a','b')) RETURNS SET('a','b') BEGIN RETURN x; END",
        "CREATE TRIGGER t AFTER UPDATE ON u FOR EACH ROW BEGIN IF NEW.a <> OLD.a THEN INSERT INTO l VALUES (1); END IF; END",
        "CREATE TRIGGER t AFTER UPDATE ON u FOR EACH ROW FOLLOWS s IF NEW.a THEN SET @x = 1; ELSE SET @x = 2; END IF",
        "CREATE PROCEDURE p() IF 1 THEN SELECT 1; ELSEIF 2 THEN SELECT 2; ELSE SELECT 3; END IF",
        "CREATE PROCEDURE p() outer_one: BEGIN inner_one: LOOP SET @a = @a + 1; IF @a > 5 THEN LEAVE inner_one; END IF; END LOOP inner_one; END outer_one",
        "CREATE PROCEDURE p() BEGIN WHILE i < 5 DO SET i = i + 1; END WHILE; REPEAT SET i = REPEAT('x', 2); UNTIL i > 9 END REPEAT; END",
        "CREATE PROCEDURE p() BEGIN DECLARE done INT DEFAULT 0; DECLARE c CURSOR FOR SELECT id FROM t; DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1; OPEN c; CLOSE c; END",
        "CREATE PROCEDURE p() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLSTATE '23000', 1062 BEGIN ROLLBACK; RESIGNAL; END; START TRANSACTION; COMMIT; END",
        "CREATE PROCEDURE p() BEGIN DECLARE CONTINUE HANDLER FOR 1062 SET x = IF(a, b, c); SELECT 1; END",
        "CREATE PROCEDURE p() BEGIN CASE x WHEN 1 THEN SELECT 1; ELSE BEGIN END; END CASE; SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END ELSE 3 END; END",
        "CREATE PROCEDURE p() BEGIN SELECT begin, end, t.end, `end` FROM t; SELECT MAX(end) FROM t WHERE end > 1; END",
        "CREATE PROCEDURE p() BEGIN IF EXISTS (SELECT 1 FROM t) THEN DROP TABLE IF EXISTS t; END IF; CREATE TABLE IF NOT EXISTS u (a int); END",
        "CREATE PROCEDURE p() BEGIN IF (a > b) THEN SET c = IF(a, 1, 2); END IF; END",
        "CREATE PROCEDURE p() BEGIN FOR i IN 1..3 DO INSERT INTO t VALUES (i); END FOR; END",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2024-01-01' ON COMPLETION PRESERVE DO BEGIN DELETE FROM a; DELETE FROM b; END",
        "ALTER DEFINER=x EVENT e DO BEGIN DELETE FROM a; DELETE FROM b; END",
        "BEGIN NOT ATOMIC DECLARE x INT; SET x = 1; IF x THEN SELECT 1; END IF; END",
        "IF 1 = 1 THEN SELECT 1; SELECT 2; END IF",
        "again: WHILE 1 DO SELECT 1; LEAVE again; END WHILE again",
        "CREATE PROCEDURE p() BEGIN SELECT 1; /* END; */ -- END;\n # END;\n SELECT 'END;'; END",
        "CREATE PROCEDURE p() BEGIN SELECT * FROM t FOR UPDATE; INSERT INTO a SELECT 1 ON DUPLICATE KEY UPDATE b = VALUES(b); END",
        "CREATE AGGREGATE FUNCTION f(x INT) RETURNS INT BEGIN DECLARE s INT DEFAULT 0; DECLARE CONTINUE HANDLER FOR NOT FOUND RETURN s; LOOP FETCH GROUP NEXT ROW; SET s = s + x; END LOOP; END",
        "/*!50003 CREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW BEGIN SET NEW.a = 1; SET NEW.b = 2; END */",
        "CREATE PROCEDURE p() BEGIN IF a THEN BEGIN IF b THEN SELECT 1; END IF; END; ELSE IF c THEN SELECT 2; END IF; END IF; END",
        "CREATE PROCEDURE p() BEGIN IF CASE a WHEN 1 THEN b ELSE c END THEN SELECT 1; END IF; END",
        "CREATE PROCEDURE p() READS SQL DATA SQL SECURITY INVOKER COMMENT 'BEGIN;' BEGIN SELECT 1; END",
    ]

    @Test(arguments: known)
    func `MariaDB's statements`(_ known: Known) throws {
        #expect(try cut(known.script, .mariadb) == known.statements)
    }

    @Test(arguments: bodies)
    func `bodies need no DELIMITER`(_ body: String) throws {
        let known = Known.whole(body)
        #expect(try cut(known.script, .mariadb) == known.statements)
    }

    @Test(arguments: bodies)
    func `bodies between DELIMITER lines are the same`(_ body: String) throws {
        let script = "DELIMITER //\n\(body) //\nDELIMITER ;\nSELECT 'next';"
        #expect(try cut(script, .mariadb) == [body, "SELECT 'next'"])
    }

    @Test func `MariaDB's own comments are none of MySQL's`() throws {
        #expect(try cut("/*M!100100 SELECT 1 */;", .mariadb) == ["/*M!100100 SELECT 1 */"])
        #expect(try cut("/*M!100100 SELECT 1 */;", .mysql).isEmpty)
    }

    @Test func `what is not closed is named where it began`() {
        #expect(
            failure { try cut("SELECT 'a\\';", .mariadb) } == """
                x.sql:1:8 a string that begins here is not closed
                    SELECT 'a\\';
                           ^
                """)
        #expect(
            failure { try cut("SELECT 1;\n/*!50000 SELECT 2;", .mariadb) } == """
                x.sql:2:1 a comment that begins here is not closed
                    /*!50000 SELECT 2;
                    ^
                """)
        #expect(
            failure { try cut("CREATE PROCEDURE p()\nBEGIN IF a THEN SELECT 1; END;", .mariadb) }
                == """
                x.sql:2:1 a body that begins here has no END
                    BEGIN IF a THEN SELECT 1; END;
                    ^
                """)
        #expect(
            failure { try cut("DELIMITER \nSELECT 1", .mariadb) } == """
                x.sql:1:1 DELIMITER needs something to end statements with
                    DELIMITER
                    ^
                """)
    }
}
