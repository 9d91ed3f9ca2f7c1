#if PostgreSQL
import Glibc
import Synchronization

/// A server on loopback that takes one step of PostgreSQL's protocol and then fails, for answers
/// that a real server gives at moments which no test can choose.
final class PostgreSQLFakeServer: Sendable {
    /// What a client meets.
    enum Behaviour: Sendable {
        /// Accepts the connection, and never says a word.
        case silent
        /// Closes the connection when the client has introduced itself.
        case hangsUp
        /// Refuses the login with these fields of an error, by their letter.
        case refuses([Character: String])
    }

    let port: Int
    private let listener: Int32

    init(_ behaviour: Behaviour) {
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
        Thread.start { Self.serve(listener, behaviour) }
    }

    deinit {
        // Wakes the thread that waits in accept, which then closes the socket.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private static func serve(_ listener: Int32, _ behaviour: Behaviour) {
        var clients: [Int32] = []
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            clients.append(client)
            if case .silent = behaviour { continue }
            introduce(client)
            if case .refuses(let fields) = behaviour {
                let answer = errorResponse(fields)
                _ = send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
            }
            shutdown(client, Int32(SHUT_RDWR))
        }
        for descriptor in clients + [listener] { close(descriptor) }
    }

    /// Reads the startup message, after answering N to the questions for encryption.
    /// <https://www.postgresql.org/docs/current/protocol-message-formats.html>
    private static func introduce(_ client: Int32) {
        var buffer = [UInt8](repeating: 0, count: 10_000)
        while true {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count == 8, buffer[4] == 4, buffer[5] == 210 else { return }
            _ = send(client, [UInt8(ascii: "N")], 1, Int32(MSG_NOSIGNAL))
        }
    }

    private static func errorResponse(_ fields: [Character: String]) -> [UInt8] {
        var body: [UInt8] = []
        for (letter, text) in fields { body += [letter.asciiValue ?? 0] + Array(text.utf8) + [0] }
        body.append(0)
        let length = UInt32(body.count + 4).bigEndian
        return [UInt8(ascii: "E")] + withUnsafeBytes(of: length) { Array($0) } + body
    }
}

/// A thread that needs no more than to be started.
enum Thread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    static func start(_ body: @escaping @Sendable () -> Void) {
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
}
#endif
