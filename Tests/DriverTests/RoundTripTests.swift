import Bootstrap
import BootstrapTesting
import Testing

/// What a migration costs, in round trips, statements and commits: a thousand small ones are to be
/// as fast as their engine allows.
@Suite struct RoundTripTests {
    private func tables(_ numbers: ClosedRange<Int>) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for number in numbers {
            let name = "\(1000 + number)_create_t\(number).sql"
            files[name] = Array("CREATE TABLE t\(number) (id integer PRIMARY KEY)".utf8)
        }
        return files
    }

    /// Applies the files, and returns what was sent and the events.
    private func apply(
        _ files: [String: [UInt8]], _ database: TestDatabase, _ url: DatabaseURL,
        check: (RecordingConnection, [Event]) throws -> Void
    ) throws {
        let real = try database.connect(to: url)
        defer { real.close() }
        let connection = RecordingConnection(real)
        let pipeline = Pipeline(url, drivers: [database.driver], migrations: .embedded(files))
        var events: [Event] = []
        _ = try pipeline.run(on: connection) { events.append($0) }
        try check(connection, events)
    }

    /// The statements' first words, of the round trips from the first that holds `first` on.
    private func kinds(_ sent: [[String]], holding text: String) -> [[String]] {
        let range = sent.indices.filter { index in sent[index].contains { $0.contains(text) } }
        guard let first = range.first, let last = range.last else { return [] }
        return sent[first...last].map { statements in
            statements.map { String($0.prefix { $0 != " " }) }
        }
    }

    @Test(arguments: TestDatabase.servers)
    func `a migration is one round trip, and as few statements as its safety needs`(
        _ database: TestDatabase
    ) throws {
        var files = tables(1...1)
        for number in 2...4 {
            let text = "ALTER TABLE t1 ADD COLUMN c\(number) integer"
            files["\(1000 + number)_add.sql"] = Array(text.utf8)
        }
        try database.withDatabase { url in
            try apply(files, database, url) { connection, _ in
                let trip = Self.trip(database)
                let trips = kinds(connection.sent, holding: "ALTER TABLE t1")
                #expect(
                    trips == Array(repeating: trip.map { $0 == "CREATE" ? "ALTER" : $0 }, count: 3))
            }
        }
    }

    private static func trip(_ database: TestDatabase) -> [String] {
        database.dialect.rollsBackDDL
            // The lock and what is announced; the history's row; the file.
            ? ["BEGIN", "SELECT", "INSERT", "CREATE", "COMMIT"]
            // Claimed and begun, if the lock is held; the file; done.
            : ["INSERT", "CREATE", "UPDATE"]
    }

    @Test(arguments: TestDatabase.servers)
    func `sixteen migrations that only define share a round trip, each with its own statements`(
        _ database: TestDatabase
    ) throws {
        try database.withDatabase { url in
            try apply(tables(1...36), database, url) { connection, events in
                // Not what is sent behind one that took its time on a busy machine.
                let trips = kinds(connection.sent, holding: "CREATE TABLE t")
                    .filter { $0.contains("CREATE") }
                let trip = Self.trip(database)
                let expected = [16, 16, 4].map { Array(repeating: trip, count: $0) }
                #expect(trips == expected.map { $0.flatMap(\.self) })
                let migrated = events.compactMap { event in
                    if case .migrated(let name, _) = event { name } else { nil }
                }
                #expect(migrated == tables(1...36).keys.map { String($0.dropLast(4)) }.sorted())
                let count = try connection.run(
                    "SELECT count(*) FROM bootstrap_history WHERE state = 'done'")
                #expect(count == [[36]])
            }
        }
    }

    @Test(arguments: TestDatabase.servers.filter { !$0.dialect.rollsBackDDL })
    func `where each statement commits, done and the next one's begun are one mark`(
        _ database: TestDatabase
    ) throws {
        let text = """
            CREATE TABLE t1 (a int); CREATE INDEX i1 ON t1 (a); ALTER TABLE t1 ADD b int;
            INSERT INTO t1 VALUES (1, 1);
            CREATE TABLE t2 (a int); INSERT INTO t2 VALUES (1);
            """
        try database.withDatabase { url in
            try apply(["0001_t.sql": Array(text.utf8)], database, url) { connection, _ in
                let marks = [
                    "INSERT",  // claimed, and 1 and 2 begun, which are additions
                    "CREATE", "CREATE", "UPDATE",  // 1 and 2 done, and 3 begun
                    "ALTER", "UPDATE",  // 3 done
                    "START", "UPDATE", "INSERT", "COMMIT",  // 4 done with its statement
                    "UPDATE", "CREATE", "UPDATE",  // 5 begun; 5 done
                    "START", "UPDATE", "INSERT", "COMMIT",  // all done with the last statement
                ]
                #expect(kinds(connection.sent, holding: "CREATE TABLE t") == [marks])
                let row = try connection.run(
                    "SELECT state, done, total, statement FROM bootstrap_history")
                #expect(row == [["done", 6, 6, .null]])
            }
        }
    }

    @Test(arguments: TestDatabase.all.filter(\.dialect.isInProcess))
    func `many migrations that only define share a commit, the others have their own`(
        _ database: TestDatabase
    ) throws {
        var files = tables(1...100)
        files["1050_create_t50.sql"] = nil
        files["1050_fill.sql"] = Array("INSERT INTO t1 VALUES (1)".utf8)
        try database.withDatabase { url in
            try apply(files, database, url) { connection, events in
                let sent = connection.sent.flatMap(\.self)
                // 1 to 49; the one that writes rows; 51 to 100.
                #expect(sent.count { $0 == "COMMIT" } == 3)
                #expect(sent.count { $0.hasPrefix("BEGIN") } == 3)
                let migrated = events.compactMap { event in
                    if case .migrated(let name, _) = event { name } else { nil }
                }
                let migrating = events.compactMap { event in
                    if case .migrating(let name) = event { name } else { nil }
                }
                #expect(migrated == files.keys.map { String($0.dropLast(4)) }.sorted())
                #expect(migrating == migrated)
                let count = try connection.run("SELECT count(*) FROM bootstrap_history")
                #expect(count == [[100]])
            }
        }
    }

    @Test(
        arguments: TestDatabase.all,
        // It fails when it runs, and before anything runs.
        ["CREATE TABLE t1 (b int)", "CREATE TABLE t3 (b int,, c int)"])
    func `one that fails among many leaves those before it applied, and is named alone`(
        _ database: TestDatabase, _ text: String
    ) throws {
        var files = tables(1...5)
        files["1003_create_t3.sql"] = Array(text.utf8)
        try database.withDatabase { url in
            let real = try database.connect(to: url)
            defer { real.close() }
            let pipeline = Pipeline(url, drivers: [database.driver], migrations: .embedded(files))
            var events: [Event] = []
            let failure = #expect(throws: Failure.self) {
                try pipeline.run(on: real) { events.append($0) }
            }
            #expect(failure?.place?.file == "1003_create_t3.sql")
            #expect(failure?.state?.contains("Applied before it: 2 of 5.") == true)
            let names = events.compactMap { event in
                switch event {
                case .migrating(let name): name
                case .migrated(let name, _): "\(name) done"
                default: nil
                }
            }
            let first = ["1001_create_t1", "1001_create_t1 done"]
            #expect(names == first + ["1002_create_t2", "1002_create_t2 done", "1003_create_t3"])
            let rows = try real.run(
                "SELECT id FROM bootstrap_history WHERE state = 'done' ORDER BY id")
            #expect(rows == [["1001"], ["1002"]])
            #expect(try real.describe(TableName("t4")) == nil)
            // On MariaDB a DDL statement that fails may have done half, which a person looks at.
            guard database.dialect.rollsBackDDL || text.contains(",,") else { return }
            var corrected = pipeline
            corrected.migrations = .embedded(tables(1...5))
            #expect(try corrected.run(on: real).migrated.count == 3)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `the history tells when a migration that took its time began and ended`(
        _ database: TestDatabase
    ) throws {
        let slow = Migration("0002_slow") { (_) throws(DatabaseError) in
            let end = ContinuousClock.now + .milliseconds(150)
            while ContinuousClock.now < end {}
        }
        try database.withDatabase { url in
            let connection = try database.connect(to: url)
            defer { connection.close() }
            var files = tables(1...1)
            if database.dialect.engine == "postgres" {
                files["0003_slow.sql"] = Array("SELECT pg_sleep(0.15)".utf8)
            }
            let pipeline = Pipeline(
                url, drivers: [database.driver],
                migrations: .several([.embedded(files), .code([slow])]))
            #expect(try pipeline.run(on: connection).migrations == files.count + 1)
            let text = database.dialect.history.timestampText
            let rows = try connection.run(
                """
                SELECT name, \(text.replacing("{}", with: "started_at")), \
                \(text.replacing("{}", with: "finished_at")) FROM bootstrap_history ORDER BY name
                """)
            #expect(rows.count == files.count + 1)
            for row in rows {
                let name = try #require(row[0].text)
                let began = try second(row[1])
                let took = (try second(row[2]) - began + 86_400)
                    .truncatingRemainder(dividingBy: 86_400)
                if name.contains("slow") { #expect(took >= 0.1, "\(name)") }
                #expect(took < 3600, "\(name)")
            }
        }
    }

    /// The second of its day, of a moment like `2026-01-31T18:20:01.500Z`.
    private func second(_ moment: Value) throws -> Double {
        let time = try #require(moment.text?.split(separator: "T").last?.dropLast())
        return try time.split(separator: ":").reduce(0) { seconds, part in
            seconds * 60 + (try #require(Double(part)))
        }
    }
}
