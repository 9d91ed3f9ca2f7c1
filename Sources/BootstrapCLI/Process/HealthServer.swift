import Bootstrap
import Glibc

/// A server that answers every GET with 200, for whoever asks whether this process is alive.
///
/// One thread serves all, and waits for nobody in particular: each client has a few kilobytes and a
/// few seconds, and when there are too many of them the oldest goes. The sockets are closed when the
/// process becomes another program, which may then have the port.
struct HealthServer: Sendable {
    /// How much, and how long, a client may ask.
    struct Limits: Sendable {
        var clients = 64
        var head = 8192
        var time = Duration.seconds(5)
    }

    /// Why there is no server.
    struct Problem: Error {
        let reason: String
    }

    private let listeners: [Int32]
    private let limits: Limits

    /// Opens the port, on IPv4 and, where this machine has it, on IPv6.
    init(_ port: HealthPort, limits: Limits = Limits()) throws(Problem) {
        var listeners = [try Self.listen(ipv4: port)]
        do throws(Problem) { listeners.append(contentsOf: try Self.listen(ipv6: port)) } catch {
            listeners.forEach { close($0) }
            throw error
        }
        (self.listeners, self.limits) = (listeners, limits)
    }

    /// The port's number, also where the system has chosen it.
    var port: UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(listeners[0], $0, &size)
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func listen(ipv4 port: HealthPort) throws(Problem) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.number.bigEndian
        let host = port.isPublic ? INADDR_ANY : INADDR_LOOPBACK
        address.sin_addr.s_addr = in_addr_t(host).bigEndian
        guard let listener = try listen(AF_INET, at: address) else {
            throw Problem(reason: String(cString: strerror(EAFNOSUPPORT)))
        }
        return listener
    }

    /// None on a machine without IPv6.
    private static func listen(ipv6 port: HealthPort) throws(Problem) -> [Int32] {
        // The system's choice of a port, in tests, is one port.
        guard port.number > 0 else { return [] }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.number.bigEndian
        address.sin6_addr = port.isPublic ? in6addr_any : in6addr_loopback
        return [try listen(AF_INET6, at: address)].compactMap(\.self)
    }

    /// - Returns: `nil` where the machine has no such addresses.
    private static func listen<Address>(
        _ family: Int32, at address: Address
    ) throws(Problem) -> Int32? {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = socket(family, Int32(kind), 0)
        guard descriptor >= 0 else {
            guard errno == EAFNOSUPPORT else { throw Problem(reason: systemError) }
            return nil
        }
        var yes: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        // After a run that has just ended the port is there at once.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size)
        if family == AF_INET6 {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, size)
        }
        let isBound = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0
            }
        }
        guard isBound, Glibc.listen(descriptor, 64) == 0 else {
            let isMissing = errno == EADDRNOTAVAIL && family == AF_INET6
            let problem = Problem(reason: systemError)
            close(descriptor)
            guard isMissing else { throw problem }
            return nil
        }
        return descriptor
    }

    private static var systemError: String { String(cString: strerror(errno)) }

    /// Answers for as long as the process lives.
    func serve() -> Never {
        var clients: [Client] = []
        while true {
            var descriptors = (listeners + clients.map(\.descriptor)).map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            _ = poll(&descriptors, nfds_t(descriptors.count), patience(with: clients))
            let ready = descriptors.map { $0.revents != 0 }
            for index in clients.indices where ready[listeners.count + index] {
                clients[index].proceed(limits)
            }
            let now = ContinuousClock.now
            for client in clients where client.isOver(at: now) { close(client.descriptor) }
            clients.removeAll { $0.isOver(at: now) }
            for (index, listener) in listeners.enumerated() where ready[index] {
                admit(from: listener, to: &clients)
            }
        }
    }

    /// How many milliseconds to wait at most; for ever without a client.
    private func patience(with clients: [Client]) -> Int32 {
        guard let end = clients.map(\.deadline).min() else { return -1 }
        return Int32(clamping: Int(max(.zero, end - .now).milliseconds.rounded(.up)))
    }

    private func admit(from listener: Int32, to clients: inout [Client]) {
        let descriptor = accept(listener, nil, nil)
        let isFull = descriptor >= 0 && clients.count == limits.clients
        // Without a descriptor to spare the newcomer waits until somebody has left.
        let isPoor = descriptor < 0 && [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno)
        if isFull || isPoor, let oldest = clients.first {
            close(oldest.descriptor)
            clients.removeFirst()
        } else if isPoor {
            usleep(100_000)
        }
        guard descriptor >= 0 else { return }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        clients.append(Client(descriptor: descriptor, deadline: .now + limits.time))
    }
}

