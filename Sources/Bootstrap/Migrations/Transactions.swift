extension Script {
    /// Settles who opens and ends the transaction that a migration runs in.
    ///
    /// Where DDL can be rolled back, the plain transactions of the file's own are taken away, since the
    /// migration is one that holds them all. Whatever else would end that transaction, cannot be in one,
    /// or is silently ignored in one, is refused unless the file is `no-transaction`, which a hook cannot
    /// be.
    ///
    /// - `isBegun`: Whether the tool whose file this is has begun a transaction that the file may end, if
    ///   it begins another.
    mutating func settleTransactions(
        outside: Bool, dialect: Dialect, foreignKeysOff: Bool = false, isHook: Bool = false,
        isBegun: Bool = false
    ) throws(Failure) {
        guard dialect.rollsBackDDL else {
            // Each statement is committed with its mark, and the tool's transaction is none.
            if isBegun, transactionControl.first?.endsPlainTransaction == true {
                stripTransactions(isBegun: true)
            }
            try refuseOpenEnd(dialect)
            return try refuseWhatFoolsTheMarks()
        }
        guard !outside else {
            if isBegun { writeTransactionOut(dialect.begin) }
            return try refuseOpenEnd(dialect)
        }
        stripTransactions(isBegun: isBegun)
        for statement in statements {
            if let conflict = statement.conflict(foreignKeysOff: foreignKeysOff, isHook: isHook) {
                throw shown(conflict)
            }
        }
    }

    /// The statements that open or end a transaction of their own.
    package var transactionControl: [Statement] {
        statements.filter { $0.transactionControl != nil }
    }

    /// Refuses a file that ends inside of a transaction of its own, which its last mark would be part of.
    private func refuseOpenEnd(_ dialect: Dialect) throws(Failure) {
        guard let last = statements.lastIndex(where: { $0.transactionControl != nil }),
            statements[last].leavesTransaction,
            !statements[last...].contains(where: { $0.endsTransactionItself(on: dialect) })
        else { return }
        throw shown(statements[last].openEnd)
    }

    /// Puts BEGIN before the statements and COMMIT behind them, as the tool does whose file this is, so
    /// that what stands together in a transaction of the tool's is one here.
    private mutating func writeTransactionOut(_ begin: String) {
        let controls = transactionControl
        guard controls.first?.endsPlainTransaction == true else { return }
        if controls.last?.opensPlainTransaction == true {
            insert(Statement("COMMIT"), at: statements.count)
        }
        insert(Statement(begin), at: 0)
    }

    /// Takes BEGIN and COMMIT away where each of them has the other.
    private mutating func stripTransactions(isBegun: Bool) {
        let controls = statements.filter { $0.transactionControl != nil }
        let wasOpen = isBegun && controls.first?.endsPlainTransaction == true
        var isOpen = wasOpen
        for control in controls {
            guard isOpen ? control.endsPlainTransaction : control.opensPlainTransaction else {
                return
            }
            isOpen.toggle()
        }
        guard isOpen == wasOpen, !controls.isEmpty else { return }
        keep { $0.transactionControl == nil }
    }
}

extension Statement {
    /// What is wrong with a statement that would end the transaction of its file, cannot be in one, or
    /// is silently ignored in one; `nil` where nothing is.
    func conflict(foreignKeysOff: Bool, isHook: Bool = false) -> Failure? {
        if let name = transactionControl { return controls(name, isHook: isHook) }
        return transactionProblem(foreignKeysOff: foreignKeysOff).map { problem in
            Failure(
                .rejected, problem.headline, place: place,
                next: isHook ? Self.notInHooks : problem.next)
        }
    }

    private static let notInHooks =
        "Delete it from the hook, which always runs in a transaction; a migration can do without one."

    private func controls(_ name: String, isHook: Bool) -> Failure {
        let file = isHook ? "hook" : "migration"
        return Failure(
            .rejected, "\(name) interferes with the transaction that this \(file) runs in",
            place: place,
            next: isHook
                ? Self.notInHooks
                : "Delete it, or put the line `-- bootstrap: no-transaction` at the top of the "
                    + "file; it then runs outside of any transaction of ours.")
    }
}

extension Statement {
    /// What a statement does to the transaction, as its own words (`COMMIT`), or `nil`.
    ///
    /// Savepoints are no such thing.
    package var transactionControl: String? {
        let words = words
        switch words.first {
        case "BEGIN" where words.dropFirst().first != "NOT", "COMMIT", "END", "ABORT":
            return words.first
        case "START" where words.dropFirst().first == "TRANSACTION": return "START TRANSACTION"
        case "PREPARE" where words.dropFirst().first == "TRANSACTION": return "PREPARE TRANSACTION"
        case "ROLLBACK" where !words.dropFirst().prefix(2).contains("TO"): return "ROLLBACK"
        default: return nil
        }
    }

    /// Whether a transaction is open behind it, of what controls transactions.
    var leavesTransaction: Bool {
        let words = words
        if words.first == "BEGIN" || words.first == "START" { return true }
        return Array(words.suffix(2)) == ["AND", "CHAIN"]
    }

