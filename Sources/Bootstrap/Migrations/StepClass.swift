/// What a crash in the middle of a statement leaves behind, on engines that commit at every DDL
/// statement: by it the history's marks are placed, and a run that was killed goes on.
package enum StepClass: String, Sendable, Hashable, CaseIterable {
    /// Rolled back as a whole together with its mark: DML, as long as its tables take part.
    case transactional
    /// Done or not done, which the definitions of the objects that it names tell.
    case definition
    /// Run again without harm.
    case repeatable
    /// State of the session alone: gone with it, and replayed.
    case session
    /// BEGIN, COMMIT, SAVEPOINT: brackets of a unit.
    case control
    /// A procedure's call: whatever its body is.
    case call
    /// Nothing tells afterwards whether it was done.
    case undecidable
}

extension Statement {
    /// What a crash in the middle of this statement leaves behind.
    package func stepClass(_ rules: LexicalRules) -> StepClass {
        let words = StepWords(text, rules)
        switch words.first {
        case "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "END": return .control
        case "BEGIN": return words.second == "NOT" ? .undecidable : .control
        case "SELECT", "WITH", "VALUES", "TABLE":
            return words.has("OUTFILE") || words.has("DUMPFILE") ? .undecidable : .transactional
        case "INSERT", "UPDATE", "DELETE", "REPLACE", "DO", "HANDLER": return .transactional
        case "LOAD": return words.second == "INDEX" ? .repeatable : .transactional
        case "CALL": return .call
        case "SET": return words.classOfSet
        case "USE", "PREPARE", "DEALLOCATE", "LOCK", "UNLOCK", "RESETCONNECTION": return .session
        case "TRUNCATE", "ANALYZE", "OPTIMIZE", "CHECK", "REPAIR", "CHECKSUM", "FLUSH", "GRANT",
            "REVOKE", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "HELP", "CACHE":
            return .repeatable
        case "CREATE": return words.classOfCreate
        case "ALTER": return words.classOfAlter
        case "DROP": return words.classOfDrop
        case "RENAME": return words.second == "USER" ? .undecidable : .definition
        default: return .undecidable
        }
    }

    /// Whether it reads what an earlier statement left in the session: `@v`, LAST_INSERT_ID().
    package func readsSession(_ rules: LexicalRules) -> Bool {
        StepWords(text, rules).readsSession
    }
}

/// The words of a statement, with what stands in parentheses told apart.
private struct StepWords {
    /// The words outside of parentheses, in upper case.
    private var outside: [String] = []
    /// All of them.
    private var all: Set<String> = []
    private(set) var readsSession = false

    init(_ text: String, _ rules: LexicalRules) {
        var lexer = Lexer(Array(text.utf8), rules: rules)
        var depth = 0
        var variable = 0
        while let token = try? lexer.next() {
            let byte = lexer.bytes[token.start]
            if byte == Byte.openParenthesis { depth += 1 }
            if byte == Byte.closeParenthesis { depth -= 1 }
            if token.kind == .symbol, byte == Byte.at {
                variable += 1
            } else {
                let isName = token.kind == .word || token.kind == .name || token.kind == .string
                if variable == 1, isName { readsSession = true }
                variable = 0
            }
            guard token.kind == .word else { continue }
            let word = lexer.upperCase(token)
            if depth == 0, outside.count < 512 { outside.append(word) }
            all.insert(word)
        }
        let reading = ["LAST_INSERT_ID", "ROW_COUNT", "FOUND_ROWS"]
        if reading.contains(where: all.contains) { readsSession = true }
    }

    var first: String { outside.first ?? "" }
    var second: String { outside.dropFirst().first ?? "" }
    func has(_ word: String) -> Bool { all.contains(word) }

    var classOfSet: StepClass {
        switch second {
        case "GLOBAL", "PERSIST", "PERSIST_ONLY", "STATEMENT": .undecidable
        case "PASSWORD", "DEFAULT", "RESOURCE": .repeatable
        default: has("GLOBAL") || has("PERSIST") ? .undecidable : .session
        }
    }

