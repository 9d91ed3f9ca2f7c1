import Testing

@testable import Bootstrap

/// What the statements of another tool's file need, which it has no mark for.
@Suite struct FileMannerTests: FormatTesting {
    private func directives(_ files: [String: String]) throws -> [Set<Directive>] {
        let (folder, problem) = try read(files)
        #expect(problem == nil)
        return folder?.migrations.map { $0.body(for: .testPostgres)?.directives ?? [] } ?? []
    }

    private static let index = "CREATE INDEX CONCURRENTLY i ON t (a);\n"

    @Test(
        arguments: [
            ["1_a.up.sql": index],
            ["V1__a.sql": "-- why\ncreate unique index Concurrently i ON t (a)"],
            ["1_a/migration.sql": index + index],
            [
                "sqitch.plan": "%project=p\n\na 2024-01-01T00:00:00Z N <n@x> # n\n",
                "deploy/a.sql": index,
            ],
            ["1_a.up.sql": "VACUUM;"],
        ])
    func `a file of statements that must stand alone runs outside of a transaction`(
        _ files: [String: String]
    ) throws {
        #expect(try directives(files) == [[.noTransaction]])
    }

    @Test(
        arguments: [
            // With others beside it, the tool sends them as one transaction.
            ["1_a.up.sql": index + "SELECT 1;"], ["V1__a.sql": "SELECT 1;\n" + index],
            // These tools open one themselves.
            ["1_a.sql": "-- migrate:up\n" + index], ["1_a.sql": "-- +goose Up\n" + index],
            // Ours says it.
            ["1_a.sql": index],
            ["1_a.up.sql": "SELECT 'CONCURRENTLY';"], ["1_a.up.sql": "-- VACUUM\n"],
            ["1_a.up.sql": "SELECT 'not closed; CREATE INDEX CONCURRENTLY"],
        ])
    func `any other file is one transaction`(_ files: [String: String]) throws {
        #expect(try directives(files) == [[]])
    }

    @Test func `so does the way back`() throws {
        let folder = try folder([
            "1_a.up.sql": Self.index, "1_a.down.sql": "DROP INDEX CONCURRENTLY i;",
        ])
        #expect(
            try folder.migrations.first?.wayBack(for: .testPostgres)?.directives
                == [.noTransaction])
    }

    private static let rebuild = """
        PRAGMA defer_foreign_keys=ON;
        PRAGMA foreign_keys=OFF;
        CREATE TABLE n (id integer);
        PRAGMA foreign_keys=ON;
        PRAGMA defer_foreign_keys=OFF;
        """

    @Test(
        arguments: [
            ["1_a/migration.sql": rebuild], ["1_a.up.sql": rebuild],
            ["1_a.sql": "-- migrate:up\n" + rebuild + "\n-- migrate:down\nDROP TABLE n;"],
            ["1_a.up.sql": "pragma main.Foreign_Keys ( 'no' );\nCREATE TABLE n (id integer);"],
        ])
    func `SQLite's foreign keys are off where the file turns them off`(
        _ files: [String: String]
    ) throws {
        let migration = try #require(try read(files).folder?.migrations.first)
        let body = try #require(migration.body(for: .testSQLite))
        #expect(body.directives == [.foreignKeysOff])
        let texts = try lines(body, for: .testSQLite)?.map(\.text) ?? []
        #expect(texts.contains("CREATE TABLE n (id integer)"))
        #expect(!texts.contains { $0.uppercased().contains(" FOREIGN_KEYS") })
        #expect(try migration.wayBack(for: .testSQLite)?.directives.isEmpty ?? true)
    }

    @Test func `turning them on alone asks for nothing, and does nothing in a transaction`() throws
    {
        let (folder, _) = try read(["1_a.up.sql": "PRAGMA foreign_keys = ON;\nSELECT 1;"])
        let body = folder?.migrations.first?.body(for: .testSQLite)
        #expect(body?.directives == [])
        #expect(try lines(body, for: .testSQLite)?.map(\.text) == ["SELECT 1"])
    }

    @Test func `outside of a transaction they are set as the file says`() throws {
        let (folder, _) = try read([
            "1_a.sql": "-- migrate:up transaction:false\n" + Self.rebuild
        ])
        let body = folder?.migrations.first?.body(for: .testSQLite)
        #expect(body?.directives == [.noTransaction])
        #expect(try lines(body, for: .testSQLite)?.count == 5)
    }
}
