/// Which tables migrations leave behind, as far as their statements say so by themselves: what tells a
/// migration that has run from one that only counts as such.
struct MadeTables {
    /// The migration that made each table, by the table's name in lower case.
    private(set) var makers: [String: HistoryKey] = [:]

    /// Follows a migration's statements.
    ///
    /// - Returns: the tables that it makes and that must not be there before.
    @discardableResult
    mutating func run(_ script: Script, of migration: HistoryKey) -> [String] {
        var made: [String] = []
        for statement in script.statements {
            switch Effect(statement.text, script.rules) {
            case .creates(let name, let isNew):
                if isNew { made.append(name) }
                makers[name] = migration
            case .drops(let dropped): for name in dropped { makers[name] = nil }
            case .renames(let old, let new):
                makers[old] = nil
                makers[new] = migration
            case .dropsAll: makers = [:]
            case nil: break
            }
        }
        return made
    }

    /// What a statement does to the set of tables.
    private enum Effect {
        /// - `isNew`: whether it fails where the table is there.
        case creates(String, isNew: Bool)
        case drops([String])
        case renames(String, to: String)
        /// A schema goes with all that is in it.
        case dropsAll

        /// `nil` for a statement that makes and drops no table.
        init?(_ text: String, _ rules: LexicalRules) {
            var tokens = TokenTexts(text, rules)
            switch tokens.next() {
            case "CREATE":
                let replaces = tokens.skip("OR") && tokens.skip("REPLACE")
                _ = tokens.skip("UNLOGGED") || tokens.skip("VIRTUAL") || tokens.skip("FOREIGN")
                guard tokens.skip("TABLE") else { return nil }
                let isThere = tokens.skip("IF")
                if isThere { _ = tokens.skip("NOT") && tokens.skip("EXISTS") }
                guard let name = tokens.nextName() else { return nil }
                self = .creates(name.lowercased(), isNew: !isThere && !replaces)
            case "DROP":
                if tokens.skip("SCHEMA") || tokens.skip("DATABASE") {
                    self = .dropsAll
                    return
                }
                guard tokens.skip("TABLE") else { return nil }
                if tokens.skip("IF") { _ = tokens.skip("EXISTS") }
                var names: [String] = []
                repeat {
                    if let name = tokens.nextName() { names.append(name.lowercased()) }
                } while tokens.skip(",")
                self = .drops(names)
            case "ALTER":
                guard tokens.skip("TABLE") else { return nil }
                if tokens.skip("IF") { _ = tokens.skip("EXISTS") }
                _ = tokens.skip("ONLY")
                guard let old = tokens.nextName(), tokens.skip("RENAME") else { return nil }
                // Not a column, nor a constraint.
                guard tokens.skip("TO") || tokens.skip("AS"), let new = tokens.nextName() else {
                    return nil
                }
                self = .renames(old.lowercased(), to: new.lowercased())
            case "RENAME":
                guard tokens.skip("TABLE"), let old = tokens.nextName(), tokens.skip("TO"),
                    let new = tokens.nextName()
                else { return nil }
                self = .renames(old.lowercased(), to: new.lowercased())
            default: return nil
            }
        }
    }
}
