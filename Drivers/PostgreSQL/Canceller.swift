#if PostgreSQL
import CBootstrapPostgreSQL
import Synchronization

/// What another thread needs to stop a session's statement.
///
/// `PQcancel` may be called from a thread other than the one that uses the connection, on what
/// `PQgetCancel` copied from it:
/// <https://www.postgresql.org/docs/current/libpq-cancel.html#LIBPQ-PQCANCEL>. It opens a connection
/// of its own, on which the server stops what the session is doing, if anything.
final class Canceller: Sendable {
    private let libpq: Libpq
    /// The copy's address, or `nil` once the session is closed: its process id may then be another
    /// session's.
    private let request: Mutex<UInt?>

    init(_ wire: Wire) {
        libpq = wire.libpq
        let copy = wire.handle.flatMap { wire.libpq.PQgetCancel($0) }
        request = Mutex(copy.map { UInt(bitPattern: $0) })
    }

    deinit { close() }

    /// Asks the server to stop the running statement; does nothing after ``close()``.
    func cancel() {
        request.withLock { request in
            guard let copy = request.flatMap({ OpaquePointer(bitPattern: $0) }) else { return }
            var message = [CChar](repeating: 0, count: 256)
            // A request that fails changes nothing: the statement runs on, and whoever waits for it
            // sees its outcome.
            _ = libpq.PQcancel(copy, &message, Int32(message.count))
        }
    }

    /// Makes ``cancel()`` harmless, after waiting for one that is under way.
    func close() {
        request.withLock { request in
            guard let copy = request.flatMap({ OpaquePointer(bitPattern: $0) }) else { return }
            libpq.PQfreeCancel(copy)
            request = nil
        }
    }
}
#endif
