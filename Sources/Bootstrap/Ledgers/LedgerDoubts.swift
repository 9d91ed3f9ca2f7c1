/// Looks whether the tables are there that migrations must have made: what a tool counts as applied may
/// never have run.
struct LedgerDoubts {
    let run: Run
    let search: LedgerSearch

    /// What is wrong with migrations that the comparison takes for applied, or for pending; what our own
    /// history has is no matter of doubt.
    func details(
        of comparison: LedgerComparison, _ files: [(migration: Migration, body: MigrationBody?)],
        beside rows: [Applied]
    ) throws(Failure) -> [HistoryKey: String] {
        let own = Set(rows.filter { $0.state == .done }.map(\.identity))
        let applied = own.union(comparison.applied.map(\.identity))
        let versioned = files.filter { $0.migration.kind == .versioned }
        var made = MadeTables()
        for (migration, body) in versioned where applied.contains(migration.identity) {
            if let script = script(body) { made.run(script, of: migration.identity) }
        }
        let expected = made.makers
        var wanted: [(migration: HistoryKey, table: String)] = []
        for (migration, body) in versioned where !applied.contains(migration.identity) {
            guard let script = script(body) else { continue }
            let known = made.makers
            for table in made.run(script, of: migration.identity) where known[table] == nil {
                wanted.append((migration.identity, table))
            }
        }
        let there = try search.present(Array(expected.keys) + wanted.map(\.table))
        var details: [HistoryKey: String] = [:]
        for (table, migration) in expected.sorted(by: { $0.key < $1.key })
        where !there.contains(table) && !own.contains(migration) && details[migration] == nil {
            details[migration] = "its table \(table) is not there"
        }
        for (migration, table) in wanted where there.contains(table) && details[migration] == nil {
            details[migration] = "it is not applied, and its table \(table) is there"
        }
        return details
    }

    /// A file's statements; `nil` for what does not fit into memory or cannot be cut.
    private func script(_ body: MigrationBody?) -> Script? {
        guard let body,
            case .whole(let script)? = try? body.cut(
                for: search.connection.dialect, settings: run.options.settings)
        else { return nil }
        return script
    }
}
