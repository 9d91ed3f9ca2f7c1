/// What is wrong with a URL; never with a part of it, since any part may be a password.
struct URLProblem: Error, Equatable {
    /// The rest of a sentence that begins with the URL's name: `has no scheme`.
    var message: String
    /// What to do, as whole sentences.
    var next: String?

    init(_ message: String, next: String? = nil) {
        self.message = message
        self.next = next
    }

    /// What a URL looks like.
    static let shape = "A URL looks like scheme://user:password@host:port/database."
    /// What to do about a character that means two things.
    static let encoding = """
        In a user or a password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25.
        """
}

/// Takes a URL apart, the way its author most likely meant it.
///
/// Passwords are pasted into URLs as they are, so the scanner takes `@`, `:`, `/`, `?` and `#` in
/// them where there is one way only to read the whole. Where there are two, it stops: a wrong guess
/// would send half of a password to a name server.
struct URLScanner {
    private let text: [UInt8]

    init(_ text: String) throws(URLProblem) {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        let bytes = Array(text.utf8.drop(while: isSpace))
        self.text = Array(bytes[...(bytes.lastIndex { !isSpace($0) } ?? -1)])
        guard let first = self.text.first else { throw URLProblem("is empty") }
        guard first != UInt8(ascii: "\""), first != UInt8(ascii: "'") else {
            throw URLProblem(
                "begins with a quotation mark",
                next: "Take the quotation marks away; docker's --env-file, for one, keeps them.")
        }
        guard !self.text.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw URLProblem("holds a line break or another control character")
        }
    }

    /// The whole URL.
    func url() throws(URLProblem) -> DatabaseURL {
        let colon = text.firstIndex { !isSchemePart($0) }
        guard let colon, text[colon] == UInt8(ascii: ":"), colon > 1 else {
            throw URLProblem("has no scheme", next: URLProblem.shape)
        }
        let name = String(decoding: text[..<colon], as: UTF8.self).lowercased()
        let rest = text[(colon + 1)...]
        guard name != "jdbc" else { throw Self.jdbcProblem(rest) }
        let parts = name.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        var url = DatabaseURL(scheme: String(parts[0]), hasAuthority: false)
        url.schemeSuffix = parts.count > 1 ? String(parts[1]) : nil
        guard rest.starts(with: "//".utf8) else {
            guard !rest.contains(Self.at) else {
                throw URLProblem("has an @ and no // behind its scheme", next: URLProblem.shape)
            }
            try finish(&url, tail: rest)
            return url
        }
        url.hasAuthority = true
        let tail = try authority(of: rest.dropFirst(2), into: &url)
        try finish(&url, tail: tail)
        return url
    }

    private func isSchemePart(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "A"..."Z", "a"..."z", "0"..."9", "+", "-", ".", "_": true
        default: false
        }
    }
}

extension URLScanner {
    private typealias Bytes = ArraySlice<UInt8>

    private static let at = UInt8(ascii: "@")

