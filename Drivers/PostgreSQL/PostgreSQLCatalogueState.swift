#if PostgreSQL
import Bootstrap

// What became of a statement that cannot be in a transaction, as the catalogue shows it: an index that
// is built concurrently is there before it is valid, and stays when its building is stopped.
//
// - <https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>
// - <https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY>

extension Dialect.Catalogue {
    /// - `rebuilds`: whether the server can build an invalid index anew in one statement, which it can
    ///   from version 12 on.
    static func postgreSQL(rebuilds: Bool) -> Self {
        Self(
            footprint: { statement in
                PostgreSQLEffect(statement.text)?.footprint(rebuilds: rebuilds)
            },
            others: { state, _ in
                let sides = state.split(separator: "=", maxSplits: 1)
                guard sides.count == 2, sides[0].hasPrefix("index:") else { return nil }
                let now = PostgreSQLEffect.state(ofIndex: String(sides[0].dropFirst(6)))
                return Footprint(state: now) { before, now in
                    before == now ? .untouched : .unknown("")
                }
            })
    }
}

/// What a statement outside of transactions does, read from its first words.
enum PostgreSQLEffect: Equatable {
    /// An index comes to be, called like this in SQL.
    case builds(String)
    /// An index goes.
    case drops(String)
    /// Nothing that a second run would not do again.
    case repeats

    init?(_ text: String) {
        var tokens = TokenTexts(text, .postgreSQL)
        switch tokens.next() {
        case "VACUUM", "ANALYZE", "REINDEX", "CLUSTER", "CHECKPOINT": self = .repeats
        case "ALTER" where tokens.peek() == "SYSTEM": self = .repeats
        case "CREATE":
            _ = tokens.skip("UNIQUE")
            guard tokens.skip("INDEX"), tokens.skip("CONCURRENTLY") else { return nil }
            if tokens.skip("IF") { _ = tokens.skip("NOT") && tokens.skip("EXISTS") }
            // Without a name the server thinks one up.
            guard tokens.peek() != "ON", let index = Self.identifier(&tokens), tokens.skip("ON")
            else { return nil }
            _ = tokens.skip("ONLY")
            guard let first = Self.identifier(&tokens) else { return nil }
            // The index is where its table is.
            self = .builds(tokens.peek() == "." ? "\(first).\(index)" : index)
        case "DROP":
            guard tokens.skip("INDEX"), tokens.skip("CONCURRENTLY") else { return nil }
            if tokens.skip("IF") { _ = tokens.skip("EXISTS") }
            guard var name = Self.identifier(&tokens) else { return nil }
            if tokens.skip(".") {
                guard let own = Self.identifier(&tokens) else { return nil }
                name += "." + own
            }
            self = .drops(name)
        default: return nil
        }
    }

    /// A name in quotes, folded as the server folds it.
    private static func identifier(_ tokens: inout TokenTexts) -> String? {
        guard let text = tokens.nextIdentifier(folding: { $0.lowercased() }) else { return nil }
        return "\""
            + text.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }

    /// An expression for whether an index is there, and valid: `index:"item_name"=valid`.
    static func state(ofIndex name: String) -> String {
        let literal = SessionScript.literal(name)
        return """
            (SELECT \(SessionScript.literal("index:\(name)=")) || coalesce((\
            SELECT CASE WHEN i.indisvalid THEN 'valid' ELSE 'invalid' END \
            FROM pg_catalog.pg_index i \
            WHERE i.indexrelid = pg_catalog.to_regclass(\(literal))), '-'))
            """
    }

    func footprint(rebuilds: Bool) -> Footprint {
        switch self {
        case .repeats: return Footprint(state: "'again'") { _, _ in .untouched }
        case .drops(let name):
            return Footprint(state: Self.state(ofIndex: name)) { before, now in
                // One that was stopped leaves the index invalid, and can be run again.
                before != now && now.hasSuffix("=-") ? .done : .untouched
            }
        case .builds(let name):
            return Footprint(state: Self.state(ofIndex: name)) { before, now in
                // One that was there before is somebody else's, valid or not.
                guard before != now, before.hasSuffix("=-") else { return .untouched }
                if now.hasSuffix("=valid") { return .done }
                return rebuilds
                    ? .partly(rest: "REINDEX INDEX CONCURRENTLY \(name)")
                    : .unknown(
                        "The index \(name) is there, and invalid: drop it, and answer again.")
            }
        }
    }
}
#endif
