import BootstrapTesting
import Testing

@testable import Bootstrap

/// A run whose server is gone, and whose URL names another one.
@Suite struct FailoverTests {
    private static let files: [String: [UInt8]] = [
        "0001_note.sql": Array("CREATE TABLE note (id integer)".utf8),
        "0002_row.sql": Array("INSERT INTO note VALUES (1)".utf8),
        "0003_row.sql": Array("INSERT INTO note VALUES (2)".utf8),
    ]

    /// The second server has nothing of what the first one did, as after a failover that lost it.
    @Test(.timeLimit(.minutes(3)), arguments: TestDatabase.servers)
    func `what another server lacks is done there, and a note says that it is another one`(
        _ database: TestDatabase
    ) async throws {
        let product = try #require(database.server.product)
        let (first, second) = (TestServer(product), TestServer(product))
        let url = try await Lane.run {
            Result {
                try first.start()
                try second.start()
                var url = try first.url()
                url.hosts += try second.url().hosts
                url.path = "/failover"
                var other = try second.url()
                other.path = url.path
                _ = try database.driver.init(other).create(
                    SessionSettings(), before: .now + .seconds(30))
                return url
            }
        }.get()
        var pipeline = Pipeline(
            url, drivers: [database.driver], migrations: .embedded(Self.files))
        pipeline.options.wait = .seconds(60)
        let log = EventLog()
        let report = try await pipeline.run { event in
            log.add(event)
            guard case .migrated(name: "0002_row", _) = event,
                log.notes.isEmpty
            else { return }
            try? first.kill()
        }
        #expect(
            report.migrated == ["0001_note", "0002_row", "0001_note", "0002_row", "0003_row"])
        #expect(report.migrations == 3)
        #expect(log.notes.count == 2)
        #expect(log.notes.first?.hasPrefix("connection lost") == true)
        #expect(log.notes.last?.hasPrefix("another server answers than before") == true)
        let rows = try await Lane.run {
            Result {
                var other = try second.url()
                other.path = url.path
                let connection = try database.driver.init(other).connect(
                    SessionSettings(), before: .now + .seconds(30))
                defer { connection.close() }
                return try connection.run("SELECT id FROM note ORDER BY id")
            }
        }.get()
        #expect(rows == [[1], [2]])
    }
}
