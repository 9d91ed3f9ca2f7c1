import Bootstrap
import BootstrapTesting
import Glibc
import Synchronization
import Testing

// The contract: what the documentation of `Driver` and `Connection` promises, one sentence and one
// test each, on every engine. An engine's own tests stand in its own file.

/// Names every engine that was left out, where a person looks: among the tests.
@Suite struct ContractCoverage {
    @Test(arguments: TestServer.drivers.map { $0.dialect.engine })
    func `the contract is tested on this engine`(_ engine: String) {
        let isTested = TestDatabase.all.contains { $0.driver.dialect.engine == engine }
        withKnownIssue("there is no server for \(engine) on this machine") {
            #expect(isTested)
        } when: {
            !isTested && getenv("CI") == nil
        }
    }
}

extension TestDatabase {
    /// The engines that are reached over a network.
    static let servers = all.filter { $0.server.product != .sqlite }

    /// Runs `body` with two sessions in one database.
    func withTwoConnections<Result>(
        _ settings: SessionSettings = SessionSettings(),
        _ body: (any Connection, any Connection) throws -> Result
    ) throws -> Result {
        try withDatabase { url in
            let (one, other) = (try connect(to: url, settings), try connect(to: url, settings))
            defer {
                one.close()
                other.close()
            }
            return try body(one, other)
        }
    }

    /// `INSERT INTO table VALUES (…)` with as many placeholders as there are values.
    func insert(_ count: Int, into table: String) -> String {
        let values = (1...count).map { dialect.placeholder($0) }.joined(separator: ", ")
        return "INSERT INTO \(table) VALUES (\(values))"
    }

    /// A statement that no test waits for: it would join 900 to the power of four rows.
    static let endless = """
        WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 900)
        SELECT count(*) FROM n a, n b, n c, n d WHERE a.x + b.x + c.x + d.x < 0
        """
}

/// Says once, from one thread to another, that something is so.
final class Flag: Sendable {
    private let value = Mutex(false)
    var isRaised: Bool { value.withLock { $0 } }
    func raise() { value.withLock { $0 = true } }
}

/// Expects an attempt to tell `words`, once and nothing else, and to end when that stops the run.
func expectStop(
    onceTold words: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ attempt: (SessionSettings, Deadline) throws -> Void
) {
    let cancellation = Cancellation()
    let told = Mutex<[String]>([])
    var session = SessionSettings()
    session.watch = Watch(cancellation) { words in
        told.withLock { $0.append(words) }
        cancellation.request()
    }
    let (began, limit) = (Deadline.now, Duration.seconds(50))
    let error = #expect(throws: DatabaseError.self, sourceLocation: sourceLocation) {
        try attempt(session, began + limit)
    }
    #expect(error?.kind == .interrupted, sourceLocation: sourceLocation)
    #expect(told.withLock { $0 } == [words], sourceLocation: sourceLocation)
    // Told after 1 s; a driver that does not listen stays for 50.
    #expect(began.duration(to: .now) < limit / 2, sourceLocation: sourceLocation)
}
