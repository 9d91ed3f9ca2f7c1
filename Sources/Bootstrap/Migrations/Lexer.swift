import Glibc

/// Cuts bytes into tokens by an engine's rules, in one pass, without any look at the grammar.
struct Lexer {
    private(set) var bytes: [UInt8]
    var rules: LexicalRules
    /// Where the next token is looked for.
    var at: Int
    private(set) var end: Int
    /// What ends a statement; empty for the semicolon.
    var delimiter: [UInt8] = [] {
        didSet { endsAtSpace = delimiter.first.map(Byte.isSpace) ?? false }
    }
    /// Whether the delimiter begins with white space, which is then not to be skipped.
    private var endsAtSpace = false
    /// Where the executable comment that is open began.
    private(set) var executable: Int?
    /// The white space inside of the last token where that is an `E'…'` of several lines.
    private(set) var gaps: [Range<Int>] = []

    init(_ bytes: [UInt8], rules: LexicalRules, range: Range<Int>? = nil) {
        self.bytes = bytes
        self.rules = rules
        at = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
    }

    /// Goes on in `bytes`, which hold the text from the next token on.
    mutating func move(to bytes: [UInt8]) {
        executable = executable.map { $0 - at }
        (self.bytes, at, end) = (bytes, 0, bytes.count)
    }

    /// The next token, or `nil` at the end.
    mutating func next() throws(LexicalError) -> Token? {
        skipSpace()
        guard at < end else {
            if let executable { throw LexicalError(offset: executable, headline: Self.openComment) }
            return nil
        }
        let start = at
        if !gaps.isEmpty { gaps = [] }
        if !delimiter.isEmpty, bytes[start] == delimiter[0], hasPrefix(delimiter, at: start) {
            at += delimiter.count
            return Token(kind: .delimiter, start: start, end: at)
        }
        let kind = try scan(bytes[start])
        return Token(kind: kind, start: start, end: at)
    }

    /// Whether a semicolon ends statements, and no executable comment is open.
    var isPlain: Bool { delimiter.isEmpty && executable == nil }

    /// The byte `ahead` of the present one, or 0 beyond the end.
    func peek(_ ahead: Int = 0) -> UInt8 { at + ahead < end ? bytes[at + ahead] : 0 }

    /// Whether `text` stands at `start`.
    func hasPrefix(_ text: [UInt8], at start: Int) -> Bool {
        guard start + text.count <= end else { return false }
        return bytes.withUnsafeBytes { bytes in
            text.withUnsafeBytes { text in
                guard let here = bytes.baseAddress, let there = text.baseAddress else {
                    return text.isEmpty
                }
                return memcmp(here + start, there, text.count) == 0
            }
        }
    }

    /// Whether what a DELIMITER line named stands here.
    var isAtDelimiter: Bool {
        !delimiter.isEmpty && bytes[at] == delimiter[0] && hasPrefix(delimiter, at: at)
    }

    mutating func skipSpace() {
        while at < end, Byte.isSpace(bytes[at]) {
            if endsAtSpace, isAtDelimiter { return }
            at += 1
        }
    }

    /// Goes to the end of the line.
    mutating func skipLine() {
        at = bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, at < end,
                let found = memchr(start + at, Int32(Byte.newline), end - at)
            else { return end }
            return UnsafeRawPointer(found) - start
        }
    }

    private static let openComment = "a comment that begins here is not closed"

    private mutating func scan(_ byte: UInt8) throws(LexicalError) -> Token.Kind {
        switch byte {
        case Byte.quote:
            return try string(escapes: rules.backslashEscapes)
        case Byte.doubleQuote where rules.doubleQuotedStrings:
            return try quoted(by: byte, escapes: rules.backslashEscapes, as: .string)
        case Byte.doubleQuote:
            return try quoted(by: byte, escapes: false, as: .name)
        case Byte.backquote where rules.backquotedNames:
            return try quoted(by: byte, escapes: false, as: .name)
        case Byte.openBracket where rules.bracketedNames:
            return try bracketed()
        case Byte.dash where peek(1) == Byte.dash && isDashComment,
            Byte.hash where rules.hashComments:
            lineComment()
            return .comment
        case Byte.slash where peek(1) == Byte.star:
            return try blockComment()
        case Byte.star where executable != nil && peek(1) == Byte.slash:
            executable = nil
            at += 2
            return .executableClose
        case Byte.semicolon:
            at += 1
            return executable == nil ? .semicolon : .symbol
        case Byte.dollar:
            return try dollar()
        case Byte.backslash:
            at += 1
            return .backslash
        case _ where Byte.isDigit(byte):
            number()
            return .number
        case _ where Byte.isNameStart(byte):
            return try word()
        case 0:
            throw LexicalError(
                offset: at, headline: "a byte 0 stands here; this is no text in UTF-8")
        default:
            symbol()
            return .symbol
        }
    }
}

// MARK: Comments

extension Lexer {
    private var isDashComment: Bool {
        guard rules.dashCommentsNeedSpace, at + 2 < end else { return true }
        // A control character counts as space: mysql's lexer asks my_isspace or my_iscntrl.
        return bytes[at + 2] <= 0x20 || bytes[at + 2] == 0x7f
    }

    mutating func lineComment() {
        guard rules.carriageReturnEndsComment else { return skipLine() }
        while at < end, bytes[at] != Byte.newline, bytes[at] != Byte.carriageReturn { at += 1 }
    }

