import Glibc

/// How a driver waits for the other side while it opens a session: until a deadline, until the run
/// is stopped, and not without a word.
///
/// It comes with the ``SessionSettings``. A driver that polls a socket of its own does so with
/// ``wait(for:on:before:saying:)``, and looks names up with ``addresses(of:before:)``. One whose
/// client blocks runs it inside ``interruptible(_:_:)``, or asks ``isStopped`` between its steps; one
/// whose client only says that somebody else is busy asks again by ``retry(before:_:)``. One that
/// ignores it is correct all the same: a run that is stopped then ends at the deadline of the attempt.
public struct Watch: Sendable {
    /// How long the other side may be silent before that is told.
    static let silence = Duration.seconds(1)

    private let cancellation: Cancellation?
    private let tell: (@Sendable (String) -> Void)?
    /// When the silence is told.
    private let notice: Deadline

    /// A watch for one attempt, which begins now.
    ///
    /// - `cancellation`: what stops the attempt before its deadline; `nil` is nothing.
    /// - `tell`: what is told the words of a wait in which the attempt has come to last a second; it
    ///   is called on the thread that waits.
    public init(_ cancellation: Cancellation? = nil, tell: (@Sendable (String) -> Void)? = nil) {
        self.cancellation = cancellation
        self.tell = tell
        notice = .now + Self.silence
    }

    /// Whether the run was asked to stop.
    public var isStopped: Bool { cancellation?.requested != nil }

    /// Waits until `descriptor` is ready for one of `events`, which are those of `poll`.
    ///
    /// Throws `.unavailable` with `words` at the deadline (`nil` is none), and `.interrupted` as soon
    /// as the run is stopped. Words say what is amiss, for it is they that people read while they
    /// wait: `no answer from db:5432`.
    /// <https://man7.org/linux/man-pages/man2/poll.2.html>
    public func wait(
        for events: Int32, on descriptor: Int32, before deadline: Deadline?,
        saying words: @autoclosure () -> String
    ) throws(DatabaseError) {
        let isTold = tell == nil || notice <= .now || deadline.map { $0 <= notice } ?? false
        if !isTold {
            if try isReady(events, descriptor, before: notice) { return }
            tell?(words())
        }
        guard try isReady(events, descriptor, before: deadline) else {
            throw DatabaseError(.unavailable, words())
        }
    }

    /// Runs `body`, which never waits itself, again and again for as long as it throws `.busy`.
    ///
    /// Throws the last `.busy` at the deadline, and `.interrupted` as soon as the run is stopped. The
    /// words of the error are told once the attempt has come to last a second.
    public func retry<Result>(
        before deadline: Deadline, _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        var pause = Duration.milliseconds(1)
        var isTold = false
        while true {
            do throws(DatabaseError) {
                return try body()
            } catch {
                guard error.kind == .busy, .now < deadline else { throw error }
                if !isTold, notice <= .now {
                    isTold = true
                    tell?(error.message)
                }
            }
            _ = try isReady(0, -1, before: min(deadline, .now + pause))
            pause = min(pause * 2, .milliseconds(50))
        }
    }

    /// Runs `body`, in which the client blocks where nothing can be polled, so that the run's stop
    /// ends it by `interrupter`, from another thread.
    ///
    /// Throws `.interrupted`, whatever `body` throws, when the run was stopped.
    public func interruptible<Result>(
        _ interrupter: Interrupter, _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        guard let cancellation else { return try body() }
        do throws(DatabaseError) {
            return try cancellation.breakable(interrupter, body)
        } catch {
            throw isStopped ? Self.stopped : error
        }
    }

    private static let stopped = DatabaseError(.interrupted, "the run was stopped")

    /// - Returns: false at the deadline.
    private func isReady(
        _ events: Int32, _ descriptor: Int32, before deadline: Deadline?
    ) throws(DatabaseError) -> Bool {
        while true {
            var milliseconds: Int32 = -1
            if let deadline {
                let left = deadline - .now
                guard left > .zero else { return false }
                // Rounded up, or the last millisecond would be spent spinning.
                milliseconds = Int32(clamping: Int(left.milliseconds.rounded(.up)))
            }
            // A descriptor of -1 is passed over.
            var descriptors = [
                pollfd(fd: descriptor, events: Int16(events), revents: 0),
                pollfd(fd: cancellation?.wake ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&descriptors, 2, milliseconds)
            guard !isStopped else { throw Self.stopped }
            if count > 0 { return true }
            // Whoever uses the descriptor next finds out what is wrong with it.
            if count < 0 && errno != EINTR { return true }
        }
    }
}
