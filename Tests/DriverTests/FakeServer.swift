import Bootstrap
import Glibc
import Synchronization

/// A port of the loopback interface whose clients meet what a test wants them to: for what a real
/// server does at moments that no test can choose.
final class FakeServer: Sendable {
    /// What a client meets.
    enum Behaviour: Sendable {
        /// Nobody listens.
        case refuses
        /// Accepts the connection, and never says a word.
        case silent
        /// Closes the connection at once.
        case hangsUp
        /// Holds a conversation, and closes the connection after it.
        case speaks(@Sendable (Client) -> Void)
    }

    /// The port's number.
    let port: Int
    private let listener: Int32
    /// Whether a thread takes the clients; it closes the listener at its end.
    private let isServed: Bool
    private let record = Record()

    init(_ behaviour: Behaviour) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, size) == 0)
                precondition(getsockname(listener, $0, &size) == 0)
            }
        }
        self.listener = listener
        port = Int(in_port_t(bigEndian: address.sin_port))
        if case .refuses = behaviour { isServed = false; return }
        isServed = true
        precondition(listen(listener, 16) == 0)
        // The thread keeps no server alive: it ends when there is none any more.
        Lane.start { [record] in
            while true {
                let socket = accept(listener, nil, nil)
                guard socket >= 0 else { break }
                record.clients.withLock { $0 += 1 }
                Client(socket: socket, record: record).meet(behaviour)
                close(socket)
            }
            close(listener)
        }
    }

    deinit {
        guard isServed else { return _ = close(listener) }
        // Wakes the thread that waits in accept.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// All that clients have sent.
    var received: [UInt8] { record.bytes.withLock { $0 } }
    /// How many clients came.
    var clients: Int { record.clients.withLock { $0 } }
    /// `127.0.0.1:20000`, as messages name it.
    var place: String { "127.0.0.1:\(port)" }

    /// An address here, for the user `app`.
    func url(_ scheme: String, password: String? = nil, sslmode: String? = nil) -> DatabaseURL {
        DatabaseURL(
            scheme: scheme, user: "app", password: password.map { Secret($0) },
            hosts: [.init("127.0.0.1", port: port)], path: "/shop",
            options: sslmode.map { [.init("sslmode", $0)] } ?? [])
    }

    fileprivate final class Record: Sendable {
        let bytes = Mutex<[UInt8]>([])
        let clients = Mutex(0)
    }

    /// One connection, as the server sees it.
    struct Client: Sendable {
        fileprivate let socket: Int32
        fileprivate let record: Record

        /// What comes next; `nil` at the end.
        func read() -> [UInt8]? {
            var buffer = [UInt8](repeating: 0, count: 10_000)
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            record.bytes.withLock { $0 += buffer.prefix(count) }
            return Array(buffer.prefix(count))
        }

        /// Sends bytes; a client that is gone does not matter.
        func write(_ bytes: [UInt8]) {
            _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }

        fileprivate func meet(_ behaviour: Behaviour) {
            switch behaviour {
            case .refuses, .hangsUp: break
            case .silent: while read() != nil {}
            case .speaks(let conversation): conversation(self)
            }
        }
    }
}
