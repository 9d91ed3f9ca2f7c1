// MARK: Finding and making rows

extension Planting {
    /// A row that is there: its key as the database keeps it, and its hashes by column.
    struct FoundRow {
        var key: [Value]
        var hashes: [String: Value]
    }

    func find(
        _ key: [BoundCell], _ row: PreparedRow, in table: PreparedTable, locking: Bool = false
    ) throws(Failure) -> FoundRow? {
        let hashes = row.cells.filter(\.isHash).map(\.column.name)
        var sql = SeedSQL(dialect)
        let names = key.map(\.column.name) + hashes
        let columns = names.map(dialect.quoted).joined(separator: ", ")
        sql += "SELECT \(columns) FROM \(dialect.quoted(table.table.name))"
        sql.add(conditions: key)
        if locking { sql += dialect.seeds.lockRows }
        let rows = try run(sql, at: row.place)
        guard rows.count < 2 else { throw tooMany(rows.count, key, row, in: table) }
        return rows.first.map {
            FoundRow(
                key: Array($0.prefix(key.count)),
                hashes: Dictionary(uniqueKeysWithValues: zip(hashes, $0.dropFirst(key.count))))
        }
    }

    func tooMany(
        _ count: Int, _ key: [BoundCell], _ row: PreparedRow, in table: PreparedTable
    ) -> Failure {
        failure(
            "means \(count) rows of \(table.table.name.name) with \(Self.words(key))",
            row.place, next: "Choose a key that no two rows share.")
    }

    /// Refuses rows that have nothing but `columns`, where another one needs a value.
    func checkNoneMissing(
        _ columns: [Column], at place: Place, in table: PreparedTable
    ) throws(Failure) {
        for column in table.table.columns
        where !column.isNullable && !column.hasDefault
            && !columns.contains(where: { $0.name == column.name })
        {
            throw failure(
                "has no value for the column \(column.name), which is \(column.type) and "
                    + "takes no NULL", place)
        }
    }

    /// - Returns: false when another run has made the row in the meantime.
    mutating func insert(
        _ cells: [BoundCell], _ row: PreparedRow, into table: PreparedTable
    ) throws(Failure) -> Bool {
        try checkNoneMissing(cells.map(\.column), at: row.place, in: table)
        var sql = SeedSQL(dialect)
        let names = cells.map { dialect.quoted($0.column.name) }.joined(separator: ", ")
        let override = dialect.seeds.staging.override
        sql += "INSERT INTO \(dialect.quoted(table.table.name)) (\(names))\(override) VALUES ("
        sql += cells.map { sql.operand($0.operand) }.joined(separator: ", ") + ")"
        guard let error = try write(sql, at: row.place) else { return true }
        let key = cells.filter { table.keyNames.contains($0.column.name) }
        if try find(key, row, in: table, locking: true) != nil { return false }
        throw try inTheWay(of: cells, key, row, in: table) ?? failure(error, at: row.place)
    }

    /// Runs one INSERT or UPDATE; a rejected one leaves the transaction as it was before.
    ///
    /// The savepoint is for PostgreSQL, where an error ends all but the way back to one.
    /// <https://www.postgresql.org/docs/current/sql-savepoint.html>
    private func write(_ sql: SeedSQL, at place: Place) throws(Failure) -> DatabaseError? {
        do throws(DatabaseError) {
            try connection.run("SAVEPOINT bootstrap_row")
        } catch {
            throw failure(error, at: place)
        }
        do throws(DatabaseError) {
            _ = try connection.change(sql.text, sql.parameters)
            try connection.run("RELEASE SAVEPOINT bootstrap_row")
            return nil
        } catch {
            guard error.kind == .rejected, connection.isInTransaction else {
                throw failure(error, at: place)
            }
            let first = error
            do throws(DatabaseError) {
                try connection.run("ROLLBACK TO SAVEPOINT bootstrap_row")
            } catch {
                throw failure(first, at: place)
            }
            return first
        }
    }

