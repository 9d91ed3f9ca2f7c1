import BootstrapTesting
import Testing

@testable import Bootstrap

/// Taking migrations for applied over each engine's driver: which rows are written, and that nothing
/// runs.
@Suite struct AdoptionTests {
    private static let three: [String: String] = [
        "0001_a.sql": "CREATE TABLE a (id integer);\nINSERT INTO a VALUES (1)",
        "0002_b.sql": "INSERT INTO a VALUES (2)", "0003_c.sql": "INSERT INTO a VALUES (3)",
        "R_view.sql": "INSERT INTO a VALUES (0)",
    ]

    private func pipeline(
        _ database: TestDatabase, _ url: DatabaseURL, _ changes: [String: String] = [:]
    ) -> Pipeline {
        database.pipeline(url, .texts(Self.three.merging(changes) { $1 }))
    }

    /// What the history has of each row that tells what is done, by whom, and by which text.
    private func history(_ database: TestDatabase, _ url: DatabaseURL) throws -> [[Value]] {
        try rows(
            "SELECT kind, id, name, state, done, total, statement, error, checksum, fingerprint, "
                + "applied_by, process, version, environment, server FROM bootstrap_history "
                + "ORDER BY kind, id", database, url)
    }

    /// As a person made it, who has not heard of migrations.
    private func make(_ database: TestDatabase, _ url: DatabaseURL) throws {
        let connection = try database.connect(to: url)
        defer { connection.close() }
        try connection.run("CREATE TABLE a (id integer)")
        try connection.run("INSERT INTO a VALUES (7)")
    }

    @Test(arguments: TestDatabase.all)
    func `an adopted row is what an applied one is, and up runs what is newer`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            let pipeline = pipeline(database, url)
            try make(database, url)
            #expect(
                try await pipeline.planAdoption(.init(to: "2")).migrations.map(\.name)
                    == ["0001_a", "0002_b"])
            let log = EventLog()
            let report = try await pipeline.adopt(.init(to: "2")) { log.add($0) }
            #expect(report.adopted == ["0001_a", "0002_b"])
            #expect(report.migrated == [])
            #expect(report.migrations == 2)
            #expect(
                log.events.filter { if case .adopted = $0 { true } else { false } }
                    == [.adopted(name: "0001_a"), .adopted(name: "0002_b")])
            #expect(try rows("SELECT id FROM a", database, url) == [[7]])
            #expect(try await pipeline.adopt(.init(to: "0002_b")).isNothing)
            #expect(try await pipeline.planAdoption(.init(to: "2")).isEmpty)
            #expect(try await pipeline.run().migrated == ["0003_c", "R_view"])
            let adopted = try history(database, url)
            // The same files on an empty database.
            _ = try rows("DELETE FROM bootstrap_history", database, url)
            _ = try rows("DROP TABLE a", database, url)
            try await pipeline.run()
            #expect(try history(database, url) == adopted)
        }
    }

    @Test(arguments: TestDatabase.all, [Options.LockMode?.none, .some(.none), .lease])
    func `eight at once adopt each migration once, beside a run that applies the rest`(
        _ database: TestDatabase, _ lock: Options.LockMode?
    ) async throws {
        try await database.withDatabase { url async throws in
            try make(database, url)
            var pipeline = pipeline(database, url)
            pipeline.options.lock = lock
            pipeline.options.wait = .seconds(60)
            let adopted = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<8 {
                    group.addTask { [pipeline] in try await pipeline.adopt(.init(to: "2")).adopted }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(adopted.sorted() == ["0001_a", "0002_b"])
            #expect(try rows("SELECT id FROM a", database, url) == [[7]])
            #expect(try await pipeline.run().migrated == ["0003_c", "R_view"])
            #expect(try await pipeline.adopt(.init(to: "3")).isNothing)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `all rows are written or none`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url async throws in
            // Two of one text, of which the history takes only one.
            let pipeline = pipeline(database, url, ["0003_c.sql": "INSERT INTO a VALUES (2)"])
            try await pipeline.adopt(.init(to: "1"))
            _ = try rows(
                "CREATE UNIQUE INDEX one_text ON bootstrap_history (checksum)", database, url)
            let failure = await #expect(throws: Failure.self) {
                try await pipeline.adopt(.init(to: "3"))
            }
            #expect(failure?.headline.hasPrefix("cannot write to the history") == true)
            #expect(failure?.state == "No migration was adopted.")
            #expect(try history(database, url).map { $0[1] } == ["1"])
            let place = database.dialect.rollsBackDDL ? "" : " ON bootstrap_history"
            _ = try rows("DROP INDEX one_text\(place)", database, url)
            #expect(try await pipeline.adopt(.init(to: "3")).adopted == ["0002_b", "0003_c"])
        }
    }

    @Test(arguments: TestDatabase.servers)
    func `a session that is lost before the rows are written is replaced`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            // A file without a statement is told of inside the lock.
            let pipeline = pipeline(database, url, ["0002_b.sql": "-- nothing"])
            let isEnded = Flag()
            let report = try await pipeline.adopt(.init(to: "2")) { event in
                guard case .note(let text) = event, text.contains("holds no statement"),
                    !isEnded.isRaised
                else { return }
                isEnded.raise()
                do { try database.endOthers(at: url) } catch { Issue.record(error) }
            }
            #expect(isEnded.isRaised)
            #expect(report.adopted == ["0001_a", "0002_b"])
            #expect(try history(database, url).count == 2)
        }
    }

    @Test(arguments: TestDatabase.servers)
    func `a session whose lock was taken away adopts nothing, and says so`(
        _ database: TestDatabase
    ) throws {
        try database.withDatabase { url in
            let real = try database.connect(to: url)
            defer { real.close() }
            let connection = RecordingConnection(real)
            connection.condition = "1 = 0"
            let files = Self.three.mapValues { Array($0.utf8) }
            let migrations = try MigrationFolder(.embedded(files)).migrations
            let run = Run(
                try database.driver.init(url), Run.Source(migrations: migrations), Options(),
                Cancellation()
            ) { _ in }
            let failure = #expect(throws: Failure.self) {
                try Adoption(run: run, request: .init(to: "2")).work(on: connection)
            }
            #expect(failure?.status == .unavailable)
            #expect(failure?.cause?.message == "this session's lock was taken away")
            #expect(try real.run("SELECT id FROM bootstrap_history") == [])
        }
    }
}
