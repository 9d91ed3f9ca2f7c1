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
    let window: TextWindow
    var lexer: Lexer
    private let file: String
    private let known: [String]
    let given: LexicalRules
    private var modes: ReadingModes
    private var cursor: Cursor
    private var only: (engines: [String], at: Int)?
    private var hasBegun = false
    private var head: Head?
    /// Where the window begins, and whether something stands before it on its first line.
    private var origin: Cursor
    private(set) var beginsInLine = false

    init(_ bytes: [UInt8], file: String, rules: LexicalRules, known: [String]) {
        self.init(TextWindow(bytes), file: file, rules: rules, known: known)
        lexer.at = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        cursor = Cursor(offset: lexer.at)
    }

    /// A cutter of all that comes through `window`, from its beginning on.
    init(_ window: TextWindow, file: String, rules: LexicalRules, known: [String]) {
        self.window = window
        lexer = Lexer(window.bytes, rules: rules)
        lexer.delimiter = rules.delimiter
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
            let start = window.isLast ? nil : state
            var (cut, problem): (Cut?, LexicalError?)
            do throws(LexicalError) { cut = try self.cut() } catch { problem = error }
            guard reachesEdge, let start else {
                if let problem { throw failure(problem) }
                return try withInput(cut)
            }
            state = start
            try move()
        }
    }

    /// What reading a statement changes.
    private var state: (Lexer, ReadingModes, Cursor, only: (engines: [String], at: Int)?, Bool) {
        get { (lexer, modes, cursor, only, hasBegun) }
        set { (lexer, modes, cursor, only, hasBegun) = newValue }
    }

    /// Whether what was found may be something else once more of the text is known.
    private var reachesEdge: Bool { !window.isLast && lexer.at + Self.sight > lexer.end }

    /// How far the scanner looks ahead.
    ///
    /// A placeholder is the longest that it looks at before it knows what it is; whatever else it looks
    /// for, it goes there.
    private static let sight = 256

    /// Goes on in the window, which has been moved on to where the next token is looked for.
    mutating func move() throws(Failure) {
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
        var copy: CopyStatement
        /// Whether the first words are those of ``head``.
        var hasHead = false
    }

    /// How a statement began, up to where only rows may follow: mostly the next begins the same way.
    private struct Head {
        /// From the first word to the byte behind the last.
        let text: [UInt8]
        /// What is known behind the last word, as if the statement began at 0.
        let draft: Draft
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
                if draft.hasCode, isBreakpoint(token) { return try finish(draft) }
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
        if let draft = beginAsBefore() { return draft }
        while let token = try lexer.next() {
            guard token.kind != .comment else {
                try see(comment: token, inStatement: false)
                continue
            }
            guard try begins(token) else { continue }
            cursor.advance(to: token.start, in: lexer.bytes)
            var draft = Draft(
                start: token.start, end: token.end, body: Body(lexer.rules.bodies),
                copy: CopyStatement(lexer.rules))
            _ = try ends(&draft, at: token)
            return draft
        }
        return nil
    }

    /// The next statement where it begins as the one before it did.
    private mutating func beginAsBefore() -> Draft? {
        guard let head, lexer.isPlain else { return nil }
        lexer.skipSpace()
        let start = lexer.at
        guard lexer.hasPrefix(head.text, at: start) else { return nil }
        cursor.advance(to: start, in: lexer.bytes)
        lexer.at = start + head.draft.end
        var draft = head.draft
        (draft.start, draft.end) = (start, lexer.at)
        return draft
    }

    /// Keeps the beginning of a statement that is now known to have no body.
    ///
    /// The same bytes are the same tokens as long as the rules are the same, and the last of them is a
    /// word that ends with them. DELIMITER is a command only where a line begins.
    private mutating func keepHead(_ draft: inout Draft) {
        draft.hasHead = true
        let (start, end) = (draft.start, lexer.at)
        guard lexer.isPlain, end == draft.end, end < lexer.end, end - start < Self.sight,
            Byte.isSpace(lexer.bytes[end]) || lexer.bytes[end] == Byte.openParenthesis,
            Byte.isName(lexer.bytes[end - 1]), lexer.bytes[end - 1] != Byte.dollar,
            Byte.isNameStart(lexer.bytes[start]), draft.words.first != "DELIMITER"
        else { return }
        var known = draft
        (known.start, known.end) = (0, end - start)
        head = Head(text: Array(lexer.bytes[start...end]), draft: known)
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
            guard draft.body.isRoutine || isOracleBlock(draft) else {
                // A body of standard SQL has its own end, whatever ends statements.
                return lexer.rules.bodies == .atomicFunctions ? draft.body.endsAtSemicolon() : true
            }
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
            try refuseDelimiterLine(token)
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
        if !draft.hasHead { keepHead(&draft) }
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
        draft.copy.see(word: word)
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
            head = nil
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
}

// MARK: Directives

extension Cutter {
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
