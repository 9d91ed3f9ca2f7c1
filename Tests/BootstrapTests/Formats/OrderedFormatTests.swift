import Testing

@testable import Bootstrap

/// Folders of tern, Drizzle and Atlas.
@Suite struct OrderedFormatTests: FormatTesting {
    private func problem(_ files: [String: String], format: String? = nil) throws -> String {
        try read(files, format: format).problem ?? "none"
    }

    // MARK: tern

    @Test func `tern's line in the middle of a file parts it`() throws {
        let (folder, problem) = try read([
            "001_a.sql": """
            \u{FEFF}CREATE TABLE a (id integer);\r
            ---- create above / drop below ----\r
            DROP TABLE a;\r
            """,
            "2_b.sql": "---- tern: disable-tx ----\nVACUUM;\n",
            "010_c.sql": "", "3_d.sql": "", "4_d.sql": "", "5_d.sql": "", "6_d.sql": "",
            "7_d.sql": "", "8_d.sql": "", "9_d.sql": "", "shared/x.sql": "SELECT {{ . }}",
        ])
        #expect(problem == nil)
        #expect(folder?.format?.name == "tern")
        let migrations = try #require(folder?.migrations)
        #expect(migrations.map(\.id) == (1...10).map(String.init))
        #expect(
            try lines(migrations[0].body(for: .testPostgres))
                == [Found("CREATE TABLE a (id integer)", 1)])
        #expect(
            try lines(migrations[0].wayBack(for: .testPostgres)) == [Found("DROP TABLE a", 3)])
        #expect(migrations[1].body(for: .testPostgres)?.directives == [.noTransaction])
        #expect(try migrations[1].wayBack(for: .testPostgres) == nil)
    }

    @Test func `tern's line is found in any file, and its configuration beside them`() throws {
        let text = "CREATE TABLE a (id integer);\n" + Tern.divider + "\nDROP TABLE a;\n"
        #expect(
            try read(["1_a.sql": "SELECT 1;\n", "2_b.sql": text]).folder?.format?.name == "tern")
        let long = "-- " + String(repeating: "x", count: 1 << 20) + "\n" + text
        #expect(try read(["1_a.sql": long]).folder?.format?.name == "tern")
        #expect(try read(["1_a.sql": "", "tern.conf": ""]).folder?.format?.name == "tern")
        #expect(try read(["1_a.sql": "-- create above / drop below\n"]).folder?.format == nil)
    }

    @Test(arguments: [
        (["1_a.sql": "", "3_b.sql": ""], "db/3_b.sql has the number 3, and there is no file 2"),
        (["0_a.sql": "", "1_b.sql": ""], "db/0_a.sql has the number 0, and there is no file 1"),
        (["1_a.sql": "", "01_b.sql": ""], "db/1_a.sql and db/01_b.sql are both migration 1"),
        (["1_a.sql": "\nSELECT '{{.x}}';\n"], "db/1_a.sql:2:1 holds a template"),
        (
            ["1_a.sql": "---- tern: disable-txn ----\n"],
            "db/1_a.sql:1:1 is not the line ---- tern: disable-tx ----"
        ),
        (
            ["1_a.sql": "SELECT 1;\n--- create above / drop below ---\n"],
            "db/1_a.sql:2:1 is not the line ---- create above / drop below ----"
        ),
        (
            ["1_a.sql": Tern.divider + "\n" + Tern.divider + "\n"],
            "db/1_a.sql:2:1 parts the file again"
        ),
    ])
    func `what tern refuses is refused`(_ files: [String: String], _ expected: String) throws {
        let problem = try problem(files, format: "tern")
        #expect(problem.hasPrefix(expected), "\(problem)")
    }

    @Test func `a text is found wherever it stands`() {
        let search = ByteSearch("abcab")
        for text in ["abcab", "xabcab", "xxxxabcabxx", "ababcab", "abcaabcab"] {
            #expect(search.isIn(Array(text.utf8)), "\(text)")
        }
        for text in ["", "abca", "abcba", "xxxxxxxxxxxabcaxb"] {
            #expect(!search.isIn(Array(text.utf8)), "\(text)")
        }
    }

    // MARK: Drizzle

    private let journal = """
        { "version": "7", "dialect": "postgresql",
        \t"entries": [
          { "idx": 0, "when": 1, "tag": "0000_first", "breakpoints": true },
          { "idx": 1, "when": 2, "tag": "0002_later", "breakpoints": true },
          { "idx": 2, "when": 3, "tag": "0001_last", "breakpoints": true }
        ] }
        """

    @Test func `Drizzle's journal gives the order`() throws {
        let (folder, problem) = try read([
            "0000_first.sql": """
            CREATE TABLE "a" (id integer)
            --> statement-breakpoint
            CREATE TABLE "b" (id integer);--> statement-breakpoint
            CREATE INDEX i ON "a" (id) -- last
            """,
            "0001_last.sql": "SELECT 1;\n", "0002_later.sql": "SELECT 2;\n",
            "0003_stranger.sql": "SELECT 3;\n", "meta/_journal.json": journal,
            "meta/0000_snapshot.json": "{}",
        ])
        #expect(problem == nil)
        #expect(
            folder?.format
                == FormatChoice(
                    name: "drizzle", reason: "it has a file meta/_journal.json",
                    notes: ["0003_stranger.sql left out: meta/_journal.json does not name it"]))
        #expect(
            folder?.migrations.map(\.name) == ["0000_first", "0002_later", "0001_last"])
        #expect(
            try lines(folder?.migrations[0].body(for: .testPostgres)) == [
                Found("CREATE TABLE \"a\" (id integer)", 1),
                Found("CREATE TABLE \"b\" (id integer)", 3),
                Found("CREATE INDEX i ON \"a\" (id)", 4),
            ])
    }

    @Test func `a breakpoint cuts on every engine, a comment that only looks like one does not`()
        throws
    {
        let text = "SELECT 1\n--> statement-breakpoint\nSELECT 2 --> statement-breakpoints\n+ 3"
        for var rules in [LexicalRules(), Dialect.testPostgres.lexical] {
            for needsSpace in [false, true] {
                rules.dashCommentsNeedSpace = needsSpace
                let script = try Script(text, file: "f", rules: rules)
                #expect(script.statements.first?.text == "SELECT 1")
                #expect(script.statements.count == 2)
                #expect(script.statements.last?.text.hasSuffix("+ 3") == true)
            }
        }
    }

    @Test func `Drizzle's newer folders are told from Prisma's by their snapshot`() throws {
        let files = [
            "20240201120000_b/migration.sql": "SELECT 2;\n",
            "20240131120000_a/migration.sql": "SELECT 1;\n",
        ]
        #expect(try read(files).folder?.format?.name == "prisma")
        let (folder, _) = try read(
            files.merging([
                "20240201120000_b/snapshot.json": "{}", "20240131120000_a/snapshot.json": "{}",
            ]) { first, _ in first })
        #expect(folder?.format?.name == "drizzle")
        #expect(folder?.migrations.map(\.name) == ["20240131120000_a", "20240201120000_b"])
    }

    @Test(arguments: [
        (
            "{ \"entries\": [ { \"tag\": \"0001_x\" } ] }",
            "names 0001_x, and there is no file db/0001_x.sql"
        ),
        ("{ \"entries\": [ { \"idx\": 1 } ] }", "has no tag"),
        ("{ \"entries\": [ { \"tag\": \"../0_a\" } ] }", "has no tag"),
        (
            "{ \"entries\": [ { \"tag\": \"0_a\" }, { \"tag\": \"0_a\" } ] }",
            "names 0_a a second time"
        ),
        ("{}", "has no list of entries"), ("{ \"entries\": [", "is not valid YAML"),
    ])
    func `a journal that is wrong is told with its line`(_ text: String, _ expected: String) throws
    {
        let problem = try problem(["0_a.sql": "", "meta/_journal.json": text])
        #expect(problem.hasPrefix("db/meta/_journal.json:"), "\(problem)")
        #expect(problem.contains(expected), "\(problem)")
    }

    // MARK: Atlas

    /// Known answers, made with another implementation of SHA-256 and base64.
    private let sum = """
        h1:8fd+pr7Q79nhI8Kj+NP3G0dJSl90tw/xjmac6D9XSZo=
        1_a.sql h1:GPiC/PLf++jV504Mu4F+3uSmcgbFwfXn5L/fVOyJf5U=
        2_b.sql h1:9uQyFEVASjbV0eSsjj5AsCvhJ9GYcu38Ww29yYU15aY=

        """
    private let atlas = [
        "1_a.sql": "CREATE TABLE a (id integer);\n", "2_b.sql": "CREATE TABLE b (id integer);\n",
    ]

    @Test func `atlas.sum is checked, whatever git did to the ends of lines`() throws {
        var files = atlas
        files["atlas.sum"] = sum
        let (folder, problem) = try read(files)
        #expect(problem == nil)
        #expect(
            folder?.format == FormatChoice(name: "atlas", reason: "it has a file atlas.sum"))
        #expect(folder?.migrations.map(\.name) == ["1_a", "2_b"])
        files = files.mapValues { $0.replacing("\n", with: "\r\n") }
        #expect(try self.problem(files) == "none")
    }

    @Test func `a folder that does not fit atlas.sum is refused with the file that does not`()
        throws
    {
        func problem(_ change: (inout [String: String]) -> Void) throws -> String {
            var files = atlas
            files["atlas.sum"] = sum
            change(&files)
            return try self.problem(files)
        }
        #expect(
            try problem { $0["2_b.sql"] = "SELECT 1;\n" } == """
                db/2_b.sql is not what atlas.sum has of it
                Next: Restore the files, or run `atlas migrate hash` if the change is meant.
                """)
        #expect(
            try problem { $0["2_b.sql"] = nil }.hasPrefix(
                "db/atlas.sum names 2_b.sql, and there is no such file"))
        #expect(
            try problem { $0["1_a.sql"] = nil }.hasPrefix(
                "db/atlas.sum names 1_a.sql, and there is no such file"))
        #expect(
            try problem { $0["0_z.sql"] = "" }.hasPrefix("db/0_z.sql is not in atlas.sum"))
        #expect(
            try problem { $0["3_c.sql"] = "" }.hasPrefix("db/3_c.sql is not in atlas.sum"))
        #expect(
            try problem { $0["atlas.sum"] = sum.replacing("1_a.sql", with: "1_c.sql") }
                .hasPrefix("db/atlas.sum:1:1 does not fit the lines below it"))
        #expect(
            try problem { $0["atlas.sum"] = "nothing\n" }
                .hasPrefix("db/atlas.sum:1:1 is no line of a sum"))
        #expect(try problem { $0["3_c.down.sql"] = "" }.hasPrefix("db/3_c.down.sql leads back"))
        #expect(try problem { $0["2_b.down.sql"] = "DROP TABLE b;\n" } == "none")
    }

    @Test func `Atlas' directives mean what they mean there`() throws {
        let (folder, problem) = try read([
            "1_a.sql": "-- atlas:txmode none\n-- atlas:nolint\n\nVACUUM;\n",
            "2_b.sql": """
            -- atlas:delimiter -- end
            CREATE FUNCTION f() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;
            -- end
            SELECT 3
            -- end
            """,
            "3_c.sql": "-- atlas:delimiter \\n\\n\n\nSELECT 1\n;\n\nSELECT\n2\n\n\nSELECT 3\n",
            "4_d.sql": "-- atlas:checkpoint v1\n\nSELECT 1;\n", "4_d.down.sql": "SELECT -1;\n",
            "5_e.sql": "-- atlas:txmode file\nSELECT 1;\n-- atlas:nolint destructive\nSELECT 2;\n",
        ])
        #expect(problem == nil)
        let migrations = try #require(folder?.migrations)
        #expect(folder?.format?.name == "atlas")
        #expect(migrations[0].body(for: .testPostgres)?.directives == [.noTransaction])
        #expect(
            try lines(migrations[1].body(for: .testPostgres))?.map(\.line) == [2, 4])
        #expect(
            try lines(migrations[2].body(for: .testPostgres)) == [
                Found("SELECT 1", 3), Found("SELECT\n2", 6), Found("SELECT 3", 10),
            ])
        #expect(migrations.map(\.isBaseline) == [false, false, false, true, false])
        #expect(try lines(migrations[3].wayBack(for: .testPostgres)) == [Found("SELECT -1", 1)])
        #expect(migrations.covered(by: []) == ["1", "2", "3"])
    }

    @Test(arguments: [
        ("-- atlas:txmod none\n", "is no directive of Atlas; did you mean txmode?"),
        (
            "-- atlas:txmode non\n",
            "is no mode of transactions that Atlas knows; did you mean none?"
        ),
        (
            "-- atlas:txmode all\n",
            "asks for one transaction of all files, which --transaction all is"
        ),
        ("-- atlas:txtar\n", "asks for atlas:txtar, which only Atlas does"),
        ("-- atlas:delimiter\n", "names no delimiter"),
    ])
    func `a directive that is wrong is told with its line`(
        _ text: String, _ expected: String
    ) throws {
        let problem = try problem(["1_a.sql": text + "SELECT 1;\n"])
        #expect(problem.hasPrefix("db/1_a.sql:1:1 " + expected), "\(problem)")
        let late = try self.problem(["1_a.sql": "-- x\n-- atlas:delimiter //\n"])
        #expect(late.hasPrefix("db/1_a.sql:2:1 names a delimiter below the first line"), "\(late)")
    }
}
