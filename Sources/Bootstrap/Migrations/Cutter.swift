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
    private var modes: ReadingModes
    private var cursor: Cursor
    private var only: (engines: [String], at: Int)?
    private var hasBegun = false

    init(_ bytes: [UInt8], file: String, rules: LexicalRules, known: [String]) {
        lexer = Lexer(bytes, rules: rules)
        lexer.at = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        self.file = file
        self.known = known
        given = rules
        modes = ReadingModes(rules)
        cursor = Cursor(offset: lexer.at)
    }

    /// The next statement, or `nil` at the end.
    mutating func next() throws(Failure) -> Cut? {
        do throws(LexicalError) {
            return try cut()
        } catch {
            throw failure(at: error.offset, error.headline, next: error.next)
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
        /// Whether anything but hints was read.
        var hasCode = false
        var words: [String] = []
        var copy = CopyStatement()
    }

    private mutating func cut() throws(LexicalError) -> Cut? {
        var draft: Draft?
        while true {
            guard let token = try lexer.next() else { break }
            if token.kind == .comment {
                try see(comment: token, inStatement: draft?.hasCode == true)
                continue
            }
            if draft == nil {
                guard try begins(token) else { continue }
                cursor.advance(to: token.start, in: lexer.bytes)
                draft = Draft(start: token.start, end: token.end, body: Body(lexer.rules.bodies))
            }
            guard var current = draft else { continue }
            draft = nil
            guard try ends(&current, at: token) else {
                draft = current
                continue
            }
            if current.hasCode { return try finish(current) }
        }
        if let draft, draft.hasCode {
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
    private mutating func begins(_ token: Token) throws(LexicalError) -> Bool {
        switch token.kind {
        case .semicolon, .delimiter: return false
        case .backslash:
            try skipMetaCommand(at: token.start)
            hasBegun = true
            return false
        case .word where lexer.rules.delimiterLines && isDelimiterLine(token):
            try readDelimiter(at: token.start)
            hasBegun = true
            return false
        case .symbol
        where lexer.rules.dashCommentsNeedSpace
            && lexer.hasPrefix([Byte.dash, Byte.dash], at: token.start):
            // The mysql client leaves out such a line, with which no statement can begin.
            lexer.lineComment()
            try see(
                comment: Token(kind: .comment, start: token.start, end: lexer.at),
                inStatement: false)
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
            try refuseUnknownBody(draft)
            if draft.body.endsAtSemicolon() { return true }
        case .semicolon:
            // Several statements before one delimiter are cut; a routine goes on to its own.
            guard draft.body.isRoutine || isOracleBlock(draft) else { return true }
            _ = draft.body.endsAtSemicolon()
            return false
        case .hint:
            draft.end = token.end
            return false
        case .executableOpen, .executableClose: break
        case .symbol where lexer.bytes[token.start] == Byte.semicolon:
            // Inside of `/*! … */`, which is no place to end.
            _ = draft.body.endsAtSemicolon()
        case .backslash:
            throw LexicalError(
                offset: token.start, headline: "a backslash stands here, outside of any string")
        case .word:
            try refuseDelimiterLine(token, in: draft)
            see(word: token, in: &draft)
        default:
            draft.body.see(mark: lexer.bytes[token.start])
            draft.copy.see(mark: lexer.bytes[token.start])
        }
        draft.end = token.end
        draft.hasCode = true
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
        hasBegun = true
        if draft.copy.readsInput { cut.input = try readCopyData(of: draft.start) }
        if let first = draft.words.first, ReadingModes.verbs.contains(first) {
            modes.see(draft.start..<draft.end, of: lexer.bytes)
            lexer.rules = modes.rules
        }
        return cut
    }
}

// MARK: Bodies that are not followed

extension Cutter {
    /// With `sql_mode=ORACLE`: an anonymous block, of which BEGIN and DECLARE are the first words.
    private func isOracleBlock(_ draft: Draft) -> Bool {
        modes.isOracle && (draft.words.first == "BEGIN" || draft.words.first == "DECLARE")
    }

    /// Refuses what a semicolon may end or not, by a grammar that is not known here.
    private func refuseUnknownBody(_ draft: Draft) throws(LexicalError) {
        let what: String
        if draft.body.isPackage {
            what = "a package"
        } else if isOracleBlock(draft) || modes.isOracle && draft.body.isRoutine {
            what = "a routine or block in sql_mode ORACLE"
        } else {
            return
        }
        throw LexicalError(
            offset: draft.start, headline: "\(what) is cut only between DELIMITER lines",
            next:
                "Write a line `DELIMITER //` above it, and two lines `//` and `DELIMITER ;` below.")
    }

    /// Refuses the line that goes back to the semicolon where the routine above it was not ended: the
    /// rest of the file would be part of it.
    private func refuseDelimiterLine(_ token: Token, in draft: Draft) throws(LexicalError) {
        guard lexer.rules.delimiterLines, !lexer.delimiter.isEmpty, isDelimiterLine(token),
            restOfLine(from: token.end) == ";"
        else { return }
        let delimiter = String(decoding: lexer.delimiter, as: UTF8.self)
        throw LexicalError(
            offset: token.start,
            headline: "no `\(delimiter)` ends the statement above this DELIMITER line",
            next: "Write `\(delimiter)` behind the statement.")
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

    /// The mysql client keeps no more of it.
    private static let longestDelimiter = 15

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
        guard text.utf8.count <= Self.longestDelimiter else {
            throw LexicalError(
                offset: offset,
                headline:
                    "a delimiter has \(Self.longestDelimiter) bytes at most, as for the client")
        }
        lexer.delimiter = text == ";" ? [] : Array(text.utf8)
        skipLine()
    }

    /// Commands that change nothing but what psql shows; pg_dump writes the first two.
    private static let idleCommands: Set<Substring> = [
        "\\restrict", "\\unrestrict", "\\echo", "\\qecho", "\\warn", "\\timing", "\\pset",
    ]

    /// Skips what is for psql's user alone; other commands of psql are no SQL.
    private mutating func skipMetaCommand(at offset: Int) throws(LexicalError) {
        guard lexer.rules.metaCommands else {
            throw LexicalError(
                offset: offset, headline: "a backslash stands here, outside of any string")
        }
        let line = restOfLine(from: offset)
        let words = line.split { $0 == " " || $0 == "\t" }
        // A run stops at the first error in any case.
        let stops =
            words.first == "\\set" && words.count <= 3
            && words.dropFirst().first == "ON_ERROR_STOP"
            && ["on", "1", "true", "yes"].contains(words.dropFirst(2).first ?? "on")
        // A second backslash begins another command on the same line.
        guard stops || words.first.map(Self.idleCommands.contains) == true,
            !line.dropFirst().contains("\\")
        else {
            throw LexicalError(
                offset: offset, headline: "\(words.first ?? "\\") is a command of psql, not SQL",
                next: "Delete it, or write in SQL what it does.")
        }
        skipLine()
    }

    /// The lines behind `COPY … FROM stdin;` up to `\.`, without it.
    private mutating func readCopyData(of start: Int) throws(LexicalError) -> Range<Int> {
        let rest = restOfLine(from: lexer.at)
        guard rest.isEmpty || rest.hasPrefix("--") else {
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
