/// Sees whether a statement is `COPY … FROM stdin`, whose data follows it.
struct CopyStatement {
    private var state: State
    private var parentheses = 0

    private enum State { case first, no, copy, from, stdin }

    /// A statement of which nothing was read yet; where no data may follow, no word matters.
    init(_ rules: LexicalRules) { state = rules.copyData ? .first : .no }

    /// Whether the words still matter.
    var wantsWords: Bool { state == .first || state == .copy || state == .from }
    /// Whether data follows the statement.
    var readsInput: Bool { state == .stdin }

    mutating func see(word: String) {
        switch state {
        case .first: state = word == "COPY" ? .copy : .no
        case .copy where word == "FROM" && parentheses == 0: state = .from
        case .from: state = word == "STDIN" ? .stdin : .copy
        case .copy, .no, .stdin: break
        }
    }

    mutating func see(mark: UInt8) {
        switch state {
        case .first: state = .no
        case .from: state = .copy
        case .copy, .no, .stdin: break
        }
        if mark == Byte.openParenthesis { parentheses += 1 }
        if mark == Byte.closeParenthesis { parentheses -= 1 }
    }
}

extension Cutter {
    /// Data begins on the line behind the statement that it follows.
    mutating func checkEndOfLine() throws(LexicalError) {
        let rest = restOfLine(from: lexer.at)
        guard rest.isEmpty || rest.hasPrefix("--") else {
            throw LexicalError(
                offset: lexer.at, headline: "something follows this COPY … FROM stdin on its line")
        }
        lexer.skipLine()
    }

    /// The statement with the lines behind it up to `\.`, without that, if it is one that reads them.
    ///
    /// However much that is, the window has little of it at once.
    mutating func withInput(_ cut: Cut?) throws(Failure) -> Cut? {
        guard var cut, cut.readsInput else { return cut }
        lexer.at = min(lexer.at + 1, lexer.end)
        let first = window.mark(lexer.at)
        while lexer.at < lexer.end || !window.isLast {
            let line = lexer.at
            lexer.skipLine()
            if lexer.at == lexer.end, !window.isLast {
                lexer.at = line
                try move()
                continue
            }
            let end = lexer.at > line && lexer.bytes[lexer.at - 1] == Byte.carriageReturn ? 1 : 0
            let isEnd =
                lexer.at - end - line == 2 && lexer.bytes[line] == Byte.backslash
                && lexer.bytes[line + 1] == Byte.dot
            if isEnd {
                cut.input = window.input(from: first, to: window.mark(line))
                return cut
            }
            lexer.at = min(lexer.at + 1, lexer.end)
        }
        let failure = Failure(
            .rejected, "the data of the COPY that begins here does not end with \\.",
            place: cut.place)
        throw cut.shown(failure, given)
    }
}
