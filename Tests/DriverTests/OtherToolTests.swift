import Bootstrap
import BootstrapTesting
import FoundationEssentials
import Testing

/// Databases that the real tools have migrated: what `adopt` takes over, what both say is pending, and
/// that the tool finds nothing to do once the rest was applied beside it.
@Suite struct OtherToolTests {
    /// Runs `body` with an empty project on a database of its own.
    private func withProject(
        of tool: OtherTool, _ database: TestDatabase, _ body: (ToolProject) async throws -> Void
    ) async throws {
        try await database.withDatabase { url async throws in
            let project = try ToolProject(tool, database, url)
            defer { project.remove() }
            try await body(project)
        }
    }

    /// Applies the rest and writes it into the tool's table too.
    private func applyMirrored(_ project: ToolProject) async throws -> [String] {
        var pipeline = project.pipeline()
        pipeline.options.mirror = true
        return try await pipeline.run().migrated
    }

    @Test(.needs(.dbmate), arguments: TestDatabase.all)
    func `dbmate's history is taken over, and kept`(_ database: TestDatabase) async throws {
        try await withProject(of: .dbmate, database) { project in
            let address = project.pick(
                postgres: project.address("postgres", "?sslmode=disable"),
                mariaDB: project.address("mysql"), sqlite: "sqlite:" + project.url.path)
            func dbmate(_ word: String) throws -> String {
                try project.run("--url", address, "-d", "migrations", "--no-dump-schema", word)
            }
            func file(_ table: String) -> String {
                "-- migrate:up\nCREATE TABLE \(table) (id integer);\n\n"
                    + "-- migrate:down\nDROP TABLE \(table);\n"
            }
            try project.write([
                "migrations/20240101_note.sql": file("note"),
                "migrations/20240102_tag.sql": file("tag"),
            ])
            _ = try dbmate("migrate")
            try project.write(["migrations/20240103_label.sql": file("label")])
            #expect(
                try await project.takeover() == [
                    "adopted 20240101_note", "adopted 20240102_tag", "pending 20240103_label",
                ])
            #expect(
                try await project.pipeline().adopt(.init()).adopted
                    == ["20240101_note", "20240102_tag"])
            #expect(try await project.pending() == ["20240103_label"])
            #expect(try dbmate("status").contains("[ ] 20240103_label.sql"))
            #expect(try await applyMirrored(project) == ["20240103_label"])
            #expect(try dbmate("status").contains("Pending: 0"))
        }
    }

    @Test(.needs(.sqlMigrate), arguments: TestDatabase.all)
    func `sql-migrate's history is taken over, and kept`(_ database: TestDatabase) async throws {
        try await withProject(of: .sqlMigrate, database) { project in
            let (user, password) = (
                project.url.user ?? "", project.url.password?.reveal() ?? ""
            )
            let port = project.url.hosts.first?.port ?? 0
            let name = project.url.databaseName
            let source = project.pick(
                postgres: "host=127.0.0.1 port=\(port) user=\(user) password=\(password) "
                    + "dbname=\(name) sslmode=disable",
                mariaDB: "\(user):\(password)@tcp(127.0.0.1:\(port))/\(name)?parseTime=true",
                sqlite: project.url.path)
            let dialect = project.pick(postgres: "postgres", mariaDB: "mysql", sqlite: "sqlite3")
            func file(_ table: String) -> String {
                "-- +migrate Up\nCREATE TABLE \(table) (id integer);\n"
                    + "-- +migrate Down\nDROP TABLE \(table);\n"
            }
            try project.write([
                "dbconfig.yml":
                    "development:\n  dialect: \(dialect)\n  datasource: '\(source)'\n  dir: migrations\n",
                "migrations/2-note.sql": file("note"), "migrations/10-tag.sql": file("tag"),
                "migrations/11-label.sql": file("label"),
            ])
            try project.run("up", "-limit=2")
            #expect(
                try await project.takeover() == [
                    "adopted 2-note", "adopted 10-tag", "pending 11-label",
                ])
            #expect(try await project.pipeline().adopt(.init()).adopted == ["2-note", "10-tag"])
            #expect(try await project.pending() == ["11-label"])
            #expect(try await applyMirrored(project) == ["11-label"])
            #expect(try project.run("up").contains("Applied 0 migrations"))
        }
    }

    @Test(.needs(.yoyo), arguments: TestDatabase.all)
    func `yoyo's history is taken over, and kept`(_ database: TestDatabase) async throws {
        try await withProject(of: .yoyo, database) { project in
            let address = project.pick(
                postgres: project.address("postgresql"), mariaDB: project.address("mysql"),
                sqlite: "sqlite:///" + project.url.path)
            func yoyo(_ words: String...) throws -> String {
                try project.run(
                    [words[0], "--batch", "--no-config-file", "--database", address]
                        + words.dropFirst() + ["migrations"])
            }
            try project.write([
                "migrations/0001.note.sql": "CREATE TABLE note (id integer);\n",
                "migrations/0001.note.rollback.sql": "DROP TABLE note;\n",
                "migrations/0002.tag.sql":
                    "-- depends: 0001.note\nCREATE TABLE tag (id integer);\n",
                "migrations/0003.label.sql":
                    "-- depends: 0002.tag\nCREATE TABLE label (id integer);\n",
            ])
            _ = try yoyo("apply", "--revision", "0002.tag")
            #expect(
                try await project.takeover() == [
                    "adopted 0001.note", "adopted 0002.tag", "pending 0003.label",
                ])
            #expect(
                try await project.pipeline().adopt(.init()).adopted == ["0001.note", "0002.tag"])
            #expect(try await project.pending() == ["0003.label"])
            #expect(try await applyMirrored(project) == ["0003.label"])
            let list = try yoyo("list")
            #expect(list.split(separator: "\n").filter { $0.hasPrefix("A ") }.count == 3)
            #expect(!list.split(separator: "\n").contains { $0.hasPrefix("U ") })
        }
    }

    @Test(.needs(.alembic), arguments: TestDatabase.all)
    func `Alembic's revisions are taken over as it prints them`(
        _ database: TestDatabase
    ) async throws {
        try await withProject(of: .alembic, database) { project in
            let environment = [
                "DATABASE_URL": project.pick(
                    postgres: project.address("postgresql"),
                    mariaDB: project.address("mysql+pymysql"),
                    sqlite: "sqlite:///" + project.url.path)
            ]
            func revision(_ id: String, after: String?, _ table: String) -> String {
                """
                from alembic import op
                import sqlalchemy

                revision = "\(id)"
                down_revision = \(after.map { "\"\($0)\"" } ?? "None")

                def upgrade():
                    op.create_table("\(table)", sqlalchemy.Column("id", sqlalchemy.Integer()))

                def downgrade():
                    op.drop_table("\(table)")

                """
            }
            try project.write([
                "alembic.ini": "[alembic]\nscript_location = revisions\n",
                "revisions/env.py": """
                import os
                import sqlalchemy
                from alembic import context

                url = os.environ["DATABASE_URL"]
                if context.is_offline_mode():
                    context.configure(url=url, literal_binds=True)
                    with context.begin_transaction():
                        context.run_migrations()
                else:
                    with sqlalchemy.create_engine(url).connect() as connection:
                        context.configure(connection=connection)
                        with context.begin_transaction():
                            context.run_migrations()

                """,
                "revisions/versions/a.py": revision("aaa1", after: nil, "note"),
                "revisions/versions/b.py": revision("bbb2", after: "aaa1", "tag"),
                "revisions/versions/c.py": revision("ccc3", after: "bbb2", "label"),
            ])
            func sql(_ step: String) throws -> String {
                // Its log goes to the same place.
                try project.run("upgrade", step, "--sql", environment: environment)
                    .split(separator: "\n", omittingEmptySubsequences: false)
                    .filter { !$0.hasPrefix("INFO") }.joined(separator: "\n")
            }
            try project.run("upgrade", "bbb2", environment: environment)
            try project.write([
                "migrations/0001_note.sql": try sql("aaa1"),
                "migrations/0002_tag.sql": try sql("aaa1:bbb2"),
                "migrations/0003_label.sql": try sql("bbb2:ccc3"),
                "others/0001_note.sql": try sql("aaa1"),
                "others/0002_rest.sql": try sql("aaa1:ccc3"),
            ])
            let middle = try await project.pipeline("others").planAdoption(.init()).refusal
            #expect(middle?.headline.contains("in the middle of 0002_rest") == true)
            #expect(
                try await project.takeover() == [
                    "adopted 0001_note", "adopted 0002_tag", "pending 0003_label",
                ])
            #expect(
                try await project.pipeline().adopt(.init()).adopted == ["0001_note", "0002_tag"])
            #expect(try await project.pending() == ["0003_label"])
            #expect(try await applyMirrored(project) == ["0003_label"])
            #expect(
                try project.run("current", environment: environment).contains("ccc3 (head)"))
        }
    }

    @Test(.needs(.sqitch), arguments: TestDatabase.all)
    func `sqitch's changes are taken over by their plan`(_ database: TestDatabase) async throws {
        // On MariaDB its tables are a database that all databases of the server share.
        var database = database
        if database.server === TestServer.mariaDB { database.server = TestServer(.mariaDB) }
        try await withProject(of: .sqitch, database) { project in
            let address = project.pick(
                postgres: project.address("db:pg"), mariaDB: project.address("db:mysql"),
                sqlite: "db:sqlite:" + project.url.path)
            let engine = project.pick(postgres: "pg", mariaDB: "mysql", sqlite: "sqlite")
            func line(_ name: String, _ day: Int) -> String {
                "\(name) 2024-01-0\(day)T00:00:00Z Ann <ann@example.com> # \(name)\n"
            }
            func script(_ sql: String) -> String { "BEGIN;\n\(sql);\nCOMMIT;\n" }
            let note = script("CREATE TABLE note (id integer)")
            try project.write([
                "migrations/sqitch.conf": "[core]\n\tengine = \(engine)\n",
                "migrations/sqitch.plan":
                    "%syntax-version=1.0.0\n%project=shop\n\n" + line("note", 1) + line("tag", 2)
                    + line("@v1", 3) + line("note [note@v1]", 4),
                "migrations/deploy/note@v1.sql": note,
                "migrations/deploy/tag.sql": script("CREATE TABLE tag (id integer)"),
                "migrations/deploy/note.sql": script("ALTER TABLE note ADD COLUMN body text"),
            ])
            let person = ["SQITCH_FULLNAME": "Ann", "SQITCH_EMAIL": "ann@example.com"]
            func sqitch(_ words: String...) throws -> String {
                try project.run(["--chdir", "migrations"] + words, environment: person)
            }
            _ = try sqitch("deploy", "--target", address, "--to", "@v1")
            #expect(
                try await project.takeover() == ["adopted note@v1", "adopted tag", "pending note"])
            try project.write(["migrations/deploy/note@v1.sql": note + "-- changed\n"])
            #expect(try await project.takeover().first == "changed note@v1")
            try project.write(["migrations/deploy/note@v1.sql": note])
            #expect(try await project.pipeline().adopt(.init()).adopted == ["note@v1", "tag"])
            #expect(try await project.pending() == ["note"])
            #expect(
                try sqitch("status", "--target", address).contains("Undeployed change:\n  * note"))
            #expect(try await project.pipeline().run().migrated == ["note"])
            // A database beside it, of another project's.
            try await database.withDatabase { url async throws in
                let other = database.pipeline(
                    url, .texts(["1_a.sql": "CREATE TABLE a (id integer)"]))
                #expect(try await other.run().migrated == ["1_a"])
            }
        }
    }

    @Test(.needs(.sqitch), arguments: TestDatabase.all)
    func `sqitch finds its tables as it would have written them`(
        _ database: TestDatabase
    ) async throws {
        // On MariaDB its tables are a database that all databases of the server share.
        var database = database
        if database.server === TestServer.mariaDB { database.server = TestServer(.mariaDB) }
        try await withProject(of: .sqitch, database) { project in
            let sqitch = try SqitchProject(project)
            try sqitch("deploy", "--to", "@v1")
            #expect(
                try await project.pipeline().adopt(.init()).adopted == ["note@v1", "tag", "label"])
            let rest = ["note", "word", "last", "more", "most"]
            #expect(try await applyMirrored(project) == rest)
            #expect(try sqitch("status").contains("Nothing to deploy (up-to-date)"))
            #expect(try sqitch("deploy").contains("Nothing to deploy (up-to-date)"))
            let ours = try sqitch.rows()
            #expect(try sqitch("verify").contains("Verify successful"))

            var pipeline = project.pipeline()
            pipeline.options.mirror = true
            #expect(
                try await pipeline.rollback(.count(5), isConfirmed: true).rolledBack
                    == rest.reversed())
            #expect(
                try sqitch("status").contains(
                    "Undeployed changes:\n  * note @v2\n  * word\n  * last\n  * more\n  * most"))
            #expect(try sqitch.rows(of: "changes").count == 3)
            #expect(try sqitch.rows(of: "events").filter { $0[0].text == "revert" }.count == 5)
            // What sqitch itself writes is the same, but for who did it and when.
            try sqitch("deploy")
            let theirs = try sqitch.rows()
            for (table, rows) in theirs { #expect(ours[table] == rows, "\(table)") }

            // Both ways on: sqitch reverts what was deployed here, and the other way round.
            try sqitch("revert", "-y", "--to", "@v1")
            let pending = ["4", "5", "6", "7", "8"]
            #expect(try await project.pipeline().adopt(.init(pending: pending)).adopted == [])
            #expect(try await applyMirrored(project) == rest)
            try sqitch("revert", "-y", "--to", "@v1")
            try sqitch("deploy")
            #expect(try await applyMirrored(project) == [])
            _ = try await pipeline.rollback(.count(1), isConfirmed: true)
            #expect(try sqitch("status").contains("Undeployed change:\n  * most"))
        }
    }

    @Test(.needs(.sqitch))
    func `what cannot be written into sqitch's file is not applied`() async throws {
        let database = try #require(TestDatabase.all.first { $0.dialect.engine == "sqlite" })
        try await withProject(of: .sqitch, database) { project in
            let sqitch = try SqitchProject(project)
            try sqitch("deploy", "--to", "@v1")
            _ = try await project.pipeline().adopt(.init())
            var pipeline = project.pipeline()
            pipeline.options.mirror = true
            pipeline.options.lockWait = .zero
            let other = try database.connect(to: project.url)
            defer { other.close() }
            try other.run("ATTACH '\(sqitch.registry)' AS registry")
            try other.run("BEGIN")
            try other.run("DELETE FROM registry.tags WHERE 0")
            let failure = await #expect(throws: Failure.self) { try await pipeline.run() }
            #expect(failure?.status == .busy)
            #expect(failure?.state?.hasPrefix("The database is as it was") == true)
            try other.run("ROLLBACK")
            #expect(
                try await project.pending() == ["note", "word", "last", "more", "most"])
            #expect(try await applyMirrored(project).count == 5)
            #expect(try sqitch("status").contains("Nothing to deploy (up-to-date)"))

            // A way back that fails leaves it there, too.
            let back = project.folder + "/migrations/revert/most.sql"
            let undo = try String(contentsOfFile: back, encoding: .utf8)
            try Data("DROP TABLE nothing;\n".utf8).write(to: URL(filePath: back))
            await #expect(throws: Failure.self) {
                try await pipeline.rollback(.count(1), isConfirmed: true)
            }
            #expect(try sqitch("status").contains("Nothing to deploy (up-to-date)"))
            #expect(try await applyMirrored(project) == [])
            try Data(undo.utf8).write(to: URL(filePath: back))

            // Nor would sqitch go on with a plan that was rewritten.
            let plan = project.folder + "/migrations/sqitch.plan"
            let text = try String(contentsOfFile: plan, encoding: .utf8)
            try Data(text.replacing("Ein Ümlaut", with: "Keiner").utf8)
                .write(to: URL(filePath: plan))
            #expect(throws: TestServerError.self) { try sqitch("deploy") }
            let refusal = try await project.pipeline().planAdoption(.init()).refusal
            #expect(refusal?.headline.contains("no change most as it was deployed") == true)
        }
    }
}

