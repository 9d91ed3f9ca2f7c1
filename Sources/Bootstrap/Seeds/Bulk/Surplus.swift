// What `sync` deletes: rows of the seed's scope that the seed does not name.

extension Planting {
    /// Keeps others from writing to the table, or to the scope's rows, until the seed is planted.
    mutating func hold(_ table: PreparedTable) throws(Failure) {
        if let lock = dialect.seeds.staging.lockTable {
            var sql = SeedSQL(dialect)
            sql += lock.replacing("{table}", with: dialect.quoted(table.table.name))
            _ = try run(sql, at: table.seed.place)
        } else if !dialect.seeds.lockRows.isEmpty {
            let scope = try bindScope(of: table)
            var sql = SeedSQL(dialect)
            sql += "SELECT count(*) FROM \(dialect.quoted(table.table.name))"
            sql.add(conditions: scope)
            sql += dialect.seeds.lockRows
            _ = try run(sql, at: table.seed.place)
        }
    }

    /// Deletes the rows of the scope that the stage does not hold.
    ///
    /// - `place`: where the staged row with a number, from 1, stands.
    mutating func deleteSurplus(
        of table: PreparedTable, _ stage: Stage, _ place: (Int) throws(Failure) -> Place?
    ) throws(Failure) {
        let surplus = Surplus(stage: stage, table: table, scope: try bindScope(of: table))
        if let row = try run(surplus.strays(), at: table.seed.place).first?.first?.integer {
            throw failure(
                "is outside of what `where` says: the next planting would not find it there",
                try place(Int(row)) ?? table.seed.place,
                next: "Give the row the values of `where`, or correct that.")
        }
        let count = try count(surplus)
        guard count.rows > 0 else { return }
        if let refusal = refusal(of: count, table) { throw refusal }
        var sql = SeedSQL(dialect)
        sql += stage.delete + " WHERE " + surplus.condition(&sql)
        outcome.counts.deleted += try delete(sql, at: table.seed.place)
        outcome.notes += count.others.map { $0.words(table.table.name.name) }
    }

    /// The same for rows that the seed itself holds: their keys go into a stage.
    mutating func deleteSurplus(of table: PreparedTable) throws(Failure) {
        var keys: [[Value?]] = []
        for row in table.rows {
            keys.append(try bind(table.keyNames, of: row).map(\.operand.value))
        }
        let stage = try stage(keys, of: table)
        try deleteSurplus(of: table, stage) { table.rows[$0 - 1].place }
        try execute(stage.removal, at: table.seed.place)
    }

    /// A stage that holds the keys of a table's rows; `nil` is a value that no row has yet.
    func stage(_ keys: [[Value?]], of table: PreparedTable) throws(Failure) -> Stage {
        var stage = Stage(
            dialect: dialect, table: table.table, key: table.key, columns: table.key, conditions: []
        )
        stage.isSearched = true
        var block = RowBlock(width: stage.loaded.count)
        for (index, values) in keys.enumerated() {
            block.append("\(index + 1)".utf8)
            for value in values {
                if let bytes = value?.loaded { block.append(bytes) } else { block.appendNull() }
            }
        }
        try create(stage, at: table.seed.place)
        try load(block, into: stage, at: table.seed.place)
        if let index = stage.index { try execute(index, at: table.seed.place) }
        return stage
    }

    private func load(
        _ rows: RowBlock, into stage: Stage, at place: Place
    ) throws(Failure) {
        var isLoaded = false
        do throws(LoadError) {
            _ = try connection.load(into: TableName(Stage.name), stage.loaded) { block in
                guard !isLoaded else { return false }
                (block, isLoaded) = (rows, true)
                return true
            }
        } catch {
            throw failure(error.error, at: place)
        }
    }

    private mutating func bindScope(of table: PreparedTable) throws(Failure) -> [BoundCell] {
        var cells: [BoundCell] = []
        for cell in table.scope {
            cells.append(try bind(cell, PreparedRow(place: cell.place, cells: [])))
        }
        return cells
    }

    fileprivate func count(_ sql: SeedSQL, at table: PreparedTable) throws(Failure) -> Int {
        Int(try run(sql, at: table.seed.place).first?.first?.integer ?? 0)
    }

    /// How many rows would be deleted, and what would happen to rows of other tables.
    func count(
        _ surplus: Surplus
    ) throws(Failure) -> (rows: Int, others: [Cascade.Level]) {
        let rows = try count(surplus.rows(), at: surplus.table)
        guard rows > 0 else { return (0, []) }
        return (rows, try Cascade(planting: self, surplus: surplus).count())
    }

    /// Why so many rows are not deleted; `nil` where they are.
    func refusal(
        of count: (rows: Int, others: [Cascade.Level]), _ table: PreparedTable
    ) -> Failure? {
        let deleted = count.others.filter { $0.action == .cascade }
        let total = deleted.reduce(count.rows) { $0 + $1.count }
        guard let limit = table.seed.maxDeletes, total > limit else { return nil }
        let rest =
            deleted.isEmpty
            ? ""
            : ", and with them "
                + deleted.map { "\($0.count) of \($0.table.name)" }.joined(separator: ", ")
        return failure(
            "would delete \(counted(count.rows, "row")) of \(table.table.name.name)\(rest); "
                + "max_deletes is \(limit)", table.seed.place,
            next: "Put the rows back into the seed, or raise max_deletes if they are meant to go.")
    }

    private func delete(_ sql: SeedSQL, at place: Place) throws(Failure) -> Int {
        do throws(DatabaseError) { return try connection.change(sql.text, sql.parameters) } catch {
            throw failure(error, at: place)
        }
    }
}

