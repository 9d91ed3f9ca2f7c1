import Glibc
import Synchronization

extension Watch {
    /// The addresses of a host, as text, in the order in which the system would try them.
    ///
    /// Throws `.unavailable` when there are none, mostly not yet: a container's name appears when
    /// the container starts. The system's resolver knows no deadline and blocks, so that it works on
    /// a thread of its own, which goes on until the resolver gives up where nobody waits for it.
    public func addresses(
        of host: String, before deadline: Deadline
    ) throws(DatabaseError) -> [String] {
        let lookup = HostLookup(host)
        try wait(
            for: POLLIN, on: lookup.end, before: deadline,
            saying: "cannot find the host \(host): the name server does not answer")
        let (status, addresses) = lookup.answer
        guard status == 0, !addresses.isEmpty else {
            let reason = String(cString: gai_strerror(status))
            throw DatabaseError(.unavailable, "cannot find the host \(host): \(reason)")
        }
        return addresses
    }
}

/// One question to the system's resolver, on a thread of its own.
private final class HostLookup: Sendable {
    private let found = Mutex((status: EAI_SYSTEM, addresses: [String]()))
    /// Rings when the resolver has answered.
    private let bell = Bell()

    init(_ host: String) {
        Lane.start { [self] in
            let answer = Self.resolve(host)
            found.withLock { $0 = answer }
            bell.ring()
        }
    }

    /// Readable once there is an answer; -1, and so never, in a process without descriptors.
    var end: Int32 { bell.descriptor }
    /// What `getaddrinfo` returned, and the addresses.
    var answer: (status: Int32, addresses: [String]) { found.withLock { $0 } }

    /// Asks the system, and blocks. <https://man7.org/linux/man-pages/man3/getaddrinfo.3.html>
    private static func resolve(_ host: String) -> (status: Int32, addresses: [String]) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else { return (status, []) }
        defer { freeaddrinfo(list) }
        let entries = sequence(first: list) { $0?.pointee.ai_next }.prefix { $0 != nil }
        return (0, entries.compactMap { $0.flatMap { text(of: $0.pointee) } })
    }

    private static func text(of entry: addrinfo) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = getnameinfo(
            entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard status == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