/// A project with all that a plan of sqitch's can say of a change.
private struct SqitchProject {
    let project: ToolProject

    init(_ project: ToolProject) throws {
        self.project = project
        let engine = project.pick(postgres: "pg", mariaDB: "mysql", sqlite: "sqlite")
        let note = "CREATE TABLE note (id integer)"
        try project.write([
            "migrations/sqitch.conf": "[core]\n\tengine = \(engine)\n",
            "migrations/sqitch.plan": """
            %syntax-version=1.0.0
            %project=shop
            %uri=HTTPS://Example.com:443/shop%7e/%3a/

            note 2024-01-01T00:00:00Z Ann Lee <ann@example.com>
            tag [note] 2024-01-02T01:02:03Z Zoë  <zoe@example.com> # Ein Ümlaut # und mehr  \t
            label [tag !else:absent] 2024-01-03T00:00:00Z Ann <ann@example.com># Two\\nlines, a \\\\ and "quotes"
            @v0 2024-01-03T00:00:00Z Ann <ann@example.com> # It's the first
            @v1 2024-01-03T00:00:01Z Ann <ann@example.com>

            # A line of its own.
            note [note@v1 @v0 shop:tag !else:@v7] 2024-01-04T00:00:00Z Ann <ann@example.com> # note
            @v2 2024-01-05T00:00:00Z Ann <ann@example.com> # The\\r\\nsecond
            + word [note@v2] 2024-01-06T00:00:00Z Ann <ann@example.com> # 0
            last [word note !else:nothing@v3] 2024-01-07T00:00:00Z Ann <ann@example.com> # {"a,b"} \\ 'x'
            more 2024-01-08T00:00:00Z Ann <ann@example.com>
            most 2024-01-09T00:00:00Z Ann <ann@example.com>

            """,
            "migrations/deploy/note@v1.sql": Self.script(note),
            "migrations/revert/note@v1.sql": Self.script("DROP TABLE note"),
            "migrations/deploy/tag.sql": Self.script("CREATE TABLE tag (id integer)"),
            "migrations/revert/tag.sql": Self.script("DROP TABLE tag"),
            "migrations/deploy/label.sql": Self.script("CREATE TABLE label (id integer)"),
            "migrations/revert/label.sql": Self.script("DROP TABLE label"),
            "migrations/deploy/note.sql": Self.script("CREATE TABLE note2 (id integer)"),
            "migrations/revert/note.sql": Self.script("DROP TABLE note2"),
            // The names of sqitch's own tables are nobody else's: its file is not there meanwhile.
            "migrations/deploy/word.sql": "-- bootstrap: no-transaction\n"
                + "DROP TABLE IF EXISTS tags;\nCREATE TABLE word (id integer);\n",
            "migrations/revert/word.sql": "-- bootstrap: no-transaction\nDROP TABLE word;\n",
            "migrations/deploy/last.sql": Self.script(
                "DROP TABLE IF EXISTS events;\nCREATE TABLE events (id integer)"),
            "migrations/revert/last.sql": Self.script("DROP TABLE IF EXISTS events"),
            "migrations/deploy/more.sql": Self.script("CREATE TABLE more (id integer)"),
            "migrations/revert/more.sql": Self.script("DROP TABLE more"),
            "migrations/deploy/most.sql": Self.script("CREATE TABLE most (id integer)"),
            "migrations/revert/most.sql": Self.script("DROP TABLE most"),
        ])
    }

