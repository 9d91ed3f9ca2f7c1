extension MarkedMigration {
    /// How the units are made on this server: a statement that writes to a table whose rows no
    /// transaction holds cannot share one with its mark, and is marked before it begins, like one that
    /// commits by itself.
    func rulesByTables() throws(Failure) -> UnitReader.Rules {
        guard let catalogue = site.dialect.catalogue, let query = catalogue.lacksTransactions else {
            return rules
        }
        let tables = try writtenTables(catalogue)
        guard !tables.isEmpty else { return rules }
        let rows: [[Value]]
        do throws(DatabaseError) { rows = try site.connection.run(query(tables)) } catch {
            throw Failure(
                application, statement: nil, error, product: site.product,
                state: "Nothing was changed by this migration.")
        }
        let lacking = Set(rows.compactMap { $0.first?.integer }.map { tables[Int($0)] })
        guard !lacking.isEmpty else { return rules }
        func isLonely(_ statement: Statement) -> Bool {
            catalogue.writes(statement).contains(where: lacking.contains)
        }
        var rules = rules
        var units = try units()
        var begun = 0
        while let piece = try units.next() {
            if !piece.unit.continues { begun = piece.unit.statements.lowerBound }
            guard piece.unit.kind == .transaction, piece.statements.contains(where: isLonely) else {
                continue
            }
            rules.lonely.insert(begun)
        }
        rules.isLonely = isLonely
        return rules
    }

    /// The tables whose rows share a transaction with their mark.
    private func writtenTables(_ catalogue: Dialect.Catalogue) throws(Failure) -> [TableName] {
        if let long = application.long { return long.tables }
        var (tables, known) = ([TableName](), Set<TableName>())
        var units = try units()
        while let piece = try units.next() {
            guard piece.unit.kind == .atomic || piece.unit.kind == .transaction else { continue }
            for table in piece.statements.flatMap(catalogue.writes)
            where known.insert(table).inserted {
                tables.append(table)
            }
        }
        return tables
    }
}
