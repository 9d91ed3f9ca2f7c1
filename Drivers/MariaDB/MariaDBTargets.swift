#if MariaDB
import Bootstrap

/// The tables that a data statement writes to, which its first words name.
///
/// A table that a trigger or a view behind it writes to is not seen.
enum MariaDBTargets {
    private static let modifiers = ["LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK", "IGNORE"]
    /// Words that end the list of a statement's tables.
    private static let ends: Set<String> = ["SET", "WHERE", "ORDER", "LIMIT", "RETURNING", ";"]

    static func tables(writtenBy text: String, _ rules: LexicalRules) -> [TableName] {
        // The tables stand at the beginning, and a statement may be megabytes of rows.
        var tokens = TokenTexts(String(text.prefix(8192)), rules)
        switch tokens.next() {
        case "INSERT", "REPLACE":
            skipModifiers(&tokens)
            _ = tokens.skip("INTO")
            return name(&tokens).map { [$0] } ?? []
        case "UPDATE":
            skipModifiers(&tokens)
            return list(&tokens)
        case "DELETE":
            skipModifiers(&tokens)
            // DELETE a, b FROM … names them twice, at first maybe by their aliases.
            guard tokens.skip(past: "FROM") else { return [] }
            return list(&tokens)
        case "LOAD": return tokens.skip(past: "TABLE") ? name(&tokens).map { [$0] } ?? [] : []
        default: return []
        }
    }

    private static func skipModifiers(_ tokens: inout TokenTexts) {
        while let word = tokens.peek(), modifiers.contains(word) { _ = tokens.next() }
    }

    private static func name(_ tokens: inout TokenTexts) -> TableName? {
        guard let first = tokens.nextIdentifier() else { return nil }
        guard tokens.skip(".") else { return TableName(first) }
        return tokens.nextIdentifier().map { TableName(schema: first, $0) }
    }

    /// The first name, and each behind a comma, JOIN or USING.
    private static func list(_ tokens: inout TokenTexts) -> [TableName] {
        var tables = name(&tokens).map { [$0] } ?? []
        while let word = tokens.next(), !ends.contains(word) {
            guard [",", "JOIN", "USING", "STRAIGHT_JOIN"].contains(word) else { continue }
            if let table = name(&tokens) { tables.append(table) }
        }
        return tables
    }

    /// One lookup for each table: a list of names would have the server open all tables that it has.
    static func withoutTransactions(_ tables: [TableName]) -> String {
        tables.enumerated().map { place, table in
            let schema = table.schema.map(MariaDBSession.literal) ?? "DATABASE()"
            return
                "SELECT \(place) FROM information_schema.tables t WHERE t.table_schema = \(schema) "
                + "AND t.table_name = \(MariaDBSession.literal(table.name)) AND t.engine IS NOT NULL "
                + "AND NOT EXISTS (SELECT 1 FROM information_schema.engines e "
                + "WHERE e.engine = t.engine AND e.transactions = 'YES')"
        }.joined(separator: " UNION ALL ")
    }
}
#endif
