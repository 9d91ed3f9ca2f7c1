/// A port on which the program answers that it is alive.
package struct HealthPort: Sendable, Equatable {
    /// Its number.
    package var number: UInt16
    /// Whether all addresses of the machine have it, and not loopback alone.
    package var isPublic: Bool

    /// A port.
    package init(_ number: UInt16, isPublic: Bool = false) {
        self.number = number
        self.isPublic = isPublic
    }
}

/// How the text of an option becomes what it means, or a failure that names option and origin.
extension FoundValue {
    func nonEmpty() throws(Failure) -> String {
        guard !text.isEmpty else { throw failure("is empty") }
        return text
    }

    func duration() throws(Failure) -> Duration {
        guard let duration = Duration(parsing: text) else {
            throw failure("is no duration", next: "Write it like 500ms, 30s, 5m or 1h30m.")
        }
        return duration
    }

    /// YAML's and the shell's words for on and off.
    func toggle() throws(Failure) -> Bool {
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: throw failure("is neither true nor false")
        }
    }

    func choice(_ words: [String]) throws(Failure) -> String {
        guard words.contains(text) else {
            let hint = nearest(text, in: words).map { "Did you mean \($0)?" }
            throw failure("is none of \(words.joined(separator: ", "))", next: hint)
        }
        return text
    }

    func port() throws(Failure) -> HealthPort {
        let isPublic = text.hasPrefix("*:")
        let digits = isPublic ? text.dropFirst(2) : text[...]
        guard let port = UInt16(digits), port > 0, !digits.hasPrefix("+") else {
            throw failure(
                "is no port from 1 to 65535",
                next: "Write 8080 for loopback alone, or *:8080 for all addresses.")
        }
        return HealthPort(port, isPublic: isPublic)
    }

    func table() throws(Failure) -> TableName {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        // 63 bytes are what PostgreSQL keeps of a name; the others keep one more.
        guard
            parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 63 }),
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 })
        else { throw failure("is no table's name", next: "Write TABLE or SCHEMA.TABLE.") }
        return TableName(parsing: text)
    }

    func ledger() throws(Failure) -> LedgerName {
        guard let name = LedgerName(parsing: text) else {
            throw failure("names no tool", next: "Write TOOL or TOOL:TABLE.")
        }
        guard Ledgers.names.contains(name.tool) else {
            let hint = nearest(name.tool, in: Ledgers.names).map { "Did you mean \($0)?" }
            throw failure("names none of \(Ledgers.names.joined(separator: ", "))", next: hint)
        }
        return name
    }

    func target() throws(Failure) -> Options.Target {
        let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
        let isNumber = !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
        guard isNumber, digits.count <= 18 || digits.count == text.count else {
            throw failure(
                "is neither a version nor +N", next: "Write --to 7 or --to +1, for example.")
        }
        if digits.count < text.count { return .count(Int(digits) ?? 0) }
        let version = digits.drop { $0 == "0" }
        return .version(version.isEmpty ? "0" : String(version))
    }

    /// Guards hang on these words, so what only looks like one of them is refused.
    func environment() throws(Failure) -> String {
        let word = text.lowercased()
        let isWord = text.utf8.allSatisfy { byte in
            switch Unicode.Scalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
            default: false
            }
        }
        guard isWord, !text.isEmpty, text.utf8.count <= 63 else {
            throw failure("is no environment", next: "Write one word of letters, digits, - and _.")
        }
        let known = ["development", "local", "test", "staging", "production"]
        if known.contains(word) { return word }
        let short = ["prod": "production", "prd": "production", "live": "production"]
        if let meant = short[word] ?? nearest(word, in: ["production"]) {
            throw failure(
                "has none of the guards of \(meant)", next: "Write \(meant), or another word.")
        }
        return text
    }
}