    private static func script(_ sql: String) -> String { "BEGIN;\n\(sql);\nCOMMIT;\n" }

    @discardableResult
    func callAsFunction(_ word: String, _ words: String...) throws -> String {
        let address = project.pick(
            postgres: project.address("db:pg"), mariaDB: project.address("db:mysql"),
            sqlite: "db:sqlite:" + project.url.path)
        let person = ["SQITCH_FULLNAME": "Ann", "SQITCH_EMAIL": "ann@example.com", "TZ": "UTC"]
        return try project.run(
            ["--chdir", "migrations", word, "--target", address] + words, environment: person)
    }

    /// The file of its tables for a SQLite database.
    var registry: String {
        let file = project.url.path.split(separator: "/").last.map { "\($0)" } ?? ""
        return project.url.path.dropLast(file.count) + "sqitch" + file.drop { $0 != "." }
    }

    /// A table of sqitch's, without the columns that tell who did it and when.
    func rows(of table: String) throws -> [[Value]] {
        let columns = [
            "changes": "change_id, script_hash, {change}, project, note",
            "tags": "tag_id, tag, project, change_id, note",
            "dependencies": "change_id, type, dependency, dependency_id",
            "events": "event, change_id, {change}, project, note, requires, conflicts, tags",
            "projects": "project, uri",
        ]
        let connection = try project.database.connect(to: project.url)
        defer { connection.close() }
        let dialect = connection.dialect
        if dialect.engine == "sqlite" {
            try connection.run("ATTACH '\(registry)' AS sqitch")
        }
        let planned =
            ["changes", "tags", "events"].contains(table)
            ? ", planned_at, planner_name, planner_email" : ""
        let list = (columns[table] ?? "*").replacing("{change}", with: dialect.quoted("change"))
        return try connection.run("SELECT \(list)\(planned) FROM sqitch.\(table) ORDER BY 1, 2")
    }

    /// All of them, of what is deployed.
    func rows() throws -> [String: [[Value]]] {
        var all: [String: [[Value]]] = [:]
        for table in ["changes", "tags", "dependencies", "events", "projects"] {
            all[table] = try rows(of: table)
        }
        // Those that were deployed, each once.
        all["events"] = all["events"]?.filter { $0[0].text == "deploy" }.reduce(into: []) {
            if !$0.contains($1) { $0.append($1) }
        }
        return all
    }
}
