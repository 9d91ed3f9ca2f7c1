// Engines that commit at every DDL statement: what would make the history's marks untrue.

extension Script {
    /// Refuses statements after which a mark in the history would prove nothing: it would not be
    /// replicated, not be written, or our lock would be gone.
    func refuseWhatFoolsTheMarks() throws(Failure) {
        for statement in statements {
            if let failure = statement.refusal(rules) { throw shown(failure) }
        }
    }
}

extension Statement {
    /// What is wrong with a statement that would make the marks untrue, or `nil`.
    func refusal(_ rules: LexicalRules) -> Failure? {
        reasonToRefuse(rules).map { reason in
            Failure(
                .rejected, reason, place: place,
                next: "Run it by hand, outside of the migrations, or delete it.")
        }
    }

    /// Why a migration may not hold this statement, or `nil`.
    func reasonToRefuse(_ rules: LexicalRules) -> String? {
        let words = words
        switch words.first {
        case "XA":
            return "XA opens a transaction that the history's mark cannot be part of"
        case "FLUSH" where words.contains("READ") && words.contains("LOCK"):
            return "FLUSH TABLES WITH READ LOCK would keep the history's mark from being written"
        case "SET":
            if words.contains("TRANSACTION"), words.contains("READ"), words.contains("ONLY") {
                return "a transaction that only reads cannot hold the history's mark"
            }
            return assignedVariable(rules).map {
                "SET \($0) would keep the history's mark from the other servers"
            }
        case "SELECT", "DO", "CALL", "INSERT", "UPDATE", "DELETE":
            return names(["RELEASE_ALL_LOCKS"], rules).map {
                "\($0)() would give away the lock that keeps others from migrating"
            }
        default: return nil
        }
    }

    private static let variables: Set<String> = ["SQL_LOG_BIN", "WSREP_ON", "WSREP_OSU_METHOD"]

    /// The variable that is set, if it is one that keeps statements from being replicated.
    private func assignedVariable(_ rules: LexicalRules) -> String? {
        var lexer = Lexer(Array(text.utf8), rules: rules)
        var last = ""
        while let token = try? lexer.next() {
            if token.kind == .symbol, lexer.text(token) == "=" || lexer.text(token) == ":=" {
                if Self.variables.contains(last) { return last.lowercased() }
            }
            last = token.kind == .word ? lexer.upperCase(token) : ""
        }
        return nil
    }

    /// The first of these words that stands anywhere in the statement, outside of quotes.
    func names(_ wanted: Set<String>, _ rules: LexicalRules) -> String? {
        var lexer = Lexer(Array(text.utf8), rules: rules)
        while let token = try? lexer.next() {
            guard token.kind == .word else { continue }
            let word = lexer.upperCase(token)
            if wanted.contains(word) { return word }
        }
        return nil
    }
}
