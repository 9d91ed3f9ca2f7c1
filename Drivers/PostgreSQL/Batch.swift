#if PostgreSQL
import Bootstrap

/// Statements as the simple-query strings that carry them, and the way back from an error to the
/// statement that caused it: pure.
///
/// Several statements travel in one string, since PostgreSQL answers a string in one round trip.
/// <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT>
struct Batch {
    /// One string, and where in it each statement begins.
    struct Message {
        var text = ""
        /// Each statement's start in bytes, and its place in the batch (`nil`: one of our own).
        var statements: [(start: Int, index: Int?)] = []
        /// What follows the string on the connection.
        var input: Statement.Input?
    }

    private(set) var messages: [Message] = []

    /// A string of a megabyte costs the server several in its parser.
    static let limit = 1 << 20

    /// Joins `statements`.
    ///
    /// A statement with input travels alone; one without a word does not travel, since the server
    /// gives no result for it, and results are counted.
    ///
    /// - `prefix`: statements of our own that go first, in the first string.
    /// - `inTransaction`: a statement of our own that goes behind each BEGIN.
    init(
        _ statements: [Statement], prefix: [String] = [], inTransaction: String? = nil,
        limit: Int = Batch.limit
    ) {
        for text in prefix { add(text, at: nil, limit: limit) }
        for (index, statement) in statements.enumerated() where !Self.isBlank(statement.text) {
            if let input = statement.input {
                messages.append(Message())
                add(statement.text, at: index, limit: .max)
                messages[messages.count - 1].input = input
                continue
            }
            add(statement.text, at: index, limit: limit)
            if let inTransaction, Self.opensTransaction(statement.text) {
                add(inTransaction, at: nil, limit: limit)
            }
        }
    }

    private mutating func add(_ text: String, at index: Int?, limit: Int) {
        if let last = messages.last, last.input == nil, !last.text.isEmpty,
            last.text.utf8.count + text.utf8.count > limit
        {
            messages.append(Message())
        }
        if messages.isEmpty || messages.last?.input != nil { messages.append(Message()) }
        let current = messages.count - 1
        // The separator stands on a line of its own: a statement may end in a `--` comment.
        if !messages[current].text.isEmpty { messages[current].text += "\n;\n" }
        messages[current].statements.append((messages[current].text.utf8.count, index))
        messages[current].text += text
    }

    /// Whether a statement is nothing but white space and comments.
    static func isBlank(_ sql: String) -> Bool {
        var rest = Substring(sql)
        while let first = rest.first {
            if first.isWhitespace {
                rest = rest.dropFirst()
            } else if rest.hasPrefix("--") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*") {
                guard let end = endOfComment(rest) else { return false }
                rest = rest[end...]
            } else {
                return false
            }
        }
        return true
    }

    /// The end of the comment that `text` begins with; PostgreSQL's comments nest.
    private static func endOfComment(_ text: Substring) -> Substring.Index? {
        var depth = 0
        var rest = text
        while !rest.isEmpty {
            if rest.hasPrefix("/*") {
                (depth, rest) = (depth + 1, rest.dropFirst(2))
            } else if rest.hasPrefix("*/") {
                (depth, rest) = (depth - 1, rest.dropFirst(2))
                if depth == 0 { return rest.startIndex }
            } else {
                rest = rest.dropFirst()
            }
        }
        return nil
    }

    /// Whether a statement of ours opens a transaction: the core's own, which have no comments.
    static func opensTransaction(_ sql: String) -> Bool {
        let word = sql.prefix { $0.isLetter }.uppercased()
        return word == "BEGIN" || sql.uppercased().hasPrefix("START TRANSACTION")
    }
}

extension Batch.Message {
    /// Which statement an error belongs to, and the error with its position counted from there.
    ///
    /// - `done`: how many statements of this string gave a result before the error.
    /// - `countsBytes`: whether the server counts bytes, as one with SQL_ASCII does; others count
    ///   characters.
    func attribute(_ error: DatabaseError, done: Int, countsBytes: Bool) -> BatchError {
        var error = error
        guard let position = error.position else {
            let index = statements.indices.contains(done) ? statements[done].index : nil
            return BatchError(error, at: index)
        }
        let offset = countsBytes ? position - 1 : byteOffset(position)
        guard let statement = statements.last(where: { $0.start <= offset }) else {
            return BatchError(error, at: nil)
        }
        let before = text.utf8.dropFirst(statement.start).prefix(offset - statement.start)
        error.position = String(decoding: Array(before), as: UTF8.self).unicodeScalars.count + 1
        // A position behind the statement's end (an unterminated quote reaches into the next ones)
        // still names the statement in which it began.
        return BatchError(error, at: statement.index)
    }

    /// The offset in bytes of the character at `position`, from 1.
    private func byteOffset(_ position: Int) -> Int {
        text.unicodeScalars.prefix(position - 1).reduce(0) { $0 + UTF8.width($1) }
    }
}
#endif
