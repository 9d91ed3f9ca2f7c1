import Bootstrap
import BootstrapTesting
import Synchronization

/// Events in the order in which they came.
final class EventLog: Sendable {
    private let entries = Mutex<[Event]>([])
    var events: [Event] { entries.withLock { $0 } }
    func add(_ event: Event) { entries.withLock { $0.append(event) } }

    var notes: [String] {
        events.compactMap { if case .note(let text) = $0 { text } else { nil } }
    }

    /// Whether another run's lock was in the way.
    var isLocked: Bool {
        events.contains { if case .locked = $0 { true } else { false } }
    }

    /// The migrations and ways back that began, and that came to their end.
    var steps: [String] {
        events.compactMap { event in
            switch event {
            case .migrating(let name), .rollingBack(let name): name
            case .migrated(let name, _), .rolledBack(let name, _): "\(name) done"
            default: nil
            }
        }
    }
}

extension TestDatabase {
    /// A pipeline that tries to connect once.
    func pipeline(_ url: DatabaseURL, _ migrations: MigrationSource) -> Pipeline {
        var pipeline = Pipeline(url, drivers: [driver], migrations: migrations)
        pipeline.options.wait = .zero
        return pipeline
    }
}

extension MigrationSource {
    /// Files from memory, by their names.
    static func texts(_ files: [String: String]) -> MigrationSource {
        .embedded(files.mapValues { Array($0.utf8) })
    }
}

/// The rows of one statement, run by a session of its own.
func rows(_ sql: String, _ database: TestDatabase, _ url: DatabaseURL) throws -> [[Value]] {
    let connection = try database.connect(to: url)
    defer { connection.close() }
    return try connection.run(sql)
}
