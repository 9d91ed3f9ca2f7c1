/// One statement as it was found: which bytes it covers, and what stands around it.
struct Cut {
    var range: Range<Int>
    var place: Place
    /// The data that follows COPY … FROM stdin.
    var input: Range<Int>?
    /// The engines that `-- bootstrap: only …` above it names.
    var only: [String]?
    /// The rules it was read with: a script may change them as it goes.
    var rules: LexicalRules

    func statement(of bytes: [UInt8]) -> Statement {
        Statement(
            String(decoding: bytes[range], as: UTF8.self), place: place,
            input: input.map { Array(bytes[$0]) })
    }
}

/// Cuts a script into statements, one at a time and in linear time.
struct Cutter {
    private var lexer: Lexer
    private let file: String
    private let known: [String]
    private let given: LexicalRules
    private var cursor: Cursor
    private var only: (engines: [String], at: Int)?
    private var hasBegun = false

    init(_ bytes: [UInt8], file: String, rules: LexicalRules, known: [String]) {
        lexer = Lexer(bytes, rules: rules)
        lexer.at = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        self.file = file
        self.known = known
        given = rules
        cursor = Cursor(offset: lexer.at)
    }

    /// The next statement, or `nil` at the end.
    mutating func next() throws(Failure) -> Cut? {
        do throws(LexicalError) {
            return try cut()
        } catch {
            throw failure(at: error.offset, error.headline)
        }
    }

    private func place(_ offset: Int) -> Place { cursor.place(of: offset, in: lexer.bytes, file) }

    private func failure(at offset: Int, _ headline: String, next: String? = nil) -> Failure {
        var failure = Failure(.rejected, headline, place: place(offset), next: next)
        failure.show(lexer.bytes, rules: given)
        return failure
    }
}

// MARK: One statement

extension Cutter {
    /// What is known of the statement in hand.
    private struct Draft {
        var start: Int
        /// Behind the last token that is no comment and no semicolon at the very end.
        var end: Int
        var body: Body
        var words: [String] = []
        var copy = CopyStatement()
    }

    private mutating func cut() throws(LexicalError) -> Cut? {
        var draft: Draft?
        while true {
            let lineStart = lexer.at
            guard let token = try lexer.next() else { break }
            if token.kind == .comment {
                try see(comment: token, inStatement: draft != nil)
                continue
            }
            if draft == nil {
                guard try begins(token, after: lineStart) else { continue }
                cursor.advance(to: token.start, in: lexer.bytes)
                hasBegun = true
                draft = Draft(start: token.start, end: token.end, body: Body(lexer.rules.bodies))
            }
            guard var current = draft else { continue }
            draft = nil
            if try ends(&current, at: token) { return try finish(current) }
            draft = current
        }
        if let draft {
            if let open = draft.body.unclosed(start: draft.start) {
                throw LexicalError(offset: open, headline: "a body that begins here has no END")
            }
            return try finish(draft)
        }
        if let only {
            throw LexicalError(
                offset: only.at, headline: "no statement follows this `bootstrap: only` line")
        }
        return nil
    }

    /// Whether a token begins a statement, rather than being an empty one or a client's command.
    private mutating func begins(_ token: Token, after lineStart: Int) throws(LexicalError) -> Bool
    {
        switch token.kind {
        case .semicolon, .delimiter: return false
        case .backslash:
            try skipMetaCommand(at: token.start)
            return false
        case .word where lexer.rules.delimiterLines && isDelimiterLine(token):
            try readDelimiter(at: token.start)
            return false
        case .symbol
        where lexer.rules.dotCommands && lexer.bytes[token.start] == Byte.dot
            && isFirstOfLine(token.start):
            throw LexicalError(
                offset: token.start,
                headline: "this line is a command of the sqlite3 shell, not SQL")
        default: return true
        }
    }

    /// Takes one token in; true when it ends the statement.
    private mutating func ends(_ draft: inout Draft, at token: Token) throws(LexicalError) -> Bool {
        switch token.kind {
        case .delimiter: return true
        case .semicolon where lexer.delimiter.isEmpty:
            if draft.body.endsAtSemicolon() { return true }
        case .semicolon:
            // Several statements before one delimiter are cut; a routine goes on to its own.
            guard draft.body.isRoutine else { return true }
            _ = draft.body.endsAtSemicolon()
            return false
        case .backslash:
            throw LexicalError(
                offset: token.start, headline: "a backslash stands here, outside of any string")
        case .word:
            see(word: token, in: &draft)
        default:
            draft.body.see(mark: lexer.bytes[token.start])
            draft.copy.see(mark: lexer.bytes[token.start])
        }
        draft.end = token.end
        return false
    }

    private func see(word token: Token, in draft: inout Draft) {
        let isFirst = draft.words.count < 3
        guard isFirst || draft.body.wantsWords || draft.copy.wantsWords else { return }
        let word = lexer.upperCase(token)
        if isFirst { draft.words.append(word) }
        draft.body.see(word: word, at: token.start)
        if lexer.rules.copyData { draft.copy.see(word: word) }
    }

    private mutating func finish(_ draft: Draft) throws(LexicalError) -> Cut {
        var cut = Cut(
            range: draft.start..<draft.end, place: place(draft.start), input: nil,
            only: only?.engines, rules: lexer.rules)
        only = nil
        if draft.copy.readsInput { cut.input = try readCopyData(of: draft.start) }
        if draft.words.first == "SET" { followModes(draft) }
        return cut
    }

