import Bootstrap
import Glibc
import Synchronization

/// A stream of the process that outlives its reader.
///
/// A closed pipe or a full disk loses progress, and never stops a migration in the middle; a result
/// that is lost is a failure.
final class Output: Sendable {
    /// The process's own standard output.
    static let standard = Output(STDOUT_FILENO)
    /// The process's own standard error.
    static let error = Output(STDERR_FILENO)

    private let descriptor: Int32
    /// Why a write has failed for good, as `errno` has it: later ones are not tried.
    private let obstacle = Mutex<Int32?>(nil)

    /// A stream over an open descriptor, which stays its owner's to close.
    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Whether a person is looking.
    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// How many columns a line has; 80 where nobody can tell.
    var width: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes all of `text`, or as much of it as somebody takes.
    ///
    /// - Returns: whether that was all.
    @discardableResult
    func write(_ text: String) -> Bool { obstacle(to: text) == nil }

    /// Writes `line` and ends it; ``write(_:)`` says what is returned.
    @discardableResult
    func writeLine(_ line: String) -> Bool { write(line + "\n") }

    /// Writes what a command was asked for, and throws where not all of it could be written: a plan
    /// that is cut looks whole.
    ///
    /// A reader who has had enough (`bootstrap plan | head`) is no failure.
    func writeResult(
        _ text: String, state: String = "Nothing was changed.",
        next: String = "make room for the output, or send it elsewhere, and run the same command "
            + "again"
    ) throws(Failure) {
        guard let reason = obstacle(to: text), reason != EPIPE else { return }
        throw Failure(
            .configuration,
            "cannot write the result to standard output: \(String(cString: strerror(reason)))",
            state: state, next: next)
    }

    /// Writes `text`, and returns why not all of it could be written.
    private func obstacle(to text: String) -> Int32? {
        obstacle.withLock { obstacle in
            guard obstacle == nil else { return obstacle }
            var text = text
            obstacle = text.withUTF8 { write($0) }
            return obstacle
        }
    }

    private func write(_ bytes: UnsafeBufferPointer<UInt8>) -> Int32? {
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EAGAIN {
                // Somebody made the pipe non-blocking: wait until it takes more.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }
}
