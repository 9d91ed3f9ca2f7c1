import BootstrapTesting
import Glibc
import Testing

@testable import Bootstrap

/// The whole pipeline over each engine's driver, through the public API.
@Suite struct PipelineTests {
    private static let two: [String: [UInt8]] = [
        "0001_create_user.sql": Array("CREATE TABLE users (id integer PRIMARY KEY)".utf8),
        "0002_create_item.sql": Array(
            "CREATE TABLE item (id integer PRIMARY KEY);\nINSERT INTO item VALUES (1);\n".utf8),
    ]

    private func pipeline(
        _ database: TestDatabase, _ url: DatabaseURL, _ files: [String: [UInt8]] = two
    ) -> Pipeline {
        database.pipeline(url, .embedded(files))
    }

    private func file(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(arguments: TestDatabase.all)
    func `a first run applies every migration, a second one finds nothing to do`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            let pipeline = pipeline(database, url)
            let first = try await pipeline.run()
            #expect(first.migrated == ["0001_create_user", "0002_create_item"])
            #expect(first.migrations == 2)
            let second = try await pipeline.run()
            #expect(second.isNothing)
            #expect(second.migrations == 2)
            #expect(try rows("SELECT count(*) FROM item", database, url) == [[1]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a missing database is created once`(_ database: TestDatabase) async throws {
        let url = try database.server.unusedURL()
        let pipeline = pipeline(database, url)
        #expect(try await pipeline.run().created)
        #expect(try await !pipeline.run().created)
        #expect(try await pipeline.drop())
        #expect(try await !pipeline.drop())
    }

