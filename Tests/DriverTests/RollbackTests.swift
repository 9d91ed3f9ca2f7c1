import BootstrapTesting
import Synchronization
import Testing

@testable import Bootstrap

/// Ways back over each engine's driver: what they leave behind, and what a crash in their middle does.
@Suite struct RollbackTests {
    /// Each step and each way back leaves a row behind.
    private static let three: [String: String] = [
        "0001_log.sql": "CREATE TABLE log (what varchar(20) NOT NULL)",
        "0001_log.down.sql": "DROP TABLE log",
        "0002_a.sql": "CREATE TABLE a (id integer);\nINSERT INTO log VALUES ('a')",
        "0002_a.down.sql": "INSERT INTO log VALUES ('a back');\nDROP TABLE a",
        "0003_b.sql": "CREATE TABLE b (id integer);\nINSERT INTO log VALUES ('b')",
        "0003_b.down.sql": "DROP TABLE b;\nINSERT INTO log VALUES ('b back')",
    ]

    private func pipeline(
        _ database: TestDatabase, _ url: DatabaseURL, _ changes: [String: String] = [:]
    ) -> Pipeline {
        database.pipeline(url, .texts(Self.three.merging(changes) { $1 }))
    }

    private func log(_ database: TestDatabase, _ url: DatabaseURL) throws -> [String] {
        try rows("SELECT what FROM log ORDER BY what", database, url).compactMap { $0[0].text }
    }

    /// Id, state, statements done and of all, and the one whose outcome is not known.
    private func history(_ database: TestDatabase, _ url: DatabaseURL) throws -> [[Value]] {
        try rows(
            "SELECT id, state, done, total, statement FROM bootstrap_history ORDER BY id",
            database, url)
    }

