/// MariaDB and MySQL: routines, triggers, events and compound statements, cut without DELIMITER.
///
/// Words that are no reserved ones (`begin`, `end`, `repeat` as names of columns) are told from
/// keywords by where they stand: a block opens and closes only where a statement may begin.
struct CompoundBody {
    private var phase = Phase.verb
    private var mode = Mode.start
    private var frames: [(kind: Frame, at: Int, parentheses: Int)] = []
    private var parentheses = 0
    private var previous = ""
    private var first = ""
    private var isHandler = false
    private var isDeclaration = false

    private enum Phase {
        /// What the statement is, is not known yet.
        case verb
        /// It has no body.
        case plain
        /// A routine's head, up to where its body may begin.
        case head(Routine)
        /// Inside.
        case body
    }

    private enum Routine { case procedure, trigger, event, package }
    private enum Frame { case block, ifThen, caseOf, caseValue, loop, whileDo, repeatUntil, forDo }

    private enum Mode {
        /// A statement may begin here.
        case start
        /// One may begin here, after words that are none: the rest of a routine's head, or the
        /// conditions of a handler.
        case lenient
        /// After a word that may be a label.
        case label
        /// In the midst of a statement.
        case inside
    }

    var wantsWords: Bool {
        if case .plain = phase { return false }
        return true
    }

    var isRoutine: Bool {
        switch phase {
        case .verb, .plain: false
        case .head, .body: true
        }
    }

    /// Whether it is CREATE PACKAGE: what stands in one has a grammar of its own.
    var isPackage: Bool {
        if case .head(.package) = phase { return true }
        return false
    }

    /// Where the outermost block that is still open began; a semicolon ends any value.
    var unclosed: Int? { frames.first { $0.kind != .caseValue }?.at }

    mutating func see(word: String, at offset: Int) {
        defer { previous = word }
        // `NEW.end`, `@end`: names, whatever they are.
        guard previous != "." && previous != "@" else {
            if mode == .start { mode = .inside }
            return
        }
        switch phase {
        // `DEFINER = user`: a name, too.
        case .verb where previous == "=": break
        case .verb: seeVerb(word, at: offset)
        case .plain: break
        case .head(let routine): seeHead(word, of: routine)
        case .body where mode == .inside || mode == .label: seeInside(word, at: offset)
        case .body: seeStart(word, at: offset)
        }
    }

    mutating func see(mark: UInt8) {
        defer {
            previous = mark == Byte.dot ? "." : mark == Byte.at ? "@" : String(UnicodeScalar(mark))
        }
        if mark == Byte.colon, mode == .label {
            mode = .start
            if case .verb = phase { phase = .body }
            return
        }
        if case .verb = phase, first != "CREATE", first != "ALTER" { phase = .plain }
        if mark == Byte.openParenthesis { parentheses += 1 }
        if mark == Byte.closeParenthesis {
            parentheses = max(0, parentheses - 1)
            if case .head(.procedure) = phase, parentheses == 0 { beginBody() }
        }
        guard mode == .start || mode == .label, case .body = phase else { return }
        // Labels may stand in quotes.
        let isName = mark == Byte.backquote || mark == Byte.doubleQuote
        mode = mode == .start && isName ? .label : .inside
    }

    /// Whether a semicolon ends the whole statement.
    mutating func seeSemicolon() -> Bool {
        while frames.last?.kind == .caseValue { frames.removeLast() }
        guard !frames.isEmpty else { return true }
        mode = .start
        isDeclaration = false
        isHandler = false
        parentheses = 0
        previous = ";"
        return false
    }
}

// MARK: The head

extension CompoundBody {
    private static let others: Set<String> = [
        "TABLE", "VIEW", "INDEX", "UNIQUE", "FULLTEXT", "SPATIAL", "DATABASE", "SCHEMA", "USER",
        "ROLE", "SERVER", "SEQUENCE", "TABLESPACE", "LOGFILE", "RESOURCE", "TEMPORARY", "INSTANCE",
    ]

    private mutating func seeVerb(_ word: String, at offset: Int) {
        if first.isEmpty {
            first = word
            switch word {
            case "CREATE", "ALTER", "BEGIN": return
            case "IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR":
                phase = .body
                seeStart(word, at: offset)
            default: mode = .label
            }
            return
        }
        switch (first, word) {
        case ("BEGIN", "NOT"):
            phase = .body
            push(.block, at: offset)
            mode = .start
        case ("CREATE", "PROCEDURE"), ("CREATE", "FUNCTION"): enterHead(.procedure)
        case ("CREATE", "PACKAGE"): enterHead(.package)
        case ("CREATE", "TRIGGER"): enterHead(.trigger)
        case ("CREATE", "EVENT"), ("ALTER", "EVENT"): enterHead(.event)
        case ("CREATE", _), ("ALTER", _):
            if Self.others.contains(word) { phase = .plain }
        default: phase = .plain
        }
    }

