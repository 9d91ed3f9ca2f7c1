import Bootstrap
import Glibc

/// A file whose moment of last change says that this process is alive.
struct Heartbeat: Sendable {
    /// The file, which is created where it is missing; what it holds stays.
    let path: String

    /// How long it is between two beats.
    static let interval = Duration.seconds(2)

    /// Touches the file.
    ///
    /// It is opened anew each time: whoever removes it in between finds it again.
    /// <https://man7.org/linux/man-pages/man3/futimens.3.html>
    ///
    /// - Returns: why not; `nil` when it is touched.
    func beat() -> String? {
        // A named pipe without a reader is refused instead of waited for.
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let descriptor = open(path, flags, 0o644)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        defer { close(descriptor) }
        guard futimens(descriptor, nil) == 0 else { return String(cString: strerror(errno)) }
        return nil
    }

    /// Touches the file for as long as the process lives.
    ///
    /// - `tell`: is told why that has become impossible, once for each reason.
    func keep(_ timing: Timing, telling tell: (String) -> Void) -> Never {
        var told: String?
        while true {
            timing.pause(Self.interval)
            let reason = beat()
            if let reason, reason != told {
                tell("the heartbeat \(path) cannot be touched any more: \(reason)")
            }
            told = reason
        }
    }
}
