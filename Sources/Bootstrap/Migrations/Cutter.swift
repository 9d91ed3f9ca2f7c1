/// One statement as it was found: which bytes it covers, and what stands around it.
struct Cut {
    /// The text that it was found in, or the part of it that was in memory then.
    let bytes: [UInt8]
    var range: Range<Int>
    var place: Place
    /// The data that follows COPY … FROM stdin.
    var input: Statement.Input?
    /// The engines that `-- bootstrap: only …` above it names.
    var only: [String]?
    /// The rules it was read with: a script may change them as it goes.
    var rules: LexicalRules
    /// Whether it is COPY … FROM stdin.
    let readsInput: Bool
    /// Where `bytes` begin.
    let origin: Cursor

    /// `failure`, which is about a place in this statement, with the line there.
    func shown(_ failure: Failure, _ rules: LexicalRules) -> Failure {
        var failure = failure
        failure.show(bytes, from: origin.place(place.file), rules: rules)
        return failure
    }

    /// The statement as it goes to the server.
    var statement: Statement {
        var statement = Statement(String(decoding: bytes[range], as: UTF8.self), place: place)
        statement.input = input
        return statement
    }
}

/// Cuts a script into statements, one at a time and in linear time.
///
/// It reads what the window holds of the text. A window that ends before the text does is moved on
/// when a statement reaches beyond it, which is then begun again.
struct Cutter {
    private let window: TextWindow
    private var lexer: Lexer
    private let file: String
    private let known: [String]
    private let given: LexicalRules
    private var modes: ReadingModes
    private var cursor: Cursor
    private var only: (engines: [String], at: Int)?
    private var hasBegun = false
    /// Where the window begins, and whether something stands before it on its first line.
    private var origin: Cursor
    private var beginsInLine = false

    init(_ bytes: [UInt8], file: String, rules: LexicalRules, known: [String]) {
        self.init(TextWindow(bytes), file: file, rules: rules, known: known)
        lexer.at = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        cursor = Cursor(offset: lexer.at)
    }

    /// A cutter of all that comes through `window`, from its beginning on.
    init(_ window: TextWindow, file: String, rules: LexicalRules, known: [String]) {
        self.window = window
        lexer = Lexer(window.bytes, rules: rules)
        self.file = file
        self.known = known
        given = rules
        modes = ReadingModes(rules)
        cursor = Cursor(offset: 0)
        origin = cursor
    }

    /// The next statement, or `nil` at the end.
    mutating func next() throws(Failure) -> Cut? {
        while true {
            let start = window.isLast ? nil : self
            var (cut, problem): (Cut?, LexicalError?)
            do throws(LexicalError) { cut = try self.cut() } catch { problem = error }
            guard reachesEdge, let start else {
                if let problem { throw failure(problem) }
                return try withInput(cut)
            }
            self = start
            try move()
        }
    }

    /// Whether what was found may be something else once more of the text is known.
    private var reachesEdge: Bool { !window.isLast && lexer.at + Self.sight > lexer.end }

    /// How far the scanner looks ahead.
    ///
    /// A placeholder is the longest that it looks at before it knows what it is; whatever else it looks
    /// for, it goes there.
    private static let sight = 256

    /// Goes on in the window, which has been moved on to where the next token is looked for.
    private mutating func move() throws(Failure) {
        cursor.advance(to: lexer.at, in: lexer.bytes)
        if lexer.at > 0 { beginsInLine = lexer.bytes[lexer.at - 1] != Byte.newline }
        try window.move(past: lexer.at)
        lexer.move(to: window.bytes)
        cursor.move()
        origin = cursor
    }

    private func place(_ offset: Int) -> Place { cursor.place(of: offset, in: lexer.bytes, file) }

    private func failure(_ error: LexicalError) -> Failure {
        var failure = Failure(
            .rejected, error.headline, place: place(error.offset), next: error.next)
        failure.show(lexer.bytes, from: origin.place(file), rules: given)
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
        while var draft = try begin() {
            while true {
                skim(&draft)
                guard let token = try lexer.next() else {
                    // Hints alone are no statement.
                    guard draft.hasCode else { break }
                    if let open = draft.body.unclosed(start: draft.start) {
                        throw LexicalError(
                            offset: open, headline: "a body that begins here has no END")
                    }
                    return try finish(draft)
                }
                guard token.kind != .comment else {
                    try see(comment: token, inStatement: draft.hasCode)
                    continue
                }
                guard try ends(&draft, at: token) else { continue }
                if draft.hasCode { return try finish(draft) }
                break
            }
        }
        guard let only else { return nil }
        throw LexicalError(
            offset: only.at, headline: "no statement follows this `bootstrap: only` line")
    }

    /// The next statement by its first token, or `nil` at the end.
    private mutating func begin() throws(LexicalError) -> Draft? {
        while let token = try lexer.next() {
            guard token.kind != .comment else {
                try see(comment: token, inStatement: false)
                continue
            }
            guard try begins(token) else { continue }
            cursor.advance(to: token.start, in: lexer.bytes)
            var draft = Draft(start: token.start, end: token.end, body: Body(lexer.rules.bodies))
            _ = try ends(&draft, at: token)
            return draft
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

    /// Steps over what says nothing about where the statement ends, once it is known to have no body.
    private mutating func skim(_ draft: inout Draft) {
        guard draft.words.count == 3, var open = draft.body.parentheses, !draft.copy.wantsWords
        else { return }
        var end = draft.end
        lexer.skim { token, bytes in
            end = token.end
            guard token.kind == .symbol else { return }
            if bytes[token.start] == Byte.openParenthesis { open += 1 }
            if bytes[token.start] == Byte.closeParenthesis { open = max(0, open - 1) }
        }
        draft.end = end
        draft.body.parentheses = open
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
        let cut = Cut(
            bytes: lexer.bytes, range: draft.start..<draft.end, place: place(draft.start),
            only: only?.engines, rules: lexer.rules, readsInput: draft.copy.readsInput,
            origin: origin)
        only = nil
        hasBegun = true
        if cut.readsInput { try checkEndOfLine() }
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
        return index > 0 || !beginsInLine
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

    private mutating func skipLine() { lexer.skipLine() }

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

    /// Data begins on the line behind the statement that it follows.
    private mutating func checkEndOfLine() throws(LexicalError) {
        let rest = restOfLine(from: lexer.at)
        guard rest.isEmpty || rest.hasPrefix("--") else {
            throw LexicalError(
                offset: lexer.at, headline: "something follows this COPY … FROM stdin on its line")
        }
        skipLine()
    }

    /// The statement with the lines behind it up to `\.`, without that, if it is one that reads them.
    ///
    /// However much that is, the window has little of it at once.
    private mutating func withInput(_ cut: Cut?) throws(Failure) -> Cut? {
        guard var cut, cut.readsInput else { return cut }
        lexer.at = min(lexer.at + 1, lexer.end)
        let first = window.mark(lexer.at)
        while lexer.at < lexer.end || !window.isLast {
            let line = lexer.at
            skipLine()
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
