import Glibc
import Synchronization

/// A socket that another thread may shut down, so that a client's call which blocks on it returns.
package final class Cord: Sendable {
    /// A descriptor of our own, whose number the client cannot close and the system not give to
    /// another file.
    private let descriptor = Mutex<Int32>(-1)

    /// Holds no socket yet.
    package init() {}

    deinit { letGo() }

    /// Holds this socket from now on, in place of the one before.
    package func hold(_ socket: Int32) { replace(by: fcntl(socket, F_DUPFD_CLOEXEC, 0)) }

    /// Holds none any more: the other side would not see a socket closed that is held here.
    package func letGo() { replace(by: -1) }

    private func replace(by next: Int32) {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = next
        }
    }

    /// Shuts the socket down; does nothing where there is none.
    package func cut() {
        descriptor.withLock { if $0 >= 0 { _ = shutdown($0, Int32(SHUT_RDWR)) } }
    }
}
