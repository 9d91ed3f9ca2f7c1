#if MariaDB
import Bootstrap
import CBootstrapMariaDB
import Glibc

/// One `MYSQL` of libmariadb: it waits, sends packets, reads results, and is closed when it goes.
///
/// Everything that may block goes through libmariadb's non-blocking calls
/// (<https://mariadb.com/docs/connectors/mariadb-connector-c/async/using-the-non-blocking-library>):
/// its own timeouts are whole seconds and begin anew with each read, ours is one deadline.
final class MariaDBHandle {
    let client: bootstrap_mariadb
    private(set) var mysql: UnsafeMutablePointer<MYSQL>?
    /// Where errors of a broken link belong to.
    var phase = DatabaseError.MariaDBPhase.connecting
    /// When waiting ends; `nil` waits for ever, as statements may take hours.
    var deadline: Deadline?
    /// How to wait until the session is open.
    var watch = Watch()
    /// What is amiss while nothing comes.
    var silence = ""
    /// What is to be looked at each time that the socket has become ready: the server's greeting.
    var onReady: ((_ socket: Int32, _ events: Int32) -> Void)?
    /// Why all waiting has ended, before libmariadb was done.
    private(set) var surrender: DatabaseError?

    /// A handle that is not connected yet.
    init() throws(DatabaseError) {
        client = try MariaDBLibrary.load()
        mysql = client.mysql_init(nil)
        guard mysql != nil else { throw DatabaseError(.rejected, "out of memory") }
        // The calls run on a stack of their own, TLS handshake and name lookup included.
        var stack = 512 * 1024
        _ = client.mysql_options(mysql, MYSQL_OPT_NONBLOCK, &stack)
    }

    deinit { close() }

    /// Ends the session; a second call does nothing.
    func close() {
        guard let mysql else { return }
        self.mysql = nil
        client.mysql_close(mysql)
    }

    /// The socket, or -1.
    var socket: Int32 { mysql.map { client.mysql_get_socket($0) } ?? -1 }

    /// The flags that the server sent with its last answer.
    var serverStatus: UInt32 {
        var status: UInt32 = 0
        guard let mysql else { return 0 }
        _ = client.mariadb_get_info(mysql, MARIADB_CONNECTION_SERVER_STATUS, &status)
        return status
    }

    /// The `MYSQL` itself, or `.lost` once it is closed.
    func open() throws(DatabaseError) -> UnsafeMutablePointer<MYSQL> {
        guard let mysql else { throw DatabaseError(.lost, "the connection is closed") }
        return mysql
    }

    /// The error of the last call.
    func error() -> DatabaseError {
        if let surrender { return surrender }
        guard let mysql else { return DatabaseError(.lost, "the connection is closed") }
        let message = client.mysql_error(mysql).map { String(cString: $0) }
        return .mariaDB(client.mysql_errno(mysql), message ?? "", during: phase)
    }

    // MARK: Waiting

    /// Waits until the socket is ready for what libmariadb asks, and returns what has happened.
    ///
    /// At the deadline the socket is shut down, so that whatever libmariadb tries next fails at once.
    func wait(for events: Int32) -> Int32 {
        let socket = socket
        var wanted: Int32 = 0
        if events & MYSQL_WAIT_READ != 0 { wanted |= POLLIN }
        if events & MYSQL_WAIT_WRITE != 0 { wanted |= POLLOUT }
        if events & MYSQL_WAIT_EXCEPT != 0 { wanted |= POLLPRI }
        guard surrender == nil, isReady(wanted, on: socket) else { return MYSQL_WAIT_TIMEOUT }
        onReady?(socket, events)
        guard surrender == nil else { return MYSQL_WAIT_TIMEOUT }
        return events & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE | MYSQL_WAIT_EXCEPT)
    }

    /// Waits for events of `poll`; false when that has come to its end without them.
    ///
    /// - `limit`: an earlier end than the deadline, after which others may still wait.
    func isReady(_ events: Int32, on socket: Int32, before limit: Deadline? = nil) -> Bool {
        do throws(DatabaseError) {
            try watch.wait(
                for: events, on: socket, before: limit ?? deadline, saying: silence)
            return true
        } catch {
            if limit == nil || error.kind == .interrupted { giveUp(socket, error) }
            return false
        }
    }

    /// The time that is left, for poll: -1 is no limit.
    var remainingMilliseconds: Int32 {
        guard let deadline else { return -1 }
        let left = deadline - ContinuousClock.now
        guard left > .zero else { return 0 }
        let milliseconds = left / .milliseconds(1)
        return Int32(min(milliseconds.rounded(.up), 3_600_000))
    }

    /// Ends all waiting.
    func giveUp(_ socket: Int32, _ reason: DatabaseError) {
        surrender = reason
        if socket >= 0 { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    // MARK: Packets

    /// Sends one packet, of one statement or of many.
    func send(_ packet: [UInt8]) throws(DatabaseError) {
        let mysql = try open()
        var result: Int32 = 0
        let count = UInt(packet.count)
        packet.withUnsafeBytes { bytes in
            let text = bytes.bindMemory(to: CChar.self).baseAddress
            var events = client.mysql_real_query_start(&result, mysql, text, count)
            while events != 0 {
                events = client.mysql_real_query_cont(&result, mysql, wait(for: events))
            }
        }
        guard result == 0 else { throw error() }
    }

    /// Moves to the packet's next result; false when there is none.
    func next() throws(DatabaseError) -> Bool {
        let mysql = try open()
        // libmariadb answers -1, its word for the end, also where reading a result's columns fails.
        let isAnnounced = hasMore
        var result: Int32 = 0
        var events = client.mysql_next_result_start(&result, mysql)
        while events != 0 {
            events = client.mysql_next_result_cont(&result, mysql, wait(for: events))
        }
        guard result == 0 || result < 0 && !isAnnounced else { throw error() }
        return result == 0
    }

    /// Reads the rows of the current result; `nil` where it has none (an OK, not an empty set).
    func rows() throws(DatabaseError) -> [[Value]]? {
        let mysql = try open()
        guard client.mysql_field_count(mysql) > 0 else { return nil }
        var result: UnsafeMutablePointer<MYSQL_RES>?
        var events = client.mysql_store_result_start(&result, mysql)
        while events != 0 {
            events = client.mysql_store_result_cont(&result, mysql, wait(for: events))
        }
        guard let result else { throw error() }
        defer { client.mysql_free_result(result) }
        return values(of: result)
    }

    /// Whether the packet has more results.
    var hasMore: Bool { mysql.map { client.mysql_more_results($0) != 0 } ?? false }

    /// Sends a packet and reads all its results.
    func results(of packet: String) throws(DatabaseError) -> [[[Value]]] {
        try send(Array(packet.utf8))
        var results: [[[Value]]] = []
        repeat {
            if let rows = try rows() { results.append(rows) }
        } while try next()
        return results
    }

    /// Throws away what is left of a packet's results, so that the next one can be sent.
    func drain() {
        // An error ends the packet: the server has sent its last word.
        while hasMore, (try? next()) == true { _ = try? rows() }
    }
}
#endif
