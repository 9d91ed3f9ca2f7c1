import Testing

@testable import Bootstrap
@testable import BootstrapCLI

/// What a hook's file may hold, for every engine.
@Suite struct HookFileTests {
    private func hooks(_ files: [String: String]) throws(Failure) -> Hooks {
        try MigrationFolder(.embedded(files.mapValues { Array($0.utf8) })).hooks
    }

    private func dialect(_ engine: String) throws -> Dialect {
        try #require(drivers.flatMap { $0.dialects }.first { $0.engine == engine })
    }

    @Test func `a hook is no migration, and has variants`() throws {
        let folder = try MigrationFolder(
            .embedded([
                "1_a.sql": [], "before_each.sql": [], "before_each.mysql.sql": [],
                "after_migrate.sqlite.sql": [],
            ]))
        #expect(folder.migrations.map(\.name) == ["1_a"])
        let paths = drivers.flatMap { $0.dialects }.map { dialect in
            let each = folder.hooks.body(of: .beforeEach, for: dialect)?.path ?? "-"
            let all = folder.hooks.body(of: .afterMigrate, for: dialect)?.path ?? "-"
            return "\(dialect.engine) \(each) \(all)"
        }.sorted()
        #expect(
            paths == [
                "mariadb before_each.mysql.sql -", "mysql before_each.mysql.sql -",
                "postgres before_each.sql -", "sqlite before_each.sql after_migrate.sqlite.sql",
            ])
    }

    @Test(arguments: [
        (
            "before_each.sql", "-- bootstrap: no-transaction\nSELECT 1",
            """
            before_each.sql says no-transaction, which is for migrations
            Next: Delete the directive: before_each and after_each run in the transaction of their \
            migration, the other hooks in one of their own.
            """
        ),
        (
            "after_migrate.sql", "-- bootstrap: portable, foreign-keys-off\nSELECT 1",
            """
            after_migrate.sql says foreign-keys-off, which is for migrations
            Next: Delete the directive: before_each and after_each run in the transaction of their \
            migration, the other hooks in one of their own.
            """
        ),
    ])
    func `a directive for migrations is refused when the folder is read`(
        _ name: String, _ text: String, _ message: String
    ) {
        let failure = #expect(throws: Failure.self) { try hooks([name: text]) }
        #expect(failure?.description == message)
        #expect(failure?.status == .rejected)
    }

    @Test func `two of a kind are refused`() {
        let source = MigrationSource.several([
            .embedded(["before_each.sql": []]), .embedded(["before_each.sql": []]),
        ])
        let failure = #expect(throws: Failure.self) { try MigrationFolder(source) }
        #expect(
            failure?.description == """
                before_each.sql and before_each.sql are both before_each
                Next: Put what both do into one file.
                """)
    }

    @Test(arguments: [
        (
            "postgres", "SELECT 1;\nCOMMIT;",
            """
            before_each.sql:2:1 COMMIT interferes with the transaction that this hook runs in
                COMMIT;
                ^
            Next: Delete it from the hook, which always runs in a transaction; a migration can do \
            without one.
            """
        ),
        (
            "postgres", "CREATE INDEX CONCURRENTLY i ON t (a)",
            """
            before_each.sql:1:1 CREATE INDEX CONCURRENTLY cannot run inside a transaction
                CREATE INDEX CONCURRENTLY i ON t (a)
                ^
            Next: Delete it from the hook, which always runs in a transaction; a migration can do \
            without one.
            """
        ),
        (
            "sqlite", "PRAGMA foreign_keys = off",
            """
            before_each.sql:1:1 PRAGMA foreign_keys has no effect inside a transaction
                PRAGMA foreign_keys = off
                ^
            Next: Delete it from the hook, which always runs in a transaction; a migration can do \
            without one.
            """
        ),
        (
            "mariadb", "SELECT 1; LOCK TABLES t WRITE",
            """
            before_each.sql:1:11 LOCK TABLES is not for hooks
                SELECT 1; LOCK TABLES t WRITE
                          ^
            Next: Delete it from the hook.
            """
        ),
    ])
    func `a statement that a hook cannot have is refused with its place`(
        _ engine: String, _ text: String, _ message: String
    ) throws {
        let dialect = try dialect(engine)
        let hooks = try hooks(["before_each.sql": text])
        let failure = #expect(throws: Failure.self) {
            try hooks.check(for: dialect, settings: Settings())
        }
        #expect(failure?.description == message)
        #expect(failure?.status == .rejected)
    }
}