/// Somebody who asks.
private struct Client {
    let descriptor: Int32
    let deadline: Deadline
    private var request = HealthRequest()
    private var isAnswered = false
    private var isGone = false
    /// What was read behind the request: without reading it, closing the socket would take the answer
    /// back. <https://datatracker.ietf.org/doc/html/rfc9112#section-9.6>
    private var surplus = 0

    init(descriptor: Int32, deadline: Deadline) {
        (self.descriptor, self.deadline) = (descriptor, deadline)
    }

    func isOver(at now: Deadline) -> Bool { isGone || deadline <= now }

    /// Takes what has come, and answers when that is a whole request.
    mutating func proceed(_ limits: HealthServer.Limits) {
        var bytes = [UInt8](repeating: 0, count: 2048)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else {
            isGone = count == 0 || errno != EAGAIN && errno != EINTR
            return
        }
        guard !isAnswered else {
            surplus += count
            isGone = surplus > limits.head
            return
        }
        guard let answer = request.answer(with: bytes.prefix(count), limit: limits.head) else {
            return
        }
        // A new connection has room for the few bytes.
        _ = send(descriptor, answer, answer.utf8.count, Int32(MSG_NOSIGNAL))
        shutdown(descriptor, Int32(SHUT_WR))
        isAnswered = true
    }
}

/// A request of HTTP/1.0 or 1.1 as it comes in, and what is answered to it.
struct HealthRequest {
    private var head: [UInt8] = []

    /// A request of which nothing has come.
    init() {}

    /// What to answer now that `bytes` have come; `nil` until the request's head is whole.
    ///
    /// - `limit`: how many bytes a head may have.
    mutating func answer(with bytes: some Collection<UInt8>, limit: Int) -> String? {
        // Empty lines before a request are to be ignored:
        // <https://datatracker.ietf.org/doc/html/rfc9112#section-2.2>.
        head += head.isEmpty ? Array(bytes.drop { $0 == 13 || $0 == 10 }) : Array(bytes)
        guard isWhole else {
            return head.count > limit ? Self.answer("431 Request Header Fields Too Large") : nil
        }
        let line = String(decoding: head.prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2].hasPrefix("HTTP/1."), !words[1].isEmpty else {
            return Self.answer("400 Bad Request")
        }
        switch words[0] {
        case "GET": return Self.answer("200 OK")
        case "HEAD": return Self.answer("200 OK", hasBody: false)
        default: return Self.answer("405 Method Not Allowed", "Allow: GET, HEAD\r\n")
        }
    }

    /// Whether the empty line has come that ends the head; a lone LF ends a line too.
    private var isWhole: Bool {
        var isAtStart = false
        for byte in head {
            if byte == 10 {
                if isAtStart { return true }
                isAtStart = true
            } else if byte != 13 {
                isAtStart = false
            }
        }
        return false
    }

    private static func answer(
        _ status: String, _ fields: String = "", hasBody: Bool = true
    ) -> String {
        let body = status.dropFirst(4) + "\n"
        return "HTTP/1.1 \(status)\r\n\(fields)Content-Type: text/plain\r\n"
            + "Content-Length: \(body.utf8.count)\r\nCache-Control: no-store\r\n"
            + "Connection: close\r\n\r\n" + (hasBody ? body : "")
    }
}
