/// Statements of a file that share one mark in the history.
struct Unit: Equatable {
    /// How the unit and its mark stay together.
    enum Kind: Equatable {
        /// Session state: nothing to mark, and to be repeated when a later run goes on behind it.
        case session
        /// One transaction of ours holds the statement and its mark.
        case atomic
        /// The file's own BEGIN … COMMIT: the mark goes in just before its COMMIT.
        case transaction
        /// Commits by itself and can be run again: marked as done only.
        case repeatable
        /// Is not sent.
        case left
        /// Commits by itself, or cannot be in a transaction: marked as begun, then as done.
        case alone
        /// Additions, each of which commits by itself: marked as begun together, then as done. What is
        /// there tells how far they came.
        case series
    }

    let kind: Kind
    /// The statements' numbers in the file, from 0.
    let statements: Range<Int>
    /// Whether it is a later part of a transaction that is too long to be in memory at once.
    var continues = false
    /// Whether that transaction goes on behind it.
    var goesOn = false

    /// Whether it is to be marked as begun, and begins with the statement at `index`.
    func begins(at index: Int) -> Bool {
        (kind == .alone || kind == .series) && !continues && statements.lowerBound == index
    }

    /// Whether its mark is a statement for itself behind it, not part of its transaction.
    var isMarkedBehind: Bool { [.alone, .series, .repeatable].contains(kind) && !goesOn }

    /// Whether several statements of the file that have no transaction there share one.
    var isGroup: Bool { kind == .atomic && statements.count > 1 }
}

/// What a statement is to the transaction around it.
enum StatementKind: Equatable {
    /// Changes only the session.
    case session
    /// Can be undone by ROLLBACK.
    case transactional
    /// Commits by itself, and can be run again without harm.
    case repeatable
    /// Commits by itself, or must be alone.
    case alone
    /// Is left out: LOCK TABLES.
    case left
    /// BEGIN, START TRANSACTION.
    case begins
    /// COMMIT, END.
    case ends
}

extension Statement {
    /// What this statement is to the transaction around it.
    func kind(for dialect: Dialect) -> StatementKind {
        // Most of a large file, and told at a glance.
        guard !isInsert else { return .transactional }
        let words = words
        switch words.first {
        case "BEGIN" where words.dropFirst().first != "NOT": return .begins
        case "START" where words.dropFirst().first == "TRANSACTION": return .begins
        case "COMMIT", "END": return .ends
        case "ROLLBACK" where !words.contains("TO"): return .ends
        default: break
        }
        return dialect.rollsBackDDL
            ? kindWhereDDLRollsBack(words) : kind(stepClass(dialect.lexical))
    }

    /// Whether INSERT is its first word, without a comment before it.
    private var isInsert: Bool {
        let head = text.utf8.prefix(7)
        return head.count == 7 && head.last.map(Byte.isName) == false
            && zip(head, "INSERT".utf8).allSatisfy { Byte.upper($0) == $1 }
    }

    private func kindWhereDDLRollsBack(_ words: [String]) -> StatementKind {
        switch words.first {
        case "SET", "RESET", "PRAGMA", "ATTACH", "DETACH", "LISTEN", "DISCARD": .session
        case _ where transactionProblem(foreignKeysOff: false) != nil: .alone
        default: .transactional
        }
    }

    private func kind(_ stepClass: StepClass) -> StatementKind {
        switch stepClass {
        case .transactional: .transactional
        case .repeatable: .repeatable
        // Our marks could not be written beside locked tables, and dumps lock only for speed.
        case .session: words.first == "LOCK" || words.first == "UNLOCK" ? .left : .session
        case .definition, .control, .call, .undecidable: .alone
        }
    }
}
