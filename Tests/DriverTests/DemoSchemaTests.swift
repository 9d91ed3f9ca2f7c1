#if PostgreSQL
import Bootstrap
import BootstrapPostgreSQL
import BootstrapTesting
import Testing

/// The demo's schema on PostgreSQL, as the application in Python declares it: by the names, types
/// and rules that its models and its own migrations count on.
@Suite(.enabled(if: TestServer.postgreSQL.reasonMissing == nil))
struct DemoSchemaTests {
    private func schema(_ sql: String) async throws -> [[Value]] {
        guard let database = TestDatabase.all.first(where: { $0.dialect.engine == "postgres" })
        else { return [] }
        return try await database.withDatabase { url in
            try await DemoApplicationTests.run(
                on: url, database, email: "admin@example.com", password: "changethis")
            let connection = try database.connect(to: url)
            defer { connection.close() }
            return try connection.run(sql)
        }
    }

    @Test func `the columns have the names, types and nullability of the models`() async throws {
        let columns = try await schema(
            """
            SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,
                column_default, is_identity
            FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name IN ('user', 'item')
            ORDER BY table_name DESC, column_name
            """)
        let (varchar, moment) = ("character varying", "timestamp with time zone")
        let expected: [(String, String, String, Value, String)] = [
            ("user", "created_at", moment, .null, "YES"),
            ("user", "email", varchar, 255, "NO"),
            ("user", "full_name", varchar, 255, "YES"),
            ("user", "hashed_password", varchar, .null, "NO"),
            ("user", "id", "uuid", .null, "NO"),
            ("user", "is_active", "boolean", .null, "NO"),
            ("user", "is_superuser", "boolean", .null, "NO"),
            ("item", "created_at", moment, .null, "YES"),
            ("item", "description", varchar, 255, "YES"),
            ("item", "id", "uuid", .null, "NO"),
            ("item", "owner_id", "uuid", .null, "NO"),
            ("item", "title", varchar, 255, "NO"),
        ]
        #expect(
            columns
                == expected.map {
                    [.text($0.0), .text($0.1), .text($0.2), $0.3, .text($0.4), .null, "NO"]
                })
    }

    @Test func `the keys have the names and the rules of the models`() async throws {
        let constraints = try await schema(
            """
            SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conrelid IN ('"user"'::regclass, 'item'::regclass) AND contype <> 'n'
            ORDER BY conname
            """)
        #expect(
            constraints == [
                [
                    "item_owner_id_fkey",
                    "FOREIGN KEY (owner_id) REFERENCES \"user\"(id) ON DELETE CASCADE",
                ],
                ["item_pkey", "PRIMARY KEY (id)"],
                ["user_pkey", "PRIMARY KEY (id)"],
            ])
    }

    @Test func `the indexes have the names of the models`() async throws {
        let indexes = try await schema(
            """
            SELECT indexname, indexdef FROM pg_indexes
            WHERE schemaname = 'public' AND tablename IN ('user', 'item') ORDER BY indexname
            """)
        #expect(
            indexes == [
                ["item_pkey", "CREATE UNIQUE INDEX item_pkey ON public.item USING btree (id)"],
                [
                    "ix_user_email",
                    "CREATE UNIQUE INDEX ix_user_email ON public.\"user\" USING btree (email)",
                ],
                ["user_pkey", "CREATE UNIQUE INDEX user_pkey ON public.\"user\" USING btree (id)"],
            ])
    }

    @Test func `nothing else is left behind but the history`() async throws {
        let relations = try await schema(
            """
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
                AND relkind IN ('r', 'S', 'v', 'm') ORDER BY relname
            """)
        #expect(relations == [["bootstrap_history"], ["item"], ["user"]])
    }
}
#endif
