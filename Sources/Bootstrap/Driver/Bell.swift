import Glibc

/// A descriptor that becomes readable, once and for good, when one thread rings for another that
/// polls it.
final class Bell: Sendable {
    /// The descriptor, or -1 where the process had none left: then nobody hears the bell.
    let descriptor: Int32
    private let rope: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) == 0 { for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) } }
        (descriptor, rope) = (ends[0], ends[1])
    }

    deinit {
        for end in [descriptor, rope] where end >= 0 { close(end) }
    }

    /// Makes the descriptor readable; for a few times, since a pipe takes only so much unread.
    func ring() { _ = write(rope, "!", 1) }

    /// Waits for a ring that nobody has waited for yet.
    func wait() {
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) < 0, errno == EINTR {}
    }
}
