-- What the sqlite3 shell's .dump makes of shop.sql.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE customer (
    id INTEGER PRIMARY KEY,
    [full;name] TEXT NOT NULL DEFAULT 'no; name', -- a semicolon; and a quote '
    "größe;" REAL CHECK ("größe;" > 0),
    `note;` TEXT DEFAULT 'C:\', data TEXT DEFAULT '{"a;": 1}',
    stop TEXT AS (data ->> '$.a;')
);
INSERT INTO customer VALUES(1,'O''Brien;',1.5,'\','{"a;": 1}');
INSERT INTO customer VALUES(2,'🎉; 你好',5.0,X'3b','{"a;": 1}');
INSERT INTO customer VALUES(3,'--',31.0,'/*','{"a;": 1}');
INSERT INTO customer VALUES(4,'x',NULL,'C:\','{"a;": 1}');
INSERT INTO customer VALUES(5,'y;',NULL,'C:\','{"a;": 1}');
CREATE TABLE log (line TEXT, [it's] TEXT);
INSERT INTO log VALUES('a;',NULL);
INSERT INTO log VALUES('a;',NULL);
CREATE TRIGGER insert_customer AFTER INSERT ON customer
    WHEN CASE NEW.id WHEN 0 THEN 0 ELSE 1 END
BEGIN
    INSERT INTO log (line) SELECT CASE WHEN NEW.id > 1 THEN 'a;' ELSE 'END;' END; -- END;
    UPDATE log SET line = line || ';' WHERE line = 'b'; /* END; */
    SELECT RAISE(ABORT, 'no;') WHERE NEW.id < 0;
END
;
CREATE TRIGGER "end" after update of [full;name] on customer begin select 1; end;
CREATE VIEW named AS
    WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3)
    SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS [s;] FROM n;
CREATE UNIQUE INDEX [i;] ON log (line, [it's]) WHERE line <> ';';
COMMIT;
