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

    /// Makes the descriptor readable; to be called once, since a pipe takes one byte without blocking.
    func ring() { _ = write(rope, "!", 1) }
}
