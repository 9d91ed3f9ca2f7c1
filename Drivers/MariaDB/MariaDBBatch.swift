#if MariaDB
import Bootstrap

/// Cuts a batch into packets, and tells from their results which statement failed.
///
/// A packet is one round trip, and the server finishes it even when the client is killed. Each
/// statement answers with exactly one result, except CALL, EXECUTE and compound statements, which
/// may answer with several; those are followed by a marker, a SELECT of a text that nothing else
/// returns, so that the results can be counted whatever is between.
struct MariaDBBatch {
    /// Several statements in one packet.
    struct Packet: Equatable {
        /// What is sent.
        var text: [UInt8] = []
        /// What answers, in order: a statement by its index, or the marker behind one.
        var answers: [Answer] = []
    }

    /// Whose result comes next.
    enum Answer: Equatable {
        /// The one result of the statement with this index.
        case one(Int)
        /// Any number of results of the statement with this index, up to the marker.
        case many(Int)
    }

    /// The packets in their order.
    private(set) var packets: [Packet] = []
    /// A statement that is larger than any packet may be.
    private(set) var tooLarge: Int?

    /// Plans the packets of `statements`, none larger than `maximum` bytes.
    init(_ statements: [Statement], prefix: String, marker: String, maximum: Int) {
        var packet = Packet()
        let end = Array(";\nSELECT '\(marker)'".utf8)
        for (index, statement) in statements.enumerated() {
            let words = MariaDBWords(statement.text)
            guard !words.isEmpty else { continue }  // a comment alone is error 1065
            var text = Array((prefix + statement.text).utf8)
            // A comment to the end of its line must not swallow the semicolon.
            text.append(contentsOf: Array("\n".utf8))
            if words.mayAnswerTwice { text.append(contentsOf: end) }
            guard text.count + 1 < maximum else {
                tooLarge = index
                break
            }
            if packet.text.count + text.count + 2 > maximum {
                packets.append(packet)
                packet = Packet()
            }
            if !packet.text.isEmpty { packet.text.append(contentsOf: Array(";\n".utf8)) }
            packet.text.append(contentsOf: text)
            packet.answers.append(words.mayAnswerTwice ? .many(index) : .one(index))
        }
        if !packet.answers.isEmpty { packets.append(packet) }
    }
}

/// The words that a statement begins with, comments skipped and `/*! … */` entered.
struct MariaDBWords {
    /// The first words in upper case, at most three.
    private(set) var words: [String] = []
    /// Whether there is nothing but comments and white space.
    private(set) var isEmpty = true

    /// Reads the beginning of a statement.
    init(_ text: String) {
        var rest = Substring(text).utf8
        while let byte = rest.first, words.count < 3 {
            if Self.isSpace(byte) {
                rest.removeFirst()
            } else if rest.starts(with: "/*!".utf8) || rest.starts(with: "/*M!".utf8) {
                rest = rest.drop { $0 != UInt8(ascii: "!") }.dropFirst()
                rest = rest.drop { (48...57).contains($0) }
            } else if rest.starts(with: "*/".utf8) {
                rest = rest.dropFirst(2)
            } else if rest.starts(with: "/*".utf8) {
                rest = Self.afterComment(rest.dropFirst(2))
            } else if byte == UInt8(ascii: "#") || Self.isDashComment(rest) {
                rest = rest.drop { $0 != UInt8(ascii: "\n") }
            } else {
                isEmpty = false
                let word = rest.prefix { Self.isLetter($0) }
                guard !word.isEmpty else { return }
                words.append(String(decoding: word, as: UTF8.self).uppercased())
                rest = rest.dropFirst(word.count)
            }
        }
    }

    /// Whether the statement may answer with several results, or its kind is not known.
    var mayAnswerTwice: Bool {
        guard let first = words.first else { return false }  // `(SELECT …)`
        switch first {
        case "SET": return words.dropFirst().first == "STATEMENT"  // … FOR CALL
        case "BEGIN": return words.dropFirst().first == "NOT"  // … ATOMIC
        default: return !Self.single.contains(first)
        }
    }

    /// The statements that answer with one result, always.
    private static let single: Set<String> = [
        "ALTER", "ANALYZE", "CHECK", "CHECKSUM", "COMMIT", "CREATE", "DEALLOCATE", "DELETE", "DESC",
        "DESCRIBE", "DO", "DROP", "EXPLAIN", "FLUSH", "GRANT", "HANDLER", "INSERT", "KILL", "LOAD",
        "LOCK", "OPTIMIZE", "PREPARE", "RELEASE", "RENAME", "REPAIR", "REPLACE", "REVOKE",
        "ROLLBACK", "SAVEPOINT", "SELECT", "SHOW", "START", "TABLE", "TRUNCATE", "UNLOCK", "UPDATE",
        "USE", "VALUES", "WITH", "XA",
    ]

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
    }

    private static func isDashComment(_ rest: Substring.UTF8View.SubSequence) -> Bool {
        guard rest.starts(with: "--".utf8) else { return false }
        return rest.dropFirst(2).first.map { $0 <= 32 } ?? true
    }

    private static func afterComment(
        _ rest: Substring.UTF8View.SubSequence
    ) -> Substring.UTF8View.SubSequence {
        var rest = rest
        while !rest.isEmpty, !rest.starts(with: "*/".utf8) { rest.removeFirst() }
        return rest.dropFirst(2)
    }
}
#endif
