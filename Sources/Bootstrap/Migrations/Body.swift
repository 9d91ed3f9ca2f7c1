/// Follows a statement token by token, and knows whether a semicolon ends it or is part of its body.
///
/// Words arrive in upper case; what is no word arrives as its first byte, a quoted text as a quote.
/// Each case is taken out of `kind` while it changes, or its arrays would be copied every time.
struct Body {
    private var kind: Kind

    private enum Kind {
        case none
        case atomic(AtomicBody)
        case compound(CompoundBody)
        case trigger(TriggerBody)
    }

    init(_ rules: LexicalRules.Bodies) {
        switch rules {
        case .none: kind = .none
        case .atomicFunctions: kind = .atomic(AtomicBody())
        case .compoundStatements: kind = .compound(CompoundBody())
        case .triggers: kind = .trigger(TriggerBody())
        }
    }

    /// Whether the words still matter: most statements are known to have no body after the first.
    var wantsWords: Bool {
        switch kind {
        case .none: false
        case .atomic(let body): body.wantsWords
        case .compound(let body): body.wantsWords
        case .trigger(let body): body.wantsWords
        }
    }

    /// Whether the statement is one with a body, which only its own delimiter ends where one is set.
    var isRoutine: Bool {
        switch kind {
        case .none, .atomic: false
        case .compound(let body): body.isRoutine
        case .trigger(let body): body.isTrigger
        }
    }

    mutating func see(word: String, at offset: Int) {
        switch kind {
        case .none: break
        case .atomic(var body):
            kind = .none
            body.see(word: word, at: offset)
            kind = .atomic(body)
        case .compound(var body):
            kind = .none
            body.see(word: word, at: offset)
            kind = .compound(body)
        case .trigger(var body):
            kind = .none
            body.see(word: word)
            kind = .trigger(body)
        }
    }

    mutating func see(mark: UInt8) {
        switch kind {
        case .none: break
        case .atomic(var body):
            kind = .none
            body.see(mark: mark)
            kind = .atomic(body)
        case .compound(var body):
            kind = .none
            body.see(mark: mark)
            kind = .compound(body)
        case .trigger(var body):
            kind = .none
            body.seeMark()
            kind = .trigger(body)
        }
    }

    /// Whether the semicolon that follows ends the statement.
    mutating func endsAtSemicolon() -> Bool {
        switch kind {
        case .none: return true
        case .atomic(let body): return body.endsAtSemicolon
        case .compound(var body):
            kind = .none
            let ends = body.seeSemicolon()
            kind = .compound(body)
            return ends
        case .trigger(var body):
            kind = .none
            let ends = body.seeSemicolon()
            kind = .trigger(body)
            return ends
        }
    }

    /// Where the body that the script's end leaves open began, or `nil`; `start` is the statement's.
    func unclosed(start: Int) -> Int? {
        switch kind {
        case .none: nil
        case .atomic(let body): body.begins.first
        case .compound(let body): body.unclosed
        case .trigger(let body): body.isUnclosed ? start : nil
        }
    }
}

/// PostgreSQL: parentheses keep semicolons (CREATE RULE … DO ( …; … )), and so does `BEGIN ATOMIC …
/// END` of a function, in which CASE … END may stand.
///
/// As psql's own scanner does.
struct AtomicBody {
    private var words: [String] = []
    private var isFunction = false
    private var parentheses = 0
    private var previous = ""
    private(set) var begins: [Int] = []

    var wantsWords: Bool { isFunction || words.count < 4 }
    var endsAtSemicolon: Bool { parentheses == 0 && begins.isEmpty }

    mutating func see(word: String, at offset: Int) {
        defer { previous = word }
        if words.count < 4 {
            words.append(word)
            let name = words.dropFirst(words.starts(with: ["CREATE", "OR", "REPLACE"]) ? 3 : 1)
                .first
            isFunction = words[0] == "CREATE" && (name == "FUNCTION" || name == "PROCEDURE")
        }
        guard isFunction, parentheses == 0, previous != ".", previous != "AS" else { return }
        switch word {
        case "ATOMIC" where previous == "BEGIN" && begins.isEmpty: begins.append(offset)
        case "CASE" where !begins.isEmpty: begins.append(offset)
        case "END" where !begins.isEmpty: begins.removeLast()
        default: break
        }
    }

    mutating func see(mark: UInt8) {
        if mark == Byte.openParenthesis { parentheses += 1 }
        if mark == Byte.closeParenthesis { parentheses = max(0, parentheses - 1) }
        previous = mark == Byte.dot ? "." : ""
    }
}

/// SQLite: `CREATE TRIGGER … BEGIN …; …; END` ends at an END between two semicolons, which is
/// what `sqlite3_complete` looks for. <https://www.sqlite.org/c3ref/complete.html>
struct TriggerBody {
    private var words: [String] = []
    private(set) var isTrigger = false
    private var state = State.elsewhere

    private enum State { case elsewhere, afterSemicolon, afterEnd }

    var wantsWords: Bool { isTrigger || words.count < 3 }
    var isUnclosed: Bool { isTrigger && state != .afterEnd }

    mutating func see(word: String) {
        if words.count < 3, !isTrigger {
            words.append(word)
            let isTemporary = words.count > 1 && (words[1] == "TEMP" || words[1] == "TEMPORARY")
            isTrigger =
                words[0] == "CREATE" && words.dropFirst(isTemporary ? 2 : 1).first == "TRIGGER"
        }
        state = state == .afterSemicolon && word == "END" ? .afterEnd : .elsewhere
    }

    mutating func seeMark() {
        // A quoted name counts as a word: `CREATE "x" TRIGGER` makes no trigger.
        if words.count < 3, !isTrigger { words.append("") }
        state = .elsewhere
    }

    mutating func seeSemicolon() -> Bool {
        guard isTrigger, state != .afterEnd else { return true }
        state = .afterSemicolon
        return false
    }
}
