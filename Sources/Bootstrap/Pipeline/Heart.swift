import Glibc
import Synchronization

/// Counts a lease's beat up while the session that has it is at work: by a thread of its own, and a
/// session that is opened when the first beat is due, which most runs never come to.
final class Heart: Sendable {
    private struct State {
        var isStopped = false
        var isFenced = false
        /// Whether the last try to open a session has failed.
        var isWithoutSession = false
        var lastBeat = Deadline.now
        var doing = ""
    }

    private let state = Mutex(State())
    /// Rings when there is nothing more to beat for.
    private let bell = Bell()
    private let interval: Duration
    private let beat: @Sendable (_ doing: String) -> String

    /// Begins; where the system has no thread to spare, it only ever needs help.
    ///
    /// - `interval`: the time between two beats.
    /// - `interrupter`: stops the work once another run has the lease.
    /// - `beat`: the statement that counts the beat up and tells what its owner is doing; it changes no
    ///   row where the lease is another's.
    init(
        driver: any Driver, session: SessionSettings, interval: Duration,
        interrupter: Interrupter, beat: @escaping @Sendable (_ doing: String) -> String
    ) {
        self.interval = interval
        self.beat = beat
        let isStarted = Lane.assist { [self] in live(driver, session, interrupter) }
        if !isStarted { state.withLock { $0.isWithoutSession = true } }
    }

    /// Whether another run has certainly taken the lease over.
    var isFenced: Bool { state.withLock { $0.isFenced } }

    /// The statement for a beat that is due and that the heart cannot send, for its owner to send;
    /// counted as sent.
    func dueBeat() -> String? {
        state.withLock { state in
            guard state.isWithoutSession, .now - state.lastBeat >= interval else { return nil }
            state.lastBeat = .now
            return beat(state.doing)
        }
    }

    /// Shows what its owner does, from the next beat on.
    func announce(_ doing: String) { state.withLock { $0.doing = doing } }

    /// Ends it without waiting; a beat that is under way finds that the row is no longer its own.
    func stop() {
        state.withLock { $0.isStopped = true }
        bell.ring()
    }

    // MARK: On its own thread

    private func live(
        _ driver: any Driver, _ settings: SessionSettings, _ interrupter: Interrupter
    ) {
        var session: (any Connection)?
        defer { session?.close() }
        while sleep(for: isFenced ? min(interval, .milliseconds(200)) : interval) {
            // One that comes a moment before its statement is lost: the work may need another.
            guard !isFenced else {
                interrupter.interrupt()
                continue
            }
            do throws(DatabaseError) {
                if session == nil {
                    session = try driver.connect(settings, before: .now + interval)
                }
                if let session { try count(by: session) }
            } catch {
                // Who waits behind a lock on the row does not lose it to anybody either.
                guard error.kind != .busy else { continue }
                session?.close()
                session = nil
                state.withLock { $0.isWithoutSession = true }
            }
        }
    }

    private func count(by session: any Connection) throws(DatabaseError) {
        let doing = state.withLock { $0.doing }
        let isOurs = try session.change(beat(doing)) > 0
        state.withLock { state in
            state.isWithoutSession = false
            state.isFenced = !isOurs && !state.isStopped
            if isOurs { state.lastBeat = .now }
        }
    }

    /// - Returns: false at once when it is stopped.
    private func sleep(for duration: Duration) -> Bool {
        var stops = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&stops, 1, Int32(clamping: Int(duration.milliseconds.rounded(.up))))
        return state.withLock { !$0.isStopped }
    }
}
