#if SQLite
import Bootstrap
import BootstrapTesting
import Testing

/// The core takes an engine that it does not know: a driver defined in the tests runs the whole
/// pipeline, by the public API alone.
@Suite struct FourthDriverTests {
    private static let migrations = [
        "0001_create_user.sql": """
        -- bootstrap: portable
        CREATE TABLE "user" (
            id ${identity}, email varchar(255) NOT NULL UNIQUE, notes ${json}
        );
        """,
        "0002_mark.sql": """
        CREATE TABLE mark (word text, origin text);
        INSERT INTO mark VALUES ('file', 'any engine');
        """,
        "0002_mark.toy.sql": """
        CREATE TABLE mark (word text, origin text);
        INSERT INTO mark VALUES ('file', 'toy');
        """,
        "0003_only.sql": """
        -- bootstrap: only postgres, mysql
        CREATE EXTENSION that_is_nowhere;
        -- bootstrap: only toy
        INSERT INTO mark VALUES ('statement', 'only toy');
        """,
        "R_words.sql": "DROP VIEW IF EXISTS words;\nCREATE VIEW words AS SELECT * FROM mark;\n",
    ]

    private static let seeds = [
        "010_user.yaml": """
        - table: user
          key: [email]
          rows:
            - email: ${ADMIN}
              notes: { likes: [toys] }
        - table: mark
          key: [word]
          rows:
            - word: seed
              origin: !sql { toy: "'sql for toy'", postgres: "'sql for postgres'" }
        """,
        "020_more.sql": """
        -- bootstrap: only toy
        INSERT INTO mark VALUES ('seed in SQL', 'only toy');
        """,
    ]

    private func bytes(_ files: [String: String]) -> [String: [UInt8]] {
        files.mapValues { Array($0.utf8) }
    }

    private func pipeline(
        _ url: DatabaseURL, _ migrations: [String: String] = migrations
    ) -> Pipeline {
        var pipeline = Pipeline(
            url, drivers: TestServer.drivers + [ToyDriver.self],
            migrations: .embedded(bytes(migrations)), seeds: .embedded(bytes(Self.seeds)))
        pipeline.options.settings["ADMIN"] = Setting("ann@example.com")
        return pipeline
    }

    private func withToy(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (DatabaseURL) async throws -> Void
    ) async throws {
        try await TestServer.sqlite.withDatabase { url async throws in
            var url = url
            url.scheme = "toy"
            url.path += ".toy"
            try await body(url)
        }
    }

    private func words(_ url: DatabaseURL) throws -> [[Value]] {
        let connection = try ToyDriver(url).connect(.init(), before: .now + .seconds(9))
        defer { connection.close() }
        return try connection.run("SELECT word, origin FROM words ORDER BY word")
    }

    @Test func `an engine from outside the core goes through the whole pipeline`() async throws {
        try await withToy { url in
            let pipeline = pipeline(url)
            let log = EventLog()
            let first = try await pipeline.run { log.add($0) }
            #expect(log.events.contains(.waiting(reason: "the toy is being wound up")))
            #expect(first.server?.product == "Toy")
            #expect(first.target.hasPrefix("toy://"))
            #expect(first.created)
            #expect(
                first.migrated == ["0001_create_user", "0002_mark", "0003_only", "R_words"])
            #expect(first.seeded == ["010_user", "020_more"])
            #expect(
                try words(url)
                    == [
                        ["file", "toy"], ["seed", "sql for toy"], ["seed in SQL", "only toy"],
                        ["statement", "only toy"],
                    ])

            let second = try await pipeline.run()
            #expect(second.isNothing)
            #expect(second.migrations == 3)
            #expect(second.seeds == 2)
        }
    }

    @Test func `its own types stand in portable files, and its SQL is on record`() async throws {
        try await withToy { url in
            let report = try await pipeline(url).run()
            let name = String(report.target.dropFirst("toy://".count))
            let statements = Toy.shelf.statements(name)
            #expect(statements.contains { $0.contains("notes toybox") })
            #expect(statements.contains { $0.contains("bootstrap_history") })
            #expect(!statements.contains { $0.contains("any engine") })
        }
    }

    @Test func `status and plan know it`() async throws {
        try await withToy { url in
            let pipeline = pipeline(url)
            #expect(try await pipeline.status().state == .absent)
            let plan = try await pipeline.plan()
            #expect(plan.creates)
            #expect(plan.migrations.map(\.statements.count) == [1, 2, 1, 2])
            try await pipeline.run()
            #expect(try await pipeline.status().state == .ready)
            #expect(try await pipeline.plan().migrations.isEmpty)
            #expect(try await pipeline.drop())
            #expect(try await pipeline.status().state == .absent)
        }
    }

    @Test func `eight runs at once with its own lock apply each migration once`() async throws {
        try await withToy { url in
            let applied = try await withThrowingTaskGroup(of: Report.self) { group in
                for _ in 0..<8 {
                    var own = pipeline(url)
                    own.cancellation = Cancellation()
                    group.addTask { [own] in try await own.run() }
                }
                return try await group.reduce(into: []) { $0 += $1.migrated + $1.seeded }
            }
            #expect(
                applied.sorted()
                    == [
                        "0001_create_user", "0002_mark", "0003_only", "010_user", "020_more",
                        "R_words",
                    ])
        }
    }

    @Test func `a file for it with a misspelt name is refused, with the right one`() async throws {
        try await withToy { url in
            var files = Self.migrations
            files["0004_more.toi.sql"] = "SELECT 1;"
            let failure = await #expect(throws: Failure.self) {
                try await pipeline(url, files).run()
            }
            #expect(failure?.status == .rejected)
            #expect(failure?.headline.contains("did you mean .toy?") == true)
        }
    }

    @Test func `a failure has its name and its words`() async throws {
        try await withToy { url in
            var files = Self.migrations
            files["0004_bad.toy.sql"] = "CREATE TABLE late (x integer);\nSELEC 1;\n"
            let failure = await #expect(throws: Failure.self) {
                try await pipeline(url, files).run()
            }
            #expect(failure?.product == "Toy")
            #expect(failure?.place?.description.hasPrefix("0004_bad.toy.sql:2:") == true)
            #expect(
                failure?.state == "The database is as it was: the migration was rolled back."
                    + " Applied before it: 3 of 5.")
        }
    }

    @Test func `an option that it does not know is refused by name`() async throws {
        try await withToy { url in
            var url = url
            url.options = [DatabaseURL.Option("windin", "fast")]
            let failure = await #expect(throws: Failure.self) { try await pipeline(url).wait() }
            #expect(failure?.status == .usage)
            #expect(
                failure?.headline
                    == "the URL has an unknown option windin; did you mean winding?")
        }
    }
}
#endif
