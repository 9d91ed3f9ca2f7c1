import Testing

@testable import Bootstrap

struct SeedReaderTests {
    private func read(_ yaml: String) throws(Failure) -> SeedFile {
        try SeedReader.read(Array(yaml.utf8), file: "seeds/010.yaml")
    }

    private func failure(_ yaml: String) -> String {
        do throws(Failure) {
            _ = try read(yaml)
            return "no failure"
        } catch {
            return error.description
        }
    }

    @Test func `a list of tables is a seed for every environment, planted when it changes`() throws
    {
        let file = try read(
            """
            - table: shop.user
              key: [email, kind]
              rows:
                - { email: a@x, kind: 1, name: null, note: "null", id: !uuid v7 }
            """)
        #expect(file.environments == [])
        #expect(file.run == .onChange)
        let table = try #require(file.tables.first)
        #expect(table.name == TableName(schema: "shop", "user"))
        #expect(table.key.map(\.text) == ["email", "kind"])
        #expect(table.mode == .insert)
        #expect(table.rows[0].cells.map(\.column.text) == ["email", "kind", "name", "note", "id"])
        guard case .null? = table.rows[0]["name"]?.expression.kind,
            case .text? = table.rows[0]["note"]?.expression.kind,
            case .uuid(.v7)? = table.rows[0]["id"]?.expression.kind
        else {
            Issue.record("the values are not what they should be")
            return
        }
    }

