import Glibc
import Synchronization

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

    /// The results of `body` for parts of `items`, in their order; worked out by the calling thread
    /// and, where there is enough to do, by a second one, which keeps a disk busy too.
    static func map<Item: Sendable, Result: Sendable>(
        _ items: [Item], each size: Int, _ body: @escaping @Sendable (ArraySlice<Item>) -> Result
    ) -> [Result] {
        guard items.count > 2 * size else { return [body(items[...])] }
        let queue = Queue<Item, Result>(items, size)
        let helper = thread { queue.work(body) }
        queue.work(body)
        if let helper { pthread_join(helper, nil) }
        return queue.results
    }

    /// Parts of a whole, of which each thread takes the next one.
    private final class Queue<Item: Sendable, Result: Sendable>: Sendable {
        private struct State {
            var next = 0
            var results: [Result?]
        }

        private let items: [Item]
        private let size: Int
        private let state: Mutex<State>

        init(_ items: [Item], _ size: Int) {
            self.items = items
            self.size = size
            let parts = (items.count + size - 1) / size
            state = Mutex(State(results: Array(repeating: nil, count: parts)))
        }

        var results: [Result] { state.withLock { $0.results.compactMap(\.self) } }

        func work(_ body: (ArraySlice<Item>) -> Result) {
            while let part = take() {
                let result = body(items[(part * size)..<min((part + 1) * size, items.count)])
                state.withLock { $0.results[part] = result }
            }
        }

        private func take() -> Int? {
            state.withLock { state in
                guard state.next < state.results.count else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }
    }

    /// Starts a detached thread that runs `body` and ends.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        guard let thread = thread(body) else {
            preconditionFailure("the system gives no more threads")
        }
        pthread_detach(thread)
    }

    /// Runs `body` on a thread of its own, or not at all where the system has none to spare.
    static func assist(_ body: @escaping @Sendable () -> Void) {
        if let thread = thread(body) { pthread_detach(thread) }
    }

    /// A thread that runs `body`; `nil` when the system has no more.
    private static func thread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let status = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        guard status != 0 else { return thread }
        work.release()
        return nil
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