    @Test(arguments: TestDatabase.all)
    func `a failed statement is named, and what was before it stays`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            var files = Self.two
            files["0003_bad.sql"] = file(
                "CREATE TABLE late (id integer);\n-- é\nSELECT é, FROM late;")
            let broken = pipeline(database, url, files)
            let failure = await #expect(throws: Failure.self) { try await broken.run() }
            #expect(failure?.status == .rejected)
            #expect(failure?.place?.file == "0003_bad.sql")
            #expect(failure?.place?.line == 3)
            files["0003_bad.sql"] = file("CREATE TABLE late (id integer);\n-- é\nSELECT 1;")
            let corrected = pipeline(database, url, files)
            #expect(try await corrected.run().migrated == ["0003_bad"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a syntax error in DDL has done nothing, and the corrected file goes on`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            var files = Self.two
            files["0003_late.sql"] = file(
                "CREATE TABLE a (id integer);\nCREATE TABEL b (id integer);")
            let failure = await #expect(throws: Failure.self) {
                try await pipeline(database, url, files).run()
            }
            #expect(failure?.state?.contains("not known") == false)
            files["0003_late.sql"] = file(
                "CREATE TABLE a (id integer);\nCREATE TABLE b (id integer);")
            #expect(try await pipeline(database, url, files).run().migrated == ["0003_late"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a changed file of an applied migration stops the run`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            try await pipeline(database, url).run()
            var files = Self.two
            files["0001_create_user.sql"] = file("CREATE TABLE users (id bigint PRIMARY KEY)")
            let failure = await #expect(throws: Failure.self) {
                try await pipeline(database, url, files).run()
            }
            #expect(failure?.status == .configuration)
            #expect(failure?.headline == "0001_create_user.sql has changed since it was applied")
        }
    }

    @Test(arguments: TestDatabase.all)
    func `eight runs at once apply each migration once`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url async throws in
            let pipeline = pipeline(database, url)
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<8 {
                    var own = pipeline
                    own.options.wait = .seconds(60)
                    group.addTask { [own] in try await own.run().migrated }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.sorted() == ["0001_create_user", "0002_create_item"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `eight runs at once without a lock apply each migration once`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            var pipeline = pipeline(database, url)
            pipeline.options.lock = Options.LockMode.none
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<8 {
                    var own = pipeline
                    own.options.wait = .seconds(60)
                    group.addTask { [own] in try await own.run().migrated }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.sorted() == ["0001_create_user", "0002_create_item"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `an old image beside a newer database is ready`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url async throws in
            try await pipeline(database, url).run()
            var old = Self.two
            old["0002_create_item.sql"] = nil
            let log = EventLog()
            let report = try await pipeline(database, url, old).run { log.add($0) }
            #expect(report.isNothing)
            var refusing = pipeline(database, url, old)
            refusing.options.ahead = .refuse
            let failure = await #expect(throws: Failure.self) { try await refusing.run() }
            #expect(failure?.status == .configuration)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `status tells applied from pending`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url async throws in
            let before = try await pipeline(database, url).status()
            #expect(before.state == .pending)
            #expect(before.count(.pending) == 2)
            try await pipeline(database, url).run()
            let after = try await pipeline(database, url).status()
            #expect(after.state == .ready)
            #expect(after.entries.map(\.name) == ["0001_create_user", "0002_create_item"])
            #expect(after.entries.allSatisfy { $0.appliedAt?.hasSuffix("Z") ?? false })
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a plan writes nothing`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url async throws in
            let preview = try await pipeline(database, url).plan()
            #expect(preview.migrations.map(\.statements.count) == [1, 2])
            #expect(try await pipeline(database, url).status().state == .pending)
            let connection = try database.connect(to: url)
            defer { connection.close() }
            #expect(try connection.describe(TableName("bootstrap_history")) == nil)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a migration in code runs with the others`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url async throws in
            let code = Migration("0003_fill") { connection throws(DatabaseError) in
                try connection.run("INSERT INTO item VALUES (2)")
            }
            var pipeline = pipeline(database, url)
            pipeline.migrations = .several([.embedded(Self.two), .code([code])])
            #expect(try await pipeline.run().migrations == 3)
            #expect(try await pipeline.run().isNothing)
            #expect(try rows("SELECT count(*) FROM item", database, url) == [[2]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `to stops at its version`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url async throws in
            var pipeline = pipeline(database, url)
            pipeline.options.to = .version("1")
            #expect(try await pipeline.run().migrated == ["0001_create_user"])
            pipeline.options.to = .count(1)
            #expect(try await pipeline.run().migrated == ["0002_create_item"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `one transaction for all leaves all or nothing where DDL rolls back`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            var files = Self.two
            files["0003_bad.sql"] = file("SELECT FROM nowhere.at.all.;")
            var all = pipeline(database, url, files)
            all.options.transaction = .all
            let broken = all
            let failure = await #expect(throws: Failure.self) { try await broken.run() }
            #expect(failure?.place?.file == "0003_bad.sql")
            let left = try await pipeline(database, url, files).status().count(.pending)
            #expect(left == (database.dialect.rollsBackDDL ? 3 : 0))
            all.migrations = .embedded(Self.two)
            #expect(try await all.run().migrations == 2)
        }
    }

    /// Those that only add definitions travel together, so the server's answer names no file.
    @Test(
        arguments: TestDatabase.all.filter(\.dialect.rollsBackDDL),
        [
            ("0003_c.sql", "CREATE TABLE a (id integer)", 1),
            ("0004_d.sql", "CREATE TABLE d (id integer);\n  CREATE TABLE (x)", 2),
            ("0006_f.sql", "CREATE TABLE f (id integer);\nCREATE TABLE f (id integer)", 2),
        ])
    func `with one transaction for all, the file that fails is named, wherever it stands`(
        _ database: TestDatabase, _ bad: (file: String, sql: String, line: Int)
    ) async throws {
        try await database.withDatabase { url async throws in
            var files: [String: [UInt8]] = [:]
            for (number, name) in ["a", "b", "c", "d", "e", "f"].enumerated() {
                files["000\(number + 1)_\(name).sql"] = file(
                    "CREATE TABLE \(name) (id integer)")
            }
            let good = files
            files[bad.file] = file(bad.sql)
            var all = pipeline(database, url, files)
            all.options.transaction = .all
            let broken = all
            let failure = await #expect(throws: Failure.self) { try await broken.run() }
            #expect(failure?.place?.file == bad.file)
            #expect(failure?.place?.line == bad.line)
            let pending = try await pipeline(database, url, files).status().count(.pending)
            #expect(pending == 6)
            all.migrations = .embedded(good)
            #expect(try await all.run().migrated.count == 6)
            let rows = try rows(
                "SELECT count(*) FROM bootstrap_history WHERE state = 'done'", database, url)
            #expect(rows == [[6]])
        }
    }

    /// A statement that runs until it is interrupted.
    private func endless(_ database: TestDatabase) -> String {
        switch database.dialect.engine {
        case "postgres": "SELECT pg_sleep(3600)"
        case "sqlite":
            """
            CREATE TABLE never AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
            SELECT count(*) AS c FROM n
            """
        default:
            // 10^18 combinations; DO and SLEEP end without an error when they are interrupted.
            """
            INSERT INTO item WITH RECURSIVE n(i) AS
            (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
            SELECT count(*) FROM n a, n b, n c, n d, n e, n f
            """
        }
    }

    @Test(arguments: TestDatabase.all)
    func `cancelling the task interrupts the statement and gives the lock back`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            var files = Self.two
            files["0003_endless.sql"] = file(endless(database))
            let endless = pipeline(database, url, files)
            let (begun, signal) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await endless.run { event in
                    if event == .migrating(name: "0003_endless") { signal.yield() }
                }
            }
            for await _ in begun { break }
            task.cancel()
            let failure = await #expect(throws: Failure.self) { try await task.value }
            #expect(failure?.status == .interrupted)
            files["0003_endless.sql"] = file("CREATE TABLE third (id integer)")
            let next = try await pipeline(database, url, files).run()
            #expect(next.migrated == ["0003_endless"])
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.servers)
    func `cancelling the task ends a wait for a silent port, which was told of before`(
        _ database: TestDatabase
    ) async throws {
        let server = FakeServer(.silent)
        defer { withExtendedLifetime(server) {} }
        var pipeline = pipeline(database, server.url(database.driver.schemes[0]))
        pipeline.options.wait = .seconds(600)
        pipeline.options.attemptTimeout = .seconds(600)
        let (told, signal) = AsyncStream.makeStream(of: String.self)
        let task = Task { [pipeline] in
            try await pipeline.run { event in
                if case .waiting(let reason) = event { signal.yield(reason) }
            }
        }
        for await reason in told {
            #expect(reason == "no answer from \(server.place)")
            break
        }
        task.cancel()
        let failure = await #expect(throws: Failure.self) { try await task.value }
        #expect(failure?.status == .interrupted)
        #expect(failure?.state == "Nothing was changed.")
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.servers)
    func `a silent port is told of once, however many attempts it outlasts`(
        _ database: TestDatabase
    ) async throws {
        let server = FakeServer(.silent)
        var pipeline = pipeline(database, server.url(database.driver.schemes[0]))
        pipeline.options.wait = .seconds(4)
        pipeline.options.attemptTimeout = .milliseconds(1500)
        let (log, impatient) = (EventLog(), pipeline)
        let failure = await #expect(throws: Failure.self) {
            try await impatient.run { log.add($0) }
        }
        #expect(failure?.status == .unavailable)
        #expect(failure?.cause?.message == "no answer from \(server.place)")
        #expect(server.clients > 1)
        #expect(
            log.events.dropFirst() == [.waiting(reason: "no answer from \(server.place)")])
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.servers)
    func `a wrong password is tried once, and not waited for`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            var url = url
            url.password = Secret("wrong")
            var pipeline = pipeline(database, url)
            pipeline.options.wait = .seconds(300)
            let (log, patient) = (EventLog(), pipeline)
            let began = ContinuousClock.now
            let failure = await #expect(throws: Failure.self) {
                try await patient.run { log.add($0) }
            }
            #expect(failure?.status == .denied)
            // A second attempt would have been told of as a wait.
            #expect(log.events.count == 1)
            #expect(ContinuousClock.now - began < patient.options.wait / 10)
        }
    }

    @Test(arguments: TestDatabase.servers)
    func `a history that somebody has locked is waited for, and a stop ends the wait`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            var pipeline = pipeline(database, url)
            try await pipeline.run()
            let other = try database.connect(to: url)
            defer { other.close() }
            if database.dialect.rollsBackDDL {
                try other.run("BEGIN")
                try other.run("LOCK TABLE bootstrap_history IN ACCESS EXCLUSIVE MODE")
            } else {
                try other.run("LOCK TABLES bootstrap_history WRITE")
            }
            pipeline.options.wait = .seconds(300)
            pipeline.options.lockTimeout = .seconds(300)
            pipeline.options.attemptTimeout = .seconds(300)
            let cancellation = Cancellation()
            pipeline.cancellation = cancellation
            let failure = await #expect(throws: Failure.self) {
                try await pipeline.run { if case .waiting = $0 { cancellation.request() } }
            }
            #expect(failure?.status == .interrupted)
            #expect(failure?.state == "Nothing was changed.")
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a pipeline that was cancelled once runs again`(_ database: TestDatabase) async throws {
        try await database.withDatabase { url async throws in
            let pipeline = pipeline(database, url)
            let task = Task { [pipeline] in
                withUnsafeCurrentTask { $0?.cancel() }
                return try await pipeline.run()
            }
            await #expect(throws: Failure.self) { try await task.value }
            #expect(try await pipeline.run().migrations == 2)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a repeatable runs after the others, and again when it changed`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            var files = Self.two
            files["R_mark.sql"] = file("INSERT INTO item VALUES (2)")
            #expect(
                try await pipeline(database, url, files).run().migrated
                    == ["0001_create_user", "0002_create_item", "R_mark"])
            #expect(try await pipeline(database, url, files).run().isNothing)
            files["R_mark.sql"] = file("INSERT INTO item VALUES (3)")
            #expect(try await pipeline(database, url, files).run().migrated == ["R_mark"])
            #expect(try rows("SELECT count(*) FROM item", database, url) == [[3]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `without a lock, what another run has done since the plan was made is not done again`(
        _ database: TestDatabase
    ) async throws {
        try await database.withDatabase { url async throws in
            for value in [1, 2] {
                // No key of the table's own refuses what happens twice.
                var slow = pipeline(
                    database, url,
                    [
                        "1_item.sql": file("CREATE TABLE item (id integer)"),
                        "R_mark.sql": file("INSERT INTO item VALUES (\(value))"),
                    ])
                slow.seeds = .embedded(["010.sql": file("INSERT INTO item VALUES (\(10 * value))")])
                slow.options.lock = Options.LockMode.none
                let other = slow
                let report = try await slow.run { event in
                    guard event == .migrating(name: "R_mark") else { return }
                    _ = try? other.blocking.run { _ in }
                }
                #expect(!report.migrated.contains("R_mark"))
                #expect(report.seeded == [])
                #expect(report.seeds == 1)
            }
            let found = try rows("SELECT id FROM item ORDER BY id", database, url)
            #expect(found == [[1], [2], [10], [20]])
        }
    }

    /// How long this thread has computed, whatever the machine did meanwhile.
    private func computed(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let began = now()
        try body()
        return now() - began
    }

    @Test(arguments: TestDatabase.all)
    func `eight times as many statements in a file are eight times the work, not more`(
        _ database: TestDatabase
    ) throws {
        func work(_ count: Int) throws -> Double {
            try database.withDatabase { url in
                let rows = (0..<count).map { "INSERT INTO item VALUES (\($0), 'é; \($0)');\n" }
                let text = "CREATE TABLE item (id integer, name varchar(20));\n" + rows.joined()
                let blocking = pipeline(database, url, ["1_item.sql": file(text)]).blocking
                return try computed { try blocking.run { _ in } }
            }
        }
        let (few, many) = (try work(250), try work(2000))
        // Squared it would be 64 times.
        #expect(many < 24 * few, "\(few) s and \(many) s")
    }
}
