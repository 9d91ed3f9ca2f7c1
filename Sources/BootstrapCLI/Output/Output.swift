import Glibc
import Synchronization

/// A stream of the process that outlives its reader: a closed pipe or a full disk loses text, and
/// never stops a migration in the middle.
final class Output: Sendable {
    /// The process's own standard output.
    static let standard = Output(STDOUT_FILENO)
    /// The process's own standard error.
    static let error = Output(STDERR_FILENO)

    private let descriptor: Int32
    /// Whether a write has failed for good, so that later ones are not tried.
    private let isBroken = Mutex(false)

    /// A stream over an open descriptor, which stays its owner's to close.
    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Whether a person is looking.
    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Writes all of `text`, or as much of it as somebody takes.
    func write(_ text: String) {
        isBroken.withLock { isBroken in
            guard !isBroken else { return }
            var text = text
            isBroken = !text.withUTF8 { write($0) }
        }
    }

    /// Writes `line` and ends it.
    func writeLine(_ line: String) { write(line + "\n") }

    private func write(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
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
                return false
            }
        }
        return true
    }
}