    /// Whether its engine commits before it, as MariaDB does before DDL.
    func endsTransactionItself(on dialect: Dialect) -> Bool {
        guard !dialect.rollsBackDDL, transactionControl == nil else { return false }
        let kind = kind(for: dialect)
        guard kind == .alone || kind == .repeatable else { return false }
        let first = words.first ?? ""
        switch stepClass(dialect.lexical) {
        case .definition: return true
        case .repeatable: return !Self.looks.contains(first)
        case .undecidable: return Self.definitions.contains(first)
        case .transactional, .session, .control, .call: return false
        }
    }

    /// What only looks, of what can be run again.
    private static let looks: Set<String> = [
        "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "HELP", "CHECKSUM",
    ]

    /// What commits, of what nothing tells of afterwards.
    /// <https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/>
    private static let definitions: Set<String> = [
        "CREATE", "ALTER", "DROP", "RENAME", "INSTALL", "UNINSTALL",
    ]

    /// That nothing ends the transaction that this statement begins.
    var openEnd: Failure {
        Failure(
            .rejected, "\(words[0]) opens a transaction that the file does not end", place: place,
            next: "Put COMMIT behind what belongs to it, or delete it.")
    }

    /// Whether it is BEGIN without any wishes for the kind of transaction.
    var opensPlainTransaction: Bool {
        let words = words
        switch words.first {
        case "BEGIN":
            let plain: Set<String> = ["WORK", "TRANSACTION", "DEFERRED", "IMMEDIATE", "EXCLUSIVE"]
            return words.dropFirst().allSatisfy(plain.contains)
        case "START": return words == ["START", "TRANSACTION"]
        default: return false
        }
    }

    /// Whether it is COMMIT or END, without a chain.
    var endsPlainTransaction: Bool {
        let words = words
        guard words.first == "COMMIT" || words.first == "END" else { return false }
        return words.dropFirst().allSatisfy { $0 == "WORK" || $0 == "TRANSACTION" }
    }
}

// MARK: What cannot be in a transaction

extension Statement {
    struct TransactionProblem: Equatable {
        var headline: String
        var next: String
    }

    private static let alone =
        "Put the line `-- bootstrap: no-transaction` at the top of the file, "
        + "and what belongs into a transaction into another file."

    /// Statements that their engines refuse inside of a transaction, by their first words.
    ///
    /// <https://www.postgresql.org/docs/current/sql-commands.html>,
    /// <https://www.sqlite.org/lang_vacuum.html>
    private static let outside: [[String]] = [
        ["VACUUM"], ["CREATE", "DATABASE"], ["DROP", "DATABASE"], ["CREATE", "TABLESPACE"],
        ["DROP", "TABLESPACE"], ["ALTER", "SYSTEM"], ["CREATE", "INDEX", "CONCURRENTLY"],
        ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"], ["DROP", "INDEX", "CONCURRENTLY"],
        ["REINDEX", "DATABASE"], ["REINDEX", "SYSTEM"], ["DISCARD", "ALL"], ["DETACH"],
    ]

    /// Pragmas that do nothing, or fail, inside of a transaction.
    /// <https://www.sqlite.org/pragma.html>
    private static let pragmas: Set<String> = [
        "FOREIGN_KEYS", "JOURNAL_MODE", "PAGE_SIZE", "AUTO_VACUUM", "SYNCHRONOUS",
        "WAL_CHECKPOINT", "LOCKING_MODE", "ENCODING",
    ]

    /// Why this statement cannot run in a transaction, or `nil`.
    func transactionProblem(foreignKeysOff: Bool) -> TransactionProblem? {
        let words = words
        if words.first == "PRAGMA" { return pragmaProblem(words, foreignKeysOff: foreignKeysOff) }
        let match = Self.outside.first { words.starts(with: $0) } ?? concurrently(words)
        guard let match else { return nil }
        return TransactionProblem(
            headline: "\(match.joined(separator: " ")) cannot run inside a transaction",
            next: Self.alone)
    }

    private func concurrently(_ words: [String]) -> [String]? {
        guard words.contains("CONCURRENTLY") else { return nil }
        if words.first == "REINDEX" { return ["REINDEX", "CONCURRENTLY"] }
        if words.starts(with: ["ALTER", "TABLE"]), words.contains("DETACH") {
            return ["DETACH", "PARTITION", "CONCURRENTLY"]
        }
        return nil
    }

    /// Reading a pragma does no harm; setting one that a transaction ignores does.
    private func pragmaProblem(_ words: [String], foreignKeysOff: Bool) -> TransactionProblem? {
        guard let name = words.dropFirst().first(where: Self.pragmas.contains) else { return nil }
        guard text.utf8.contains(Byte.equals) || text.utf8.contains(Byte.openParenthesis) else {
            return nil
        }
        let pragma = name.lowercased()
        guard name == "FOREIGN_KEYS" else {
            return TransactionProblem(
                headline: "PRAGMA \(pragma) has no effect inside a transaction", next: Self.alone)
        }
        if foreignKeysOff {
            return TransactionProblem(
                headline: "PRAGMA foreign_keys has no effect inside a transaction",
                next: "Delete it; `-- bootstrap: foreign-keys-off` does what it is for.")
        }
        return TransactionProblem(
            headline: "PRAGMA foreign_keys has no effect inside a transaction",
            next: "Put the line `-- bootstrap: foreign-keys-off` at the top of the file instead.")
    }
}
