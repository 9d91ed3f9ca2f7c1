import Bootstrap
import Glibc
import Synchronization

/// The signals that ask the program to stop, taken one by one by a thread of their own.
///
/// No signal handler does any work: SIGTERM, SIGINT and SIGHUP stay blocked in every thread, and
/// that thread asks for them.
final class Signals: Sendable {
    private let stopping: sigset_t
    private let before: sigset_t
    /// What a signal stops in good order; `nil` as long as nothing has begun.
    private let run = Mutex<(cancellation: Cancellation, grace: Duration)?>(nil)

    /// Blocks the signals in this thread and in all that it starts, and ignores SIGPIPE, so that a
    /// reader who has left cannot end a migration in the middle.
    init() {
        var (stopping, before) = (sigset_t(), sigset_t())
        sigemptyset(&stopping)
        for signal in [SIGTERM, SIGINT, SIGHUP] where !Self.isIgnored(signal) {
            sigaddset(&stopping, signal)
        }
        pthread_sigmask(SIG_BLOCK, &stopping, &before)
        signal(SIGPIPE, SIG_IGN)
        (self.stopping, self.before) = (stopping, before)
    }

    /// A signal that the parent has switched off, as `nohup` and a shell's `&` do, stays off.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        sigaction(number, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// Gives the thread and the process back the signals as they were, for the program that follows.
    func restore() {
        var mask = before
        pthread_sigmask(SIG_SETMASK, &mask, nil)
        signal(SIGPIPE, SIG_DFL)
    }

    /// From now on a signal stops this run in good order.
    func stop(_ cancellation: Cancellation, grace: Duration) {
        run.withLock { $0 = (cancellation, grace) }
    }

    /// Turns signals into the wish to stop, for as long as the process lives.
    ///
    /// One that comes before anything has begun ends the process. Else the first signal stops the run at the next safe point, or in the middle of its statement once
    /// `grace` is over; a second one does so at once; a third ends the process, which the databases
    /// survive as they survive a crash.
    func forward() -> Never {
        let first = wait(forever: true) ?? SIGTERM
        let status = Self.status(of: first)
        guard let (cancellation, grace) = run.withLock({ $0 }) else {
            let name = [SIGINT: "SIGINT", SIGHUP: "SIGHUP"][first] ?? "SIGTERM"
            let failure = Failure(
                status, "stopped by \(name)", state: "Nothing was changed.",
                next: "run the same command again")
            TextReporter(.init(), transcript: Transcript(version: toolVersion)).report(failure)
            _exit(128 + first)
        }
        cancellation.request(status)
        _ = wait(grace)
        cancellation.interrupt(status)
        let last = wait(forever: true) ?? SIGTERM
        _exit(128 + last)
    }

    /// Passes on a signal that has come and that the thread has not got round to taking: what
    /// follows would die of it without a word.
    func forwardPending(to cancellation: Cancellation) {
        if let signal = wait() { cancellation.request(Self.status(of: signal)) }
    }

    private static func status(of signal: Int32) -> ExitStatus {
        ExitStatus(rawValue: 128 + signal) ?? .terminated
    }

    /// The next signal, or `nil` when none has come in time.
    private func wait(_ duration: Duration = .zero, forever: Bool = false) -> Int32? {
        var set = stopping
        let end = ContinuousClock.now + duration
        while true {
            let (seconds, attoseconds) = max(.zero, end - .now).components
            var limit = timespec(
                tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
            let number = forever ? sigwaitinfo(&set, nil) : sigtimedwait(&set, nil, &limit)
            if number > 0 { return number }
            guard errno == EINTR else { return nil }
        }
    }
}
