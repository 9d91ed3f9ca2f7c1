/// The moment at which something must have happened.
public typealias Deadline = ContinuousClock.Instant

/// The clock as a parameter, so that a test of five minutes takes no time.
public struct Timing: Sendable {
    /// The present moment.
    public var now: @Sendable () -> Deadline
    /// Waits for a duration, or until the run is cancelled.
    public var pause: @Sendable (Duration) -> Void
    /// A random number from 0 up to, not including, 1: the jitter of retries.
    public var random: @Sendable () -> Double

    /// A clock made of its parts.
    public init(
        now: @escaping @Sendable () -> Deadline, pause: @escaping @Sendable (Duration) -> Void,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.now = now
        self.pause = pause
        self.random = random
    }
}
