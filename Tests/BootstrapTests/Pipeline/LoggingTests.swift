#if Logging
import Logging
import Synchronization
import Testing

@testable import Bootstrap

/// Events as messages of swift-log, with the package's trait `Logging`.
@Suite struct LoggingTests {
    /// Messages as one line each.
    private final class Lines: Sendable {
        private let entries = Mutex<[String]>([])
        var all: [String] { entries.withLock { $0 } }
        func add(_ line: String) { entries.withLock { $0.append(line) } }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let values = (event.metadata ?? [:]).sorted { $0.key < $1.key }
            let text = values.map { " \($0.key)=\($0.value)" }.joined()
            lines.add("\(event.level) \(event.message)\(text)")
        }
    }

    @Test func `an event is a message with its values as metadata`() {
        let lines = Lines()
        let logger = Logger(label: "test") { _ in Handler(lines: lines) }
        var counts = SeedCounts()
        counts.inserted = 2
        for event: Event in [
            .running(name: "1_a", statement: .init(2, of: 3)),
            .migrating(name: "1_a"), .migrated(name: "1_a", took: .milliseconds(14)),
            .seeded(name: "010", counts: counts, took: .milliseconds(3)),
            .locked(by: LockHolder(who: "app@web-1", doing: "1_a")), .note("a note"),
        ] {
            event.log(to: logger)
        }
        #expect(
            lines.all == [
                "trace running name=1_a statement=2 statements=3", "debug migrating name=1_a",
                "info migrated ms=14 name=1_a",
                "info seeded deleted=0 inserted=2 ms=3 name=010 unchanged=0 updated=0",
                "notice locked by=app@web-1 doing=1_a", "notice a note",
            ])
    }

    @Test func `a run without a driver is thrown, not logged`() async {
        let lines = Lines()
        let logger = Logger(label: "test") { _ in Handler(lines: lines) }
        let pipeline = Pipeline(DatabaseURL(scheme: "none"), drivers: [])
        let failure = await #expect(throws: Failure.self) { try await pipeline.run(logger: logger) }
        #expect(failure?.status == .usage)
        #expect(lines.all == [])
    }
}
#endif