/// The rows of a table that are in a seed's scope, and not in the seed.
struct Surplus {
    let stage: Stage
    let table: PreparedTable
    let scope: [BoundCell]

    /// The condition that a row of the table is one.
    func condition(_ sql: inout SeedSQL, _ alias: String = "t") -> String {
        (inScope(&sql, alias) + [stage.isMeantByNone(alias)]).joined(separator: " AND ")
    }

    private func inScope(_ sql: inout SeedSQL, _ alias: String) -> [String] {
        scope.map { sql.holds($0, alias + ".") }
    }

    /// How many there are.
    func rows() -> SeedSQL {
        var sql = SeedSQL(stage.dialect)
        sql += "SELECT count(*) FROM \(stage.target) t WHERE " + condition(&sql)
        return sql
    }

    /// The keys of the first of them.
    func keys(limit: Int) -> SeedSQL {
        var sql = SeedSQL(stage.dialect)
        let key = stage.key.map(stage.own).joined(separator: ", ")
        sql += "SELECT \(key) FROM \(stage.target) t WHERE " + condition(&sql)
        sql += " ORDER BY \(key) LIMIT \(limit)"
        return sql
    }

    /// The number of a staged row that is planted outside of the scope.
    func strays() -> SeedSQL {
        var sql = SeedSQL(stage.dialect)
        let number = stage.staged(Stage.number)
        sql += "SELECT \(number) FROM \(stage.quotedName) s JOIN \(stage.target) t "
        sql += "ON \(stage.isSame()) WHERE CASE WHEN "
        sql += scope.isEmpty ? "1 = 1" : inScope(&sql, "t").joined(separator: " AND ")
        sql += " THEN 0 ELSE 1 END = 1 ORDER BY \(number) LIMIT 1"
        return sql
    }
}

/// The rows of other tables that go, or change, with the rows that are deleted.
struct Cascade {
    let planting: Planting
    let surplus: Surplus

    /// What happens to the rows of one table.
    struct Level {
        var table: TableName
        var columns: [String]
        var action: Dependent.Action
        var count: Int

        /// A note for a person before it happens.
        func forecast(_ table: String) -> String {
            let rows = counted(count, "row")
            guard action == .cascade else {
                return
                    "\(rows) of \(self.table.name) would lose \(columns.joined(separator: ", ")), "
                    + "which points at rows of \(table) that would be deleted"
            }
            return "\(rows) of \(self.table.name) would go with the rows of \(table)"
        }

        /// A note for a person.
        func words(_ table: String) -> String {
            let rows = counted(count, "row")
            guard action == .cascade else {
                return "\(rows) of \(self.table.name) lost \(columns.joined(separator: ", ")), "
                    + "which pointed at rows of \(table) that were deleted"
            }
            return "\(rows) of \(self.table.name) went with the rows of \(table)"
        }
    }

    /// Foreign keys from one table to the next, away from the one whose rows are deleted.
    private typealias Path = [Dependent]

    /// How many tables deep is looked; a tree in a table of its own is that deep at most.
    private static let deepest = 32

    /// Counts level by level, while there is anything to count.
    ///
    /// A row that is reached in two ways counts twice, so that there are never more than that.
    func count() throws(Failure) -> [Level] {
        var levels: [Level] = []
        var paths: [Path] = [[]]
        var known: [TableName: [Dependent]] = [:]
        for _ in 0..<Self.deepest {
            var next: [Path] = []
            for path in paths {
                let name = path.last?.table ?? surplus.table.table.name
                if known[name] == nil { known[name] = try dependents(of: name) }
                for dependent in known[name] ?? [] where dependent.action != .refuse {
                    let count = try planting.count(rows(path + [dependent]), at: surplus.table)
                    guard count > 0 else { continue }
                    levels.append(
                        Level(
                            table: dependent.table, columns: dependent.columns,
                            action: dependent.action, count: count))
                    if dependent.action == .cascade { next.append(path + [dependent]) }
                }
            }
            guard !next.isEmpty else { return levels }
            paths = next
        }
        throw planting.failure(
            "would delete rows of more than \(Self.deepest) tables, one pointing at the other",
            surplus.table.seed.place, next: "Delete them in a migration.")
    }

    private func dependents(of table: TableName) throws(Failure) -> [Dependent] {
        do throws(DatabaseError) { return try planting.connection.dependents(of: table) } catch {
            throw planting.failure(error, at: surplus.table.seed.place)
        }
    }

    /// Counts the rows at a path's end.
    private func rows(_ path: Path) -> SeedSQL {
        var sql = SeedSQL(planting.dialect)
        let last = "c\(path.count)"
        let table = path[path.count - 1].table
        sql += "SELECT count(*) FROM \(planting.dialect.quoted(table)) \(last) WHERE "
        sql += exists(path, &sql)
        if table == surplus.table.table.name {
            // Those that are deleted anyway.
            sql += " AND NOT (" + surplus.condition(&sql, last) + ")"
        }
        return sql
    }

    /// The condition that the row at a path's end points at one that goes.
    private func exists(_ path: Path, _ sql: inout SeedSQL) -> String {
        let dialect = planting.dialect
        let key = path[path.count - 1]
        let inner = path.count == 1 ? "t" : "c\(path.count - 1)"
        let table = path.count == 1 ? surplus.table.table.name : path[path.count - 2].table
        let same = zip(key.columns, key.targets).map { column, target in
            "c\(path.count).\(dialect.quoted(column)) = \(inner).\(dialect.quoted(target))"
        }.joined(separator: " AND ")
        let rest =
            path.count == 1 ? surplus.condition(&sql) : exists(Array(path.dropLast()), &sql)
        return "EXISTS (SELECT 1 FROM \(dialect.quoted(table)) \(inner) WHERE \(same) AND \(rest))"
    }
}
