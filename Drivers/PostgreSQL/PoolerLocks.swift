#if PostgreSQL
import Bootstrap

/// The locks of a session behind a pooler: each is held by an open transaction on a connection of
/// its own, because a pooler may give any other statement to any session of the server.
///
/// The transaction is idle and has no snapshot between statements, so that it holds back neither
/// CREATE INDEX CONCURRENTLY nor VACUUM. When this process dies the pooler closes the server's
/// session, whose transaction is open, and the lock is free.
/// <https://www.pgbouncer.org/features.html>
final class PoolerLocks {
    /// A connection that pins one session of the server, and that session's process.
    private struct Holder {
        let wire: Wire
        let backend: Int64
    }

    private let connect: (Deadline) throws(DatabaseError) -> Wire
    private var holders: [String: Holder] = [:]

    init(_ connect: @escaping (Deadline) throws(DatabaseError) -> Wire) {
        self.connect = connect
    }

    deinit { releaseAll() }

    /// Takes the lock with this key in SQL, or returns false at once while another session has it.
    func take(_ name: String, key: String) throws(DatabaseError) -> Bool {
        let take = "SELECT pg_catalog.pg_try_advisory_xact_lock(\(key)), pg_backend_pid()"
        if let holder = holders[name] {
            // Taken before: still held, unless its connection has ended in the meantime.
            if (try? holder.wire.query([take])) != nil { return true }
            release(name)
        }
        let wire = try connect(.now + .seconds(5))
        wire.deadline = nil
        wire.patience = .seconds(30)
        let answer =
            try wire.query(["BEGIN ISOLATION LEVEL READ COMMITTED", Self.settings, take]).first
            ?? []
        guard answer.count == 2, answer[0].isTrue, let backend = answer[1].integer else {
            wire.close()
            return false
        }
        holders[name] = Holder(wire: wire, backend: backend)
        return true
    }

    /// The server's process that holds the lock; `nil` where we never took it.
    func backend(of name: String) -> Int64? { holders[name]?.backend }

    /// Gives a lock back with the end of its transaction.
    func release(_ name: String) {
        guard let holder = holders.removeValue(forKey: name) else { return }
        // Without this the pooler would close the server's session instead of keeping it.
        _ = try? holder.wire.query(["ROLLBACK"])
        holder.wire.close()
    }

    /// Gives all locks back.
    func releaseAll() {
        for name in holders.keys { release(name) }
    }

    /// This transaction is idle for as long as the lock is held.
    private static let settings = """
        SELECT set_config('idle_in_transaction_session_timeout', '0', true), \
        set_config('statement_timeout', '0', true)
        """
}
#endif