    private mutating func blockComment() throws(LexicalError) -> Token.Kind {
        let start = at
        if opensExecutable() {
            executable = start
            return .executableOpen
        }
        let isHint = peek(2) == Byte.plus
        var depth = 1
        at += 2
        while at < end {
            if bytes[at] == Byte.star, peek(1) == Byte.slash {
                at += 2
                depth -= 1
                if depth == 0 { return isHint ? .hint : .comment }
            } else if rules.nestedComments, bytes[at] == Byte.slash, peek(1) == Byte.star {
                at += 2
                depth += 1
            } else {
                at += 1
            }
        }
        throw LexicalError(offset: start, headline: Self.openComment)
    }

    /// Steps behind `/*!50003` or `/*M!100100`.
    ///
    /// `/*!999999\- enable the sandbox mode */`, the first line of MariaDB's dumps, is for its
    /// client; for the server it is a comment of a version that never comes.
    private mutating func opensExecutable() -> Bool {
        guard rules.executableComments, executable == nil else { return false }
        var length = 0
        if peek(2) == Byte.bang { length = 3 }
        if rules.mariadbComments, peek(2) == Byte.capitalM, peek(3) == Byte.bang { length = 4 }
        guard length > 0 else { return false }
        var digits = 0
        while digits < 6, Byte.isDigit(peek(length + digits)) { digits += 1 }
        if digits < 5 { digits = 0 }
        if peek(length + digits) == Byte.backslash { return false }
        at += length + digits
        return true
    }
}

// MARK: Words, numbers, marks

extension Lexer {
    private mutating func word() throws(LexicalError) -> Token.Kind {
        let start = at
        while at < end, Byte.isName(bytes[at]) {
            if bytes[at] == Byte.dollar, placeholderLength(at: at) != nil { break }
            if isAtDelimiter { break }
            at += 1
        }
        let length = at - start
        let first = bytes[start] | 0x20
        if peek() == Byte.quote {
            if rules.escapeStrings, length == 1, first == Byte.lowerE { return try escapeString() }
            if length == 1 && Byte.stringPrefixes.contains(first) || bytes[start] == Byte.underscore
            {
                return try string(escapes: rules.backslashEscapes)
            }
        }
        if rules.escapeStrings, length == 1, first == Byte.lowerU, peek() == Byte.ampersand {
            if peek(1) == Byte.quote {
                at += 1
                return try string(escapes: false)
            }
            if peek(1) == Byte.doubleQuote {
                at += 1
                return try quoted(by: Byte.doubleQuote, escapes: false, as: .name)
            }
        }
        return .word
    }

    /// `E'…'`, and what continues it on the next line, which is read with the same escapes.
    private mutating func escapeString() throws(LexicalError) -> Token.Kind {
        _ = try string(escapes: true)
        while let next = continuation() {
            gaps.append(at..<next)
            at = next
            _ = try string(escapes: true)
        }
        return .string
    }

    /// Where the string goes on: white space with a line's end in it, then another quote.
    ///
    /// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-CONSTANTS>
    private func continuation() -> Int? {
        var look = self
        var hasNewline = false
        while look.at < end {
            let byte = bytes[look.at]
            if byte == Byte.newline || byte == Byte.carriageReturn {
                hasNewline = true
                look.at += 1
            } else if Byte.isSpace(byte) {
                look.at += 1
            } else if byte == Byte.dash, look.peek(1) == Byte.dash {
                look.lineComment()
            } else {
                return hasNewline && byte == Byte.quote ? look.at : nil
            }
        }
        return nil
    }

    private mutating func number() {
        let isHex = bytes[at] == Byte.zero && peek(1) | 0x20 == Byte.lowerX
        while at < end, !isAtDelimiter {
            let byte = bytes[at]
            if (byte == Byte.plus || byte == Byte.dash), !isHex,
                bytes[at - 1] | 0x20 == Byte.lowerE,
                Byte.isDigit(peek(1))
            {
                at += 1
            } else if byte == Byte.dollar
                && (rules.dollarQuotes || placeholderLength(at: at) != nil)
            {
                return
            } else if byte == Byte.dot || Byte.isName(byte) {
                at += 1
            } else {
                return
            }
        }
    }

    private mutating func symbol() {
        guard Byte.isOperator(bytes[at]) else {
            at +=
                bytes[at] == Byte.colon && peek(1) == Byte.equals && !rules.customOperators ? 2 : 1
            return
        }
        guard rules.customOperators else {
            let length = Self.operators.first { hasPrefix($0, at: at) && !endsCode($0) }?.count
            at += length ?? 1
            return
        }
        customOperator()
    }

    /// Whether `*/` that closes an executable comment stands inside of `text`.
    private func endsCode(_ text: [UInt8]) -> Bool { executable != nil && text.contains(Byte.star) }

    /// PostgreSQL: a run of marks up to a comment, which ends in `+` or `-` only if it holds one of
    /// ``Byte/freeOperators``.
    ///
    /// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-OPERATORS>
    private mutating func customOperator() {
        let start = at
        var mayEndInSign = false
        while at < end, Byte.isOperator(bytes[at]) {
            let isComment =
                bytes[at] == Byte.dash && peek(1) == Byte.dash
                || bytes[at] == Byte.slash && peek(1) == Byte.star
            if isComment && at > start { break }
            if Byte.freeOperators.contains(bytes[at]) { mayEndInSign = true }
            at += 1
        }
        while !mayEndInSign, at - start > 1,
            bytes[at - 1] == Byte.plus || bytes[at - 1] == Byte.dash
        {
            at -= 1
        }
    }

    private static let operators: [[UInt8]] = [
        "<=>", "->>", "<=", ">=", "<>", "!=", "||", "&&", "<<", ">>", "->", "==",
    ].map { Array($0.utf8) }
}
