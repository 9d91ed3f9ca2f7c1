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
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let status = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        precondition(status == 0, "the system gives no more threads (error \(status))")
        pthread_detach(thread)
    }

    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
