import Glibc

/// A TCP port of the loopback interface that is this process's alone, as far as tests go.
///
/// Ports from 32768 up are Linux's ephemeral range, where any outgoing connection may sit, so lower
/// ones are used. Two test processes agree by a lock on a file for each port, which ends with the
/// process; whatever else runs on this machine is found by trying to bind.
package final class Port: Sendable {
    /// Its number.
    package let number: Int
    private let lock: Int32

    /// A port that nobody listens on.
    package init() throws(TestServerError) {
        let folder = "/tmp/bootstrap-test-ports"
        if mkdir(folder, 0o1777) == 0 { chmod(folder, 0o1777) }
        for _ in 0..<200 {
            let number = Int.random(in: 20_000..<32_000)
            let file = open("\(folder)/\(number)", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard file >= 0 else { continue }
            guard flock(file, LOCK_EX | LOCK_NB) == 0, Port.isFree(number) else {
                close(file)
                continue
            }
            self.number = number
            lock = file
            return
        }
        throw TestServerError("no free port found below 32000: \(systemError())")
    }

    deinit { close(lock) }

    private static func isFree(_ port: Int) -> Bool {
        withLoopbackSocket(port) { socket, address, size in
            var yes: Int32 = 1
            setsockopt(
                socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            return bind(socket, address, size) == 0
        }
    }

    /// Whether something listens here and sends a first byte, as MariaDB does once it is ready.
    var greets: Bool {
        Port.withLoopbackSocket(number) { socket, address, size in
            guard connect(socket, address, size) == 0 else { return false }
            var patience = timeval(tv_sec: 1, tv_usec: 0)
            setsockopt(
                socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            var byte: UInt8 = 0
            return recv(socket, &byte, 1, 0) == 1
        }
    }

    private static func withLoopbackSocket(
        _ port: Int, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) -> Bool {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
