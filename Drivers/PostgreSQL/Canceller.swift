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
    /// What `PQgetCancel` has copied; freed when nobody uses it any more.
    private final class Request: Sendable {
        private let libpq: Libpq
        private let address: UInt

        init?(_ wire: Wire) {
            guard let copy = wire.handle.flatMap({ wire.libpq.PQgetCancel($0) }) else { return nil }
            libpq = wire.libpq
            address = UInt(bitPattern: copy)
        }

        deinit { if let copy = OpaquePointer(bitPattern: address) { libpq.PQfreeCancel(copy) } }

        func send() {
            guard let copy = OpaquePointer(bitPattern: address) else { return }
            var message = [CChar](repeating: 0, count: 256)
            // A request that fails changes nothing: the statement runs on, and whoever waits for it
            // sees its outcome.
            _ = libpq.PQcancel(copy, &message, Int32(message.count))
        }
    }

    /// `nil` once the session is closed.
    private let request: Mutex<Request?>
    /// Whether ``cancel()`` was called since ``forget()``.
    private let wasCalled = Atomic(false)

    init(_ wire: Wire) { request = Mutex(Request(wire)) }

    /// Asks the server to stop the running statement; does nothing after ``close()``.
    func cancel() {
        wasCalled.store(true, ordering: .releasing)
        // Not inside the lock: a server that is halted takes the request and never answers it.
        request.withLock { $0 }?.send()
    }

    /// Whether a load is to end that has begun with ``forget()``: the server may have had nothing to
    /// stop at the moment.
    var isCalled: Bool { wasCalled.load(ordering: .acquiring) }

    /// Forgets what was stopped before.
    func forget() { wasCalled.store(false, ordering: .releasing) }

    /// Makes ``cancel()`` harmless.
    ///
    /// One that is under way names the process and the secret of the session that has ended, which no
    /// other session has.
    func close() { request.withLock { $0 = nil } }
}
#endif