    /// `SET sql_mode = …` and `SET standard_conforming_strings = …` change how the rest is read.
    private mutating func followModes(_ draft: Draft) {
        let bytes = lexer.bytes[draft.start..<min(draft.end, draft.start + 2000)]
        let text = String(decoding: bytes.map(Byte.upper), as: UTF8.self)
        if text.contains("SQL_MODE"), given.backslashEscapes || given.doubleQuotedStrings {
            lexer.rules.backslashEscapes =
                given.backslashEscapes && !text.contains("NO_BACKSLASH_ESCAPES")
            lexer.rules.doubleQuotedStrings =
                given.doubleQuotedStrings && !text.contains("ANSI_QUOTES")
                && !text.contains("'ANSI")
        }
        if given.escapeStrings, draft.words.contains("STANDARD_CONFORMING_STRINGS") {
            let off = ["OFF", "FALSE", "NO", "0"]
            let last = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.last.map(
                String.init)
            lexer.rules.backslashEscapes = last.map(off.contains) ?? false
        }
    }
}

// MARK: What is not for the server

extension Cutter {
    private func isFirstOfLine(_ offset: Int) -> Bool {
        var index = offset
        while index > 0, lexer.bytes[index - 1] != Byte.newline {
            guard Byte.isSpace(lexer.bytes[index - 1]) else { return false }
            index -= 1
        }
        return true
    }

    /// The rest of the line from `offset`, without white space around it.
    private func restOfLine(from offset: Int) -> String {
        var end = offset
        while end < lexer.end, lexer.bytes[end] != Byte.newline { end += 1 }
        var rest = lexer.bytes[offset..<end]
        while let last = rest.last, Byte.isSpace(last) { rest.removeLast() }
        while let first = rest.first, Byte.isSpace(first) { rest.removeFirst() }
        return String(decoding: rest, as: UTF8.self)
    }

    private mutating func skipLine() {
        while lexer.at < lexer.end, lexer.bytes[lexer.at] != Byte.newline { lexer.at += 1 }
    }

    private func isDelimiterLine(_ token: Token) -> Bool {
        guard token.end - token.start == 9, lexer.upperCase(token) == "DELIMITER" else {
            return false
        }
        return isFirstOfLine(token.start)
            && (token.end == lexer.end || Byte.isSpace(lexer.bytes[token.end]))
    }

    /// `DELIMITER //`: the first word of the rest of the line, as the client reads it.
    private mutating func readDelimiter(at offset: Int) throws(LexicalError) {
        var text = restOfLine(from: offset + 9)
        if let quote = text.first, "'\"`".contains(quote),
            let end = text.dropFirst().firstIndex(of: quote)
        {
            text = String(text[text.index(after: text.startIndex)..<end])
        } else {
            text = text.split { $0 == " " || $0 == "\t" }.first.map(String.init) ?? ""
        }
        guard !text.isEmpty, !text.contains("\\") else {
            throw LexicalError(
                offset: offset, headline: "DELIMITER needs something to end statements with")
        }
        lexer.delimiter = text == ";" ? [] : Array(text.utf8)
        skipLine()
    }

    /// Skips what pg_dump writes for psql alone; other commands of psql are no SQL.
    private mutating func skipMetaCommand(at offset: Int) throws(LexicalError) {
        guard lexer.rules.metaCommands else {
            throw LexicalError(
                offset: offset, headline: "a backslash stands here, outside of any string")
        }
        let command = restOfLine(from: offset).prefix { $0 != " " && $0 != "\t" }
        guard command == "\\restrict" || command == "\\unrestrict" else {
            throw LexicalError(
                offset: offset, headline: "\(command) is a command of psql, not SQL")
        }
        skipLine()
    }

    /// The lines behind `COPY … FROM stdin;` up to `\.`, without it.
    private mutating func readCopyData(of start: Int) throws(LexicalError) -> Range<Int> {
        guard restOfLine(from: lexer.at).isEmpty else {
            throw LexicalError(
                offset: lexer.at, headline: "something follows this COPY … FROM stdin on its line")
        }
        skipLine()
        let first = min(lexer.at + 1, lexer.end)
        lexer.at = first
        while lexer.at < lexer.end {
            let line = lexer.at
            skipLine()
            let end = lexer.at > line && lexer.bytes[lexer.at - 1] == Byte.carriageReturn ? 1 : 0
            let isEnd =
                lexer.at - end - line == 2 && lexer.bytes[line] == Byte.backslash
                && lexer.bytes[line + 1] == Byte.dot
            if isEnd { return first..<line }
            lexer.at = min(lexer.at + 1, lexer.end)
        }
        throw LexicalError(
            offset: start, headline: "the data of the COPY that begins here does not end with \\.")
    }

    private mutating func see(comment token: Token, inStatement: Bool) throws(LexicalError) {
        guard lexer.bytes[token.start] == Byte.dash,
            let line = DirectiveLine(lexer.bytes[token.start..<token.end])
        else { return }
        guard !inStatement else {
            throw LexicalError(
                offset: token.start,
                headline: "a `bootstrap:` line stands inside a statement; it belongs above one")
        }
        let parsed: DirectiveLine.Content
        do throws(DirectiveError) {
            parsed = try line.content(known: known)
        } catch {
            throw LexicalError(offset: token.start, headline: error.headline)
        }
        if hasBegun, let late = parsed.directives.sorted(by: { $0.rawValue < $1.rawValue }).first {
            throw LexicalError(
                offset: token.start,
                headline: "`\(late.rawValue)` stands below the first statement; "
                    + "it belongs into the comments above it")
        }
        guard let engines = parsed.only else { return }
        guard only == nil else {
            throw LexicalError(
                offset: token.start, headline: "two `bootstrap: only` lines for one statement")
        }
        only = (engines, token.start)
    }
}
