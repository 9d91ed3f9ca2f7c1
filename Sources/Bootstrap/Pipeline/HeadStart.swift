import Synchronization

/// The first attempt to connect, made by a thread of its own while the files are read: both take
/// about as long.
///
/// It ends as any attempt does, by its deadline or with the run's cancellation. When nobody asks for
/// it, because a file is wrong, the connection is closed with it.
final class HeadStart: Sendable {
    /// A session, and what the history held when it was opened.
    struct Opening {
        let connection: any Connection
        /// `nil` when it was not looked at, or needs a closer look.
        let glance: History.Glance?
    }

    private struct State {
        var driver: Result<any Driver, Failure>?
        /// What the attempt waits for and nobody was told yet.
        var obstacles: [String] = []
        var outcome: Result<Opening, DatabaseError>?
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
            let driver = Result { () throws(Failure) in try driver() }
            change { $0.driver = driver }
            guard case .success(let driver) = driver else { return }
            let outcome = Result { () throws(DatabaseError) in
                try Self.open(
                    driver, history, options,
                    Watch(cancellation) { obstacle in
                        self.change { $0.obstacles.append(obstacle) }
                    })
            }
            // Handed over: this thread has no use for the connection any more.
            nonisolated(unsafe) let result = outcome
            change { $0.outcome = result }
        }
        guard isStarted else { return nil }
    }

    private static func open(
        _ driver: any Driver, _ history: TableName?, _ options: Options, _ watch: Watch
    ) throws(DatabaseError) -> Opening {
        let now = Deadline.now
        let connection = try driver.connect(
            SessionSettings(options, watch: watch),
            before: options.attemptDeadline(from: now, until: now + options.wait))
        let glance = history.flatMap {
            History($0, connection.dialect).glance(on: connection)
        }
        return Opening(connection: connection, glance: glance)
    }

    private func change(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
        bell.ring()
    }

    /// The driver, as soon as it has read the URL.
    func driver() throws(Failure) -> any Driver {
        while true {
            if let driver = state.withLock({ $0.driver }) { return try driver.get() }
            bell.wait()
        }
    }

    /// What the attempt came to, to be asked for once; its obstacles are told meanwhile, by this
    /// thread.
    func outcome(telling obstacles: Obstacles) -> Result<Opening, DatabaseError> {
        while true {
            let (reasons, outcome) = state.withLock { state in
                defer { (state.obstacles, state.outcome) = ([], nil) }
                nonisolated(unsafe) let outcome = state.outcome
                return (state.obstacles, outcome)
            }
            reasons.forEach(obstacles.tell)
            if let outcome { return outcome }
            bell.wait()
        }
    }
}