    private mutating func enterHead(_ routine: Routine) {
        phase = .head(routine)
        parentheses = 0
    }

    private mutating func seeHead(_ word: String, of routine: Routine) {
        switch routine {
        case .procedure, .package: break
        case .trigger: if word == "ROW", previous == "EACH" { beginBody() }
        case .event: if word == "DO" { beginBody() }
        }
    }

    private mutating func beginBody() {
        phase = .body
        mode = .lenient
    }
}

// MARK: The body

extension CompoundBody {
    /// Words that begin a statement without a body; after them, IF and CASE are functions.
    private static let verbs: Set<String> = [
        "SET", "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "CALL", "DO", "RETURN", "SIGNAL",
        "RESIGNAL", "LEAVE", "ITERATE", "OPEN", "CLOSE", "FETCH", "GET", "COMMIT", "ROLLBACK",
        "START", "SAVEPOINT", "EXECUTE", "PREPARE", "DEALLOCATE", "TRUNCATE", "DROP", "CREATE",
        "ALTER", "WITH", "KILL", "LOCK", "FLUSH", "ANALYZE", "GRANT", "REVOKE", "RENAME", "LOAD",
        "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "VALUES", "OPTIMIZE", "REPAIR", "CHECK", "CHECKSUM",
        "RESET", "PURGE", "UNLOCK", "HANDLER", "XA",
    ]

    private mutating func push(_ frame: Frame, at offset: Int) {
        frames.append((frame, offset, parentheses))
    }

    private mutating func seeStart(_ word: String, at offset: Int) {
        switch word {
        case "BEGIN": open(.block, at: offset, then: .start)
        case "NOT" where previous == "BEGIN", "ATOMIC" where previous == "NOT": break
        case "IF": open(.ifThen, at: offset, then: .inside)
        case "CASE": open(.caseOf, at: offset, then: .inside)
        case "LOOP": open(.loop, at: offset, then: .start)
        case "REPEAT": open(.repeatUntil, at: offset, then: .start)
        case "WHILE": open(.whileDo, at: offset, then: .inside)
        case "FOR": open(.forDo, at: offset, then: .inside)
        case "END" where mode == .start && frames.last.map { $0.kind != .caseValue } == true:
            frames.removeLast()
            mode = .inside
        case "ELSE" where mode == .start: break
        case "ELSEIF" where mode == .start, "WHEN" where mode == .start,
            "UNTIL" where mode == .start:
            mode = .inside
        case "DECLARE":
            isDeclaration = true
            mode = .inside
        default:
            if mode == .start {
                mode = Self.verbs.contains(word) ? .inside : .label
            } else if Self.verbs.contains(word), !isType(word) {
                mode = .inside
            }
        }
    }

    /// `RETURNS SET(…)`, `CHARACTER SET utf8mb4` stand in a head and are no statements.
    private func isType(_ word: String) -> Bool {
        word == "SET" && (previous == "RETURNS" || previous == "CHARACTER")
    }

    private mutating func open(_ frame: Frame, at offset: Int, then next: Mode) {
        push(frame, at: offset)
        mode = next
    }

    private mutating func seeInside(_ word: String, at offset: Int) {
        mode = .inside
        let top = frames.last?.kind
        switch word {
        case "CASE" where previous != "END": push(.caseValue, at: offset)
        case "END" where top == .caseValue && closesValue: frames.removeLast()
        case "THEN" where top == .ifThen || top == .caseOf: mode = .start
        case "DO" where top == .whileDo || top == .forDo: mode = .start
        case "REPEAT" where top == .repeatUntil && previous == "END": frames.removeLast()
        case "HANDLER" where isDeclaration: isHandler = true
        case "FOR" where isHandler && previous == "HANDLER": mode = .lenient
        default: break
        }
    }

    /// Whether an END may close a CASE value here, rather than be the name of a column.
    private var closesValue: Bool {
        guard frames.last?.parentheses == parentheses else { return false }
        switch previous {
        case "WHEN", "THEN", "ELSE", "AND", "OR", "NOT", "CASE", "XOR", "DIV", "MOD", "LIKE", "IN",
            "BETWEEN", "IS", "RLIKE", "REGEXP", "BINARY", "INTERVAL", "DISTINCT", ":", "(", ",",
            "+", "-", "*", "/", "=", "<", ">", "%",
            "|", "&", "!", "^", "~":
            return false
        default: return true
        }
    }
}
