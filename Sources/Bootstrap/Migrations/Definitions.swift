extension Script {
    /// Whether it only adds definitions that take no time, however much the database holds: tables,
    /// views, triggers, and indexes on tables that are new in this file.
    ///
    /// False where that is not certain. Such a script changes no row, so it cannot leave a deferred
    /// foreign key violated either.
    func definesOnly(_ rules: LexicalRules) -> Bool {
        var newTables: Set<String> = []
        return !statements.isEmpty
            && statements.allSatisfy { statement in
                guard let definition = Definition(statement.text, rules) else { return false }
                if case .table(let name) = definition { newTables.insert(name) }
                return definition.takesNoTime(beside: newTables)
            }
    }
}

/// A statement that adds a definition, as far as it matters how long it takes.
enum Definition {
    /// A view, a trigger, or a table that may be there already.
    case empty
    /// A table that was not there before.
    case table(String)
    /// An index, whose building reads this table.
    case index(on: String)

    /// Where a new table's rows come from, or whose rows have to be looked at: a default partition's.
    private static let reading: Set<String> = [
        "AS", "SELECT", "WITH", "VALUES", "TABLE", "EXECUTE", "PARTITION",
    ]

    /// - `newTables`: those that have no rows yet.
    func takesNoTime(beside newTables: Set<String>) -> Bool {
        guard case .index(let table) = self else { return true }
        return newTables.contains(table)
    }

    init?(_ text: String, _ rules: LexicalRules) {
        var tokens = TokenTexts(text, rules)
        guard tokens.next() == "CREATE" else { return nil }
        switch tokens.next() {
        case "VIEW", "TRIGGER": self = .empty
        case "TABLE":
            guard let name = tokens.nextName() else { return nil }
            guard !tokens.contains(anyOf: Self.reading) else { return nil }
            self = name == "IF" ? .empty : .table(name)
        case "UNIQUE":
            guard tokens.next() == "INDEX" else { return nil }
            fallthrough
        case "INDEX":
            guard tokens.skip(past: "ON"), let table = tokens.nextName() else { return nil }
            self = .index(on: table)
        default: return nil
        }
    }
}