    @Test func `a mapping says for whom and when, and columns fill rows`() throws {
        let file = try read(
            """
            environments: [development, test]
            run: always
            tables:
              - table: flag
                key: name
                mode: upsert
                columns:
                  id: { value: !sequence 1000 }
                  by: { value: seed, on: insert }
                rows: [ { name: a }, { name: b, by: me } ]
            """)
        #expect(file.environments == ["development", "test"])
        #expect(file.run == .always)
        let rows = file.tables[0].rows
        #expect(
            rows.map { $0.cells.map(\.column.text) } == [
                ["name", "id", "by"], ["name", "by", "id"],
            ])
        guard case .sequence(1000)? = rows[0]["id"]?.expression.kind,
            case .sequence(1001)? = rows[1]["id"]?.expression.kind
        else {
            Issue.record("the numbers do not count on")
            return
        }
        #expect(file.tables[0].policy(of: "by") == .insert)
    }

    @Test(arguments: [
        (
            "- table: user\n  key: [email]\n  rowz: []",
            """
            seeds/010.yaml:3:3 has the unknown key "rowz"; did you mean "rows"?
                  rowz: []
                  ^
            Next: A table has the keys table, key, mode, where, max_deletes, columns, rows, file, null.
            """
        ),
        (
            "- table: user\n  key: [email]\n  file: data/users.xls",
            """
            seeds/010.yaml:3:9 names the file data/users.xls, whose ending is not known
                  file: data/users.xls
                        ^
            Next: Data files end in .csv, .tsv or .jsonl, or in one of these and .gz.
            """
        ),
        (
            "- table: user\n  key: [email]\n  mode: sync\n  rows: []",
            """
            seeds/010.yaml:3:9 is sync without "where"
                  mode: sync
                        ^
            Next: Say which rows the seed may delete: `where: { managed_by: seed }`; `where: {}` for \
            all rows of the table, those of the application included.
            """
        ),
        (
            "- table: user\n  key: [email]\n  mode: sync\n  where: {}\n  rows: []",
            """
            seeds/010.yaml:5:9 is a list without rows, and sync would delete every row there is
                  rows: []
                        ^
            Next: Delete them in a migration if that is meant.
            """
        ),
        (
            "- table: user\n  key: [email]\n  max_deletes: 5\n  rows: []",
            """
            seeds/010.yaml:3:16 is a "max_deletes", which goes with `mode: sync`
                  max_deletes: 5
                               ^
            Next: Take it away, or write `mode: sync`.
            """
        ),
        (
            "- table: user\n  key: [email]\n  file: a.csv\n  rows: []",
            """
            seeds/010.yaml:4:9 are rows beside a data file
                  rows: []
                        ^
            Next: Make two tables of them: one with `rows`, one with `file`.
            """
        ),
        (
            "- table: user\n  key: [email]\n  file: a.jsonl\n  null: '-'",
            """
            seeds/010.yaml:4:9 is a "null", but JSON lines have a null of their own
                  null: '-'
                        ^
            """
        ),
        (
            "- table: user\n  key: [email]\n  file: a.csv\n  columns: { hash: !argon2id secret }",
            """
            seeds/010.yaml:4:20 makes a password for every row of a data file
            Next: Put such rows below `rows:` in the seed itself.
            """
        ),
        (
            "- table: user\n  key: [email]\n  mode: upset\n  rows: []",
            """
            seeds/010.yaml:3:9 has the unknown mode "upset"; did you mean "upsert"?
                  mode: upset
                        ^
            Next: Write insert, upsert or sync.
            """
        ),
        (
            "- key: [email]\n  rows: []",
            """
            seeds/010.yaml:1:3 has no key "table"
                - key: [email]
                  ^
            """
        ),
        (
            "- table: user\n  rows: []",
            """
            seeds/010.yaml:1:3 has no key "key"
                - table: user
                  ^
            Next: Name the columns by which a row is found again: `key: [email]`.
            """
        ),
        (
            "- table: user\n  key: [email]\n  rows: [ { name: x } ]",
            """
            seeds/010.yaml:3:11 has no value for the key column email
                  rows: [ { name: x } ]
                          ^
            """
        ),
        (
            "- table: user\n  key: [email]\n  rows: [ { email: null } ]",
            """
            seeds/010.yaml:3:20 is NULL in the key column email
                  rows: [ { email: null } ]
                                   ^
            Next: NULL equals nothing, so the row would be planted again each time; choose a key \
            that has a value in every row.
            """
        ),
        (
            "- table: user\n  key: [id]\n  rows: [ { id: !uuid v4 } ]",
            """
            seeds/010.yaml:3:17 is made anew each time, in the key column id
                  rows: [ { id: !uuid v4 } ]
                                ^
            Next: A row is found again by its key; choose columns whose values stay.
            """
        ),
        (
            "- table: user\n  key: [id]\n  rows: [ { id: 1, id: 2 } ]",
            "seeds/010.yaml:3:20 has the key \"id\" a second time; the first is in line 3"
        ),
        (
            "tables: []\nenvironment: test",
            """
            seeds/010.yaml:2:1 has the unknown key "environment"; did you mean "environments"?
                environment: test
                ^
            Next: A seed has the keys environments, run, tables.
            """
        ),
        (
            "run: sometimes\ntables: []",
            """
            seeds/010.yaml:1:6 has the unknown run "sometimes"
                run: sometimes
                     ^
            Next: Write once, on-change or always.
            """
        ),
        (
            "table: user\nkey: [id]\nrows: []",
            """
            seeds/010.yaml:1:1 is a table where a list of tables belongs
                table: user
                ^
            Next: Begin with `- table: NAME`.
            """
        ),
        (
            "just text",
            "seeds/010.yaml:1:1 is a text where a list of tables belongs\n    just text\n    ^"
        ),
    ])
    func `a wrong shape is named with its place`(_ yaml: String, _ text: String) {
        let failure = failure(yaml)
        // The reader of YAML words what it refuses itself: a key given twice.
        guard !text.contains("a second time") else {
            #expect(failure.hasPrefix("seeds/010.yaml:3:20 "))
            return
        }
        #expect(failure == text)
    }

    private func value(_ value: String) -> String {
        failure("- table: t\n  key: [k]\n  rows:\n    - k: a\n      v: \(value)")
    }

    @Test(arguments: [
        (
            "!argon2d hunter22",
            """
            seeds/010.yaml:5:10 has the unknown tag !argon2d; did you mean !argon2id?
            Next: The tags are !argon2id !bcrypt !sha256 !secret !generate !uuid !now !ref \
            !sequence !json !base64 !from !file !sql.
            """
        ),
        (
            "!from Header",
            "seeds/010.yaml:5:10 names a header, but this is no table with a data file\n"
                + "          v: !from Header\n             ^\n"
                + "Next: `!from` goes below `columns:` of a table with `file:`."
        ),
        (
            "!uuid v5",
            "seeds/010.yaml:5:10 asks for a UUID of the unknown version \"v5\"\n"
                + "          v: !uuid v5\n             ^\nNext: Write v4 or v7."
        ),
        (
            "!now today",
            "seeds/010.yaml:5:10 gives !now a value; it takes none\n"
                + "          v: !now today\n             ^"
        ),
        (
            "!generate 6",
            "seeds/010.yaml:5:10 gives !generate no length from 12 to 64\n"
                + "          v: !generate 6\n             ^\nNext: Write !generate 24."
        ),
        (
            "!sequence x",
            "seeds/010.yaml:5:10 gives !sequence no whole number\n"
                + "          v: !sequence x\n             ^\nNext: Write !sequence 1000."
        ),
        (
            "!ref role",
            "seeds/010.yaml:5:10 gives !ref a text where a mapping belongs\n"
                + "          v: !ref role\n             ^\n"
                + "Next: Write !ref { table: role, where: { name: admin } }."
        ),
        (
            "!ref { table: role, were: { name: admin } }",
            "seeds/010.yaml:5:30 has the unknown key \"were\"; did you mean \"where\"?\n"
                + "          v: !ref { table: role, were: { name: admin } }\n"
                + "                                 ^\n"
                + "Next: Write !ref { table: role, where: { name: admin } }."
        ),
        (
            "!ref { table: role, where: { id: !uuid v4 } }",
            "seeds/010.yaml:5:43 is no value that a row can be found by\n"
                + "          v: !ref { table: role, where: { id: !uuid v4 } }\n"
                + "                                              ^\n"
                + "Next: Write a text, or another !ref."
        ),
        ("!argon2id", "seeds/010.yaml:5:10 gives !argon2id no text"),
        (
            "!argon2id null",
            "seeds/010.yaml:5:10 gives !argon2id null, which is no text\n"
                + "Next: Put it in quotes if the word is meant, or leave the tag out for NULL."
        ),
        (
            "!bcrypt ~",
            "seeds/010.yaml:5:10 gives !bcrypt ~, which is no text\n"
                + "Next: Put it in quotes if the word is meant, or leave the tag out for NULL."
        ),
        (
            "!argon2id { length: 24 }",
            "seeds/010.yaml:5:10 gives !argon2id a mapping without \"generate\"\n"
                + "Next: Write !argon2id ${NAME}, or !argon2id { generate: 24 }."
        ),
        (
            "${A",
            "seeds/010.yaml:5:10 has ${ without }; a ${ that is meant is written $${\n"
                + "          v: ${A\n             ^"
        ),
    ])
    func `a wrong value is named with its place`(_ yaml: String, _ text: String) {
        #expect(value(yaml) == text)
    }

    @Test func `what is made once cannot be written always`() {
        #expect(
            failure(
                """
                - table: t
                  key: [k]
                  columns: { at: { value: !now , on: always } }
                  rows: [ { k: a } ]
                """
            ).hasPrefix(
                "seeds/010.yaml:3:38 says on: always, but the value is made once, with the row"))
    }

    @Test(arguments: [
        (
            "{ a: 1.50, b: [x, null, true, \"true\"], c: no }",
            #"{"a": 1.50, "b": ["x", null, true, "true"], "c": "no"}"#
        ),
        (#"!json '{"a": "\u00e9"}'"#, #"{"a": "\u00e9"}"#),
        (#"!json [ "a\"\n${X}", 0x10, 01, -1e5 ]"#, #"["a\"\n<&>", "0x10", "01", -1e5]"#),
        ("[]", "[]"),
    ])
    func `JSON is written as YAML, numbers keep their digits`(_ yaml: String, _ json: String) throws
    {
        let file = try read("- table: t\n  key: [k]\n  rows:\n    - k: a\n      v: \(yaml)")
        guard case .json(let template)? = file.tables[0].rows[0]["v"]?.expression.kind else {
            Issue.record("no JSON")
            return
        }
        let text = try template.text(Settings(["X": Setting("<&>")]))
        #expect(text == json)
        #expect(JSONText.mistake(in: text) == nil)
    }

    @Test(arguments: [
        "{\"a\": 1,}", "[1 2]", "", "nul", "01", "\"\u{1}\"", "\"\\x\"", "{a: 1}", "[1]]", "1.",
        "-",
        "\"open", "\"\\u12g4\"", String(repeating: "[", count: 200),
    ])
    func `what is no JSON is found`(_ text: String) { #expect(JSONText.mistake(in: text) != nil) }
}