    /// The row that keeps this one from being written under another of the table's unique keys.
    func inTheWay(
        of cells: [BoundCell], _ key: [BoundCell], _ row: PreparedRow, in table: PreparedTable
    ) throws(Failure) -> Failure? {
        for unique in table.table.uniqueKeys where Set(unique) != Set(table.keyNames) {
            let taken = unique.compactMap { name in cells.first { $0.column.name == name } }
            guard taken.count == unique.count, !taken.contains(where: \.operand.isNull) else {
                continue
            }
            var sql = SeedSQL(dialect)
            let columns = table.keyNames.map(dialect.quoted).joined(separator: ", ")
            sql += "SELECT \(columns) FROM \(dialect.quoted(table.table.name))"
            sql.add(conditions: taken)
            sql += " AND NOT ("
            sql +=
                key.map { dialect.quoted($0.column.name) + " = " + sql.operand($0.operand) }
                .joined(separator: " AND ") + ")"
            if !isRehearsal { sql += dialect.seeds.lockRows }
            guard let other = try run(sql, at: row.place).first else { continue }
            let words = zip(key, other).map { cell, value in
                "\(cell.column.name)=" + (cell.shown == "***" ? "***" : value.text ?? "NULL")
            }
            return failure(
                "wants \(Self.words(key)) in \(table.table.name.name), but the row with "
                    + "\(words.joined(separator: ", ")) has \(Self.words(taken)) already",
                row.place,
                next: "Decide which row is meant: the seed's key and that row name different ones.")
        }
        return nil
    }
}

// MARK: Rows that are there

extension Planting {
    mutating func keep(
        _ found: FoundRow, _ key: [BoundCell], _ row: PreparedRow, in table: PreparedTable
    ) throws(Failure) {
        note(found, key, row, in: table)
        guard table.seed.mode != .insert, try update(key, row, in: table) else {
            outcome.counts.unchanged += 1
            return
        }
        outcome.counts.updated += 1
    }

    /// Says that a password was not changed, and whether it differs from the setting.
    private mutating func note(
        _ found: FoundRow, _ key: [BoundCell], _ row: PreparedRow, in table: PreparedTable
    ) {
        for cell in row.cells where cell.isHash {
            var words =
                "\(Self.words(key)) exists in \(table.table.name.name); "
                + "\(cell.column.name) not changed"
            if case .hash(_, let secret) = cell.value,
                let stored = found.hashes[cell.column.name]?.text,
                PasswordHash.verify(secret.reveal(), against: stored) == false
            {
                words += ", and it differs from the setting"
            }
            outcome.notes.append(words)
        }
    }

    /// - Returns: whether anything differed.
    private mutating func update(
        _ key: [BoundCell], _ row: PreparedRow, in table: PreparedTable
    ) throws(Failure) -> Bool {
        var cells: [(cell: BoundCell, policy: WritePolicy)] = []
        for cell in row.cells where cell.policy != .insert {
            guard !table.keyNames.contains(cell.column.name) else { continue }
            let bound = try bind(cell, row)
            // NULL in place of NULL is no change.
            guard cell.policy != .null || !bound.operand.isNull else { continue }
            cells.append((bound, cell.policy))
        }
        guard !cells.isEmpty else { return false }
        var sql = SeedSQL(dialect)
        sql += "UPDATE \(dialect.quoted(table.table.name)) SET "
        for (index, entry) in cells.enumerated() {
            let name = dialect.quoted(entry.cell.column.name)
            let value = sql.operand(entry.cell.operand)
            let isKept = entry.policy == .null
            sql +=
                (index == 0 ? "" : ", ") + name + " = "
                + (isKept ? "COALESCE(\(name), \(value))" : value)
        }
        sql.add(conditions: key)
        sql += " AND NOT ("
        for (index, entry) in cells.enumerated() {
            if index > 0 { sql += " AND " }
            sql += sql.unchanged(entry.cell, entry.policy)
        }
        sql += ")"
        return try update(sql, key, cells.map(\.cell), row, in: table)
    }

    private func update(
        _ sql: SeedSQL, _ key: [BoundCell], _ cells: [BoundCell], _ row: PreparedRow,
        in table: PreparedTable
    ) throws(Failure) -> Bool {
        do throws(DatabaseError) {
            try connection.run("SAVEPOINT bootstrap_row")
            let count = try connection.change(sql.text, sql.parameters)
            try connection.run("RELEASE SAVEPOINT bootstrap_row")
            return count > 0
        } catch {
            guard error.kind == .rejected, connection.isInTransaction,
                (try? connection.run("ROLLBACK TO SAVEPOINT bootstrap_row")) != nil
            else { throw failure(error, at: row.place) }
            throw try inTheWay(of: key + cells, key, row, in: table)
                ?? failure(error, at: row.place)
        }
    }
}

extension SeedSQL {
    /// A condition that is true while a column needs no writing.
    mutating func unchanged(_ cell: BoundCell, _ policy: WritePolicy) -> String {
        let name = dialectName(cell.column)
        guard policy != .null else { return "\(name) IS NOT NULL" }
        return same(cell)
    }
}

extension PreparedCell {
    /// Whether it is a hash that an existing row is checked against, never given.
    var isHash: Bool {
        switch value {
        case .hash, .generatedHash: true
        case .value, .sql, .generated, .uuid, .now, .reference: false
        }
    }
}
