-- A shop's schema, written by hand; it's full of what misleads a scanner: ; ' `
# so is this; it's
/* and this; /* it does not nest */
CREATE TABLE customer (
    id int AUTO_INCREMENT PRIMARY KEY,
    `full;``name` varchar(50) NOT NULL DEFAULT 'no\'; name', -- a semicolon; and a quote '
    größe decimal(4, 1) CHECK (größe > 0), # another ' "
    note text DEFAULT "a \"string\"; it's",
    begin int DEFAULT (5--1),
    end int DEFAULT 1, delimiter varchar(3) DEFAULT ';'
) /*!50100 COMMENT = 'customers; all of them' */ DEFAULT CHARSET = utf8mb4;

CREATE TABLE log (line text) DEFAULT CHARSET = utf8mb4;

INSERT INTO customer (`full;``name`, größe, note, delimiter) VALUES
    ('O''Brien;', 1.5, 'a\\', '//'), (_utf8mb4'b;', 2, "C:\\", '$$'), ('c' 'd;', 3, '\'', ';;');
SET @'a;b' = 'x;'; INSERT INTO log VALUES (@'a;b'), (REPEAT('y;', 2)), (IF(1, ';', '')); 
CREATE OR REPLACE VIEW named AS SELECT begin, end, CASE WHEN end > 1 THEN 'a;' ELSE 'b' END AS size FROM customer;

SET @old_mode = @@sql_mode, sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES';
CREATE TABLE "quoted;" ("a\" int, b varchar(9) DEFAULT '\');
SET sql_mode = @old_mode;
INSERT INTO `quoted;` VALUES (1, "\";");

DELIMITER //
CREATE PROCEDURE fill(IN begin INT, OUT end INT)
    COMMENT 'BEGIN; it''s' READS SQL DATA
main: BEGIN
    DECLARE done, i INT DEFAULT 0;
    DECLARE handler VARCHAR(9) DEFAULT CASE WHEN 1 THEN ';' END;
    DECLARE busy CONDITION FOR SQLSTATE '45000';
    DECLARE c CURSOR FOR SELECT id FROM customer FOR UPDATE;
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION, busy BEGIN
        GET DIAGNOSTICS CONDITION 1 @text = MESSAGE_TEXT;
        RESIGNAL;
    END;
    IF begin < 0 THEN LEAVE main; ELSEIF begin = 0 THEN SET end = 0; ELSE
        CASE begin
            WHEN 1 THEN SET end = CASE begin WHEN 1 THEN 2 ELSE end END;
            ELSE BEGIN END;
        END CASE;
    END IF;
    OPEN c;
    `next;row`: LOOP
        FETCH c INTO i;
        IF done THEN LEAVE `next;row`; END IF;
    END LOOP `next;row`;
    CLOSE c;
    WHILE i > 9 DO SET i = i - 1; END WHILE;
    REPEAT SET i = LENGTH(REPEAT('a;', 2)) + i; UNTIL i > IF(end, 3, 4) END REPEAT;
    FOR n IN 1..2 DO INSERT INTO log VALUES (n); END FOR; -- END;
    INSERT INTO log SELECT end AS end FROM customer WHERE end = end ORDER BY end;
    SELECT CASE WHEN end THEN end END end INTO @x FROM customer LIMIT 1; # END;
END main //
CREATE FUNCTION twice(a INT) RETURNS VARCHAR(20) CHARSET utf8mb4 DETERMINISTIC
    RETURN CASE a WHEN 1 THEN CONCAT(a, ';') ELSE REPEAT('//', 2) END;
//
CREATE TRIGGER before_log BEFORE INSERT ON log FOR EACH ROW
    IF NEW.line = 'no' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no;'; END IF//
CREATE TRIGGER then_log BEFORE INSERT ON log FOR EACH ROW FOLLOWS before_log
BEGIN
    SET NEW.line = CONCAT(NEW.line, '.'); SET @last = NEW.line;
END//
CREATE EVENT daily ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE
    COMMENT 'DO BEGIN' DO BEGIN DELETE FROM log; DELETE FROM log WHERE line = ';'; END//
CREATE EVENT once ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE DO DELETE FROM log//
BEGIN NOT ATOMIC
    DECLARE x INT DEFAULT 3;
    IF x THEN INSERT INTO log VALUES (x); END IF;
END//
CREATE DEFINER = CURRENT_USER PROCEDURE last_one() INSERT INTO log VALUES ('one;')//
DELIMITER ;

CALL fill(1, @end); CALL last_one;
BEGIN; INSERT INTO log VALUES ('in a transaction;'); COMMIT;
INSERT INTO log VALUES ('the end; without a semicolon')