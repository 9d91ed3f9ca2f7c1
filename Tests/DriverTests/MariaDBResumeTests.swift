#if MariaDB
import BootstrapTesting
import Testing

@testable import Bootstrap
@testable import BootstrapMariaDB

/// Migrations whose run ended in the middle of a statement: the next run finds out what became of it.
@Suite(.enabled(if: TestServer.mariaDB.reasonMissing == nil))
struct MariaDBResumeTests {
    /// A file, its statement that was interrupted (from 1), and what is there before the file.
    struct Case: Sendable, CustomStringConvertible {
        var statements: [String]
        var number: Int
        var setup: [String] = []
        var description: String { statements[number - 1] }
    }

    static let cases = [
        Case(
            statements: [
                "CREATE TABLE a (x int)", "CREATE TABLE b (x int)", "CREATE TABLE c (x int)",
            ],
            number: 2),
        Case(
            statements: [
                "CREATE TABLE a (x int)", "ALTER TABLE a ADD y int", "INSERT INTO a VALUES (1, 2)",
            ],
            number: 2),
        Case(
            statements: [
                "CREATE TABLE a (x int, y int)", "ALTER TABLE a DROP y", "ALTER TABLE a ADD z int",
            ],
            number: 2),
        Case(
            statements: [
                "CREATE TABLE a (x int)", "RENAME TABLE a TO b", "ALTER TABLE b ADD y int",
            ],
            number: 2),
        Case(
            statements: ["CREATE INDEX i ON t (x)", "CREATE INDEX j ON t (y)"], number: 1,
            setup: ["CREATE TABLE t (x int, y int)"]),
        Case(
            statements: ["DROP TABLE t, u", "CREATE TABLE t (z int)"], number: 1,
            setup: ["CREATE TABLE t (x int)", "CREATE TABLE u (x int)"]),
        Case(
            statements: [
                "CREATE DATABASE {other}", "USE {other}", "CREATE TABLE a (x int)",
                "CREATE TABLE b (x int)",
            ], number: 3),
        Case(
            statements: [
                "SET @v = 5", "CREATE TABLE a (x int)", "INSERT INTO a VALUES (@v)",
            ], number: 2),
        Case(
            statements: [
                "CREATE PROCEDURE f() SELECT 1",
                "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.x = 7",
                "INSERT INTO t VALUES (1)",
            ], number: 2, setup: ["CREATE TABLE t (x int)"]),
    ]

    private static let tables = """
        SELECT table_schema = DATABASE(), table_name, column_name, column_type
        FROM information_schema.columns WHERE table_schema LIKE CONCAT(DATABASE(), '%')
          AND table_name <> 'bootstrap_history'
        UNION ALL SELECT 1, table_name, index_name, '' FROM information_schema.statistics
          WHERE table_schema = DATABASE() AND table_name <> 'bootstrap_history'
        UNION ALL SELECT 1, routine_name, '', '' FROM information_schema.routines
          WHERE routine_schema = DATABASE()
        UNION ALL SELECT 1, trigger_name, '', '' FROM information_schema.triggers
          WHERE trigger_schema = DATABASE()
        ORDER BY 1, 2, 3, 4
        """

    /// A database, a connection to it, and another database beside it, which is dropped at the end.
    private func withDatabase(
        _ body: (MariaDBConnection, DatabaseURL, _ other: String) throws -> Void
    ) throws {
        try MariaDBConnectionTests.withConnection { connection, url in
            let name = try #require(try connection.run("SELECT DATABASE()").first?.first?.text)
            let other = "`\(name)_other`"
            defer { _ = try? connection.run("DROP DATABASE IF EXISTS \(other)") }
            try body(connection, url, other)
        }
    }

    private func pipeline(_ url: DatabaseURL, _ statements: [String]) -> Pipeline {
        let file = statements.joined(separator: ";\n") + ";\n"
        var pipeline = Pipeline(
            url, drivers: [MariaDBDriver.self], migrations: .embedded(["1_a.sql": Array(file.utf8)])
        )
        pipeline.options.wait = .zero
        return pipeline
    }

