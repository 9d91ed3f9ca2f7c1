-- A shop's schema, written by hand; it's full of what misleads a scanner: ; ' $$
\set ON_ERROR_STOP on
/* Comments nest: /* ; ' */ still a comment; */
CREATE TABLE customer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "full;name" text NOT NULL DEFAULT 'no; name', -- a semicolon; and a quote '
    größe numeric(4, 1) CHECK (größe > 0),
    note text DEFAULT E'it\'s; a\\b',
    tags text[] NOT NULL DEFAULT '{";"}',
    data jsonb NOT NULL DEFAULT '{"a": "b;"}'
);

INSERT INTO customer ("full;name", größe, note, tags, data) VALUES
    ('O''Brien;', 1.5, 'a\', ARRAY['x;', 'y'], '{"a": {"b": ";"}}'),
    (U&'d\0061t\+000061;', 2, E'first;'
        'second;', '{}', '[]'),
    (U&'d!0061' UESCAPE '!', 3, $$dollar; 'quoted'$$, '{1}', '{}'),
    ('🎉; 你好', 4.25, $größe$ $$ ; $a$ $größe$, '{}', '{}');

CREATE VIEW named AS
SELECT id, "full;name" AS name, data -> 'a' ->> 'b' AS b, data #>> '{a,b}' AS path,
    data ? ';' AS has, tags[1:2] AS some, CASE WHEN größe > 2 THEN 'big;' ELSE 'small' END AS size,
    1--1; minus a comment
    + 1 AS two
FROM customer;

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    -- it's; a comment
    EXECUTE $inner$ SELECT $$;$$ $inner$;
    NEW.note := E'\'' || NEW.note;
    RETURN NEW;
END;
$body$;

CREATE TRIGGER touch BEFORE UPDATE ON customer
    FOR EACH ROW WHEN (NEW.note <> ';') EXECUTE FUNCTION touch();

CREATE FUNCTION total(a int, "end" int DEFAULT 2) RETURNS bigint
LANGUAGE sql
BEGIN ATOMIC
    SELECT count(*) FROM customer;
    SELECT CASE WHEN a > 1 THEN CASE "end" WHEN 2 THEN 3 END ELSE 4 END FROM customer;
END;

CREATE OR REPLACE PROCEDURE fill(a int)
BEGIN ATOMIC
    INSERT INTO customer (note) VALUES (a || ';');
    INSERT INTO customer (note) SELECT (CASE a WHEN 1 THEN ';' END);
END;

CREATE FUNCTION half(a int) RETURNS int LANGUAGE sql RETURN a / 2;

CREATE FUNCTION old_style(text) RETURNS text LANGUAGE sql AS '
    SELECT ''a;'' || $1;
    SELECT $1';

CREATE RULE log_it AS ON DELETE TO customer DO ALSO (
    INSERT INTO customer (note) VALUES ('gone;');
    UPDATE customer SET note = 'a);b' WHERE note = '(';
);

DO LANGUAGE plpgsql $$ BEGIN PERFORM 1; END; $$;
CALL fill(1);

CREATE OPERATOR @#- (RIGHTARG = int, FUNCTION = half);
CREATE VIEW halves AS SELECT @#-4 AS a, 5 # 3 AS b, 2 - -1 AS c WHERE false;
COPY customer ("full;name", note) FROM stdin; -- two rows
tab\there;	it's \\.
x	\N
\.

UPDATE customer SET note = 'end' WHERE note IS NULL;;
BEGIN; INSERT INTO customer (note) VALUES ('in a transaction;'); COMMIT;
/*+ SeqScan(customer) */ SELECT 1;
-- no semicolon, no line end at the end of the file
COMMENT ON TABLE customer IS 'customers; all of them'