import Synchronization

/// The first attempt to connect, made by a thread of its own while the files are read: both take
/// about as long.
///
/// It ends as any attempt does, by its deadline or with the run's cancellation. When nobody asks for
/// it, because a file is wrong, the connection is closed with it.
final class HeadStart: Sendable {
    // No `Result`: to make its type at run time, the runtime looks through all conformances of the
    // program, which takes as long as reading a dozen files.
    private enum URLReading {
        case driver(any Driver)
        case wrong(Failure)
    }

    private enum Outcome {
        case opened(Opening)
        case failed(DatabaseError)
    }

    private struct State {
        var reading: URLReading?
        /// What the attempt waits for and nobody was told yet.
        var obstacles: [String] = []
        var outcome: Outcome?
        /// What the thread may help with when it is done.
        var errand: (@Sendable () -> Void)?
        /// Whether it has ended, or is about to.
        var hasLeft = false
    }

    private let state = Mutex(State())
    /// Rings at every change of the state.
    private let bell = Bell()

    /// Begins; `nil` where the system has no thread or no descriptor to spare.
    ///
    /// - `history`: the table to look at, or `nil` for none.
    init?(
        history: TableName?, options: Options, cancellation: Cancellation,
        driver: @escaping @Sendable () throws(Failure) -> any Driver
    ) {
        guard bell.descriptor >= 0 else { return nil }
        let isStarted = Lane.assist { [self] in
            do throws(Failure) {
                let driver = try driver()
                change { $0.reading = .driver(driver) }
                // Handed over: this thread has no use for the connection any more.
                nonisolated(unsafe) let outcome = attempt(driver, history, options, cancellation)
                change { $0.outcome = outcome }
            } catch {
                change { $0.reading = .wrong(error) }
            }
            let errand = state.withLock { state in
                state.hasLeft = state.errand == nil
                return state.errand.take()
            }
            errand?()
        }
        guard isStarted else { return nil }
    }

    private func attempt(
        _ driver: any Driver, _ history: TableName?, _ options: Options,
        _ cancellation: Cancellation
    ) -> Outcome {
        // Weakly, since the connection keeps its watch, and this object the connection.
        let watch = Watch(cancellation) { [weak self] obstacle in
            self?.change { $0.obstacles.append(obstacle) }
        }
        do throws(DatabaseError) {
            let deadline = options.attemptDeadline(from: .now, until: .now + options.wait)
            return .opened(try Opening(driver, history, options, watch, before: deadline))
        } catch {
            return .failed(error)
        }
    }

    private func change(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
        bell.ring()
    }

    /// Gives the thread something to help with, should it be done before whoever reads the files; if it
    /// has left already, another one.
    func helpOut(_ errand: @escaping @Sendable () -> Void) {
        let hasLeft = state.withLock { state in
            if !state.hasLeft { state.errand = errand }
            return state.hasLeft
        }
        if hasLeft { Lane.assist(errand) }
    }

    /// The driver, as soon as it has read the URL.
    func driver() throws(Failure) -> any Driver {
        while true {
            switch state.withLock({ $0.reading }) {
            case .driver(let driver): return driver
            case .wrong(let failure): throw failure
            case nil: bell.wait()
            }
        }
    }

    /// What the attempt came to, to be asked for once; its obstacles are told meanwhile, by this
    /// thread.
    func opening(telling obstacles: Obstacles) throws(DatabaseError) -> Opening {
        while true {
            let (reasons, outcome) = state.withLock { state in
                defer { (state.obstacles, state.outcome) = ([], nil) }
                nonisolated(unsafe) let outcome = state.outcome
                return (state.obstacles, outcome)
            }
            reasons.forEach(obstacles.tell)
            switch outcome {
            case .opened(let opening): return opening
            case .failed(let error): throw error
            case nil: bell.wait()
            }
        }
    }
}