    /// Leaves the database as a run does that ends in the middle of a statement.
    ///
    /// - `executed`: whether the statement took effect.
    private func interrupt(
        _ connection: MariaDBConnection, _ statements: [String], at number: Int, executed: Bool,
        definitions isRecorded: Bool = true
    ) throws {
        let dialect = connection.dialect
        let history = History(TableName("bootstrap_history"), dialect)
        let home = try #require(try connection.run("SELECT DATABASE()").first?.first?.text)
        try connection.run(history.declaration)
        for statement in statements.prefix(number - 1) { try connection.run(statement) }
        let footprint = dialect.catalogue?.footprint(Statement(statements[number - 1]))
        let before = try footprint.flatMap {
            try connection.run("SELECT \($0.state)").first?.first?.text
        }
        if executed { try connection.runAll([Statement(statements[number - 1])]) }
        let hashes = statements.map { SourceFile.sha256(Array($0.utf8)).prefix(16) }
        try connection.run("USE `\(home)`")
        _ = try connection.run(
            """
            INSERT INTO bootstrap_history (kind, id, name, checksum, fingerprint, state, done, total,
              statement, hashes, definitions, started_at, applied_by, process, session, version,
              environment, server)
            VALUES ('migration', '1', '1_a', 'x', 'x', 'running', ?, ?, ?, ?, ?, NOW(6), '', '', '',
              '', '', '')
            """,
            [
                .integer(Int64(number - 1)), .integer(Int64(statements.count)),
                .integer(Int64(number)), .text(hashes.joined(separator: " ")),
                isRecorded ? before.map { .text($0) } ?? .null : .null,
            ])
    }

