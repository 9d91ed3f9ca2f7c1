import BootstrapTesting
import Testing

@testable import Bootstrap

/// Hooks around migrations, on every engine.
@Suite struct HookTests {
    /// A table that keeps the order in which its rows came.
    private static let log = """
        -- bootstrap: portable
        CREATE TABLE log (id ${identity}, what varchar(80));
        """

    private static func insert(_ what: String) -> String {
        "INSERT INTO log (what) VALUES ('\(what)');"
    }

    /// Four hooks that each leave a row.
    private static let four = Hook.allCases.reduce(into: [:]) { files, hook in
        files["\(hook.rawValue).sql"] = insert(hook.rawValue)
    }

    /// A database with the table, and what runs on it afterwards.
    private struct Place {
        let database: TestDatabase
        let url: DatabaseURL

        func run(
            _ files: [String: String], code: [Migration] = [],
            _ change: (inout Options) -> Void = { _ in }
        ) async throws -> Report {
            let embedded = files.merging(["1_log.sql": log]) { $1 }
                .mapValues { Array($0.utf8) }
            var pipeline = Pipeline(
                url, drivers: [database.driver],
                migrations: .several([.embedded(embedded), .code(code)]))
            change(&pipeline.options)
            return try await pipeline.migrate()
        }

        func failure(_ files: [String: String]) async throws -> Failure {
            try #require(
                await #expect(throws: Failure.self) {
                    try await run(files) { $0.lockWait = .zero }
                })
        }

        var rows: [String] {
            get throws {
                let connection = try database.connect(to: url)
                defer { connection.close() }
                return try connection.run("SELECT what FROM log ORDER BY id").map {
                    $0[0].text ?? "NULL"
                }
            }
        }
    }

    private func with(
        _ database: TestDatabase, _ body: (Place) async throws -> Void
    ) async throws {
        try await database.withDatabase { url async throws in
            let place = Place(database: database, url: url)
            _ = try await place.run([:])
            try await body(place)
        }
    }

    private static let order = [
        "before_migrate", "before_each", "a", "after_each", "before_each", "b", "after_each",
        "after_migrate",
    ]

    @Test(arguments: TestDatabase.all, ["each", "all"])
    func `hooks run around all migrations and around each, and only when one is pending`(
        _ database: TestDatabase, _ scope: String
    ) async throws {
        try await with(database) { place in
            let files = Self.four.merging([
                "2_a.sql": Self.insert("a"), "3_b.sql": Self.insert("b"),
            ]) { $1 }
            let scope = try #require(Options.TransactionScope(rawValue: scope))
            #expect(
                try await place.run(files) { $0.transaction = scope }.migrated == ["2_a", "3_b"])
            #expect(try place.rows == Self.order)
            #expect(try await place.run(files).isNothing)
            #expect(try place.rows == Self.order)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `they run around a migration without a transaction, and around one in Swift`(
        _ database: TestDatabase
    ) async throws {
        try await with(database) { place in
            let a = "-- bootstrap: no-transaction\n" + Self.insert("a")
            let b = Migration("3_b") { connection throws(DatabaseError) in
                _ = try connection.run("INSERT INTO log (what) VALUES ('b')")
            }
            _ = try await place.run(Self.four.merging(["2_a.sql": a]) { $1 }, code: [b])
            #expect(try place.rows == Self.order)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `they have variants, statements for one engine, and settings`(
        _ database: TestDatabase
    ) async throws {
        try await with(database) { place in
            let engine = database.dialect.engine
            _ = try await place.run([
                "before_each.sql": Self.insert("every engine"),
                "before_each.\(engine).sql": Self.insert("\(engine) alone"),
                "after_each.sql": """
                -- bootstrap: portable
                INSERT INTO "log" (what) VALUES ('a' || '${COLOUR}');
                -- bootstrap: only \(engine)
                INSERT INTO "log" (what) VALUES ('only');
                -- bootstrap: only \(engine == "sqlite" ? "postgres" : "sqlite")
                INSERT INTO "log" (what) VALUES ('never');
                """,
                "2_a.sql": Self.insert("a"),
            ]) { $0.settings = Settings(["COLOUR": Setting("red", origin: "a test")]) }
            #expect(try place.rows == ["\(engine) alone", "a", "ared", "only"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `what a hook sets lasts for the migration, and is reset behind it`(
        _ database: TestDatabase
    ) async throws {
        let engines: [String: (set: String, show: String, with: String, without: String)] = [
            "postgres": (
                "SET my.flavour = 'sweet';", "coalesce(current_setting('my.flavour', true), '')",
                "sweet", ""
            ),
            "mariadb": (
                "SET time_zone = '+05:00';", "@@SESSION.time_zone", "+05:00", "+00:00"
            ),
            "sqlite": (
                "CREATE TEMP TABLE flavour AS SELECT 'sweet' AS name;",
                "(SELECT count(*) FROM temp.sqlite_master)", "1", "0"
            ),
        ]
        let (set, show, with, without) = try #require(engines[database.dialect.engine])
        try await self.with(database) { place in
            let row = "INSERT INTO log (what) SELECT \(show);"
            let first = ["before_each.sql": set, "2_a.sql": row, "after_migrate.sql": row]
            _ = try await place.run(first)
            #expect(try place.rows == [with, without])
            let second = ["before_migrate.sql": set, "2_a.sql": row, "3_b.sql": row]
            _ = try await place.run(second)
            #expect(try place.rows == [with, without, without])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a failure behind a migration takes it back where that is possible`(
        _ database: TestDatabase
    ) async throws {
        try await with(database) { place in
            let files = [
                "after_each.sql": Self.insert("behind") + "\n  INSERT INTO nowhere VALUES (1);",
                "2_a.sql": Self.insert("a"),
            ]
            let failure = try await place.failure(files)
            #expect(failure.status == .rejected)
            #expect(failure.place?.file == "after_each.sql" && failure.place?.line == 2)
            #expect(failure.headline == "failed after 2_a")
            if database.dialect.rollsBackDDL {
                #expect(
                    failure.state == "The database is as it was: the migration was rolled back.")
                #expect(failure.next == "correct the hook and run the same command again")
                #expect(try place.rows == [])
            } else {
                #expect(
                    failure.state
                        == "Statement 1 of the hook took effect, statement 2 did not succeed. "
                        + "2_a is applied and recorded.")
                #expect(
                    failure.next
                        == "correct the hook, and do by hand what it was to do here: a later run "
                        + "does not come back to it")
                #expect(try place.rows == ["a", "behind"])
            }
            let left = try await place.run(["2_a.sql": files["2_a.sql"] ?? ""])
            #expect(left.migrated == (database.dialect.rollsBackDDL ? ["2_a"] : []))
        }
    }

    @Test(arguments: TestDatabase.all, [Hook.beforeMigrate, .beforeEach])
    func `a failure before a migration leaves it pending`(
        _ database: TestDatabase, _ hook: Hook
    ) async throws {
        try await with(database) { place in
            let failure = try await place.failure([
                "\(hook.rawValue).sql": "INSERT INTO nowhere VALUES (1);",
                "2_a.sql": Self.insert("a"),
            ])
            #expect(failure.status == .rejected)
            #expect(failure.place?.file == "\(hook.rawValue).sql")
            let isEach = hook == .beforeEach
            #expect(
                failure.headline == "failed before \(isEach ? "2_a" : "the pending migrations")")
            let own =
                database.dialect.rollsBackDDL
                ? "The hook was rolled back." : "Statement 1 of the hook did not succeed."
            let state =
                isEach && database.dialect.rollsBackDDL
                ? "The database is as it was: the migration was rolled back."
                : isEach
                    ? "\(own) 2_a was not begun now." : "\(own) No pending migration was applied."
            #expect(failure.state == state)
            #expect(failure.next == "correct the hook and run the same command again")
            #expect(try place.rows == [])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a failure behind all migrations takes none back`(
        _ database: TestDatabase
    ) async throws {
        try await with(database) { place in
            let failure = try await place.failure([
                "after_migrate.sql": "INSERT INTO nowhere VALUES (1);",
                "2_a.sql": Self.insert("a"),
            ])
            #expect(failure.headline == "failed after the pending migrations")
            #expect(
                failure.state?.hasSuffix("All pending migrations are applied and recorded.") == true
            )
            #expect(try place.rows == ["a"])
        }
    }

    @Test(arguments: TestDatabase.all.filter { !$0.dialect.rollsBackDDL })
    func `a hook may have a transaction of its own, and must end it`(
        _ database: TestDatabase
    ) async throws {
        try await with(database) { place in
            let open = "START TRANSACTION; " + Self.insert("x")
            let refusal = try await place.failure([
                "before_each.sql": open, "2_a.sql": Self.insert("a"),
            ])
            #expect(refusal.headline == "START opens a transaction that the file does not end")
            #expect(refusal.state == "Nothing was changed.")
            // What its statements do themselves is seen when they have run.
            let failure = try await place.failure([
                "before_each.sql": "BEGIN NOT ATOMIC \(open) END;", "2_a.sql": Self.insert("a"),
            ])
            #expect(failure.headline == "before_each.sql failed before 2_a")
            #expect(failure.cause?.message == "the hook left a transaction open")
            #expect(
                failure.state
                    == "What the hook had not committed was rolled back. 2_a was not begun now.")
            #expect(try place.rows == [])
            _ = try await place.run([
                "before_each.sql": open + " COMMIT;", "2_a.sql": Self.insert("a"),
            ])
            #expect(try place.rows == ["x", "a"])
        }
    }
}
