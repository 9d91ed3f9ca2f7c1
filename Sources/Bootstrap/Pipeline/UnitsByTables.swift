extension MarkedMigration {
    /// The units as they have to be marked on this server: a statement that writes to a table whose
    /// rows no transaction holds cannot share one with its mark, and is marked before it begins, like
    /// one that commits by itself.
    func unitsByTables() throws(Failure) -> [Unit] {
        guard let catalogue = site.dialect.catalogue, let query = catalogue.lacksTransactions else {
            return units
        }
        var tables: [TableName] = []
        var writers: [TableName: [Int]] = [:]
        for (place, unit) in units.enumerated()
        where unit.kind == .atomic || unit.kind == .transaction {
            for table in unit.statements.flatMap({ catalogue.writes(statements[$0]) }) {
                if writers[table] == nil { tables.append(table) }
                writers[table, default: []].append(place)
            }
        }
        guard !tables.isEmpty else { return units }
        let rows: [[Value]]
        do throws(DatabaseError) { rows = try site.connection.run(query(tables)) } catch {
            throw Failure(
                application, statement: nil, error, product: site.product,
                state: "Nothing was changed by this migration.")
        }
        var units = units
        for place in rows.compactMap({ $0.first?.integer }) {
            for unit in writers[tables[Int(place)]] ?? [] {
                units[unit] = Unit(kind: .alone, statements: units[unit].statements)
            }
        }
        return units
    }
}
