import Testing

@testable import Bootstrap

/// Folders whose migrations are known by names, folders for engines, and what is no SQL.
@Suite struct NamedFormatTests: FormatTesting {
    // MARK: Names without numbers

    @Test func `sql-migrate's files are known by their names, those with numbers first`() throws {
        let mark = "-- +migrate Up\nSELECT 1;\n"
        let (folder, problem) = try read([
            "b.sql": mark, "10-x.sql": mark, "9-x.sql": mark, "09-a.sql": mark, "a.sql": mark,
        ])
        #expect(problem == nil)
        #expect(folder?.migrations.map(\.id) == ["09-a", "9-x", "10-x", "a", "b"])
    }

    @Test func `sqitch's changes run in the plan's order, reworked ones from their tag's files`()
        throws
    {
        let plan = """
            %syntax-version=1.0.0
            %project=shop

            zoo 2026-11-23T20:40:32Z T <t@e.com> # why [not] @all
            fn [zoo !other] 2026-11-23T20:40:33Z T <t@e.com>
            @v1.0 2026-11-23T20:40:33Z T <t@e.com>
              # a note
            api/user [fn zoo@v1.0 else:where] 2026-11-23T20:40:33Z T <t@e.com>
            @v1.1 2026-11-23T20:40:33Z T <t@e.com>
            fn [fn@v1.1] 2026-11-23T20:40:34Z T <t@e.com>
            """
        let files = [
            "sqitch.plan": plan, "deploy/zoo.sql": "BEGIN;\nSELECT 1;\nCOMMIT;\n",
            "revert/zoo.sql": "SELECT -1;\n", "deploy/fn@v1.0.sql": "SELECT 2;\n",
            "deploy/api/user.sql": "SELECT 3;\n", "deploy/fn.sql": "SELECT 4;\n",
            "verify/zoo.sql": "nonsense",
        ]
        let (folder, problem) = try read(files)
        #expect(problem == nil)
        #expect(
            folder?.format == FormatChoice(name: "sqitch", reason: "it has a file sqitch.plan"))
        let migrations = try #require(folder?.migrations)
        #expect(migrations.map(\.id) == ["1", "2", "3", "4"])
        #expect(migrations.map(\.name) == ["zoo", "fn@v1.0", "api/user", "fn"])
        #expect(try lines(migrations[0].body(for: .testPostgres)) == [Found("SELECT 1", 2)])
        #expect(
            try lines(migrations[0].wayBack(for: .testPostgres)) == [Found("SELECT -1", 1)])
        #expect(try migrations[1].wayBack(for: .testPostgres) == nil)
        var other = files
        other["deploy/zoo.sql"] = nil
        #expect(
            try read(other).problem?.hasPrefix(
                "db/sqitch.plan:4:1 plans a change whose script db/deploy/zoo.sql is missing")
                == true)
    }

    @Test func `sqitch.conf says where the plan and the scripts are, its engine first`() throws {
        let (folder, problem) = try read([
            "sqitch.conf": """
            [core]
            \tengine = pg
            \ttop_dir = elsewhere ; a note
            # plan_file = no.plan
            [engine "pg"]
            \ttop_dir = "pg/"
            \textension = ddl
            [engine "sqlite"]
            \tplan_file = lite.plan
            """,
            "pg/sqitch.plan": "%project=shop\n\none 2026-11-23T20:40:32Z T <t@e.com>\n",
            "pg/deploy/one.ddl": "SELECT 1;\n",
        ])
        #expect(problem == nil)
        #expect(folder?.migrations.map(\.name) == ["one"])
        #expect(
            try read(["sqitch.conf": "[core]\n\tengine = pg\n"]).problem
                == "there is no plan db/sqitch.plan")
    }

    @Test(arguments: [
        ("a\na\n", 2, "plans a a second time, and no tag is between"),
        ("@v1\n", 1, "is a tag, and no change is before it"),
        ("a\n@v1\n@v1\n", 3, "is a second tag @v1"),
        ("a [b]\nb\n", 1, "needs b, which does not come before it"),
        ("a\nb [!a]\n", 2, "is in conflict with a, which comes before it"),
        ("a\n-a\n", 2, "takes a change back, which sqitch no longer does"),
        ("a@b\n", 1, "has no name that sqitch allows"),
    ])
    func `a line of a plan that sqitch would refuse is told`(
        _ plan: String, _ line: Int, _ expected: String
    ) throws {
        let (_, problem) = try read([
            "sqitch.plan": plan, "deploy/a.sql": "", "deploy/b.sql": "",
        ])
        #expect(problem?.hasPrefix("db/sqitch.plan:\(line):1 \(expected)") == true)
    }

    @Test func `yoyo's files run behind those that they depend on`() throws {
        let (folder, problem) = try read([
            "20240101_01_a-one.sql": "-- one\n-- depends: 20240101_02_b-two\nSELECT 1;\n",
            "20240101_02_b-two.sql": "--\n-- transactional: false\n\nVACUUM;\n",
            "20240101_02_b-two.rollback.sql": "SELECT -2;\n",
            "20240101_03_c.sql": "SELECT 3;\n-- depends: nothing\n",
        ])
        #expect(problem == nil)
        #expect(folder?.format?.name == "yoyo")
        let migrations = try #require(folder?.migrations)
        #expect(
            migrations.map(\.id) == ["20240101_02_b-two", "20240101_01_a-one", "20240101_03_c"])
        #expect(migrations[0].body(for: .testPostgres)?.directives == [.noTransaction])
        #expect(try migrations[0].wayBack(for: .testPostgres)?.directives == [.noTransaction])
        #expect(migrations[1].body(for: .testPostgres)?.directives == [])
        #expect(try migrations[1].wayBack(for: .testPostgres) == nil)
    }

    @Test(arguments: [
        (["b.sql": "-- depends: c\n"], "b.sql:1:1 needs c, which is no file here"),
        (
            ["a.sql": "-- depends: b\n", "b.sql": "--\n-- depends: a\n"],
            "a.sql:1:1 needs b, which in the end needs this"
        ),
        (
            ["a.sql": "-- transactional: no\n", "b.sql": "-- depends: a\n"],
            "a.sql:1:1 is neither -- transactional: true nor false"
        ),
        (
            ["post-apply.sql": "", "b.sql": "-- depends: a\n"],
            "post-apply.sql runs after each of yoyo's runs"
        ),
    ])
    func `what yoyo could not run is refused`(
        _ files: [String: String], _ expected: String
    ) throws {
        let (_, problem) = try read(files, format: "yoyo")
        #expect(problem?.hasPrefix("db/" + expected) == true, "\(problem ?? "none")")
    }

    @Test func `a folder for each version runs in the versions' order, then by name`() throws {
        let (folder, problem) = try read([
            "v1.10/a.sql": "SELECT 4;\n", "v1.2/2_b.sql": "SELECT 1;\n",
            "v1.2/10_a.up.sql": "SELECT 2;\n", "v1.2/10_a.down.sql": "SELECT -2;\n",
            "v1.3/x.mysql.sql": "SELECT 0;\n", "v1.3/x.sql": "SELECT 3;\n",
            "v1.3/y.sql.postgres": "SELECT 3;\n", "docs/a.sql": "",
        ])
        #expect(problem == nil)
        #expect(
            folder?.format
                == FormatChoice(
                    name: "folders", reason: "v1.2 is a folder of a version, with .sql files"))
        let migrations = try #require(folder?.migrations)
        #expect(
            migrations.map(\.name) == ["v1.2/2_b", "v1.2/10_a", "v1.3/x", "v1.3/y", "v1.10/a"])
        #expect(try lines(migrations[2].body(for: .testPostgres)) == [Found("SELECT 3", 1)])
        #expect(migrations[3].body(for: .testPostgres) != nil)
        #expect(migrations.map(\.waysBack.isEmpty) == [true, false, true, true, true])
    }

    // MARK: Engines

    @Test func `files for engines may be called as other projects call them`() throws {
        let (folder, problem) = try read([
            "1_a.up.sql": "SELECT 1;\n", "1_a.cockroach.up.sql": "SELECT 2;\n",
            "1_a.postgres.up.sql": "SELECT 3;\n", "2_b.sql.postgres": "SELECT 4;\n",
            "2_b.sql.sqlite": "SELECT 5;\n", "2_b.sql.orig": "SELECT 6;\n",
        ])
        #expect(problem == nil)
        let migrations = try #require(folder?.migrations)
        #expect(migrations.map(\.name) == ["1_a", "2_b"])
        #expect(try lines(migrations[0].body(for: .testPostgres)) == [Found("SELECT 3", 1)])
        #expect(try lines(migrations[1].body(for: .testPostgres)) == [Found("SELECT 4", 1)])
    }

    @Test func `of folders that are called like engines, the server's is read`() throws {
        let files = [
            "postgresql/1_a.sql": "SELECT 1;\n", "mysql/1_a.sql": "SELECT 2;\n",
            "mariadb/1_a.sql": "SELECT 3;\n", "README.md": "",
        ]
        for (variants, expected) in [
            (["postgres"], "postgresql"), (["mariadb", "mysql"], "mariadb"), (["mysql"], "mysql"),
        ] {
            let (folder, problem) = try read(files, variants: variants)
            #expect(problem == nil)
            #expect(
                folder?.migrations[0].bodies[""]?.path.hasSuffix("/\(expected)/1_a.sql") == true)
        }
        let (_, none) = try read(files, variants: ["sqlite"])
        #expect(none?.hasPrefix("there is no folder db/sqlite") == true)
    }

    @Test func `a migration may be a folder with a file for each engine, of marks or of ours`()
        throws
    {
        for (there, back, tool) in [
            ("-- +goose Up\n", "-- +goose Down\n", "goose"), ("", nil, nil),
            ("-- +migrate Up\n", "-- +migrate Down\n", "sql-migrate"),
        ] {
            func text(_ number: Int) -> String {
                "\(there)SELECT \(number);\n" + (back.map { "\($0)SELECT -\(number);\n" } ?? "")
            }
            let (folder, problem) = try read([
                "09_a/postgres.sql": text(1), "09_a/sqlite3.sql": text(2), "10_b/pg.sql": text(3),
                "10_b/mysql.sql": text(4), "10_b/mssql.sql": "SELECT 'a", "10_b/notes.md": "",
                "docs/a.sql": "", "README.md": "", "11_c/README.md": "",
            ])
            #expect(problem == nil)
            #expect(folder?.format?.name == tool)
            let migrations = try #require(folder?.migrations)
            #expect(migrations.map(\.name) == ["09_a", "10_b"])
            func found(_ dialect: Dialect) throws -> [[Found]?] {
                try migrations.map { try lines($0.body(for: dialect), for: dialect) }
            }
            let line = there.isEmpty ? 1 : 2
            #expect(
                try found(.testPostgres) == [[Found("SELECT 1", line)], [Found("SELECT 3", line)]])
            #expect(try found(.testSQLite) == [[Found("SELECT 2", line)], nil])
            #expect(try found(.testMariaDB) == [nil, [Found("SELECT 4", line)]])
            let ways = try migrations.map { try lines($0.wayBack(for: .testPostgres)) }
            #expect(
                ways
                    == (back == nil
                        ? [nil, nil] : [[Found("SELECT -1", 4)], [Found("SELECT -3", 4)]]))
        }
    }

    @Test(
        arguments: [
            (
                ["1_a/postgres.sql": "", "2_b/postgre.sql": ""],
                "2_b/postgre.sql is no file for an engine in a migration's folder, as 1_a/postgres.sql"
            ),
            (
                ["1_a/postgres.sql": "", "2_b/up.sql": ""],
                "2_b/up.sql is no file for an engine in a migration's folder, as 1_a/postgres.sql is"
            ),
            (
                ["1_a/postgres.sql": "", "2_b.sql": ""],
                "2_b.sql is no file for an engine in a migration's folder, as 1_a/postgres.sql is"
            ),
            (
                ["1_a/postgres.sql": "", "1_a/pg.sql": ""],
                "1_a/postgres.sql and db/1_a/pg.sql are both migration 1"
            ),
            (
                ["1_a/postgres.sql": goose, "1_a/postgresql.sql": goose],
                "1_a/postgresql.sql and db/1_a/postgres.sql are both migration 1"
            ),
            (
                ["1_a/postgres.sql": goose, "01_b/sqlite.sql": goose],
                "1_a/postgres.sql and db/01_b/sqlite.sql are both migration 1"
            ),
            (
                ["1_a/postgres.sql": goose, "2_b/postgres.sql": "SELECT 1;"],
                "2_b/postgres.sql:1:1 is a statement before the first mark"
            ),
        ])
    func `what makes such folders unclear is refused`(
        _ files: [String: String], _ expected: String
    ) throws {
        let (_, problem) = try read(files)
        #expect(problem?.hasPrefix("db/" + expected) == true, "\(problem ?? "none")")
    }

    private static let goose = "-- +goose Up\nSELECT 1;\n"

    @Test func `a folder of a version may have a file for each engine`() throws {
        let migrations = try #require(
            try read(["v1/postgres.sql": "SELECT 1;", "v1/sqlite3.sql": "SELECT 2;"]).folder?
                .migrations)
        #expect(migrations.map(\.name) == ["v1"])
        #expect(try lines(migrations[0].body(for: .testPostgres)) == [Found("SELECT 1", 1)])
        #expect(migrations[0].body(for: .testMariaDB) == nil)
    }

    // MARK: Code

    @Test(arguments: [
        ("env.py", "", "script.py.mako", "db is a folder of Alembic, which only Alembic can run"),
        (
            "1975ea83b712_x.py", "from alembic import op\ndown_revision = None\n", "a.txt",
            "db/1975ea83b712_x.py is a migration for Alembic"
        ),
        (
            "0001_initial.py", "from django.db import migrations\n", "1_a.sql",
            "db/0001_initial.py is a migration for Django"
        ),
        (
            "1_x.rb", "class X < ActiveRecord::Migration[7.1]\n", "1_a.sql",
            "db/1_x.rb is a migration for Rails"
        ),
        (
            "db.changelog.xml", "<databaseChangeLog>", "a.txt",
            "db/db.changelog.xml is a migration for Liquibase"
        ),
    ])
    func `migrations in code are refused by their tool's name, also beside SQL`(
        _ name: String, _ text: String, _ other: String, _ expected: String
    ) throws {
        let (_, problem) = try read([name: text, other: "SELECT 1;\n"])
        #expect(problem?.hasPrefix(expected) == true, "\(problem ?? "none")")
        #expect(problem?.contains("\nNext: ") == true)
    }

    @Test func `other programs may lie beside our files`() throws {
        let (folder, problem) = try read([
            "1_a.sql": "SELECT 1;\n", "2_tool.py": "print('down')\n", "x.yaml": "a: 1\n",
        ])
        #expect(problem == nil)
        #expect(folder?.migrations.count == 1)
    }
}
