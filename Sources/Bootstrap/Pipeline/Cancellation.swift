import Glibc
import Synchronization

/// The wish to stop a run, from another thread, in two steps: first between statements, then in the
/// middle of one.
public final class Cancellation: Sendable {
    private struct State {
        var status: ExitStatus?
        var interrupts = false
        /// Whether a server was left that did not stop its statement.
        var isAbandoned = false
        /// The connection that is running the user's statements now.
        var running: Interrupter?
        /// What ends the blocking calls of sessions that are being opened.
        var opening: [UInt64: Interrupter] = [:]
        var count: UInt64 = 0
    }

    private let state = Mutex(State())
    private let bell = Bell()

    /// A run that nobody has cancelled yet.
    public init() {}

    /// Readable once the run is cancelled: what a wait polls beside its own descriptor, so that it
    /// ends at once.
    ///
    /// -1, which `poll` passes over, in a process without descriptors: a wait then lasts to its end.
    var wake: Int32 { bell.descriptor }

    /// Stops the run at the next safe point: a pause, the opening of a session, the end of a
    /// statement, or of a migration.
    ///
    /// - Parameter status: what the run's failure will say, ``ExitStatus/terminated`` for SIGTERM.
    public func request(_ status: ExitStatus = .interrupted) {
        let opening: [Interrupter]? = state.withLock { state in
            guard state.status == nil else { return nil }
            state.status = status
            return Array(state.opening.values)
        }
        guard let opening else { return }
        bell.ring()
        for interrupter in opening { interrupter.interrupt() }
    }

    /// Runs `body`, whose blocking calls a ``request(_:)`` ends.
    func breakable<Result>(
        _ interrupter: Interrupter, _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        let number = state.withLock { state in
            state.count += 1
            state.opening[state.count] = interrupter
            return state.count
        }
        defer { state.withLock { _ = $0.opening.removeValue(forKey: number) } }
        return try body()
    }

    /// Stops the run now, in the middle of the running statement.
    ///
    /// An interruption that comes a moment before its statement is lost (the engines ignore one of
    /// an idle session), so it is repeated until the statement has ended.
    public func interrupt(_ status: ExitStatus = .interrupted) {
        request(status)
        let isFirst = state.withLock { state in
            defer { state.interrupts = true }
            return !state.interrupts && state.running != nil
        }
        guard isFirst else { return }
        Lane.start {
            while let running = self.state.withLock({ $0.running }) {
                running.interrupt()
                usleep(100_000)
            }
        }
        Lane.start { self.abandon(before: .now + Self.patience) }
    }

    /// How long an interrupted statement may take to end: undoing an ALTER TABLE or a large UPDATE can
    /// last as long as it ran, and `docker stop` kills whoever is there 10 s after its SIGTERM.
    private static let patience = Duration.milliseconds(1500)

    /// Leaves a server alone that has not stopped by then.
    private func abandon(before deadline: Deadline) {
        while let running = state.withLock({ $0.running }) {
            guard .now >= deadline else {
                usleep(20_000)
                continue
            }
            state.withLock { $0.isAbandoned = true }
            running.abandon()
            usleep(100_000)
        }
    }

    /// Whether a server was left that had not stopped its statement in time.
    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    /// Why the run was asked to stop; `nil` while nobody has.
    public var requested: ExitStatus? { state.withLock { $0.status } }

    /// Runs `body`, whose statements an ``interrupt(_:)`` stops.
    ///
    /// Our own statements around it, which leave the database as it should be, are not to be
    /// stopped.
    ///
    /// - Returns: `nil`, without calling `body`, when the run was interrupted before.
    func interruptible<Result, Failure>(
        _ interrupter: Interrupter, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        let isTooLate = state.withLock { state in
            if !state.interrupts { state.running = interrupter }
            return state.interrupts
        }
        guard !isTooLate else { return nil }
        defer { state.withLock { $0.running = nil } }
        return try body()
    }

    /// Waits for `duration`, or until the run is cancelled.
    func pause(_ duration: Duration) {
        // Rounded up, so that the last pause before a deadline does not become a busy loop.
        let milliseconds = Int32(clamping: Int(duration.milliseconds.rounded(.up)))
        var wakes = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
        _ = poll(&wakes, 1, max(0, milliseconds))
    }

    /// The system's clock, whose pauses end when the run is cancelled.
    var timing: Timing {
        Timing(now: { ContinuousClock.now }, pause: { self.pause($0) })
    }

    /// Throws when the run was asked to stop.
    func check(state: String? = nil) throws(Failure) {
        let next = "run the same command again; it goes on where this run stopped"
        if let failure = failure(state: state, next: next) { throw failure }
    }

    /// What a run that was asked to stop ends with; `nil` when nobody has asked.
    package func failure(state: String?, next: String?) -> Failure? {
        guard let status = requested else { return nil }
        let signal = [ExitStatus.terminated: "SIGTERM", .hungUp: "SIGHUP"][status]
        return Failure(
            status, signal.map { "stopped by \($0)" } ?? "interrupted", state: state, next: next)
    }
}
