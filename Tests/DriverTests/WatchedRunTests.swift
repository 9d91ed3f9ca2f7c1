import Bootstrap
import BootstrapTesting
import Testing

/// Where a run has come to, as it tells it while it works.
@Suite struct WatchedRunTests {
    private func log(
        of files: [String: String], on database: TestDatabase
    ) async throws -> [String] {
        let log = EventLog()
        try await database.withDatabase { url async throws in
            _ = try await database.pipeline(url, .texts(files)).migrate { log.add($0) }
        }
        return log.events.compactMap { event in
            guard case .running(let name, let statement) = event else { return nil }
            return name + (statement.map { " \($0.number)/\($0.count)" } ?? "")
        }
    }

    private static let text = """
        CREATE TABLE note (id integer);
        INSERT INTO note VALUES (1);
        INSERT INTO note VALUES (2);
        """

    @Test(arguments: TestDatabase.all)
    func `each statement is told of where it is sent by itself`(
        _ database: TestDatabase
    ) async throws {
        let log = try await log(of: ["1_note.sql": Self.text], on: database)
        let all = ["1_note 1/3", "1_note 2/3", "1_note 3/3"]
        #expect(log == (database.dialect.isInProcess ? all : []))
    }

    @Test(arguments: TestDatabase.all)
    func `so is each outside a transaction, where no packet holds them all`(
        _ database: TestDatabase
    ) async throws {
        let text = "-- bootstrap: no-transaction\n" + Self.text
        let log = try await log(of: ["1_note.sql": text], on: database)
        let all = ["1_note 1/3", "1_note 2/3", "1_note 3/3"]
        #expect(log == (database.dialect.rollsBackDDL ? all : []))
    }

    @Test(arguments: TestDatabase.all)
    func `of a migration with one statement nothing is told but its name`(
        _ database: TestDatabase
    ) async throws {
        let file = ["1_note.sql": "CREATE TABLE note AS SELECT 1 AS id"]
        #expect(try await log(of: file, on: database) == [])
    }

    @Test(arguments: TestDatabase.all)
    func `migrations that travel together are told of together`(
        _ database: TestDatabase
    ) async throws {
        let files = [
            "1_a.sql": "CREATE TABLE a (id integer)", "2_b.sql": "CREATE TABLE b (id int)",
        ]
        #expect(try await log(of: files, on: database) == ["1_a to 2_b"])
    }
}
