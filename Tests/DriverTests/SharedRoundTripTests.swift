import BootstrapTesting
import Testing

@testable import Bootstrap

/// What becomes of migrations that share a round trip when it does not come to its end.
@Suite struct SharedRoundTripTests {
    /// Four that only create; the third has to wait while another session has `held`.
    private static let four: [String: [UInt8]] = [
        "0001_a.sql": Array("CREATE TABLE a (id integer)".utf8),
        "0002_b.sql": Array("CREATE TABLE b (id integer)".utf8),
        "0003_c.sql": Array("CREATE VIEW c AS SELECT id FROM held".utf8),
        "0004_d.sql": Array("CREATE TABLE d (id integer)".utf8),
    ]

    private func pipeline(
        _ database: TestDatabase, _ url: DatabaseURL, _ files: [String: [UInt8]] = four
    ) -> Pipeline {
        var pipeline = database.pipeline(url, .embedded(files))
        pipeline.options.lockTimeout = .seconds(60)
        return pipeline
    }

    /// A session that keeps others from the table `held`.
    private func holder(
        _ database: TestDatabase, _ url: DatabaseURL
    ) throws -> any Connection {
        let holder = try database.connect(to: url)
        try holder.run("CREATE TABLE held (id integer)")
        if database.dialect.rollsBackDDL {
            try holder.run("BEGIN")
            try holder.run("LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
        } else {
            try holder.run("LOCK TABLES held WRITE")
        }
        return holder
    }

    /// The session that waits for `held`, once there is one and `time` has passed since.
    private func waiter(
        _ database: TestDatabase, _ url: DatabaseURL, for time: Duration = .zero
    ) async throws -> Int64 {
        try await Lane.run { Result { try Self.wait(database, url, for: time) } }.get()
    }

    private static func wait(
        _ database: TestDatabase, _ url: DatabaseURL, for time: Duration
    ) throws -> Int64 {
        let query =
            database.dialect.rollsBackDDL
            ? "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'held'::regclass "
                + "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            : "SELECT id FROM information_schema.processlist WHERE db = DATABASE() "
                + "AND state LIKE 'Waiting for table metadata lock%'"
        let connection = try database.connect(to: url)
        defer { connection.close() }
        var (found, since): (Int64?, ContinuousClock.Instant) = (nil, .now)
        while true {
            if let found, since.duration(to: .now) >= time { return found }
            if found == nil {
                (found, since) = (try connection.run(query).first?.first?.integer, .now)
            }
            pauseBriefly()
        }
    }

    /// Begins a run, whose end is its failure or the migrations that it applied.
    private func start(
        _ pipeline: Pipeline, _ log: EventLog = EventLog()
    ) -> Task<Result<[String], Failure>, Never> {
        Task {
            do throws(Failure) {
                return .success(try await pipeline.run { log.add($0) }.migrated)
            } catch {
                return .failure(error)
            }
        }
    }

    private func done(_ database: TestDatabase, _ url: DatabaseURL) throws -> [[Value]] {
        let connection = try database.connect(to: url)
        defer { connection.close() }
        return try connection.run(
            "SELECT id FROM bootstrap_history WHERE state = 'done' ORDER BY id")
    }

    @Test(
        .timeLimit(.minutes(2)),
        arguments: TestDatabase.servers.filter(\.dialect.rollsBackDDL))
    func `a session that is ended in the middle leaves each done or not, and the run goes on`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            let pipeline = pipeline(database, url)
            let holder = try holder(database, url)
            let run = start(pipeline)
            let session = try await waiter(database, url)
            let other = try database.connect(to: url)
            #expect(try other.run("SELECT pg_terminate_backend(\(session))") == [[1]])
            other.close()
            #expect(try done(database, url) == [["1"], ["2"]])
            holder.close()
            // The run logs in again and goes on with what the history lacks.
            let migrated = try await run.value.get()
            #expect(migrated.suffix(2) == ["0003_c", "0004_d"])
            #expect(Set(migrated).count == migrated.count)
            #expect(try done(database, url) == [["1"], ["2"], ["3"], ["4"]])
            #expect(try await pipeline.run().isNothing)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: TestDatabase.servers)
    func `an interrupt in the middle stops there, and a plain run goes on`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            let (log, pipeline) = (EventLog(), pipeline(database, url))
            let holder = try holder(database, url)
            let run = start(pipeline, log)
            _ = try await waiter(database, url)
            run.cancel()
            guard case .failure(let failure) = await run.value else {
                Issue.record("the run was not interrupted")
                return
            }
            #expect(failure.status == .interrupted)
            #expect(log.steps.starts(with: ["0001_a", "0001_a done", "0002_b", "0002_b done"]))
            #expect(!log.steps.contains("0003_c done"))
            #expect(try done(database, url) == [["1"], ["2"]])
            holder.close()
            // On MariaDB a DDL statement that was interrupted may have taken effect: a person looks.
            guard database.dialect.rollsBackDDL else { return }
            #expect(try await pipeline.run().migrated == ["0003_c", "0004_d"])
            #expect(try await pipeline.run().isNothing)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: TestDatabase.servers)
    func `one that waits for a lock took the time, and the others did not`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            let pipeline = pipeline(database, url)
            let holder = try holder(database, url)
            let run = start(pipeline)
            _ = try await waiter(database, url, for: .milliseconds(300))
            holder.close()
            #expect(try await run.value.get() == ["0001_a", "0002_b", "0003_c", "0004_d"])
            let connection = try database.connect(to: url)
            defer { connection.close() }
            let took =
                database.dialect.rollsBackDDL
                ? "finished_at - started_at > interval '0.25 seconds'"
                : "timestampdiff(microsecond, started_at, finished_at) > 250000"
            let slow = try connection.run(
                "SELECT id FROM bootstrap_history WHERE \(took) ORDER BY id")
            #expect(slow == [["3"]])
        }
    }

    @Test(arguments: TestDatabase.servers)
    func `a session whose lock was taken away applies nothing, and says so`(
        _ database: TestDatabase
    ) throws {
        try database.withDatabase { url in
            let real = try database.connect(to: url)
            defer { real.close() }
            let connection = RecordingConnection(real)
            connection.condition = "1 = 0"
            var files = Self.four
            files["0003_c.sql"] = nil
            if database.dialect.rollsBackDDL {
                // Elsewhere the transaction takes the lock once more.
                files = ["0001_a.sql": Array("-- bootstrap: no-transaction\nVACUUM".utf8)]
            }
            let failure = #expect(throws: Failure.self) {
                try pipeline(database, url, files).run(on: connection)
            }
            #expect(failure?.status == .unavailable)
            #expect(failure?.cause?.message == "this session's lock was taken away")
            #expect(try real.run("SELECT id FROM bootstrap_history") == [])
            #expect(try real.describe(TableName("a")) == nil)
        }
    }
}