    private static func isEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    /// Reads user, password and hosts, and returns what follows them.
    private func authority(of rest: Bytes, into url: inout DatabaseURL) throws(URLProblem) -> Bytes
    {
        // A database in memory is written like a host by some: `scheme://:memory:`.
        if rest.starts(with: ":memory:".utf8) { return rest }
        let end = rest.firstIndex(where: Self.isEnd) ?? rest.endIndex
        let mark = try userEnd(rest, conventionalEnd: end)
        let hosts = rest[(mark.map { $0 + 1 } ?? rest.startIndex)...]
        let hostsEnd = hosts.firstIndex(where: Self.isEnd) ?? hosts.endIndex
        if let mark {
            let parts = rest[..<mark].split(
                separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            let user = try decode(parts[0], as: "user")
            url.user = user.isEmpty ? nil : user
            if parts.count > 1 { url.password = Secret(try decode(parts[1], as: "password")) }
        }
        url.hosts = try HostScanner.hosts(hosts[..<hostsEnd])
        return hosts[hostsEnd...]
    }

    /// Where the `@` behind user and password stands; `nil` when there are none.
    private func userEnd(_ rest: Bytes, conventionalEnd end: Int) throws(URLProblem) -> Int? {
        let conventional = rest[..<end].lastIndex(of: Self.at)
        let later = rest[end...].indices.filter { rest[$0] == Self.at }
        guard !later.isEmpty, end > rest.startIndex else { return conventional }
        let ambiguous = URLProblem(
            "can be read in two ways, since an @ stands behind its first /, ? or #",
            next: URLProblem.encoding)
        // `app:` before the first slash is a user whose password begins with one.
        let isUser = conventional == nil && rest[end - 1] == UInt8(ascii: ":")
        if !isUser && areHosts(rest, from: conventional.map { $0 + 1 } ?? rest.startIndex) {
            // An @ in the value of an option is common, and means nothing.
            guard let query = rest[end...].firstIndex(of: UInt8(ascii: "?")),
                later.allSatisfy({ isInValue($0, of: rest, query: query) })
            else { throw ambiguous }
            return conventional
        }
        let possible = later.filter { areHosts(rest, from: $0 + 1) }
        guard possible.count <= 1 else { throw ambiguous }
        return possible.first ?? conventional
    }

    private func areHosts(_ rest: Bytes, from start: Int) -> Bool {
        let hosts = rest[start...]
        let end = hosts.firstIndex(where: Self.isEnd) ?? hosts.endIndex
        return (try? HostScanner.hosts(hosts[..<end])) != nil
    }

    private func isInValue(_ index: Int, of rest: Bytes, query: Int) -> Bool {
        guard index > query else { return false }
        let before = rest[(query + 1)..<index]
        let option = before.lastIndex(of: UInt8(ascii: "&")).map { before[($0 + 1)...] } ?? before
        return option.contains(UInt8(ascii: "="))
    }

    private func decode(_ bytes: Bytes, as part: String) throws(URLProblem) -> String {
        try URLProblem.decode(bytes, as: part)
    }
}

extension URLProblem {
    /// Decodes one part of a URL, and names the part, not its text, when it is wrong.
    static func decode(_ bytes: ArraySlice<UInt8>, as part: String) throws(URLProblem) -> String {
        let text: String
        do throws(PercentEncoding.Mistake) {
            text = try PercentEncoding.decode(bytes)
        } catch {
            switch error {
            case .incomplete:
                throw URLProblem(
                    "has a % in its \(part) without two hexadecimal digits behind it",
                    next: "Write a % that is meant as %25.")
            case .zero: throw URLProblem("has %00 in its \(part), which no server takes")
            case .notUTF8: throw URLProblem("has a percent-encoded \(part) that is not UTF-8")
            }
        }
        // Names are shown, and must not steer the terminal nor break a server's line in two.
        let isName = ["user", "host", "path", "option user"].contains(part)
        guard !isName || !text.unicodeScalars.contains(where: \.isControl) else {
            throw URLProblem("has a control character in its \(part)", next: "Take it away.")
        }
        return text
    }
}

extension URLScanner {
    /// Reads what follows the authority: the path, and the options behind a question mark.
    private func finish(_ url: inout DatabaseURL, tail: Bytes) throws(URLProblem) {
        guard !tail.contains(UInt8(ascii: "#")) else {
            throw URLProblem("has a #, which means nothing here", next: "Write # as %23.")
        }
        let parts = tail.split(
            separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        url.path = try decode(parts.first ?? [], as: "path")
        guard parts.count > 1 else { return }
        for text in parts[1].split(separator: UInt8(ascii: "&")) {
            let pair = text.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try decode(pair[0], as: "options")
            guard name.utf8.count <= 64, !name.isEmpty, name.utf8.allSatisfy(isOptionNamePart)
            else {
                throw URLProblem(
                    "has an option whose name is no name", next: URLProblem.encoding)
            }
            let value = pair.count > 1 ? try decode(pair[1], as: "option \(name)") : ""
            url.options.append(DatabaseURL.Option(name, value))
        }
        try takeCredentials(&url)
    }

    private func isOptionNamePart(_ byte: UInt8) -> Bool {
        isSchemePart(byte) || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
    }

    /// `?user=app&password=…` means the same as `app:…@`, and must be hidden as well.
    private func takeCredentials(_ url: inout DatabaseURL) throws(URLProblem) {
        if let user = url.option("user") {
            guard url.user == nil || url.user == user else {
                throw URLProblem("names two users, one of them as an option")
            }
            url.user = user
        }
        if let password = url.option("password") {
            guard url.password == nil || url.password == Secret(password) else {
                throw URLProblem("has two passwords, one of them as an option")
            }
            url.password = Secret(password)
        }
        url.options.removeAll { $0.name == "user" || $0.name == "password" }
    }

    /// Java's URLs begin with `jdbc:`; what follows is mostly a URL that others read.
    private static func jdbcProblem(_ rest: ArraySlice<UInt8>) -> URLProblem {
        let message = "is a JDBC URL, which only Java reads"
        let general = URLProblem(
            message, next: "Write it as scheme://user:password@host:port/database.")
        let inner = String(decoding: rest.prefix(5), as: UTF8.self).lowercased()
        guard
            inner != "jdbc:",
            let scanner = try? URLScanner(String(decoding: rest, as: UTF8.self)),
            var url = try? scanner.url(), !url.path.contains("://")
        else { return general }
        if !url.hasAuthority && !url.path.contains(where: { "/.:".contains($0) }) {
            // jdbc:engine:database is on the engine's default host.
            url.hasAuthority = true
            url.path = "/" + url.path
        }
        guard url.password != nil else { return URLProblem(message, next: "Write \(url).") }
        let text = url.text(placeholder: "PASSWORD")
        return URLProblem(message, next: "Write \(text), with the password for PASSWORD.")
    }
}