    @Test(arguments: cases, [true, false])
    func `a run goes on behind a statement that took effect, and at one that did not`(
        _ given: Case, _ executed: Bool
    ) throws {
        var schemas: [[[Value]]] = []
        for isInterrupted in [false, true] {
            try withDatabase { connection, url, other in
                let statements = given.statements.map { $0.replacing("{other}", with: other) }
                try connection.runAll(given.setup.map { Statement($0) })
                if isInterrupted {
                    try interrupt(connection, statements, at: given.number, executed: executed)
                }
                let report = try pipeline(url, statements).blocking.run { _ in }
                #expect(report.migrated == ["1_a"])
                schemas.append(try connection.run(Self.tables))
                #expect(
                    try connection.run(
                        "SELECT state, done = total, statement, definitions FROM bootstrap_history")
                        == [["done", 1, .null, .null]])
                #expect(try pipeline(url, statements).blocking.run { _ in }.isNothing)
            }
        }
        #expect(schemas[0] == schemas[1])
        #expect(!schemas[0].isEmpty)
    }

    private static let additions = [
        "CREATE TABLE a (x int PRIMARY KEY)", "CREATE INDEX i ON a (x)",
        "CREATE VIEW v AS SELECT x FROM a",
        "CREATE TABLE `b ü/=.x` (x int REFERENCES a (x))",
        "CREATE TRIGGER g BEFORE INSERT ON a "
            + "FOR EACH ROW SET NEW.x = 7", "INSERT INTO a VALUES (1)", "CREATE TABLE c (x int)",
        "CREATE TABLE d LIKE a", "ALTER TABLE d ADD y int", "CREATE TABLE e (x int)",
        "CREATE TABLE f AS SELECT x FROM a",
    ]

    /// What a run sends for a file, with its marks.
    private func packet(_ statements: [String]) throws -> [String] {
        var packet: [String] = []
        try MariaDBConnectionTests.withConnection { connection, url in
            let recording = RecordingConnection(connection)
            recording.condition = "1 = 1"
            try pipeline(url, statements).run(on: recording)
            let name = try #require(try connection.run("SELECT DATABASE()").first?.first?.text)
            let sent = try #require(recording.sent.first { $0.contains(statements[0]) })
            packet = sent.map { $0.replacing("`\(name)`.", with: "") }
        }
        return packet
    }

    /// Wherever a server dies in the middle of a packet, a plain run comes to the same end.
    @Test func `additions that were marked together are told apart by what is there`() throws {
        let packet = try packet(Self.additions)
        let marks = packet.filter { $0.contains("bootstrap_history") }
        // The claim with the first five, the insert's, the last of the next two, ...
        #expect(marks.count < Self.additions.count)
        var expected: [[Value]] = []
        for length in (1...packet.count).reversed() {
            try withDatabase { connection, url, _ in
                try connection.run(
                    History(TableName("bootstrap_history"), connection.dialect).declaration)
                for statement in packet.prefix(length) { try connection.run(statement) }
                if connection.isInTransaction { try connection.run("ROLLBACK") }
                let report = try pipeline(url, Self.additions).blocking.run { _ in }
                #expect(report.migrated == (length == packet.count ? [] : ["1_a"]))
                let schema = try connection.run(Self.tables)
                if expected.isEmpty { expected = schema }
                #expect(schema == expected, "behind \(packet[length - 1])")
                #expect(try connection.run("SELECT x FROM a") == [[7]])
                #expect(
                    try connection.run(
                        "SELECT state, done, statement, definitions FROM bootstrap_history")
                        == [["done", .integer(Int64(Self.additions.count)), .null, .null]])
            }
        }
        #expect(expected.count > Self.additions.count)
    }

    @Test(arguments: [0, 1, 2, 3, 4], [true, false])
    func `a failure among additions leaves what is behind it to be corrected`(
        _ place: Int, _ isCorrected: Bool
    ) throws {
        try withDatabase { connection, url, _ in
            var statements = (0..<5).map { "CREATE TABLE t\($0) (x int)" }
            if isCorrected {
                statements[place] = "CREATE TABLE t\(place) (x int, x int)"
            } else {
                try connection.run("CREATE TABLE t\(place) (other int)")
            }
            let failure = #expect(throws: Failure.self) {
                try pipeline(url, statements).blocking.run { _ in }
            }
            #expect(
                failure?.state?.contains("Statement \(place + 1) of 5 did not take effect.") == true
            )
            #expect(
                try connection.run("SELECT state, done, statement FROM bootstrap_history")
                    == [["failed", .integer(Int64(place)), .null]])
            if isCorrected {
                statements[place] = "CREATE TABLE t\(place) (y int)"
            } else {
                try connection.run("DROP TABLE t\(place)")
            }
            #expect(try pipeline(url, statements).blocking.run { _ in }.migrated == ["1_a"])
            for number in 0..<5 { #expect(try connection.describe(TableName("t\(number)")) != nil) }
        }
    }

    /// The first three of these began together; the server died behind `done` of them.
    @Test(arguments: [0, 1, 2, 3])
    func `of additions that began together, those that have not run may be changed in the file`(
        _ done: Int
    ) throws {
        try withDatabase { connection, url, _ in
            let old = (0..<3).map { "CREATE TABLE t\($0) (x int)" }
            let packet = try packet(old)
            try connection.run(
                History(TableName("bootstrap_history"), connection.dialect).declaration)
            for statement in packet.prefix(1 + done) { try connection.run(statement) }
            let new = [old[0], "CREATE TABLE u (x int)", old[2]]
            if done < 2 {
                #expect(try pipeline(url, new).blocking.run { _ in }.migrated == ["1_a"])
                for name in ["t0", "u", "t2"] {
                    #expect(try connection.describe(TableName(name)) != nil)
                }
                return
            }
            let failure = #expect(throws: Failure.self) {
                try pipeline(url, new).blocking.run { _ in }
            }
            #expect(failure?.headline == "1_a.sql was interrupted in statement 2 of 3")
            #expect(failure?.state?.contains("It has changed in the file since") == true)
            #expect(try connection.describe(TableName("u")) == nil)
        }
    }

    @Test func `what is left of a DROP is dropped`() throws {
        try withDatabase { connection, url, _ in
            let statements = ["DROP TABLE a, b, c", "CREATE TABLE a (y int)"]
            for name in ["a", "b", "c"] { try connection.run("CREATE TABLE \(name) (x int)") }
            try interrupt(connection, statements, at: 1, executed: false)
            try connection.run("DROP TABLE b")
            #expect(try pipeline(url, statements).blocking.run { _ in }.migrated == ["1_a"])
            #expect(
                try connection.run(
                    "SELECT table_name FROM information_schema.tables "
                        + "WHERE table_schema = DATABASE() ORDER BY 1") == [
                        ["a"], ["bootstrap_history"],
                    ])
        }
    }

    @Test(
        arguments: [
            ("CALL f()", ""), ("ALTER TABLE t ORDER BY x", ""), ("INSERT INTO m VALUES (1)", ""),
            (
                "RENAME TABLE t TO x, u TO t, x TO u",
                " `t`, `x`, `u` have the same definition, so that nothing shows whether they have "
                    + "changed places."
            ),
        ])
    func `what cannot be known stops, names the statement, and changes nothing`(
        _ statement: String, _ found: String
    ) throws {
        try withDatabase { connection, url, _ in
            let statements = ["CREATE TABLE t (x int)", statement, "CREATE TABLE z (x int)"]
            try connection.run("CREATE TABLE u (x int)")
            try connection.run("CREATE TABLE m (x int) ENGINE = MyISAM")
            try connection.run("CREATE PROCEDURE f() SELECT 1")
            try interrupt(connection, statements, at: 2, executed: false)
            let before = try connection.run("SELECT * FROM bootstrap_history")
            let failure = #expect(throws: Failure.self) {
                try pipeline(url, statements).blocking.run { _ in }
            }
            #expect(failure?.status == .rejected)
            #expect(failure?.headline == "1_a.sql was interrupted in statement 2 of 3")
            #expect(
                failure?.state
                    == "Statement 1 took effect. Whether statement 2 took effect is not known.\(found) "
                    + "Nothing was changed now.")
            #expect(
                failure?.next
                    == "look whether it took effect, and answer with bootstrap repair --statement "
                    + "done, or with bootstrap repair --statement again; then run the same command "
                    + "again")
            #expect(try connection.run("SELECT * FROM bootstrap_history") == before)
        }
    }

    @Test(
        arguments: [
            ("INSERT LOW_PRIORITY INTO m (x) VALUES (1), (2)", true),
            ("UPDATE t JOIN `m` ON m.x = t.x SET m.x = 2, t.x = 3", true),
            ("DELETE FROM m USING m, t WHERE m.x = 7", true),
            ("INSERT INTO t SELECT x FROM m", false), ("SELECT 'INSERT INTO m'", false),
        ])
    func `what no transaction holds is marked before it begins`(
        _ statement: String, _ isMarked: Bool
    ) throws {
        try withDatabase { connection, url, _ in
            try connection.run("CREATE TABLE t (x int)")
            try connection.run("CREATE TABLE m (x int) ENGINE = MyISAM")
            let recording = RecordingConnection(connection)
            try pipeline(url, [statement]).run(on: recording)
            let begins = recording.sent.joined().contains { text in
                text.hasPrefix("INSERT INTO") && text.contains("bootstrap_history")
                    && text.hasSuffix("NULL, 1)")
            }
            #expect(begins == isMarked)
        }
    }

    @Test(arguments: [true, false])
    func `a statement that was changed since runs only where nothing of the old one is there`(
        _ executed: Bool
    ) throws {
        try withDatabase { connection, url, _ in
            let old = ["CREATE TABLE a (x int)", "CREATE TABLE b (x int)"]
            let new = ["CREATE TABLE a (x int)", "CREATE TABLE c (x int)"]
            try interrupt(connection, old, at: 2, executed: executed)
            guard executed else {
                #expect(try pipeline(url, new).blocking.run { _ in }.migrated == ["1_a"])
                #expect(try connection.describe(TableName("c")) != nil)
                return
            }
            let failure = #expect(throws: Failure.self) {
                try pipeline(url, new).blocking.run { _ in }
            }
            #expect(failure?.status == .rejected)
            #expect(
                failure?.state?.contains(
                    "It has changed in the file since, and what it named is not as it was before it."
                )
                    == true)
            #expect(try connection.describe(TableName("c")) == nil)
        }
    }

    @Test func `without a note of what was there, a person has to look`() throws {
        try withDatabase { connection, url, _ in
            let statements = ["CREATE TABLE a (x int)"]
            try interrupt(connection, statements, at: 1, executed: true, definitions: false)
            let failure = #expect(throws: Failure.self) {
                try pipeline(url, statements).blocking.run { _ in }
            }
            #expect(failure?.headline == "1_a.sql was interrupted in statement 1 of 1")
        }
    }

    /// The session that waits for a table, besides the one that is known already.
    private func waiter(_ url: DatabaseURL, besides known: Int64 = 0) async throws -> Int64 {
        // Not on the pool's threads, which the run needs.
        try await Lane.run { Result { try Self.waiter(url, besides: known) } }.get()
    }

    private static func waiter(_ url: DatabaseURL, besides known: Int64) throws -> Int64 {
        let connection = try MariaDBDriver(url).connect(
            SessionSettings(), before: .now + .seconds(30))
        defer { connection.close() }
        let deadline = Deadline.now + .seconds(30)
        while Deadline.now < deadline {
            let rows = try connection.run(
                "SELECT id FROM information_schema.processlist WHERE db = DATABASE() "
                    + "AND state LIKE 'Waiting for table metadata lock%' AND id <> \(known)")
            if let session = rows.first?.first?.integer { return session }
            pauseBriefly()
        }
        throw DatabaseError(.busy, "no session waits for a table")
    }

    @Test(arguments: [Repairs.Answer.done, .again])
    func `a person's answer lets the next run go on`(_ answer: Repairs.Answer) throws {
        try withDatabase { connection, url, _ in
            let statements = ["CREATE TABLE t (x int)", "CALL f()", "CREATE TABLE z (x int)"]
            try connection.run("CREATE TABLE called (x int)")
            try connection.run("CREATE PROCEDURE f() INSERT INTO called VALUES (1)")
            try interrupt(connection, statements, at: 2, executed: false)
            let blocking = pipeline(url, statements).blocking
            let question = Repairs.Finding(
                name: "1_a", kind: .interrupted, statement: 2, total: 3)
            #expect(try blocking.repair(refreshing: true, answer: nil).findings == [question])
            var settled = question
            settled.isRepaired = true
            #expect(try blocking.repair(refreshing: false, answer: answer).findings == [settled])
            #expect(try blocking.repair(refreshing: true, answer: nil).findings.isEmpty)
            #expect(try blocking.run { _ in }.migrated == ["1_a"])
            let rows: [[Value]] = answer == .done ? [] : [[1]]
            #expect(try connection.run("SELECT x FROM called") == rows)
        }
    }

    @Test(arguments: [true, false])
    func `what the catalogue tells is no question, whatever a person says`(
        _ executed: Bool
    ) throws {
        try withDatabase { connection, url, other in
            let statements = [
                "CREATE DATABASE \(other)", "USE \(other)", "CREATE TABLE a (x int)",
            ]
            try interrupt(connection, statements, at: 3, executed: executed)
            let blocking = pipeline(url, statements).blocking
            let found = Repairs.Finding(
                name: "1_a", kind: .interrupted, statement: 3, total: 3,
                outcome: executed ? .done : .untouched)
            for answer in Repairs.Answer.allCases {
                #expect(try blocking.repair(refreshing: true, answer: answer).findings == [found])
            }
            #expect(try blocking.run { _ in }.migrated == ["1_a"])
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: ["KILL", "KILL QUERY"])
    func `a session that is ended while its definition waits goes on by itself, or by a plain run`(
        _ kill: String
    ) async throws {
        try await TestServer.mariaDB.withDatabase { url async throws in
            let holder = try MariaDBDriver(url).connect(
                SessionSettings(), before: .now + .seconds(30))
            defer { holder.close() }
            try holder.run("CREATE TABLE held (x int)")
            try holder.run("LOCK TABLES held WRITE")
            var pipeline = pipeline(
                url,
                ["CREATE TABLE a (x int)", "ALTER TABLE held ADD y int", "CREATE TABLE b (x int)"])
            pipeline.options.lockTimeout = .seconds(60)
            let (first, second) = (pipeline, pipeline)
            let run = Task { try await first.run().migrated }
            let other = try MariaDBDriver(url).connect(
                SessionSettings(), before: .now + .seconds(30))
            defer { other.close() }
            let session = try await waiter(url)
            try other.run("\(kill) \(session)")
            if kill == "KILL" {
                // It logs in again, and waits anew for the table.
                _ = try await waiter(url, besides: session)
                holder.close()
                #expect(try await run.value == ["1_a"])
            } else {
                let failure = await #expect(throws: Failure.self) { try await run.value }
                #expect(
                    failure?.state
                        == "Statement 1 took effect. Statement 2 of 3 did not take effect. "
                        + "Statement 3 has not run.")
                holder.close()
                #expect(try await second.run().migrated == ["1_a"])
            }
            #expect(try other.describe(TableName("held"))?.columns.map(\.name) == ["x", "y"])
            #expect(try other.describe(TableName("b")) != nil)
        }
    }
}
#endif
