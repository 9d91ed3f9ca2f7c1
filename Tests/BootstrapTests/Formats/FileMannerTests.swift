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

    @Test(arguments: [
        ("A;\nCOMMIT;\nI;\nBEGIN;\nB;", "BEGIN; A; COMMIT; I; BEGIN; B; COMMIT"),
        ("A;\nCOMMIT;\nI;\nI;\nBEGIN;", "BEGIN; A; COMMIT; I; I; BEGIN; COMMIT"),
        (
            "COMMIT;\nI;\nBEGIN;\nB;\nEND;\nVACUUM;",
            "BEGIN; COMMIT; I; BEGIN; B; END; VACUUM"
        ),
        // Statements that need not stand alone have no transaction there either.
        ("A;\nCOMMIT;\nB;\nI;", "BEGIN; A; COMMIT; B; I"),
    ])
    func `a part that ends its tool's transaction for such statements runs as its tool runs it`(
        _ text: String, _ expected: String
    ) throws {
        let text = text.replacing("I;", with: Self.index)
        for (up, down) in [("+migrate Up", "+migrate Down"), ("migrate:up", "migrate:down")] {
            let migration = try #require(
                try read(["1_a.sql": "-- \(up)\n\(text)\n-- \(down)\n\(text)\n"]).folder?
                    .migrations.first)
            let bodies = [
                migration.body(for: .testPostgres), try migration.wayBack(for: .testPostgres),
            ]
            for body in bodies {
                #expect(body?.directives == [.noTransaction])
                let texts = try lines(body)?.map(\.text).joined(separator: "; ")
                #expect(
                    texts?.replacing(Self.index.dropLast(2), with: "I") == expected,
                    "\(texts ?? "")")
            }
        }
    }

    @Test(arguments: [
        ("COMMIT;\nBEGIN;\nI;", "4:1 CREATE INDEX CONCURRENTLY cannot run inside"),
        ("I;\nCOMMIT;\nBEGIN;", "2:1 CREATE INDEX CONCURRENTLY cannot run inside"),
        ("BEGIN;\nI;\nCOMMIT;", "3:1 CREATE INDEX CONCURRENTLY cannot run inside"),
        ("COMMIT;\nI;\nCOMMIT;", "2:1 COMMIT interferes"),
        ("COMMIT;\nI;\nROLLBACK;", "2:1 COMMIT interferes"),
        ("COMMIT;\nA;", "2:1 COMMIT interferes"),
    ])
    func `one that does not is refused`(_ text: String, _ expected: String) throws {
        let text = text.replacing("I;", with: Self.index)
        let body = try #require(
            try read(["1_a.sql": "-- +migrate Up\n\(text)\n"]).folder?.migrations.first?
                .body(for: .testPostgres))
        #expect(body.directives == [])
        let failure = try #require(throws: Failure.self) { try lines(body) }
        #expect("\(failure)".contains("1_a.sql:\(expected)"), "\(failure)")
    }

    @Test func `what the tool sends outside of a transaction is none of its own`() throws {
        let text = "-- +migrate Up notransaction\nA;\nCOMMIT;\n\(Self.index)"
        let body = try read(["1_a.sql": text]).folder?.migrations.first?.body(for: .testPostgres)
        #expect(try lines(body)?.map(\.text).prefix(2) == ["A", "COMMIT"])
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
