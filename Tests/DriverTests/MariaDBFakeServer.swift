#if MariaDB
import Glibc
import Synchronization

/// A server on loopback that greets as MySQL does, asks for the password in the worst way, and keeps
/// every byte that it was sent.
///
/// Packets: <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html>
final class MariaDBFakeServer: Sendable {
    /// What a client meets after its login packet, or instead of it.
    enum Behaviour: Sendable, CaseIterable {
        /// Accepts the connection and never says a word.
        case silent
        /// Closes the connection at once.
        case hangsUp
        /// caching_sha2_password: "perform full authentication".
        case fullAuthentication
        /// "Log in by mysql_clear_password instead."
        case clearPassword
        /// "Log in by dialog (PAM) instead."
        case dialog
        /// "Log in as before 4.1 instead."
        case oldPassword
    }

    let port: Int
    private let listener: Int32
    private let bytes = Mutex<[UInt8]>([])
    private let connections = Mutex(0)

    init(_ behaviour: Behaviour, offersTLS: Bool = false) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, size) == 0)
                precondition(listen(listener, 8) == 0)
                precondition(getsockname(listener, $0, &size) == 0)
            }
        }
        self.listener = listener
        port = Int(in_port_t(bigEndian: address.sin_port))
        onOwnThread { [weak self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { break }
                self?.serve(client, behaviour, offersTLS: offersTLS)
                close(client)
            }
            close(listener)
        }
    }

    /// Wakes the thread that waits in accept, which then ends.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    /// All that clients have sent.
    var received: [UInt8] { bytes.withLock { $0 } }
    /// How many clients came.
    var clients: Int { connections.withLock { $0 } }

    private func serve(_ client: Int32, _ behaviour: Behaviour, offersTLS: Bool) {
        connections.withLock { $0 += 1 }
        if behaviour == .hangsUp { return }
        if behaviour != .silent { write(client, 0, Self.greeting(offersTLS: offersTLS)) }
        guard let number = read(client) else { return }
        if offersTLS {
            // The request for TLS has come: take what follows, and go.
            if received.count <= 36 { _ = read(client) }
            return
        }
        switch behaviour {
        case .silent, .hangsUp: return
        case .fullAuthentication: write(client, number + 1, [1, 4])
        case .clearPassword: write(client, number + 1, Self.change(to: "mysql_clear_password"))
        case .dialog: write(client, number + 1, Self.change(to: "dialog") + [2] + Array("?".utf8))
        case .oldPassword: write(client, number + 1, [0xFE])
        }
        // The password, if it comes, comes now.
        _ = read(client)
    }

    /// Keeps what comes; the number of the packet that it ends with, `nil` at the end.
    private func read(_ client: Int32) -> UInt8? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(client, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        bytes.withLock { $0 += buffer.prefix(count) }
        return buffer[3]
    }

    private func write(_ client: Int32, _ number: UInt8, _ body: [UInt8]) {
        let packet = [UInt8(body.count & 255), UInt8(body.count >> 8), 0, number] + body
        _ = send(client, packet, packet.count, Int32(MSG_NOSIGNAL))
    }

    static func greeting(offersTLS: Bool) -> [UInt8] {
        // Long passwords, the 4.1 protocol, secure connections, plugins; TLS is bit 11.
        let flags: UInt32 = 1 | 1 << 3 | 1 << 9 | 1 << 15 | 1 << 19 | (offersTLS ? 1 << 11 : 0)
        var body: [UInt8] = [10] + Array("8.0.36".utf8) + [0] + [7, 0, 0, 0]
        body += Array("abcdefgh".utf8) + [0]
        body += [UInt8(flags & 255), UInt8(flags >> 8 & 255), 45, 2, 0]
        body += [UInt8(flags >> 16 & 255), UInt8(flags >> 24), 21]
        body += [UInt8](repeating: 0, count: 10) + Array("ijklmnopqrst".utf8) + [0]
        return body + Array("caching_sha2_password".utf8) + [0]
    }

    private static func change(to plugin: String) -> [UInt8] {
        [0xFE] + Array(plugin.utf8) + [0]
    }
}

/// Runs `body` on a thread that needs no more than to be started.
func onOwnThread(_ body: @escaping @Sendable () -> Void) {
    final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let work = Unmanaged.passRetained(Work(body)).toOpaque()
    pthread_create(
        &thread, nil,
        { work in
            guard let work else { return nil }
            Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body()
            return nil
        }, work)
    pthread_detach(thread)
}
#endif
