import Testing

@testable import Bootstrap

@Suite struct PostgresScriptTests {
    static let known: [Known] = [
        .whole("SELECT $$a;b$$"), .whole("SELECT $tag$a;$$;$tag$"),
        .whole("SELECT $größe$;$größe$"),
        .whole("SELECT $a$ $b$ ; $b$ ; $a$"), .whole("SELECT $_1$;$_1$"),
        Known("SELECT $1;SELECT $2", "SELECT $1", "SELECT $2"),
        Known("SELECT a$b$;SELECT c$b$", "SELECT a$b$", "SELECT c$b$"),
        .whole("SELECT E'it\\';s'"), .whole("SELECT e'\\\\', 'a'"),
        Known("SELECT 'a\\'; SELECT 2", "SELECT 'a\\'", "SELECT 2"),
        .whole("SELECT E'a'\n'b\\';c'"), .whole("SELECT E'a' -- x\n  'b\\';c'"),
        Known("SELECT E'a' 'b\\';SELECT 2", "SELECT E'a' 'b\\'", "SELECT 2"),
        .whole("SELECT U&'d\\0061;'"), .whole("SELECT U&\"d;\""), .whole("SELECT U&'\\'"),
        .whole("SELECT N'a;', B'1', X'1F'"),
        .whole("SELECT 1 /* a /* b; */ c; */ + 1"),
        Known("SELECT 1; /* /* */ SELECT 2; */ SELECT 3", "SELECT 1", "SELECT 3"),
        Known("-- a\rSELECT 1;", "SELECT 1"),
        .whole("CREATE RULE r AS ON INSERT TO t DO (INSERT INTO a VALUES (1); DELETE FROM b)"),
        .whole("CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END"),
        .whole(
            "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC\n SELECT CASE WHEN true THEN 1 END;\nEND"),
        .whole(
            "CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC; SELECT (CASE a WHEN 1 THEN 2 END); END"
        ),
        .whole(
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS end; SELECT t.end FROM t; END"
        ),
        .whole(
            "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN NEW.x := 1; RETURN NEW; END; $$ LANGUAGE plpgsql"
        ),
        .whole("DO $$ BEGIN PERFORM 1; END $$"), .whole("DO 'BEGIN PERFORM 1; END'"),
        Known(
            "CREATE FUNCTION f() RETURNS int RETURN 1; SELECT 2",
            "CREATE FUNCTION f() RETURNS int RETURN 1", "SELECT 2"),
        Known("\\restrict abc\nSELECT 1;\n\\unrestrict abc\n", "SELECT 1"),
        Known(
            "SELECT a->>'b;' , c #>> '{d;}' , e ?| array['f;'];SELECT 2",
            "SELECT a->>'b;' , c #>> '{d;}' , e ?| array['f;']", "SELECT 2"),
        Known("SELECT 1+/* ; */2;SELECT 3", "SELECT 1+/* ; */2", "SELECT 3"),
        Known("SELECT 1+-- ;\n2;SELECT 3", "SELECT 1+-- ;\n2", "SELECT 3"),
        Known("SELECT 'a' # 1; SELECT `; SELECT 2", "SELECT 'a' # 1", "SELECT `", "SELECT 2"),
        .whole("CREATE TABLE t (a int[], b text DEFAULT ';', c int CHECK (c > 0))"),
        Known(
            "SET standard_conforming_strings = off; SELECT '\\';'; SELECT 2",
            "SET standard_conforming_strings = off", "SELECT '\\';'", "SELECT 2"),
        Known(
            "SET standard_conforming_strings TO on; SELECT '\\'; SELECT 2",
            "SET standard_conforming_strings TO on", "SELECT '\\'", "SELECT 2"),
    ]

    @Test(arguments: known)
    func `PostgreSQL's statements`(_ known: Known) throws {
        #expect(try cut(known.script, .postgres) == known.statements)
    }

    @Test func `the data of COPY goes with its statement`() throws {
        let script = try Script(
            "COPY t (a, \"b\") FROM stdin;\n1\t;\n\\N\t'x\n\\.\nSELECT 1;\nCOPY public.u FROM STDIN WITH (FORMAT csv);\n\\.\n",
            file: "x.sql", rules: .postgres)
        #expect(
            script.statements.map(\.text) == [
                "COPY t (a, \"b\") FROM stdin", "SELECT 1",
                "COPY public.u FROM STDIN WITH (FORMAT csv)",
            ])
        #expect(
            script.statements.map { $0.input.map { String(decoding: $0, as: UTF8.self) } } == [
                "1\t;\n\\N\t'x\n", nil, "",
            ])
    }

    @Test func `COPY from elsewhere has no data`() throws {
        for text in [
            "COPY t FROM '/tmp/stdin'", "COPY t TO stdout", "COPY (SELECT a FROM stdin) TO STDOUT",
            "COPY t FROM PROGRAM 'x'", "SELECT 1 FROM stdin",
        ] {
            #expect(try cut(text + ";\nSELECT 2", .postgres) == [text, "SELECT 2"])
        }
    }

    @Test func `what is not closed is named where it began`() {
        #expect(
            failure { try cut("SELECT 1;\n SELECT 'a;", .postgres) } == """
                x.sql:2:9 a string that begins here is not closed
                     SELECT 'a;
                            ^
                """)
        #expect(
            failure { try cut("SELECT 1 /* /* */", .postgres) } == """
                x.sql:1:10 a comment that begins here is not closed
                    SELECT 1 /* /* */
                             ^
                """)
        #expect(
            failure { try cut("SELECT \"a", .postgres) } == """
                x.sql:1:8 a quoted name that begins here is not closed
                    SELECT "a
                           ^
                """)
        #expect(
            failure { try cut("DO $a$ BEGIN $b$", .postgres) } == """
                x.sql:1:4 a string in dollar quotes ($a$) is not closed
                    DO $a$ BEGIN $b$
                       ^
                """)
        #expect(
            failure {
                try cut("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;", .postgres)
            } == """
                x.sql:1:39 a body that begins here has no END
                    CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;
                                                          ^
                """)
        #expect(
            failure { try cut("SELECT 0;\nCOPY t FROM stdin;\n1\n", .postgres) } == """
                x.sql:2:1 the data of the COPY that begins here does not end with \\.
                    COPY t FROM stdin;
                    ^
                """)
    }

    @Test func `psql's own commands are named`() {
        #expect(
            failure { try cut("\\connect shop\nSELECT 1;", .postgres) } == """
                x.sql:1:1 \\connect is a command of psql, not SQL
                    \\connect shop
                    ^
                """)
        #expect(
            failure { try cut("SELECT 1 \\gexec", .postgres) } == """
                x.sql:1:10 a backslash stands here, outside of any string
                    SELECT 1 \\gexec
                             ^
                """)
    }
}
