#if MariaDB
import Bootstrap
import Glibc
import Synchronization

/// Whether a connection runs something at this moment: what an interrupter must know, from any thread.
final class MariaDBActivity: Sendable {
    private struct State {
        /// How many calls are under way, one inside the other.
        var running = 0
        var isClosed = false
        var wasInterrupted = false
    }

    private let state = Mutex(State())

    /// A statement begins, or a load of many.
    func begin() {
        state.withLock { state in
            if state.running == 0 { state.wasInterrupted = false }
            state.running += 1
        }
    }
    /// The statement is over.
    func end() { state.withLock { $0.running -= 1 } }
    /// Whether what runs is to end, of which the server knows nothing between two statements.
    var wasInterrupted: Bool { state.withLock { $0.wasInterrupted } }
    /// The connection is closed for good.
    func close() { state.withLock { $0.isClosed = true } }

    /// Calls `body` if a statement is running.
    ///
    /// The statement may end meanwhile. Then KILL QUERY meets an idle session, where the server
    /// drops it at the beginning of the next statement.
    func whileRunning(_ body: () -> Void) {
        let isRunning = state.withLock { state in
            guard state.running > 0, !state.isClosed else { return false }
            state.wasInterrupted = true
            return true
        }
        if isRunning { body() }
    }
}

/// What it takes to stop another session's statement: a second connection to the same server.
///
/// Each handle of libmariadb belongs to one thread, and separate handles may be used by separate
/// threads at once: <https://mariadb.com/docs/connectors/mariadb-connector-c/threads>. So the second
/// connection has a handle of its own, and the interrupted one is not touched.
struct MariaDBKiller: Sendable {
    /// What the URL says.
    let options: MariaDBOptions
    /// The server that is to be reached: one of the URL's.
    let endpoint: MariaDBOptions.Endpoint
    /// How long it may take altogether.
    static let patience = Duration.seconds(3)

    /// Stops what `session` runs, if the server that answers is the one it belongs to: behind a
    /// proxy the same number may be somebody else's.
    func kill(_ session: Int64, onServer identity: String) {
        let deadline = ContinuousClock.now + Self.patience
        let handshake = MariaDBHandshake(
            options: options, endpoint: endpoint, database: options.database,
            applicationName: "bootstrap interrupt", watch: Watch())
        // Nobody waits for an answer: a server that cannot be reached has lost the session anyway.
        guard let handle = try? handshake.open(before: deadline) else { return }
        defer { handle.close() }
        let isMariaDB = MariaDBServer.isMariaDB(handle.serverVersion)
        let questions = MariaDBServer.questions(isMariaDB: isMariaDB).joined(separator: ";\n")
        guard let results = try? handle.results(of: questions),
            let server = MariaDBServer(results, isMariaDB: isMariaDB),
            server.server.identity == identity
        else { return }
        _ = try? handle.results(of: "KILL QUERY \(session)")
    }
}

/// What a session says about itself in a comment before its statements.
enum MariaDBAnnouncement {
    /// `text` as it may stand inside a comment: on one line, without the comment's end, and without
    /// an exclamation mark that would make it code.
    static func text(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Character in
            scalar.value < 0x20 || scalar == "*" || scalar == "!" ? " " : Character(scalar)
        }
        return String(scalars.prefix(190))
    }

    /// Reads the comment at the beginning of a statement of ours: since when, and what it does.
    static func parse(_ statement: String) -> (since: String, doing: String)? {
        guard statement.hasPrefix("/* bootstrap"), let end = statement.firstRange(of: " */"),
            let since = statement.firstRange(of: " since "),
            let colon = statement.firstRange(of: "Z: "), colon.lowerBound < end.lowerBound,
            since.upperBound < colon.lowerBound
        else { return nil }
        return (
            String(statement[since.upperBound...colon.lowerBound]),
            String(statement[colon.upperBound..<end.lowerBound])
        )
    }
}
#endif
