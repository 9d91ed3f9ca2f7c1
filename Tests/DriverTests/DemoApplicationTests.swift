import BootstrapTesting
import Testing

@testable import Bootstrap

/// The demo application's schema and seeds, on every engine.
@Suite struct DemoApplicationTests {
    private static let folder =
        #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Migrations"

    private static let settings: Settings = {
        var settings = Settings([
            "FIRST_SUPERUSER": Setting("admin@example.com"),
            "FIRST_SUPERUSER_PASSWORD": Setting("changethis"),
        ])
        settings.environmentName = "development"
        return settings
    }()

    private func pipeline(_ url: DatabaseURL, _ database: TestDatabase) -> Pipeline {
        var pipeline = Pipeline(
            url, drivers: [database.driver], migrations: .folder(Self.folder),
            seeds: .folder(Self.folder + "/Seeds"))
        pipeline.options.environment = "development"
        pipeline.options.settings = Self.settings
        return pipeline
    }

    /// Runs the whole demo with this first account.
    static func run(
        on url: DatabaseURL, _ database: TestDatabase, email: String, password: String
    ) async throws {
        var pipeline = Pipeline(
            url, drivers: [database.driver], migrations: .folder(folder),
            seeds: .folder(folder + "/Seeds"))
        pipeline.options.environment = "development"
        pipeline.options.settings = Settings([
            "FIRST_SUPERUSER": Setting(email), "FIRST_SUPERUSER_PASSWORD": Setting(password),
        ])
        pipeline.options.settings.environmentName = "development"
        _ = try await pipeline.run()
    }

    /// Rows of before step 3, and whose they are.
    private func fill(_ connection: any Connection) throws {
        let user = connection.dialect.quoted("user")
        try connection.run(
            """
            INSERT INTO \(user) (email, is_active, is_superuser, full_name, hashed_password)
            VALUES ('a@x', true, true, 'Ä', 'h1'), ('b@x', false, false, NULL, 'h2')
            """)
        for (title, email) in [("t1", "a@x"), ("t2", "b@x"), ("t3", "a@x")] {
            try connection.run(
                "INSERT INTO item (title, owner_id) SELECT '\(title)', id FROM \(user) "
                    + "WHERE email = '\(email)'")
        }
    }

    private func owners(_ connection: any Connection) throws -> [[Value]] {
        let user = connection.dialect.quoted("user")
        return try connection.run(
            """
            SELECT item.title, u.email, u.full_name, u.hashed_password FROM item
            JOIN \(user) u ON u.id = item.owner_id WHERE u.email LIKE '%@x' ORDER BY item.title
            """)
    }

