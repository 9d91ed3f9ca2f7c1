import Glibc

/// One thread for one database's pipeline, and the only place that starts a thread.
///
/// The C clients block. On the cooperative pool they would starve every other task, and an actor
/// would let two tasks interleave their statements inside one transaction.
package enum Lane {
    /// Runs `body` on a thread of its own and suspends the calling task until it returns.
    package static func run<Result: Sendable>(
        _ body: @escaping @Sendable () -> Result
    ) async -> Result {
        await withCheckedContinuation { continuation in
            start { continuation.resume(returning: body()) }
        }
    }

    /// Starts a detached thread that runs `body` and ends.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        precondition(assist(body), "the system gives no more threads")
    }

    /// Starts a detached thread that runs `body`.
    ///
    /// - Returns: false where the system has none to spare.
    @discardableResult
    package static func assist(_ body: @escaping @Sendable () -> Void) -> Bool {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let status = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        guard status == 0 else {
            work.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
