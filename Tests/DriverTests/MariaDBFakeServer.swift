#if MariaDB
import Synchronization

/// What a server that greets as MySQL does asks a client for after its login packet: each is a way to
/// get at the password.
///
/// Packets: <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html>
enum MariaDBDemand: Sendable, CaseIterable {
    /// caching_sha2_password: "perform full authentication".
    case fullAuthentication
    /// "Log in by mysql_clear_password instead."
    case clearPassword
    /// "Log in by dialog (PAM) instead."
    case dialog
    /// "Log in as before 4.1 instead."
    case oldPassword

    /// The packet's body.
    fileprivate var body: [UInt8] {
        switch self {
        case .fullAuthentication: [1, 4]
        case .clearPassword: Self.change(to: "mysql_clear_password")
        case .dialog: Self.change(to: "dialog") + [2] + Array("?".utf8)
        case .oldPassword: [0xFE]
        }
    }

    private static func change(to plugin: String) -> [UInt8] {
        [0xFE] + Array(plugin.utf8) + [0]
    }
}

extension FakeServer.Behaviour {
    /// Greets, and asks for the password in the worst way.
    static func demands(_ demand: MariaDBDemand, offersTLS: Bool = false) -> Self {
        .speaks { client in
            client.write(packet(0, greeting(offersTLS: offersTLS)))
            guard let login = client.read() else { return }
            if offersTLS {
                // The request for TLS has come: take what follows, and go.
                if login.count <= 36 { _ = client.read() }
                return
            }
            client.write(packet(login[3] + 1, demand.body))
            // The password, if it comes, comes now.
            _ = client.read()
        }
    }

    /// Greets with TLS, and is silent in the middle of its handshake.
    ///
    /// - `reached`: called when the client has begun the handshake and waits.
    static func stallsInTLS(_ reached: @escaping @Sendable () -> Void) -> Self {
        .speaks { client in
            client.write(packet(0, greeting(offersTLS: true)))
            var count = 0
            // The request for TLS is 36 bytes long.
            while count <= 36, let bytes = client.read() { count += bytes.count }
            reached()
            while client.read() != nil {}
        }
    }

    /// Logs everybody in, and breaks the connection while the session is set up: one byte later
    /// with each client, until the answer is whole.
    static func breaksInSetUp() -> Self {
        let clients = Mutex(0)
        return .speaks { client in
            let count = clients.withLock { count in
                defer { count += 1 }
                return count
            }
            client.write(packet(0, greeting(offersTLS: false)))
            guard client.read() != nil else { return }
            // caching_sha2_password: "the server still knows it".
            client.write(packet(2, [1, 3]) + packet(3, okay(status: 2)))
            guard client.read() != nil else { return }
            client.write(Array(answerToSetUp.prefix(count)))
            if count >= answerToSetUp.count { while client.read() != nil {} }
        }
    }

    /// Four settings, then what the server is: the smallest answer that a session begins with.
    static let answerToSetUp: [UInt8] = {
        // The connection has autocommit (2), and the packet more results (8).
        let session = [column(8), column(253), column(253), column(253)]
        let variables = [column(253), column(253)]
        let bodies =
            [[UInt8]](repeating: okay(status: 2 | 8), count: 4)
            + [[4]] + session + [end(status: 2 | 8)]
            + [["7", "shop", "2026-01-01T00:00:00Z", "NONE"].flatMap(text), end(status: 2 | 8)]
            + [[2]] + variables + [end(status: 2)]
            + [["version", "8.0.36"].flatMap(text), end(status: 2)]
        return bodies.enumerated().flatMap { packet(UInt8($0 + 1), $1) }
    }()

    private static func okay(status: UInt8) -> [UInt8] { [0, 0, 0, status, 0, 0, 0] }
    private static func end(status: UInt8) -> [UInt8] { [0xFE, 0, 0, status, 0] }
    private static func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + text.utf8 }

    /// The definition of a column `x` of a type, in utf8mb4.
    private static func column(_ type: UInt8) -> [UInt8] {
        ["def", "", "", "", "x", ""].flatMap(text) + [12, 45, 0, 255, 0, 0, 0, type]
            + [UInt8](repeating: 0, count: 5)
    }

    private static func packet(_ number: UInt8, _ body: [UInt8]) -> [UInt8] {
        [UInt8(body.count & 255), UInt8(body.count >> 8), 0, number] + body
    }

    /// The body of a greeting.
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
}
#endif