    @Test(arguments: TestDatabase.all)
    func `five steps keep every row and reference, and the seeds plant an account`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url in
            var first = pipeline(url, database)
            first.options.to = .version("2")
            _ = try await first.migrate()
            let before = try withSession(url, database) { connection in
                try fill(connection)
                return try owners(connection)
            }
            let report = try await pipeline(url, database).run()
            #expect(report.migrated.count == 3)
            #expect(report.seeded == ["010_superuser", "development/020_items"])
            try withSession(url, database) { connection in
                #expect(before.count == 3)
                #expect(try owners(connection) == before)
                try checkSchema(connection)
                let user = connection.dialect.quoted("user")
                let hash = try connection.run(
                    "SELECT hashed_password FROM \(user) WHERE email = 'admin@example.com'")
                #expect(
                    PasswordHash.verify("changethis", against: hash.first?.first?.text ?? "")
                        == true)
                try connection.run("DELETE FROM \(user) WHERE email = 'a@x'")
                #expect(try owners(connection).count == 1)
            }
            let again = try await pipeline(url, database).run()
            #expect(again.isNothing)
        }
    }

    private func withSession<Result>(
        _ url: DatabaseURL, _ database: TestDatabase, _ body: (any Connection) throws -> Result
    ) throws -> Result {
        let connection = try database.connect(to: url)
        defer { connection.close() }
        return try body(connection)
    }

    private func checkSchema(_ connection: any Connection) throws {
        let user = try #require(try connection.describe(TableName("user")))
        #expect(
            user.columns.map(\.name).sorted() == [
                "created_at", "email", "full_name", "hashed_password", "id", "is_active",
                "is_superuser",
            ])
        #expect(
            user.columns.filter(\.isNullable).map(\.name).sorted() == ["created_at", "full_name"])
        #expect(user.primaryKey == ["id"])
        #expect(user.uniqueKeys.contains(["email"]))
        #expect(user.columns.first { $0.name == "id" }?.meaning == .uuid)
        let item = try #require(try connection.describe(TableName("item")))
        #expect(
            item.columns.map(\.name).sorted()
                == ["created_at", "description", "id", "owner_id", "title"])
        #expect(
            item.columns.filter(\.isNullable).map(\.name).sorted() == ["created_at", "description"])
        #expect(item.primaryKey == ["id"])
        #expect(item.foreignKeys.map(\.table.name) == ["user"])
        #expect(item.foreignKeys.map(\.targets) == [["id"]])
    }

    @Test(arguments: TestDatabase.all)
    func `five ways back keep every row and reference`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url in
            let pipeline = pipeline(url, database)
            _ = try await pipeline.migrate()
            _ = try await pipeline.rollback(.version("3"))
            try withSession(url, database) { try fillWithUUIDs($0) }
            for version in ["2", "1"] {
                let report = try await pipeline.rollback()
                #expect(report.migrations == Int(version))
                try withSession(url, database) { connection in
                    let user = connection.dialect.quoted("user")
                    #expect(try owners(connection).count == 2)
                    let ids = try connection.run("SELECT id FROM \(user) ORDER BY id")
                    #expect(ids.compactMap { $0[0].integer } == [1, 2])
                }
            }
            _ = try await pipeline.rollback()
            #expect(try withSession(url, database) { try schema($0) } == [])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `back to nothing and up again is the same schema`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url in
            let pipeline = pipeline(url, database)
            _ = try await pipeline.migrate()
            let before = try withSession(url, database) { try schema($0) }
            #expect(before.count > 2)
            let report = try await pipeline.rollback(.version("0"))
            #expect(
                report.rolledBack == [
                    "0005_created_at", "0004_cascade_delete", "0003_uuid_keys",
                    "0002_limit_strings", "0001_create_user_and_item",
                ])
            #expect(report.migrations == 0)
            #expect(try withSession(url, database) { try schema($0) } == [])
            _ = try await pipeline.migrate()
            #expect(try withSession(url, database) { try schema($0) } == before)
        }
    }

    /// Everything in the database but the history, as far as the engine can be asked for it.
    private func schema(_ connection: any Connection) throws -> [[Value]] {
        switch connection.dialect.engine {
        case "postgres":
            try connection.run(
                """
                SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,
                    column_default FROM information_schema.columns
                WHERE table_schema = 'public' AND table_name <> 'bootstrap_history'
                UNION ALL SELECT conname, pg_get_constraintdef(oid), '', 0, '', ''
                FROM pg_constraint WHERE connamespace = 'public'::regnamespace
                    AND conrelid <> 'bootstrap_history'::regclass
                UNION ALL SELECT indexname, indexdef, '', 0, '', '' FROM pg_indexes
                WHERE schemaname = 'public' AND tablename <> 'bootstrap_history'
                ORDER BY 1, 2
                """)
        case "sqlite":
            try connection.run(
                """
                SELECT name, sql FROM sqlite_master
                WHERE tbl_name <> 'bootstrap_history' AND name NOT LIKE 'sqlite_%' ORDER BY name
                """)
        default:
            try connection.run(
                """
                SELECT table_name, column_name, column_type, is_nullable, column_default, column_key,
                    extra FROM information_schema.columns
                WHERE table_schema = DATABASE() AND table_name <> 'bootstrap_history'
                UNION ALL SELECT table_name, index_name, column_name, non_unique, '', '', ''
                FROM information_schema.statistics
                WHERE table_schema = DATABASE() AND table_name <> 'bootstrap_history'
                UNION ALL SELECT table_name, constraint_name, delete_rule, '', '', '', ''
                FROM information_schema.referential_constraints
                WHERE constraint_schema = DATABASE()
                ORDER BY 1, 2, 3
                """)
        }
    }

    private func fillWithUUIDs(_ connection: any Connection) throws {
        let user = connection.dialect.quoted("user")
        let ids = (1...4).map { "00000000-0000-4000-8000-00000000000\($0)" }
        for (id, email) in [(ids[0], "a@x"), (ids[1], "b@x")] {
            try connection.run(
                """
                INSERT INTO \(user) (id, email, is_active, is_superuser, hashed_password)
                VALUES ('\(id)', '\(email)', true, false, 'h')
                """)
        }
        for (id, owner) in [(ids[2], ids[0]), (ids[3], ids[1])] {
            try connection.run(
                "INSERT INTO item (id, title, owner_id) VALUES ('\(id)', 't\(id.suffix(1))', '\(owner)')"
            )
        }
    }
}
