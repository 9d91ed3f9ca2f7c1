import Bootstrap
import Glibc
import Synchronization

/// A clock, with a thread that looks at it from the first long work on; a run that finds nothing to do
/// starts none.
final class Ticker: Sendable {
    /// What the time is, and how to wait.
    let timing: Timing
    private let isStarted = Mutex(false)

    /// A clock on which nobody looks yet.
    init(_ timing: Timing = .system) { self.timing = timing }

    /// Asks `tick` again and again, from a thread of its own, after each pause that it returns, until
    /// it returns `nil`; does nothing when somebody has done so before.
    ///
    /// A system that has no thread to spare only loses what the thread would have told.
    func start(_ tick: @escaping @Sendable () -> Duration?) {
        let isFirst = isStarted.withLock { isStarted in
            defer { isStarted = true }
            return !isStarted
        }
        guard isFirst else { return }
        Lane.assist { [timing] in
            // At once, the line is as the event has left it.
            var pause: Duration? = Narration.beat
            while let duration = pause {
                timing.pause(duration)
                pause = tick()
            }
        }
    }
}

extension Timing {
    /// The system's clock.
    static let system = Timing(
        now: { .now },
        pause: { duration in
            let end = ContinuousClock.now + duration
            while true {
                let (seconds, attoseconds) = max(.zero, end - .now).components
                var left = timespec(
                    tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
                guard left.tv_sec > 0 || left.tv_nsec > 0, nanosleep(&left, nil) != 0 else {
                    return
                }
            }
        })
}
