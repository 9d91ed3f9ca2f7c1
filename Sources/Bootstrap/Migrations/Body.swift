/// Follows a statement token by token, and knows whether a semicolon ends it or is part of its body.
///
/// Words arrive in upper case; what is no word arrives as its first byte, a quoted text as a quote.
/// Each case is taken out of `kind` while it changes, or its arrays would be copied every time; once
/// a statement is known to have no body, what follows costs next to nothing.
struct Body {
    private var kind: Kind

    private enum Kind {
        /// The next semicolon ends it.
        case none
        /// The next semicolon outside of so many parentheses ends it.
        case parentheses(Int)
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

    /// How many parentheses are open of a statement that is known to have no body; `nil` of others.
    var parentheses: Int? {
        get {
            switch kind {
            case .none: 0
            case .parentheses(let open): open
            case .atomic, .compound, .trigger: nil
            }
        }
        set {
            if case .parentheses = kind { kind = .parentheses(newValue ?? 0) }
        }
    }

    /// Whether the words still matter: most statements are known to have no body after the first.
    var wantsWords: Bool {
        switch kind {
        case .none, .parentheses: false
        case .atomic(let body): body.wantsWords
        case .compound(let body): body.wantsWords
        case .trigger(let body): body.wantsWords
        }
    }

    /// Whether the statement is one with a body, which only its own delimiter ends where one is set.
    var isRoutine: Bool {
        switch kind {
        case .none, .parentheses, .atomic: false
        case .compound(let body): body.isRoutine
        case .trigger(let body): body.isTrigger
        }
    }

    mutating func see(word: String, at offset: Int) {
        switch kind {
        case .none, .parentheses: break
        case .atomic(var body):
            kind = .none
            body.see(word: word, at: offset)
            kind = body.wantsWords ? .atomic(body) : .parentheses(body.parentheses)
        case .compound(var body):
            kind = .none
            body.see(word: word, at: offset)
            if body.wantsWords { kind = .compound(body) }
        case .trigger(var body):
            kind = .none
            body.see(word: word)
            if body.wantsWords { kind = .trigger(body) }
        }
    }

    mutating func see(mark: UInt8) {
        switch kind {
        case .none: break
        case .parentheses(let open):
            if mark == Byte.openParenthesis { kind = .parentheses(open + 1) }
            if mark == Byte.closeParenthesis { kind = .parentheses(max(0, open - 1)) }
        case .atomic(var body):
            kind = .none
            body.see(mark: mark)
            kind = .atomic(body)
        case .compound(var body):
            kind = .none
            body.see(mark: mark)
            if body.wantsWords { kind = .compound(body) }
        case .trigger(var body):
            kind = .none
            body.seeMark()
            if body.wantsWords { kind = .trigger(body) }
        }
    }

    /// Whether the statement is a package, whose parts are not followed.
    var isPackage: Bool {
        switch kind {
        case .none, .parentheses, .atomic, .trigger: false
        case .compound(let body): body.isPackage
        }
    }

    /// Whether the semicolon that follows ends the statement.
    mutating func endsAtSemicolon() -> Bool {
        switch kind {
        case .none: return true
        case .parentheses(let open): return open == 0
        case .atomic(var body):
            kind = .none
            let ends = body.seeSemicolon()
            kind = .atomic(body)
            return ends
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
        case .none, .parentheses: nil
        case .atomic(let body): body.begins.first
        case .compound(let body): body.unclosed
        case .trigger(let body): body.isUnclosed ? start : nil
        }
    }
}

/// PostgreSQL: parentheses keep semicolons (CREATE RULE … DO ( …; … )), and so does `BEGIN ATOMIC …
/// END` of a function, in which CASE … END may stand.
///
/// As psql's own scanner does, and more exactly: an END that does not follow a semicolon closes no
/// body, and is the label of a column.
struct AtomicBody {
    private var words: [String] = []
    private var isFunction = false
    private(set) var parentheses = 0
    private var previous = ""
    private(set) var begins: [Int] = []

    var wantsWords: Bool { isFunction || words.count < 4 }

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
        case "END" where closesBlock: begins.removeLast()
        default: break
        }
    }

    private var closesBlock: Bool {
        begins.count > 1 || begins.count == 1 && (previous == ";" || previous == "ATOMIC")
    }

    mutating func see(mark: UInt8) {
        if mark == Byte.openParenthesis { parentheses += 1 }
        if mark == Byte.closeParenthesis { parentheses = max(0, parentheses - 1) }
        previous = mark == Byte.dot ? "." : ""
    }

    /// Whether a semicolon ends the whole statement.
    mutating func seeSemicolon() -> Bool {
        previous = ";"
        return parentheses == 0 && begins.isEmpty
    }
}

/// SQLite: `CREATE TRIGGER … BEGIN …; …; END` ends at an END between two semicolons.
///
/// The states and the words between them are those of `sqlite3_complete`.
/// <https://www.sqlite.org/c3ref/complete.html>
struct TriggerBody {
    private var state = State.start

    private enum State {
        /// Nothing was read yet.
        case start
        /// Behind EXPLAIN, and what may follow it.
        case explain
        /// Behind CREATE, or CREATE TEMP.
        case create
        /// No trigger.
        case plain
        /// Inside of a trigger: in the midst of it, behind a semicolon, behind END.
        case trigger, semicolon, end
    }

    var wantsWords: Bool { state != .plain }
    var isUnclosed: Bool { state == .trigger || state == .semicolon }

    /// Whether the statement is a trigger's.
    var isTrigger: Bool {
        switch state {
        case .start, .explain, .create, .plain: false
        case .trigger, .semicolon, .end: true
        }
    }

    mutating func see(word: String) {
        switch (state, word) {
        case (.start, "EXPLAIN"): state = .explain
        case (.start, "CREATE"), (.explain, "CREATE"): state = .create
        case (.create, "TEMP"), (.create, "TEMPORARY"): break
        case (.create, "TRIGGER"): state = .trigger
        case (.semicolon, "END"): state = .end
        default: seeMark()
        }
    }

    mutating func seeMark() {
        switch state {
        case .start, .create: state = .plain
        case .explain, .plain: break
        case .trigger, .semicolon, .end: state = .trigger
        }
    }

    mutating func seeSemicolon() -> Bool {
        guard isUnclosed else { return true }
        state = .semicolon
        return false
    }
}