    private static let objects: Set<String> = [
        "TABLE", "INDEX", "VIEW", "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "SEQUENCE",
        "DATABASE", "SCHEMA", "SERVER", "PACKAGE", "USER", "ROLE", "TABLESPACE", "LOGFILE",
        "INSTANCE", "RESOURCE", "SPATIAL",
    ]

    /// The kind of object, and the word behind it.
    private var object: (kind: String, next: String) {
        guard let index = outside.dropFirst().firstIndex(where: Self.objects.contains) else {
            return ("", "")
        }
        let kind = outside[index]
        return (kind, outside.dropFirst(index + 1).first ?? "")
    }

    var classOfCreate: StepClass {
        if second == "TEMPORARY" || outside.starts(with: ["CREATE", "OR", "REPLACE", "TEMPORARY"]) {
            return .session
        }
        let object = object
        switch object.kind {
        case "USER", "ROLE": return .repeatable
        case "TABLESPACE", "LOGFILE", "INSTANCE", "RESOURCE", "SPATIAL", "": return .undecidable
        default:
            return second == "OR" || object.next == "IF" ? .repeatable : .definition
        }
    }

    var classOfDrop: StepClass {
        let object = object
        switch object.kind {
        case _ where second == "TEMPORARY" || second == "PREPARE": return .session
        case "USER", "ROLE", "DATABASE", "SCHEMA": return .repeatable
        case "TABLESPACE", "LOGFILE", "INSTANCE", "RESOURCE", "SPATIAL", "": return .undecidable
        default: return object.next == "IF" ? .repeatable : .definition
        }
    }

    var classOfAlter: StepClass {
        switch object.kind {
        case "USER", "DATABASE", "SCHEMA", "SEQUENCE", "SERVER", "ROLE": .repeatable
        case "TABLE": classOfAlterTable
        case "VIEW", "PROCEDURE", "FUNCTION", "EVENT": .definition
        default: .undecidable
        }
    }

    /// Clauses of ALTER TABLE that a second run repeats without harm.
    private static let repeatable: Set<String> = [
        "FORCE", "ENGINE", "ROW_FORMAT", "CONVERT", "AUTO_INCREMENT", "TRUNCATE", "ANALYZE",
        "OPTIMIZE", "CHECK", "REPAIR", "REBUILD",
    ]
    /// Clauses that a comparison of definitions decides.
    private static let compared: Set<String> = [
        "ADD", "DROP", "CHANGE", "MODIFY", "RENAME", "ALTER", "REORGANIZE", "COALESCE", "REMOVE",
        "PARTITION", "COMMENT", "CHARSET", "COLLATE",
    ]

    private var classOfAlterTable: StepClass {
        // ALTER [ONLINE] [IGNORE] TABLE [IF EXISTS] name: the name may be quoted, and no word.
        let start = (outside.firstIndex(of: "TABLE") ?? 0) + 1
        let clauses = outside.dropFirst(start)
        let isOrdered = zip(clauses, clauses.dropFirst()).contains { $0 == ("ORDER", "BY") }
        let moves = zip(clauses, clauses.dropFirst()).contains {
            ($0 == "DISCARD" || $0 == "IMPORT") && ($1 == "TABLESPACE" || $1 == "PARTITION")
                || $0 == "EXCHANGE" && $1 == "PARTITION"
        }
        if isOrdered || moves { return .undecidable }
        let first = clauses.first { Self.repeatable.contains($0) || Self.compared.contains($0) }
        guard let first, Self.repeatable.contains(first) else { return .definition }
        let isMixed = clauses.contains {
            Self.compared.contains($0) && $0 != "PARTITION" && $0 != "COLLATE"
        }
        return isMixed ? .definition : .repeatable
    }
}
