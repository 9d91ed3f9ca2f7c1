-- A shop's schema, written by hand; it's full of what misleads a scanner: ; ' [
PRAGMA foreign_keys = OFF;
/* and this; it does not /* nest */
CREATE TABLE customer (
    id INTEGER PRIMARY KEY,
    [full;name] TEXT NOT NULL DEFAULT 'no; name', -- a semicolon; and a quote '
    "größe;" REAL CHECK ("größe;" > 0),
    `note;` TEXT DEFAULT 'C:\', data TEXT DEFAULT '{"a;": 1}',
    stop TEXT AS (data ->> '$.a;')
);
CREATE TABLE log (line TEXT, [it's] TEXT);
INSERT INTO customer ([full;name], "größe;", `note;`) VALUES
    ('O''Brien;', 1.5, '\'), ('🎉; 你好', .5e1, x'3b'), ('--', 0x1F, '/*');
BEGIN TRANSACTION;
CREATE TRIGGER insert_customer AFTER INSERT ON customer
    WHEN CASE NEW.id WHEN 0 THEN 0 ELSE 1 END
BEGIN
    INSERT INTO log (line) SELECT CASE WHEN NEW.id > 1 THEN 'a;' ELSE 'END;' END; -- END;
    UPDATE log SET line = line || ';' WHERE line = 'b'; /* END; */
    SELECT RAISE(ABORT, 'no;') WHERE NEW.id < 0;
END;
CREATE TEMP TRIGGER IF NOT EXISTS passing DELETE ON customer BEGIN SELECT 1; SELECT 2; END;
create trigger "end" after update of [full;name] on customer begin select 1; end
;
END;
INSERT INTO customer ([full;name]) VALUES ('x'), ('y;');
EXPLAIN CREATE TRIGGER never AFTER INSERT ON log BEGIN SELECT 1; SELECT 2; END;
EXPLAIN QUERY PLAN SELECT * FROM customer WHERE [full;name] = ';';
CREATE VIEW named AS
    WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3)
    SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS [s;] FROM n;
-- An index, and no semicolon at the end of the file
CREATE UNIQUE INDEX [i;] ON log (line, [it's]) WHERE line <> ';'