    @Test(arguments: TestDatabase.all)
    func `the newest is undone and its row is gone, and up applies it again`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            let (pipeline, log) = (pipeline(database, url), EventLog())
            try await pipeline.run()
            let report = try await pipeline.rollback { log.add($0) }
            #expect(report.rolledBack == ["0003_b"])
            #expect(report.migrations == 2)
            #expect(!report.isNothing)
            #expect(log.steps == ["0003_b", "0003_b done"])
            #expect(try self.log(database, url) == ["a", "b", "b back"])
            #expect(try history(database, url).map { $0[0] } == ["1", "2"])
            #expect(
                try await pipeline.status().entries.map(\.state) == [.applied, .applied, .pending])
            #expect(try await pipeline.run().migrated == ["0003_b"])
            #expect(try await pipeline.rollback(.version("3")).isNothing)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `several are undone the newest first, each by itself`(_ database: TestDatabase)
        async throws
    {
        try await database.withDatabase { url async throws in
            let (pipeline, log) = (pipeline(database, url), EventLog())
            try await pipeline.run()
            try await pipeline.rollback(.count(2)) { log.add($0) }
            #expect(log.steps == ["0003_b", "0003_b done", "0002_a", "0002_a done"])
            #expect(try self.log(database, url) == ["a", "a back", "b", "b back"])
            #expect(try await pipeline.rollback(.version("0")).rolledBack == ["0001_log"])
            let connection = try database.connect(to: url)
            defer { connection.close() }
            #expect(try connection.describe(TableName("log")) == nil)
            #expect(try history(database, url) == [])
            #expect(try await pipeline.rollback().isNothing)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a dry run shows the ways back and writes nothing`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url async throws in
            let pipeline = pipeline(database, url)
            try await pipeline.run()
            let before = try history(database, url)
            let preview = try await pipeline.planRollback(.count(2))
            #expect(preview.migrations.map(\.path) == ["0003_b.down.sql", "0002_a.down.sql"])
            #expect(
                preview.migrations.first?.statements
                    == ["DROP TABLE b", "INSERT INTO log VALUES ('b back')"])
            #expect(try history(database, url) == before)
            #expect(try log(database, url) == ["a", "b"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a migration in code goes back in code`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url async throws in
            let code = Migration("0004_code") { connection throws(DatabaseError) in
                try connection.run("INSERT INTO log VALUES ('code')")
            } back: { connection throws(DatabaseError) in
                try connection.run("DELETE FROM log WHERE what = 'code'")
            }
            var pipeline = pipeline(database, url)
            pipeline.migrations = .several([pipeline.migrations, .code([code])])
            #expect(try await pipeline.run().migrations == 4)
            #expect(try log(database, url) == ["a", "b", "code"])
            #expect(try await pipeline.planRollback().migrations.map(\.statements) == [[]])
            #expect(try await pipeline.rollback(.count(2)).rolledBack == ["0004_code", "0003_b"])
            #expect(try log(database, url) == ["a", "b", "b back"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `repeatables and seeds stay as they are recorded`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url async throws in
            var pipeline = pipeline(
                database, url, ["R_mark.sql": "INSERT INTO log VALUES ('mark')"])
            pipeline.seeds = .embedded(["010.sql": Array("INSERT INTO log VALUES ('seed')".utf8)])
            try await pipeline.run()
            #expect(try await pipeline.rollback(.version("0")).seeds == 1)
            #expect(try history(database, url).map { $0[0] } == ["010", "R_mark"])
            #expect(try await pipeline.run().seeded == [])
            #expect(try log(database, url) == ["a", "b"])
            #expect(try await pipeline.seed(again: true).seeded == ["010"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a way back that fails leaves all as it was, or a row that tells how far it came`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            let good = pipeline(database, url)
            try await good.run()
            let bad = pipeline(
                database, url,
                ["0003_b.down.sql": "DROP TABLE b;\nINSERT INTO nowhere VALUES (1)"])
            let failure = await #expect(throws: Failure.self) { try await bad.rollback(.count(2)) }
            #expect(failure?.status == .rejected)
            #expect(failure?.place?.file == "0003_b.down.sql")
            #expect(failure?.place?.line == 2)
            if database.dialect.rollsBackDDL {
                #expect(
                    failure?.state
                        == "The database is as it was: the way back was rolled back. "
                        + "Rolled back before it: 0 of 2.")
                #expect(try history(database, url).last == ["3", "done", 2, 2, .null])
                #expect(try await good.run().isNothing)
            } else {
                #expect(
                    failure?.state
                        == "Statement 1 took effect. Statement 2 of 2 did not take effect. "
                        + "Rolled back before it: 0 of 2.")
                #expect(try history(database, url).last == ["3", "undoing", 1, 2, .null])
                let status = try await good.status()
                #expect(status.state == .running)
                #expect(status.entries.last?.state == .undoing)
                #expect(status.entries.last?.progress == "1 of 2")
                #expect(status.entries.last?.error == "1146")
                for refusal in [
                    await #expect(throws: Failure.self) { try await good.run() },
                    await #expect(throws: Failure.self) { try await good.migrate() },
                    await #expect(throws: Failure.self) { try await good.plan() },
                ] {
                    #expect(refusal?.status == .configuration)
                    #expect(
                        refusal?.headline.hasPrefix("0003_b is half rolled back: 1 of 2") == true)
                }
            }
            // It goes on where it stopped, and counts as the first of two.
            #expect(try await good.rollback(.count(2)).rolledBack == ["0003_b", "0002_a"])
            #expect(try log(database, url) == ["a", "a back", "b", "b back"])
            #expect(try await good.run().migrated == ["0002_a", "0003_b"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `outside of a transaction each statement is marked, on every engine`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            let opening = "-- bootstrap: no-transaction\nINSERT INTO log VALUES ('b back');\n"
            try await pipeline(database, url).run()
            let bad = pipeline(
                database, url, ["0003_b.down.sql": opening + "INSERT INTO nowhere VALUES (1)"])
            let failure = await #expect(throws: Failure.self) { try await bad.rollback() }
            #expect(
                failure?.next
                    == "correct the file and run the same command again; "
                    + "it goes on with statement 2")
            #expect(try history(database, url).last == ["3", "undoing", 1, 2, .null])
            let changed = pipeline(database, url, ["0003_b.down.sql": "SELECT 1;\nDROP TABLE b"])
            let refusal = await #expect(throws: Failure.self) { try await changed.rollback() }
            #expect(refusal?.status == .configuration)
            #expect(
                refusal?.headline
                    == "0003_b.down.sql has changed in its first 1 statements, "
                    + "which have taken effect")
            // Also when the corrected file has lost the directive: what is done is not done again.
            let good = pipeline(
                database, url,
                ["0003_b.down.sql": "INSERT INTO log VALUES ('b back');\nDROP TABLE b"])
            #expect(try await good.rollback().rolledBack == ["0003_b"])
            #expect(try log(database, url) == ["a", "b", "b back"])
            #expect(try history(database, url).count == 2)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a statement whose outcome is not known stops the rollback until somebody has looked`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            let file =
                "-- bootstrap: no-transaction\nDROP TABLE b;\nINSERT INTO log VALUES ('b back')"
            let pipeline = pipeline(database, url, ["0003_b.down.sql": file])
            try await pipeline.run()
            // As a server that crashed in the first statement leaves it, or a client between marks.
            let connection = try database.connect(to: url)
            defer { connection.close() }
            try connection.run(
                "UPDATE bootstrap_history SET state = 'undoing', done = 0, total = 2, "
                    + "statement = 1 WHERE id = '3'")
            let failure = await #expect(throws: Failure.self) { try await pipeline.rollback() }
            #expect(failure?.status == .rejected)
            #expect(failure?.headline == "0003_b.down.sql was interrupted in statement 1 of 2")
            #expect(failure?.state?.hasSuffix("Nothing was changed now.") == true)
            #expect(try await pipeline.status().entries.last?.undecided == 1)
            #expect(failure?.next?.contains("bootstrap repair --statement") == true)
            // It did not take effect, as whoever looked has answered.
            let answer = History(TableName("bootstrap_history"), connection.dialect)
            let row = try #require(try answer.read(on: connection).rows.last)
            try connection.run(answer.answer(row, done: 0, hashes: ""))
            #expect(try await pipeline.rollback().rolledBack == ["0003_b"])
            #expect(try log(database, url) == ["a", "b", "b back"])
            #expect(try connection.describe(TableName("b")) == nil)
        }
    }

    @Test(arguments: TestDatabase.all, [Options.LockMode?.none, .some(.none)])
    func `eight at once undo each migration once`(
        _ database: TestDatabase, _ lock: Options.LockMode?
    ) async throws {
        try await database.withDatabase { url async throws in
            for directive in ["", "-- bootstrap: no-transaction\n"] {
                let files = Self.three.filter { $0.key.hasSuffix("down.sql") }
                var pipeline = pipeline(database, url, files.mapValues { directive + $0 })
                pipeline.options.lock = lock
                pipeline.options.wait = .seconds(60)
                try await pipeline.run()
                let undone = try await withThrowingTaskGroup(of: [String].self) { group in
                    for _ in 0..<8 {
                        group.addTask { [pipeline] in
                            try await pipeline.rollback(.version("1")).rolledBack
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(undone.sorted() == ["0002_a", "0003_b"])
                #expect(try log(database, url) == ["a", "a back", "b", "b back"])
                #expect(try history(database, url).count == 1)
                _ = try rows("DELETE FROM log", database, url)
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func `up that finds a rollback at work waits for it, and applies what it undid`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            let pipeline = pipeline(database, url)
            try await pipeline.run()
            let (locked, signal) = AsyncStream.makeStream(of: Void.self)
            let up = Mutex<Task<Report, any Error>?>(nil)
            try await pipeline.rollback { event in
                guard event == .rollingBack(name: "0003_b") else { return }
                var other = pipeline
                other.options.seed = false
                // Something to do for it, or it would be ready before the lock.
                other.migrations = .several([
                    other.migrations, .embedded(["0004_c.sql": Array("SELECT 1".utf8)]),
                ])
                let waiting = other
                up.withLock {
                    $0 = Task {
                        try await waiting.run { if case .locked = $0 { signal.yield() } }
                    }
                }
                // On this thread, which is the rollback's own.
                let (isLocked, semaphore) = (Flag(), locked)
                Task {
                    for await _ in semaphore { break }
                    isLocked.raise()
                }
                while !isLocked.isRaised { pauseBriefly() }
            }
            let report = try await up.withLock { $0 }?.value
            #expect(report?.migrated == ["0003_b", "0004_c"])
        }
    }

    @Test(arguments: TestDatabase.servers)
    func `a session that is lost in a way back is replaced, and the rollback goes no further`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            let pipeline = pipeline(database, url)
            try await pipeline.run()
            let isEnded = Flag()
            let report = try await pipeline.rollback { event in
                guard event == .rollingBack(name: "0003_b"), !isEnded.isRaised else { return }
                isEnded.raise()
                do { try database.endOthers(at: url) } catch { Issue.record(error) }
            }
            #expect(report.rolledBack == ["0003_b"])
            #expect(try log(database, url) == ["a", "b", "b back"])
            #expect(try history(database, url).map { $0[0] } == ["1", "2"])
        }
    }

    @Test(arguments: TestDatabase.servers)
    func `a session that is lost when one is done loses none of the count`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            let pipeline = pipeline(database, url)
            try await pipeline.run()
            let isEnded = Flag()
            let report = try await pipeline.rollback(.count(2)) { event in
                guard case .rolledBack = event, !isEnded.isRaised else { return }
                isEnded.raise()
                do { try database.endOthers(at: url) } catch { Issue.record(error) }
            }
            #expect(report.rolledBack == ["0003_b", "0002_a"])
            #expect(try log(database, url) == ["a", "a back", "b", "b back"])
            #expect(try history(database, url).map { $0[0] } == ["1"])
        }
    }

    @Test(
        .timeLimit(.minutes(2)), arguments: TestDatabase.servers.filter { !$0.dialect.rollsBackDDL }
    )
    func `a definition that is interrupted in a way back is found not to have happened, and runs`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            var pipeline = pipeline(
                database, url,
                [
                    "0003_b.sql": "CREATE TABLE b (id integer);\nCREATE TABLE held (id integer)",
                    "0003_b.down.sql":
                        "DROP TABLE b;\nDROP TABLE held;\nINSERT INTO log VALUES ('b back')",
                ])
            pipeline.options.lockTimeout = .seconds(60)
            let patient = pipeline
            try await patient.run()
            let holder = try database.connect(to: url)
            try holder.run("LOCK TABLES held WRITE")
            let task = Task { try await patient.rollback() }
            try await Lane.run { Result { try Self.endWaiter(database, url) } }.get()
            holder.close()
            #expect(try await task.value.rolledBack == ["0003_b"])
            #expect(try log(database, url) == ["a", "b back"])
            #expect(try history(database, url).map { $0[0] } == ["1", "2"])
        }
    }

    /// Ends the session that waits for a table, once there is one.
    private static func endWaiter(_ database: TestDatabase, _ url: DatabaseURL) throws {
        let connection = try database.connect(to: url)
        defer { connection.close() }
        while true {
            let found = try connection.run(
                "SELECT id FROM information_schema.processlist WHERE db = DATABASE() "
                    + "AND state LIKE 'Waiting for table metadata lock%'")
            if let session = found.first?.first?.integer {
                try connection.run("KILL CONNECTION \(session)")
                return
            }
            pauseBriefly()
        }
    }

    @Test(arguments: TestDatabase.all)
    func `cancelling the task interrupts the way back and gives the lock back`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            // Rows without end; DO and SLEEP end without an error when they are interrupted.
            let endless =
                "INSERT INTO log SELECT 'x' FROM (\(TestDatabase.endless)) AS n"
            let slow = pipeline(database, url, ["0003_b.down.sql": endless + ";\nDROP TABLE b"])
            try await slow.run()
            let (begun, signal) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await slow.rollback { if case .rollingBack = $0 { signal.yield() } }
            }
            for await _ in begun { break }
            task.cancel()
            let failure = await #expect(throws: Failure.self) { try await task.value }
            #expect(failure?.status == .interrupted)
            #expect(try await pipeline(database, url).rollback().rolledBack == ["0003_b"])
            #expect(try log(database, url) == ["a", "b", "b back"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `the guard of production is that of drop`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url async throws in
            var pipeline = pipeline(database, url)
            pipeline.options.environment = "production"
            try await pipeline.run()
            let name = try database.driver.init(url).databaseName
            var unnamed = pipeline
            unnamed.options.environment = nil
            for (pipeline, headline) in [
                (unnamed, "\(name) is a production database, as its history says"),
                (pipeline, "rolling back the production database \(name) was not confirmed"),
            ] {
                let failure = await #expect(throws: Failure.self) { try await pipeline.rollback() }
                #expect(failure?.status == .configuration)
                #expect(failure?.headline == headline)
                let plan = await #expect(throws: Failure.self) { try await pipeline.planRollback() }
                #expect(plan?.headline == headline)
            }
            #expect(
                try await pipeline.rollback(isConfirmed: true).rolledBack == ["0003_b"])
        }
    }
}
