import Testing

@testable import Bootstrap

@Suite struct PortableFileTests {
    private func expand(
        _ text: String, _ settings: [String: String] = [:], on dialect: Dialect = .testPostgres
    ) throws -> [String] {
        try script("-- bootstrap: portable\n" + text, on: dialect, settings: settings).statements
            .map(\.text)
    }

    @Test func `our placeholders are types and expressions`() throws {
        let text =
            "CREATE TABLE t (id ${identity}, a ${uuid} DEFAULT ${new_uuid}, b ${timestamp} DEFAULT ${now}, c ${json}, d ${text}, e ${bytes}, f ${identity32})"
        #expect(
            try expand(text) == [
                "CREATE TABLE t (id bigint identity, a uuid DEFAULT gen_random_uuid(), b timestamptz DEFAULT (now()), c jsonb, d text, e bytea, f int identity)"
            ])
    }

    @Test func `settings go in as names, as numbers and into quotes`() throws {
        #expect(
            try expand(
                "SELECT ${N}, '${S}', \"${S}\", a_${NAME} FROM ${NAME}",
                ["N": "12.5", "S": "it's \"x\" \\", "NAME": "t_1"]) == [
                    "SELECT 12.5, 'it''s \"x\" \\', \"it's \"\"x\"\" \\\", a_t_1 FROM t_1"
                ])
        #expect(try expand("SELECT 1-${N}", ["N": "-1"]) == ["SELECT 1- -1"])
        #expect(
            try expand("SELECT '${S}'", ["S": "it's \\"], on: .testMariaDB) == [
                "SELECT 'it''s \\\\'"
            ])
        #expect(try expand("SELECT E'${S}'", ["S": "\\'"]) == ["SELECT E'\\\\'''"])
        #expect(
            try expand("SELECT '$${S} ${lower} $S', $$ ${S} $$ -- ${S}\n, 1", ["S": "x"])
                == ["SELECT '${S} ${lower} $S', $$ ${S} $$ -- ${S}\n, 1"])
    }

    @Test func `a value is put in once`() throws {
        #expect(try expand("SELECT '${A}'", ["A": "${B}", "B": "no"]) == ["SELECT '${B}'"])
        #expect(
            try expand("SELECT '${A}'; SELECT 2", ["A": "'; DROP TABLE t; --"])
                == ["SELECT '''; DROP TABLE t; --'", "SELECT 2"])
    }

    @Test(
        arguments: [
            (
                "SELECT ${identty}",
                """
                1_a.sql:2:8 knows no placeholder ${identty}; did you mean ${identity}?
                    SELECT ${identty}
                           ^
                """
            ),
            (
                "SELECT ${Zzzzzzz}",
                """
                1_a.sql:2:8 knows no placeholder ${Zzzzzzz}; settings are in upper case
                    SELECT ${Zzzzzzz}
                           ^
                """
            ),
            (
                "SELECT ${BAD}",
                """
                1_a.sql:2:8 the value of BAD is neither an identifier nor a number
                    SELECT ${BAD}
                           ^
                Next: Put the placeholder into quotes: '${BAD}'.
                """
            ),
            (
                "SELECT '${CONTROL}'",
                """
                1_a.sql:2:9 the value of CONTROL holds control characters, which no statement may
                    SELECT '${CONTROL}'
                            ^
                """
            ),
            (
                "SELECT '${ONE}',\n ${TWO}, ${ONE}",
                """
                1_a.sql:2:9 needs ONE, TWO, which is not set
                    SELECT '${ONE}',
                            ^
                Next: Set it in the environment, or with --set NAME=VALUE.
                """
            ),
            (
                "SELECT ${",
                """
                1_a.sql:2:8 a placeholder that begins here has no name, or no closing brace
                    SELECT ${
                           ^
                """
            ),
            (
                "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1",
                """
                1_a.sql:2:1 CREATE FUNCTION stands in a portable file
                    CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1
                    ^
                Next: Put it into a file for its engine, as in 0001_name.postgres.sql: \
                it would keep the SQL mode of portable files.
                """
            ),
        ] as [(String, String)])
    func `what a portable file may not hold is named`(_ text: String, _ expected: String) {
        #expect(failure { try expand(text, ["BAD": "a; b", "CONTROL": "a\nb"]) } == expected)
    }

    @Test func `a placeholder in another file names the missing line`() throws {
        #expect(
            failure { try script("CREATE TABLE t (\n  id ${identity});", on: .testSQLite) } == """
                1_a.sql:2:6 ${identity} is a placeholder, and this file is not portable
                      id ${identity});
                         ^
                Next: Put the line `-- bootstrap: portable` at the top of the file.
                """)
        let fine = ["SELECT '${NAME}'", "SELECT \"${x}\"", "SELECT 1 /* ${x} */ + 1"]
        for text in fine {
            #expect(try script(text, on: .testMariaDB).statements.map(\.text) == [text])
        }
        let body = "DO $$ BEGIN RAISE NOTICE '${x}'; ${y} END $$"
        #expect(try script(body, on: .testPostgres).statements.map(\.text) == [body])
    }

    @Test func `a secret is shown as it is written, wherever it is put in`() throws {
        let text = """
            -- bootstrap: portable
            SELECT 'é${A_KEY}', "${A_KEY}", ${A_KEY}, '${A}', ${uuid};
            SELECT '${A_KEY}${A}${A_KEY}';
            SELECT 1;
            """
        let script = try script(
            text, on: .testPostgres, settings: ["A": "it's", "A_KEY": "s3cret"])
        #expect(script.statements[1].text == "SELECT 's3cretit''ss3cret'")
        #expect(
            script.statements.map(script.shownText) == [
                "SELECT 'é${A_KEY}', \"${A_KEY}\", ${A_KEY}, 'it''s', uuid",
                "SELECT '${A_KEY}it''s${A_KEY}'", "SELECT 1",
            ])
    }

    @Test func `positions count in the file as it is written`() throws {
        let text = "-- bootstrap: portable\nSELECT '${LONG}' AS é, ${identity} x,\n wrong ${N}"
        let script = try script(text, on: .testPostgres, settings: ["LONG": "ää'ä", "N": "12345"])
        let statement = script.statements[0]
        #expect(statement.text == "SELECT 'ää''ä' AS é, bigint identity x,\n wrong 12345")
        func place(_ word: String) -> String? {
            guard let range = statement.text.firstRange(of: word) else { return nil }
            let position = statement.text.unicodeScalars[..<range.lowerBound].count + 1
            return script.place(of: position, in: statement)?.description
        }
        #expect(place("SELECT") == "1_a.sql:2:1")
        #expect(place("'ää") == "1_a.sql:2:8")
        #expect(place("ä''") == "1_a.sql:2:9")
        #expect(place("AS") == "1_a.sql:2:18")
        #expect(place("identity") == "1_a.sql:2:24")
        #expect(place("x,") == "1_a.sql:2:36")
        #expect(place("wrong") == "1_a.sql:3:2")
        #expect(place("45") == "1_a.sql:3:8")
    }

    @Test func `double quotes are names in portable files on every engine`() throws {
        let text = "SELECT \"a\\\", 'b;c'; SELECT 2"
        #expect(try expand(text, on: .testMariaDB) == ["SELECT \"a\\\", 'b;c'", "SELECT 2"])
    }

    @Test func `a repeatable one changes with the settings that it names, but for secrets`() throws
    {
        let text = "-- bootstrap: portable\nSELECT '${A}', '${A_KEY}';"
        let body = try #require(try folder(["R_a.sql": text]).migrations[0].body(for: .testSQLite))
        func sum(_ values: [String: String]) -> String {
            body.checksum(with: Settings(values.mapValues { Setting($0) }))
        }
        #expect(body.settingNames == ["A", "A_KEY"])
        #expect(sum(["A": "1", "A_KEY": "1"]) != sum(["A": "2", "A_KEY": "1"]))
        #expect(sum(["A": "1", "A_KEY": "1"]) == sum(["A": "1", "A_KEY": "2"]))
    }
}
