#if MariaDB
import BootstrapMariaDB
import Glibc
import Testing

@testable import Bootstrap
@testable import BootstrapTesting

/// A cluster whose nodes all take writes, and whose sessions' locks are each node's own.
@Suite(.serialized) struct GaleraTests {
    private static let files: [String: [UInt8]] = [
        "0001_note.sql": Array("CREATE TABLE note (id integer PRIMARY KEY, a integer)".utf8),
        "0002_row.sql": Array("INSERT INTO note (id) VALUES (1)".utf8),
        "0003_index.sql": Array("CREATE INDEX note_a ON note (a)".utf8),
        "0004_row.sql": Array("INSERT INTO note (id) VALUES (2)".utf8),
    ]

    private func pipeline(
        _ url: DatabaseURL, _ files: [String: [UInt8]] = files
    ) -> Pipeline {
        var pipeline = Pipeline(url, drivers: [MariaDBDriver.self], migrations: .embedded(files))
        pipeline.options.wait = .seconds(60)
        pipeline.options.lease = .seconds(3)
        return pipeline
    }

    private func connect(_ url: DatabaseURL) throws -> any Connection {
        try MariaDBDriver(url).connect(SessionSettings(), before: .now + .seconds(60))
    }

    @Test(.timeLimit(.minutes(5)))
    func `each step happens once in the whole cluster, whatever dies`() async throws {
        let cluster = try await Lane.run { Result { try GaleraCluster() } }.get()
        try checkThatLocksAreOfNodes(cluster)
        try await startEverywhere(cluster)
        try await wakeAfterTakeover(cluster)
        try commitBesideTakeover(cluster)
        try await killNode(cluster)
    }

    /// The reason for all of it.
    private func checkThatLocksAreOfNodes(_ cluster: GaleraCluster) throws {
        _ = try MariaDBDriver(cluster.url(0, database: "locks")).create(
            SessionSettings(), before: .now + .seconds(60))
        let one = try connect(cluster.url(0, database: "locks"))
        let other = try connect(cluster.url(1, database: "locks"))
        defer { [one, other].forEach { $0.close() } }
        #expect(one.server.flavour == "Galera")
        #expect(!one.server.hasSessionLocks)
        #expect(try one.tryLock("x") && other.tryLock("x"))
        // What one node has committed, the other sees at once.
        try one.run("CREATE TABLE seen (id integer PRIMARY KEY)")
        for number in 0..<100 {
            try one.run("INSERT INTO seen VALUES (\(number))")
            #expect(try other.run("SELECT count(*) FROM seen") == [[.integer(Int64(number + 1))]])
        }
    }

    private func startEverywhere(_ cluster: GaleraCluster) async throws {
        let pipelines = try (0..<12).map { try pipeline(cluster.url($0 % 3, database: "crowd")) }
        let reports = try await withThrowingTaskGroup { group in
            for pipeline in pipelines { group.addTask { try await pipeline.run() } }
            return try await group.reduce(into: [Report]()) { $0.append($1) }
        }
        #expect(reports.flatMap(\.migrated).sorted() == Self.names)
        #expect(reports.allSatisfy { $0.migrations == 4 })
        let connection = try connect(cluster.url(2, database: "crowd"))
        defer { connection.close() }
        #expect(try connection.run("SELECT count(*) FROM note") == [[2]])
        #expect(try connection.run("SELECT owner FROM bootstrap_lease") == [[""]])
    }

    private static var names: [String] { files.keys.sorted().map { String($0.dropLast(4)) } }

    /// An owner on one node is thought dead by a run on another one.
    private func wakeAfterTakeover(_ cluster: GaleraCluster) async throws {
        let driver = try MariaDBDriver(cluster.url(0, database: "asleep"))
        _ = try driver.create(SessionSettings(), before: .now + .seconds(60))
        let asleep = try connect(cluster.url(0, database: "asleep"))
        defer { asleep.close() }
        var row = LeaseRow(History(TableName("bootstrap_history"), asleep.dialect))
        _ = try row.read(on: asleep, creating: true)
        let owner = Owner(process: 1, host: "asleep")
        #expect(try row.insert(on: asleep, owner, lasts: .milliseconds(100)))
        let log = EventLog()
        var pipeline = try pipeline(cluster.url(1, database: "asleep"))
        pipeline.options.lease = .seconds(1)
        #expect(try await pipeline.run { log.add($0) }.migrated == Self.names)
        #expect(
            log.notes == [
                "bootstrap/1@asleep has given no sign of life for 1 s: its lease was taken over"
            ])
        // It wakes: its packets stop at their guards, its transactions at their fences.
        let packet = [
            Statement(asleep.dialect.guardStatement.replacing("{}", with: row.condition(1))),
            Statement("CREATE TABLE harm (id integer)"),
        ]
        let stop = #expect(throws: BatchError.self) { try asleep.runAll(packet) }
        #expect(stop?.index == 0)
        #expect(try asleep.describe(TableName("harm")) == nil)
        #expect(throws: DatabaseError.self) { try asleep.run(row.fence(1)) }
    }

    /// A transaction that is open while another node takes the lease over cannot commit.
    private func commitBesideTakeover(_ cluster: GaleraCluster) throws {
        let (one, other) = (
            try connect(cluster.url(0, database: "asleep")),
            try connect(cluster.url(1, database: "asleep"))
        )
        defer { [one, other].forEach { $0.close() } }
        var row = LeaseRow(History(TableName("bootstrap_history"), one.dialect))
        let free = try #require(try row.read(on: one, creating: false))
        let (first, second) = (Owner(process: 1, host: "one"), Owner(process: 2, host: "other"))
        #expect(try row.take(from: free, on: one, first, lasts: .seconds(3)))
        let seen = try #require(try row.read(on: other, creating: false))
        let error = #expect(throws: DatabaseError.self) {
            try one.run("START TRANSACTION")
            try one.run("INSERT INTO note (id) VALUES (99)")
            try one.run(row.fence(seen.token))
            #expect(try row.take(from: seen, on: other, second, lasts: .seconds(3)))
            try one.run("COMMIT")
        }
        #expect(error?.kind == .busy, "certification")
        _ = try? one.run("ROLLBACK")
        #expect(try other.run("SELECT count(*) FROM note WHERE id = 99") == [[0]])
        try other.run(row.release(seen.token + 1))
    }

    /// The node that a run works on is killed between two migrations; the run goes on elsewhere.
    private func killNode(_ cluster: GaleraCluster) async throws {
        let log = EventLog()
        let node = cluster.nodes[0]
        let pipeline = try pipeline(cluster.url(0, database: "killed", thenOthers: true))
        let report = try await pipeline.run { event in
            log.add(event)
            if case .migrated(name: "0002_row", _) = event { try? node.kill() }
        }
        #expect(report.migrated == Self.names)
        #expect(log.notes.contains { $0.hasPrefix("connection lost") })
        let connection = try connect(cluster.url(2, database: "killed"))
        defer { connection.close() }
        #expect(try connection.run("SELECT id FROM note ORDER BY id") == [[1], [2]])
        #expect(try connection.run("SELECT owner FROM bootstrap_lease") == [[""]])
        let again = try await self.pipeline(cluster.url(1, database: "killed")).run()
        #expect(again.migrated.isEmpty && again.migrations == 4)
    }
}
#endif
