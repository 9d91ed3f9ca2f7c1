/// Reads `h1:5432,[::1]:5433,%2Frun%2Fsockets`.
enum HostScanner {
    /// The hosts in their order; none for an empty text.
    static func hosts(_ bytes: ArraySlice<UInt8>) throws(URLProblem) -> [DatabaseURL.Host] {
        guard !bytes.isEmpty else { return [] }
        var hosts: [DatabaseURL.Host] = []
        let texts = addresses(bytes).split(
            separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        for text in texts {
            let host = try host(text)
            guard texts.count == 1 || !host.name.isEmpty else {
                throw URLProblem("has an empty host in its list of hosts")
            }
            hosts.append(host)
        }
        return hosts
    }

    /// What stands in `tcp(…)`, as Go's MySQL client writes addresses; anything else as it is.
    private static func addresses(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard bytes.starts(with: "tcp(".utf8), bytes.last == UInt8(ascii: ")") else { return bytes }
        return bytes.dropFirst(4).dropLast()
    }

    private static func host(_ text: ArraySlice<UInt8>) throws(URLProblem) -> DatabaseURL.Host {
        var name = text
        var rest: ArraySlice<UInt8> = []
        if text.first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]")) else {
                throw URLProblem("has a [ without ] in its host")
            }
            name = text[(text.startIndex + 1)..<end]
            rest = text[(end + 1)...]
            guard rest.isEmpty || rest.first == UInt8(ascii: ":"), isIPv6(name) else {
                throw URLProblem("has an address in [ ] that is no IPv6 address")
            }
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            name = text[..<colon]
            rest = text[colon...]
            guard !rest.dropFirst().contains(UInt8(ascii: ":")) else {
                throw URLProblem(
                    "has a host with several colons",
                    next: "Write an IPv6 address in brackets: [::1]:5432. " + URLProblem.encoding)
            }
        }
        return DatabaseURL.Host(try decoded(name), port: try port(rest.dropFirst()))
    }

    private static func port(_ text: ArraySlice<UInt8>) throws(URLProblem) -> Int? {
        guard !text.isEmpty else { return nil }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let number = Int(String(decoding: text, as: UTF8.self))
        guard let number, (1...65535).contains(number), text.allSatisfy(digits.contains) else {
            throw URLProblem(
                "has a port that is no number from 1 to 65535",
                next: "A password goes before an @: user:password@host:port. "
                    + URLProblem.encoding)
        }
        return number
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) throws(URLProblem) -> String {
        let isIPv6 = isIPv6(bytes)
        guard isIPv6 || bytes.allSatisfy(isHostPart) else {
            throw URLProblem(
                "has a host with a character that no host name has", next: URLProblem.encoding)
        }
        let name = try URLProblem.decode(bytes, as: "host")
        // A folder of sockets, or one in Linux's abstract namespace.
        guard !name.hasPrefix("/"), !name.hasPrefix("@"), !isIPv6,
            !Self.isIPv6(Array(name.utf8)[...])
        else { return name }
        guard !name.contains(":") else {
            throw URLProblem(
                "has a host with a colon in it",
                next: "Give host and port as two settings: ${HOST}:${PORT}.")
        }
        guard name.utf8.allSatisfy({ isHostPart($0) && $0 != UInt8(ascii: "%") }) else {
            throw URLProblem(
                "has a host with a character that no host name has", next: URLProblem.encoding)
        }
        return name
    }

    private static func isHostPart(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "A"..."Z", "a"..."z", "0"..."9", "-", ".", "_", "~", "%": true
        default: byte >= 0x80
        }
    }

    /// Whether it looks like an IPv6 address, with a zone (`fe80::1%eth0`) or without.
    private static func isIPv6(_ bytes: ArraySlice<UInt8>) -> Bool {
        let address = bytes.prefix { $0 != UInt8(ascii: "%") }
        guard address.count(where: { $0 == UInt8(ascii: ":") }) >= 2 else { return false }
        let isAddress = address.allSatisfy { byte in
            switch Unicode.Scalar(byte) {
            case "0"..."9", "a"..."f", "A"..."F", ":", ".": true
            default: false
            }
        }
        return isAddress && bytes[address.endIndex...].allSatisfy(isHostPart)
    }
}
