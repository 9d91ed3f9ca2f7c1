import Testing

@testable import Bootstrap

/// Folders of Flyway and of refinery, whose names are partly the same.
@Suite struct FlywayTests: FormatTesting {
    @Test func `Flyway's files run in the order of their versions, also from folders below`() throws
    {
        let (folder, problem) = try read([
            "V10__ten.sql": "SELECT 10;\n",
            "V2__two.sql": "SELECT 2;\n",
            "more/deep/V1_1__one and one.sql": "\u{FEFF}SELECT 11;\r\n",
            "V1__one.sql": "",
            "more/V1.0.2__one and two.sql": "SELECT 102;\n",
            "V2_0_0_1__later.sql": "SELECT 2001;\n",
            "R__views.sql": "SELECT 'r';\n",
            "more/R__a view.sql": "SELECT 'a';\n",
            "U2__two.sql": "SELECT -2;\n",
            "README.md": "words", "notes.sql": "words",
        ])
        #expect(problem == nil)
        #expect(folder?.format?.name == "flyway")
        #expect(
            folder?.migrations.map(\.name) == [
                "V1__one", "V1.0.2__one and two", "V1_1__one and one", "V2__two", "V2_0_0_1__later",
                "V10__ten", "R__a view", "R__views",
            ])
        #expect(folder?.migrations.prefix(5).map(\.id) == ["1", "1.0.2", "1.1", "2", "2.0.0.1"])
        #expect(folder?.migrations.last?.kind == .repeatable)
        #expect(
            folder?.format?.notes
                == ["U2__two.sql left out: undo migrations are no ways back here"])
        #expect(try folder?.migrations[3].wayBack(for: .testPostgres) == nil)
    }

    @Test(arguments: [
        (
            ["V1__a.sql": "", "V1_0__b.sql": ""],
            "db/V1__a.sql and db/V1_0__b.sql are both migration 1"
        ),
        (["V1__a.sql": "", "V2_b.sql": ""], "db/V2_b.sql is not named as Flyway's files are"),
        (["V1__a.sql": "", "v2__b.sql": ""], "db/v2__b.sql is not named as Flyway's files are"),
        (["V1__a.sql": "", "R_b.sql": ""], "db/R_b.sql is not named as Flyway's files are"),
        (
            ["V1__a.sql": "", "db/V2__b.java": ""],
            "db/db/V2__b.java is a migration in Java, which only Flyway can run"
        ),
        (
            ["V1__a.sql": "", "afterMigrateError.sql": ""],
            "db/afterMigrateError.sql is a callback that only Flyway can run"
        ),
        (
            ["V1__a.sql": "", "V1__a.sql.conf": "# x\nexecuteInTransacton=false\n"],
            "db/V1__a.sql.conf:2:1 has a key that is not known here, executeInTransacton; did you "
                + "mean executeInTransaction?"
        ),
        (
            ["V1__a.sql": "", "V1__a.sql.conf": "executeInTransaction=no\n"],
            "db/V1__a.sql.conf:1:1 gives executeInTransaction the value no, not true or false"
        ),
        (
            ["V1__a.sql": "", "V1__a.sql.conf": "encoding = ISO-8859-1\n"],
            "db/V1__a.sql.conf:1:1 asks for the encoding ISO-8859-1"
        ),
        (
            ["V1__a.sql": "", "V1__a.sql.conf": "shouldExecute=false\n"],
            "db/V1__a.sql.conf:1:1 says shouldExecute=false"
        ),
        (
            ["V1__a.sql": "", "x/beforeMigrate.sql": "", "beforeMigrate__b.sql": ""],
            "db/x/beforeMigrate.sql and db/beforeMigrate__b.sql are both before_migrate"
        ),
    ])
    func `what Flyway would leave out or run itself is refused`(
        _ files: [String: String], _ expected: String
    ) throws {
        let (_, problem) = try read(files, format: "flyway")
        #expect(problem?.hasPrefix(expected) == true, "\(problem ?? "none")")
    }

    @Test func `a script's own configuration is beside it`() throws {
        let (folder, problem) = try read([
            "V1__a.sql": "VACUUM;\n",
            "V1__a.sql.conf": "! why\nflyway.executeInTransaction = FALSE\r\n",
            "V2__b.sql": "SELECT '${x}';\n", "V2__b.sql.conf": "placeholderReplacement: false\n",
            "V3__c.sql": "SELECT 3;\n", "V3__c.sql.conf": "encoding=UTF-8\nshouldExecute=true\n",
        ])
        #expect(problem == nil)
        let migrations = try #require(folder?.migrations)
        #expect(migrations[0].body(for: .testPostgres)?.directives == [.noTransaction])
        #expect(try lines(migrations[1].body(for: .testPostgres)) == [Found("SELECT '${x}'", 1)])
        #expect(migrations[2].body(for: .testPostgres)?.directives == [])
    }

    @Test func `callbacks are hooks where they mean the same`() throws {
        let (folder, problem) = try read([
            "V1__a.sql": "SELECT 1;\n", "callbacks/beforeMigrate__x.sql": "SELECT ${n};\n",
            "afterMigrateApplied.sql": "SELECT 2;\n", "beforeEachMigrate.sql": "SELECT 3;\n",
            "afterEachMigrate.sql": "SELECT 4;\n", "beforeClean.sql": "DROP TABLE x;\n",
            "afterInfoOperationFinish.sql": "",
        ])
        #expect(problem == nil)
        let hooks = try #require(folder?.hooks)
        for hook in Hook.allCases { #expect(hooks.body(of: hook, for: .testPostgres) != nil) }
        let settings = Settings(["n": Setting("7")])
        #expect(
            try lines(hooks.body(of: .beforeMigrate, for: .testPostgres), settings)
                == [Found("SELECT 7", 1)])
        #expect(
            folder?.format?.notes == [
                "afterInfoOperationFinish.sql left out: afterInfoOperationFinish belongs to another "
                    + "command of Flyway's",
                "beforeClean.sql left out: beforeClean belongs to another command of Flyway's",
            ])
    }

    private func lines(_ body: MigrationBody?, _ settings: Settings) throws -> [Found]? {
        try lines(body, for: .testPostgres, settings)
    }

    // MARK: Placeholders

    private let text = """
        -- ${comment}
        CREATE TABLE ${Schema}.t_${suffix} (a text);
        INSERT INTO t VALUES ('ü${apiKey}', ${flyway:filename});
        ${more}
        SELEC 1;
        """
    private let settings = Settings([
        "comment": Setting("two\nlines"), "schema": Setting("s"), "suffix": Setting("x"),
        "apiKey": Setting("se\ncret"), "more": Setting("SELECT 1; SELECT 2; SELECT 3 +"),
        "FLYWAY_PLACEHOLDERS_ENV": Setting("9"),
    ])

    @Test func `placeholders are replaced in the text, and places stay the file's`() throws {
        let (folder, _) = try read(["V1__a.sql": text])
        let body = try #require(folder?.migrations.first?.body(for: .testPostgres))
        let script = try body.script(for: .testPostgres, settings: settings)
        // The comment's second line is code, as it is to Flyway.
        #expect(
            script.statements.map { Found($0.text, $0.place?.line ?? 0) } == [
                Found("lines\nCREATE TABLE s.t_x (a text)", 1),
                Found("INSERT INTO t VALUES ('üse\ncret', V1__a.sql)", 3),
                Found("SELECT 1", 4), Found("SELECT 2", 4), Found("SELECT 3 +\nSELEC 1", 4),
            ])
        let insert = script.statements[1]
        #expect(
            script.shownText(of: insert) == "INSERT INTO t VALUES ('ü${apiKey}', V1__a.sql)")
        #expect(script.source(of: 1).hasSuffix("('ü${apiKey}', ${flyway:filename})"))
        // Behind a value with a line in it the columns are those of the file.
        let place = script.place(of: insert.text.unicodeScalars.count, in: insert)
        #expect(place.map { [$0.line, $0.column] } == [3, 55])
        #expect(script.place(of: 25, in: insert).map { [$0.line, $0.column] } == [3, 25])
    }

    @Test func `a secret of several statements is shown as none of them`() throws {
        let (folder, _) = try read(["V1__a.sql": "SELECT 0; ${the_secret};\nSELECT 9;\n"])
        let body = try #require(folder?.migrations.first?.body(for: .testPostgres))
        let settings = Settings(["the_secret": Setting("ALTER USER a; b; SELECT c")])
        let script = try body.script(for: .testPostgres, settings: settings)
        #expect(script.statements.count == 5)
        let shown = Array(repeating: "${the_secret}", count: 3)
        #expect(script.shownStatements == ["SELECT 0"] + shown + ["SELECT 9"])
        let failure = script.shown(
            Failure(
                .rejected, "failed",
                cause: DatabaseError(.rejected, "syntax error near \"SELECT c\"")))
        #expect(failure.cause?.message == "syntax error near \"${the_secret}\"")
    }

    @Test func `names without a value are told together with the first one's line`() throws {
        let (folder, _) = try read(["V1__a.sql": "SELECT 1;\nSELECT '${one}', ${two-b};\n"])
        let body = try #require(folder?.migrations.first?.body(for: .testPostgres))
        let missing = try #require(mistake(of: body, Settings()))
        #expect(missing.contains("V1__a.sql:2:9 needs one, two-b, which is not set"), "\(missing)")
        let (other, _) = try read([
            "V1__a.sql": "\nCREATE TABLE ${flyway:defaultSchema}.a (b int);\n"
        ])
        let named = try #require(other?.migrations.first?.body(for: .testPostgres))
        let own = try #require(mistake(of: named, Settings()))
        #expect(
            own.contains("V1__a.sql:2:14 ${flyway:defaultSchema} is a value that Flyway makes"),
            "\(own)")
        let settings = Settings(["flyway:defaultSchema": Setting("public")])
        #expect(try lines(named, settings) == [Found("CREATE TABLE public.a (b int)", 2)])
    }

    private func mistake(of body: MigrationBody, _ settings: Settings) -> String? {
        do {
            _ = try body.script(for: .testPostgres, settings: settings)
            return nil
        } catch { return "\(error)" }
    }

    @Test func `a value from the environment is meant only by its own name`() {
        let settings = Settings([
            "USER": Setting("root", origin: "the environment"), "Given": Setting("x"),
            "FLYWAY_PLACEHOLDERS_ENV": Setting("9", origin: "the environment"),
        ])
        #expect(settings.placeholder("user") == nil)
        #expect(settings.placeholder("USER") == "USER")
        #expect(settings.placeholder("given") == "Given")
        #expect(settings.placeholder("env") == "FLYWAY_PLACEHOLDERS_ENV")
    }

    @Test func `a mistake behind a value is told where it stands in the file`() throws {
        let (folder, _) = try read(["V1__a.sql": "SELECT '${a}';\nSELECT '${a}', 'open;\n"])
        let body = try #require(folder?.migrations.first?.body(for: .testPostgres))
        let settings = Settings(["a": Setting("1\n2\n3")])
        let problem = try #require(mistake(of: body, settings))
        #expect(problem.contains("V1__a.sql:2:16 "), "\(problem)")
    }

    @Test func `a repeatable one changes with the values that it names, secrets aside`() throws {
        let (folder, _) = try read(["V1__a.sql": "", "R__b.sql": "SELECT ${a}, ${my_password};\n"])
        let body = try #require(folder?.migrations.last?.body(for: .testPostgres))
        func checksum(_ value: String, _ secret: String = "") -> String {
            body.checksum(
                with: Settings(["A": Setting(value), "my_password": Setting(secret)]))
        }
        #expect(checksum("1") != checksum("2"))
        #expect(checksum("1", "x") == checksum("1", "y"))
    }

    // MARK: Baselines

    private let baselines = [
        "V1__a.sql": "SELECT 1;\n", "V2__b.sql": "SELECT 2;\n", "B2__ab.sql": "SELECT 12;\n",
        "V3__c.sql": "SELECT 3;\n", "B3__abc.sql": "SELECT 123;\n", "V4__d.sql": "SELECT 4;\n",
    ]

    private func pending(_ rows: [String], to target: Options.Target? = nil) throws -> [String] {
        let folder = try #require(try read(baselines).folder)
        let history = rows.compactMap { name in
            folder.migrations.first { $0.name == name }.map {
                Applied(
                    kind: .migration, id: Applied.key($0.id), name: name,
                    checksum: $0.body(for: .testPostgres)?.checksum ?? "")
            }
        }
        var options = Options()
        options.to = target
        return try Plan(
            folder.migrations.map { ($0, $0.body(for: .testPostgres)) }, seeds: [],
            history: history, options: options, dialect: .testPostgres, isExclusive: true
        ).migrations.map(\.migration.name)
    }

    @Test func `a new database begins with the newest baseline`() throws {
        #expect(try pending([]) == ["B3__abc", "V4__d"])
        #expect(try pending([], to: .version("2")) == ["B2__ab"])
        #expect(try pending([], to: .version("1")) == ["V1__a"])
        #expect(try pending(["B3__abc"]) == ["V4__d"])
        #expect(try pending(["B3__abc", "V4__d"]) == [])
        #expect(try pending(["B2__ab"]) == ["V3__c", "V4__d"])
    }

    @Test func `a database that began without one needs none`() throws {
        #expect(try pending(["V1__a"]) == ["V2__b", "V3__c", "V4__d"])
        #expect(try pending(["V1__a", "V2__b", "V3__c", "V4__d"]) == [])
    }

    // MARK: Several folders

    @Test func `several folders are one, in one order of versions`() throws {
        let files = [
            "common/V1__a.sql": "", "common/V3__c.sql": "", "sqlite/V2__b.sql": "",
            "views/R__v.sql": "", "plain/4_d.sql": "", "goose/1_a.sql": "-- +goose Up\n",
            "dbmate/2_b.sql": "-- migrate:up\n", "more/10_c.sql": "-- migrate:up\n",
            "prisma/1_a/migration.sql": "", "prisma2/2_b/migration.sql": "",
        ]
        let (folder, problem) = try read(files, in: ["common", "sqlite", "views"])
        #expect(problem == nil)
        #expect(folder?.migrations.map(\.name) == ["V1__a", "V2__b", "V3__c", "R__v"])
        let (dbmate, _) = try read(files, in: ["dbmate", "more"])
        #expect(dbmate?.migrations.map(\.name) == ["10_c", "2_b"])
        let (_, mixed) = try read(files, in: ["common", "goose"])
        #expect(
            mixed?.hasPrefix(
                "the folder db/goose is goose's, because db/goose/1_a.sql has the line")
                == true, "\(mixed ?? "none")")
        #expect(mixed?.contains("and db/common is flyway's, because V1__a.sql is named") == true)
        let (_, ours) = try read(files, in: ["plain", "common"])
        #expect(ours?.contains("and db/plain is of our own format") == true)
        let (_, two) = try read(files, in: ["prisma", "prisma2"])
        #expect(
            two?.hasPrefix("db/prisma and db/prisma2 are two folders, and prisma has one") == true)
    }

    @Test func `commas part folders, unless a folder is called so`() {
        func names(_ text: String, _ folders: [String] = []) -> [String] {
            Folder.names(in: text, exists: folders.contains)
        }
        #expect(names("db") == ["db"])
        #expect(names("db/common, db/{engine},") == ["db/common", "db/{engine}"])
        #expect(names("a,b", ["a,b"]) == ["a,b"])
        #expect(names(",") == [","])
        #expect(
            names("filesystem:db/common,filesystem:db/{vendor}/more")
                == ["db/common", "db/{engine}/more"])
        #expect(names("db/{vendor}") == ["db/{engine}"])
        #expect(names("filesystem:db", ["filesystem:db"]) == ["filesystem:db"])
    }

    // MARK: refinery

    @Test func `refinery's unversioned files run in the order of their numbers`() throws {
        let (folder, problem) = try read([
            "V1__a.sql": "SELECT 1;\n", "U2__b.sql": "SELECT '${x}';\n",
            "more/V10__c.sql": "SELECT 3;\n",
        ])
        #expect(problem == nil)
        #expect(
            folder?.format
                == FormatChoice(
                    name: "refinery",
                    reason: "U2__b.sql is named as refinery's files are, and undoes no version"))
        #expect(folder?.migrations.map(\.name) == ["V1__a", "U2__b", "V10__c"])
        #expect(
            try lines(folder?.migrations[1].body(for: .testPostgres))
                == [Found("SELECT '${x}'", 1)])
        let (named, _) = try read(["V1__a.sql": "SELECT 1;\n", "refinery.toml": ""])
        #expect(named?.format?.name == "refinery")
    }

    @Test func `a folder that only refinery or only Flyway could have is not the other's`() throws {
        let (_, rust) = try read(["V1__a.sql": "", "V2__b.rs": ""])
        #expect(
            rust?.hasPrefix("db/V2__b.rs is a migration in Rust, which only refinery can run")
                == true)
        let (_, both) = try read(["V1__a.sql": "", "U2__b.sql": "", "R__c.sql": ""])
        #expect(
            both?.hasPrefix(
                "the folder db looks like one of flyway, because R__c.sql is named as Flyway's files "
                    + "are, and like one of refinery, because U2__b.sql is named as refinery's")
                == true, "\(both ?? "none")")
        let (forced, _) = try read(
            ["V1__a.sql": "SELECT '${x}';\n", "V2__b.sql": ""], format: "refinery")
        #expect(
            try lines(forced?.migrations[0].body(for: .testPostgres))
                == [Found("SELECT '${x}'", 1)])
    }
}
