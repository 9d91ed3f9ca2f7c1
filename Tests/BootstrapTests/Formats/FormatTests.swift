import Testing

@testable import Bootstrap

/// Folders of other tools, and what is read from them.
@Suite struct FormatTests: FormatTesting {
    // MARK: Marks in files

    @Test func `dbmate's files have two parts, whose lines stay where they are`() throws {
        let (folder, problem) = try read([
            "20240131_one.sql": """
            \u{FEFF}-- a comment\r
            -- migrate:up\r
            CREATE TABLE one (id integer);\r
            CREATE TABLE two (id integer);\r
            \r
            -- migrate:down\r
            DROP TABLE two;\r
            DROP TABLE one;\r
            """,
            "3.sql": "--migrate:up transaction:false\nVACUUM;\n",
            "README.md": "words",
        ])
        #expect(problem == nil)
        let migrations = try #require(folder?.migrations)
        #expect(folder?.format?.name == "dbmate")
        #expect(migrations.map(\.id) == ["20240131", "3"])
        #expect(migrations.map(\.name) == ["20240131_one", "3"])
        let body = migrations[0].body(for: .testPostgres)
        #expect(
            try lines(body)
                == [
                    Found("CREATE TABLE one (id integer)", 3),
                    Found("CREATE TABLE two (id integer)", 4),
                ])
        #expect(
            try lines(migrations[0].wayBack(for: .testPostgres))
                == [Found("DROP TABLE two", 7), Found("DROP TABLE one", 8)])
        let alone = migrations[1].body(for: .testPostgres)
        #expect(try lines(alone) == [Found("VACUUM", 2)])
        #expect(alone?.directives == [.noTransaction])
        #expect(try migrations[1].wayBack(for: .testPostgres) == nil)
    }

    @Test func `a licence in a block comment may stand before the first mark`() throws {
        let (folder, problem) = try read([
            "1_one.sql": """
            /*
             * -- A licence; with words.
             */
            /* more */ -- a comment
            -- +migrate Up
            SELECT 1;
            """
        ])
        #expect(problem == nil)
        #expect(folder?.format?.name == "sql-migrate")
        #expect(try lines(folder?.migrations[0].body(for: .testPostgres)) == [Found("SELECT 1", 6)])
        let executed = try read(["1_one.sql": "/*! SELECT 1 */;\n-- +migrate Up\nSELECT 1;\n"])
        #expect(executed.folder?.format == nil)
        let forced = try read(
            ["1_one.sql": "/*! SELECT 1 */;\n-- +migrate Up\n"], format: "sql-migrate")
        #expect(
            forced.problem?.hasPrefix("db/1_one.sql:1:1 is a statement before the first mark")
                == true)
    }

    @Test func `Atlas's sum beside another tool's files leaves them that tool's`() throws {
        let sum = "h1:ThisIsNoSumOfThese=\n"
        let (folder, problem) = try read([
            "1_one.sql": "-- atlas:nolint\n-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT -1;\n",
            "2_two.sql": "-- +goose Up\nSELECT 2;\n",
            "atlas.sum": sum,
        ])
        #expect(problem == nil)
        #expect(folder?.format?.name == "goose")
        #expect(try lines(folder?.migrations[0].body(for: .testPostgres)) == [Found("SELECT 1", 3)])
    }

    @Test func `a mark in one of a pair of files is a comment`() throws {
        let (folder, problem) = try read([
            "1_one.up.sql": "-- nothing to do here\n-- +migrate Up\n",
            "1_one.down.sql": "-- +migrate Down\n",
            "2_two.up.sql": "SELECT 2;\n",
        ])
        #expect(problem == nil)
        #expect(folder?.format == nil)
        #expect(folder?.migrations.map(\.name) == ["1_one", "2_two"])
    }

    @Test func `a pair of files belongs together by its number`() throws {
        let (folder, problem) = try read([
            "1_add_inputs.up.sql": "SELECT 1;\n", "1_add_input.down.sql": "SELECT -1;\n",
            "2_a.up.sql": "SELECT 2;\n", "2_b.down.sql": "SELECT -2;\n",
        ])
        #expect(problem == nil)
        #expect(folder?.migrations.map(\.name) == ["1_add_inputs", "2_a"])
        #expect(
            folder?.migrations.map { $0.waysBack[""]?.path.split(separator: "/").last }
                == ["1_add_input.down.sql", "2_b.down.sql"])
        for files in [
            ["1_a.up.sql", "1_b.up.sql"], ["1_a.sql", "1_b.down.sql"],
            ["1_a.up.sql", "1_a.down.sql", "1_b.down.sql"],
        ] {
            let texts = Dictionary(uniqueKeysWithValues: files.map { ($0, "SELECT 1;\n") })
            #expect(try read(texts).problem?.contains("are both migration 1") == true)
        }
    }

    @Test func `engines have the names that projects give them, and numbers may end in a dot`()
        throws
    {
        let (folder, problem) = try read([
            "1_one.sqlite3.up.sql": "SELECT 'sqlite';\n",
            "1_one.postgresql.up.sql": "SELECT 'postgres';\n",
            "2_two.sql.pgsql": "SELECT 2;\n",
            "V0003.Three_Things.postgres.up.sql": "SELECT 3;\n",
            "V0003.Three_Things.postgres.down.sql": "SELECT -3;\n",
            "V0004.Four.up.sql": "SELECT 4;\n",
            "5_five.autocommit.up.sql": "VACUUM;\n",
            "5_five.autocommit.down.sql": "VACUUM;\n",
            "5_five.cockroach.autocommit.up.sql": "SELECT 5;\n",
        ])
        #expect(problem == nil)
        #expect(folder?.format == nil)
        let migrations = try #require(folder?.migrations)
        #expect(
            migrations.map(\.name)
                == ["1_one", "2_two", "0003_Three_Things", "0004_Four", "5_five"])
        #expect(migrations.map(\.id) == ["1", "2", "3", "4", "5"])
        #expect(
            try migrations.map { try lines($0.body(for: .testPostgres)) ?? [] }
                == ["'postgres'", "2", "3", "4"].map { [Found("SELECT \($0)", 1)] }
                + [[Found("VACUUM", 1)]])
        #expect(migrations[4].body(for: .testPostgres)?.directives == [.noTransaction])
        guard case .path(_, let manner)? = migrations[4].waysBack[""] else {
            Issue.record("no way back")
            return
        }
        #expect(manner.directives == [.noTransaction])
        #expect(migrations[2].waysBack["postgres"] != nil)
        #expect(
            try read(["V0001..up.sql": "SELECT 1;\n"]).problem?
                .contains("is not named as a migration") == true)
        #expect(
            try read(["1_one.autocommit.sql": "SELECT 1;\n"]).problem?
                .contains("has a part .autocommit") == true)
    }

    @Test func `goose's annotations are read in any case, and its blocks`() throws {
        let (folder, problem) = try read([
            "00002_two.sql": """
            -- +goose up
            -- +goose StatementBegin
            CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $$ SELECT 1; $$;
            -- +goose StatementEnd
            SELECT 2;
            -- +goose DOWN
            DROP FUNCTION f;
            """,
            "1_one.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nVACUUM;\n-- +goose Down\n",
        ])
        #expect(problem == nil)
        let migrations = try #require(folder?.migrations)
        #expect(folder?.format?.name == "goose")
        #expect(migrations.map(\.name) == ["1_one", "00002_two"])
        let one = migrations[0]
        #expect(one.body(for: .testPostgres)?.directives == [.noTransaction])
        #expect(try one.wayBack(for: .testPostgres)?.directives == [.noTransaction])
        #expect(try lines(one.wayBack(for: .testPostgres)) == [])
        #expect(try lines(migrations[1].body(for: .testPostgres))?.map(\.line) == [3, 5])
        #expect(
            try lines(migrations[1].wayBack(for: .testPostgres)) == [Found("DROP FUNCTION f", 7)])
    }

    @Test func `sql-migrate's commands may come several times`() throws {
        let (folder, problem) = try read([
            "1-one.sql": """
            -- +migrate Up
            SELECT 1;
            -- +migrate Down notransaction
            SELECT -1;
            -- +migrate Up
            SELECT 2;
            -- +migrate StatementBegin
            SELECT 3;
            -- +migrate StatementEnd
            """
        ])
        #expect(problem == nil)
        let migration = try #require(folder?.migrations.first)
        #expect(folder?.format?.name == "sql-migrate")
        #expect(migration.name == "1-one")
        #expect(try lines(migration.body(for: .testPostgres))?.map(\.line) == [2, 6, 8])
        #expect(migration.body(for: .testPostgres)?.directives == [])
        let back = try migration.wayBack(for: .testPostgres)
        #expect(back?.directives == [.noTransaction])
        #expect(try lines(back)?.map(\.line) == [4])
    }

    @Test func `a directive above the first mark holds for the whole file`() throws {
        let (folder, problem) = try read([
            "1_a.sql": """
            -- A licence.
            -- bootstrap: no-transaction
            -- migrate:up
            VACUUM;
            -- migrate:down
            VACUUM;
            """
        ])
        #expect(problem == nil)
        let migration = try #require(folder?.migrations.first)
        #expect(migration.body(for: .testPostgres)?.directives == [.noTransaction])
        #expect(try migration.wayBack(for: .testPostgres)?.directives == [.noTransaction])
        let (_, typo) = try read(["1_a.sql": "-- bootstrap: no-transactions\n-- migrate:up\n"])
        #expect(typo?.contains("did you mean `no-transaction`?") == true, "\(typo ?? "none")")
    }

    @Test(arguments: [
        ("1_a.sql", "-- migrate:up\n-- migrate:dwon\n", "1_a.sql:2:1 is neither -- migrate:up nor"),
        (
            "1_a.sql", "-- migrate:up transacton:false\n",
            "1_a.sql:1:1 has an option that dbmate does not know, transacton:false; did you mean "
                + "transaction:false?"
        ),
        (
            "1_a.sql", "-- migrate:down\nSELECT 1;\n",
            "1_a.sql:1:1 leads back, and nothing before it"
        ),
        (
            "1_a.sql", "-- x\nSELECT 1;\n-- migrate:up\n",
            "1_a.sql:2:1 is a statement before the first mark"
        ),
        ("1_a.sql", "-- +goose Upp\n", "1_a.sql:1:1 is no annotation of goose; did you mean Up?"),
        ("1_a.sql", "-- +goose StatementBegin\n", "1_a.sql:1:1 stands before -- +goose Up"),
        (
            "1_a.sql", "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n",
            "1_a.sql:2:1 begins a block that has no end"
        ),
        (
            "1_a.sql", "-- +goose Up\n-- +goose StatementBegin\n-- +goose Down\n",
            "1_a.sql:3:1 stands inside of a block"
        ),
        ("1_a.sql", "-- +goose Up\n-- +goose StatementEnd\n", "1_a.sql:2:1 ends a block that"),
        (
            "1_a.sql", "-- +goose Up\n-- +goose ENVSUB IN\n",
            "1_a.sql:2:1 is no annotation of goose; did you mean ENVSUB ON?"
        ),
        ("1_a.sql", "-- +migrate Up no\n", "1_a.sql:1:1 is no command of sql-migrate"),
        ("a.sql", "-- migrate:up\nSELECT 1;\n", "a.sql does not begin with a number"),
        ("1a.sql", "-- +goose Up\nSELECT 1;\n", "1a.sql does not begin with a number and _"),
    ])
    func `a mark that is wrong is told with its line`(
        _ name: String, _ text: String, _ expected: String
    ) throws {
        // Beside a file that tells whose the folder is.
        let mark = text.contains("goose") ? "-- +goose Up" : nil
        let other = mark ?? (text.contains("+migrate") ? "-- +migrate Up" : "-- migrate:up")
        let (_, problem) = try read([name: text, "2_b.sql": other + "\nSELECT 2;\n"])
        #expect(problem?.hasPrefix("db/" + expected) == true, "\(problem ?? "none")")
    }

    @Test func `a file without a mark is refused beside those that have one`() throws {
        let (_, problem) = try read([
            "1_a.sql": "-- migrate:up\nSELECT 1;\n", "2_b.sql": "SELECT 2;\n",
            "3_c.sql": "-- only words\n",
        ])
        #expect(
            problem?.hasPrefix(
                "db/2_b.sql:1:1 is a statement before the first mark (-- migrate:up)")
                == true)
        let (_, other) = try read([
            "1_a.sql": "-- migrate:up\nSELECT 1;\n", "3_c.sql": "-- only words\n",
        ])
        #expect(
            other?.hasPrefix("db/3_c.sql:1:1 has no line that begins with -- migrate:up") == true)
    }

    @Test func `sqlx's files need no mark, but for one outside of a transaction`() throws {
        let (folder, problem) = try read([
            "20240131_two.up.sql": "-- no-transaction\nVACUUM;\n",
            "20240131_two.down.sql": "SELECT -2;\n",
            "20230131_one.sql": "SELECT 1;\n-- no-transaction\n",
        ])
        #expect(problem == nil)
        #expect(folder?.format?.name == "sqlx")
        let migrations = try #require(folder?.migrations)
        #expect(migrations.map(\.name) == ["20230131_one", "20240131_two"])
        #expect(migrations[0].body(for: .testPostgres)?.directives == [])
        #expect(migrations[1].body(for: .testPostgres)?.directives == [.noTransaction])
        #expect(try migrations[1].wayBack(for: .testPostgres)?.directives == [])
        let (_, orphan) = try read([
            "1_a.sql": "-- no-transaction\nVACUUM;\n", "2_b.down.sql": "SELECT 2;\n",
        ])
        #expect(orphan?.hasPrefix("db/2_b.down.sql leads back, and no file leads there") == true)
    }

    // MARK: Folders

    @Test func `Diesel's folders are migrations, without the dashes of their numbers`() throws {
        let (folder, problem) = try read([
            "2024-01-31-120000_two/up.sql": "SELECT 2;\n",
            "2024-01-31-120000_two/down.sql": "SELECT -2;\n",
            "20230131120000_one/up.sql": "VACUUM;\n",
            "20230131120000_one/metadata.toml": "# why\nrun_in_transaction = false\n",
            ".diesel_lock": "", "notes/up.txt": "",
        ])
        #expect(problem == nil)
        let migrations = try #require(folder?.migrations)
        #expect(
            folder?.format
                == FormatChoice(
                    name: "diesel", reason: "20230131120000_one has a file up.sql"))
        #expect(migrations.map(\.id) == ["20230131120000", "20240131120000"])
        #expect(migrations.map(\.name) == ["20230131120000_one", "2024-01-31-120000_two"])
        #expect(migrations[0].body(for: .testPostgres)?.directives == [.noTransaction])
        #expect(try migrations[0].wayBack(for: .testPostgres) == nil)
        #expect(try migrations[1].wayBack(for: .testPostgres) != nil)
        let (_, wrong) = try read([
            "1_a/up.sql": "", "1_a/metadata.toml": "\nrun_in_transactoin = false\n",
        ])
        #expect(
            wrong?.hasPrefix("db/1_a/metadata.toml:2:1 is not run_in_transaction = true or false")
                == true)
    }

    @Test func `Prisma's folders are migrations without a way back`() throws {
        let (folder, problem) = try read([
            "20240131120000_init/migration.sql": "SELECT 1;\n",
            "20240201120000_more/migration.sql": "SELECT 2;\n",
            "migration_lock.toml": "provider = \"postgresql\"\n",
        ])
        #expect(problem == nil)
        #expect(folder?.format?.name == "prisma")
        #expect(
            folder?.migrations.map(\.name) == ["20240131120000_init", "20240201120000_more"])
        let (_, wrong) = try read(["init/migration.sql": "SELECT 1;\n"])
        #expect(wrong?.hasPrefix("db/init does not begin with digits") == true)
    }

    // MARK: Whose the folder is

    @Test func `our own files are ours, whatever comments they begin with`() throws {
        let (folder, problem) = try read([
            "1_a.sql": "-- bootstrap: no-transaction\nVACUUM;\n",
            "2_b.sql": "-- migrate\nSELECT 1;\n",
            "3_c.sql": "/* -- migrate:up */ SELECT 1;\n-- migrate:up\n",
            "old/1_x/up.sql": "SELECT 1;\n",
        ])
        #expect(problem == nil)
        #expect(folder?.format == nil)
        #expect(folder?.migrations.map(\.name) == ["1_a", "2_b", "3_c"])
    }

    @Test(arguments: [
        ["1_a.sql": "-- why\n-- no-transaction\nVACUUM;\n"],
        ["1_a.sql": "\n-- no-transaction\nVACUUM;\n"],
        ["1_a.sql": "\u{FEFF}-- no-transaction\nVACUUM;\n"],
        ["1_a.sql": "-- no-transaction\nVACUUM;\n", "R_b.sql": "SELECT 1;\n"],
        ["1_a.sql": "-- no-transaction\nVACUUM;\n", "2_b.mysql.sql": "SELECT 1;\n"],
        ["1_a.sql": "-- no-transaction\nVACUUM;\n", "before_migrate.sql": "SELECT 1;\n"],
    ])
    func `what sqlx could not mean is ours`(_ files: [String: String]) throws {
        let (folder, problem) = try read(files)
        #expect(problem == nil)
        #expect(folder != nil && folder?.format == nil)
        #expect(folder?.migrations[0].body(for: .testPostgres)?.directives == [])
    }

    @Test func `a folder that looks like two tools' is refused with both reasons`() throws {
        let files = [
            "1_a.sql": "-- +goose Up\nSELECT 1;\n", "2_b.sql": "-- migrate:up\nSELECT 2;\n",
        ]
        let (_, problem) = try read(files)
        #expect(
            problem == """
                the folder db looks like one of goose, because db/1_a.sql has the line "-- +goose Up", \
                and like one of dbmate, because db/2_b.sql has the line "-- migrate:up"
                Next: Say which with --format, or part the files.
                """)
        let (_, forced) = try read(files, format: "goose")
        #expect(
            forced?.hasPrefix("db/2_b.sql:2:1 is a statement before the first mark (-- +goose)")
                == true)
    }

    @Test func `a format that is forced is taken, ours too`() throws {
        let files = ["1_a.sql": "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n"]
        let (ours, _) = try read(files, format: "bootstrap")
        #expect(ours?.format == nil)
        #expect(try lines(ours?.migrations[0].body(for: .testPostgres))?.map(\.line) == [2, 4])
        let (goose, _) = try read(files, format: "goose")
        #expect(goose?.format == FormatChoice(name: "goose", reason: "--format says so"))
        let (_, typo) = try read(files, format: "gose")
        #expect(
            typo?.hasPrefix("there is no format gose; did you mean goose?\nNext: Name one of")
                == true)
        let (_, none) = try read(files, format: "prisma")
        #expect(none == "the folder db holds no migration of prisma")
    }

    @Test func `a migration in Go is refused, for the others would run without it`() throws {
        let (_, problem) = try read([
            "1_a.sql": "-- +goose Up\nSELECT 1;\n", "2_b.go": "package migrations\n",
        ])
        #expect(
            problem == """
                db/2_b.go is a migration in Go, which only goose can run
                Next: Write it in SQL or as a migration in Swift; no file of this folder was run.
                """)
    }

    @Test func `two files of one number are refused`() throws {
        let (_, problem) = try read([
            "1_a.sql": "-- migrate:up\n", "001_b.sql": "-- migrate:up\n",
        ])
        #expect(problem?.hasPrefix("db/1_a.sql and db/001_b.sql are both migration 1") == true)
    }
}
