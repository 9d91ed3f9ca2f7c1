// A dry run of a seed against the database as it is: queries, a temporary table, and no writing.

extension Seed {
    /// Works out what ``plant(on:settings:chance:progress:)`` would do to the rows that are there now.
    ///
    /// No transaction is open before or after. It throws what the planting would refuse, as far as
    /// queries show it; constraints, triggers and other sessions are the planting's own news.
    ///
    /// - `rows`: what earlier seeds would have done, and with it this one.
    /// - Returns: `nil` where nobody knows: for a seed in SQL, and while a table is not there.
    func rehearse(
        on connection: any Connection, settings: Settings, after rows: inout RehearsedRows
    ) throws(Failure) -> (changes: Preview.Seed.Changes, refusal: Failure?)? {
        var preparation = Preparation(self, on: connection, settings: settings)
        guard script == nil, try preparation.findsTables() else {
            rows.openAll()
            return nil
        }
        let tables = try preparation.tables()
        let planting = Planting(
            seed: self, connection: connection, chance: Chance(now: Moment.now),
            secrets: preparation.secrets, isRehearsal: true)
        var rehearsal = Rehearsal(planting, rows)
        defer { rehearsal.leave() }
        try rehearsal.rehearse(tables, in: steps(settings))
        rows = rehearsal.rows
        return (rehearsal.changes, rehearsal.refusal)
    }
}

/// Says of prepared rows what ``Planting`` would do with them.
struct Rehearsal {
    var planting: Planting
    /// What was rehearsed before.
    var rows: RehearsedRows
    var changes = Preview.Seed.Changes()
    /// Why the planting would not go through, although all that it would do can be shown.
    var refusal: Failure?
    private var session = Session.none

    /// What the transaction that is open may do.
    enum Session {
        case none
        /// Only read.
        case reading
        /// Also make a temporary table.
        case staging
    }

    var connection: any Connection { planting.connection }
    var dialect: Dialect { planting.dialect }

    init(_ planting: Planting, _ rows: RehearsedRows) {
        (self.planting, self.rows) = (planting, rows)
    }

    /// Rehearses rows step by step, in the planting's order.
    mutating func rehearse(
        _ tables: [PreparedTable], in steps: [SeedFile.Step]
    ) throws(Failure) {
        for step in steps {
            let table = tables[step.table]
            if let row = step.row {
                try enter(.reading, for: table)
                try rehearse(table.rows[row], in: table, number: step.table)
            } else if let data = table.data {
                try rehearse(data, in: table)
            }
        }
        for table in tables where table.seed.mode == .sync && table.data == nil {
            try rehearseDeletes(of: table)
        }
    }

    // MARK: Transactions

    /// Begins a transaction that may do no more than is said.
    mutating func enter(_ wanted: Session, for table: PreparedTable) throws(Failure) {
        guard session != wanted || wanted == .staging else { return }
        leave()
        switch wanted {
        case .none: return
        case .reading:
            try planting.execute(dialect.seeds.staging.beginReading, at: table.seed.place)
        // Not the dialect's own beginning, which on SQLite keeps others from writing.
        case .staging: try planting.execute("BEGIN", at: table.seed.place)
        }
        session = wanted
    }

    /// Keeps the rest of the transaction from writing, once its temporary table is filled.
    func stopWriting(for table: PreparedTable) throws(Failure) {
        guard let sql = dialect.seeds.staging.stopWriting else { return }
        try planting.execute(sql, at: table.seed.place)
    }

    /// Ends the transaction, which has written nothing.
    mutating func leave() {
        session = .none
        // A rollback that fails means that the session is gone, and the transaction with it.
        if connection.isInTransaction { _ = try? connection.run("ROLLBACK") }
    }
}

// MARK: Rows of the seed itself

extension Rehearsal {
    private mutating func rehearse(
        _ row: PreparedRow, in table: PreparedTable, number: Int
    ) throws(Failure) {
        let key = try foresee(table.keyNames, of: row)
        let words = key.map { "\($0.column.name)=\($0.shown ?? "NULL")" }.joined(separator: ", ")
        try planting.checkThatNew(
            key.compactMap(\.part), called: words, row, in: table, number: number)
        let bound = key.compactMap(\.bound)
        if bound.count == key.count {
            let update = try foreseeUpdate(of: row, in: table)
            if let found = try find(bound, update, row, in: table) {
                try planting.checkThatNew(
                    found.key, called: words, row, in: table, number: number)
                return try keep(found, key, update, row, in: table)
            }
        }
        if let made = rows.number(of: key, in: table.table.name) {
            return try keep(made: made, key, row, in: table)
        }
        try insert(key, row, in: table)
    }

    private mutating func insert(
        _ key: [RehearsedCell], _ row: PreparedRow, in table: PreparedTable
    ) throws(Failure) {
        try planting.checkNoneMissing(row.cells.map(\.column), at: row.place, in: table)
        var cells = key
        for cell in row.cells where !key.contains(where: { $0.column.name == cell.column.name }) {
            cells.append(try foresee(cell, row))
        }
        try checkNothingInTheWay(of: cells, key, row, in: table)
        rows.make(cells, in: table.table.name)
        let columns = cells.dropFirst(key.count).map {
            Preview.Seed.Column(name: $0.column.name, new: $0.shown)
        }
        changes.add(.insert, table.seed.name, .init(key: shown(key), columns: columns))
    }

    /// Looks for a row that has one of this one's unique values, unless what was rehearsed before may
    /// have moved it out of the way.
    private func checkNothingInTheWay(
        of cells: [RehearsedCell], _ key: [RehearsedCell], _ row: PreparedRow,
        in table: PreparedTable
    ) throws(Failure) {
        let bound = key.compactMap(\.bound)
        guard bound.count == key.count, !rows.hasTouched(table.table.name) else { return }
        let failure = try planting.inTheWay(
            of: cells.compactMap(\.bound), bound, row, in: table)
        if let failure { throw failure }
    }

    func shown(_ key: [RehearsedCell]) -> [Preview.Seed.Column] {
        key.map { .init(name: $0.column.name, new: $0.shown) }
    }
}

extension RehearsedCell {
    /// The value by which rows of one seed are told apart; `nil` for one that is always new.
    fileprivate var part: Value? {
        switch value {
        case .value(let value): value
        // No text of a file has a zero in it.
        case .made(let number): .text("\0\(number)")
        case .sql, .later: nil
        }
    }
}

// MARK: Rows that are there

extension Rehearsal {
    /// A row that is there, beside what would be written into it.
    private struct FoundRow {
        var key: [Value]
        var row: RehearsedRows.Row
        /// What each column of the update holds, and whether it would stay so.
        var columns: [(old: Value, isKept: Bool)]
    }

    /// What an existing row would get.
    private mutating func foreseeUpdate(
        of row: PreparedRow, in table: PreparedTable
    ) throws(Failure) -> [RehearsedCell] {
        guard table.seed.mode != .insert else { return [] }
        var cells: [RehearsedCell] = []
        for cell in row.cells where cell.policy != .insert {
            guard !table.keyNames.contains(cell.column.name) else { continue }
            let foreseen = try foresee(cell, row)
            if cell.policy != .null || !foreseen.value.isNull { cells.append(foreseen) }
        }
        return cells
    }

    private func find(
        _ key: [BoundCell], _ update: [RehearsedCell], _ row: PreparedRow, in table: PreparedTable
    ) throws(Failure) -> FoundRow? {
        let primary = table.table.primaryKey
        var sql = SeedSQL(dialect)
        sql += "SELECT "
        sql += (key.map(\.column.name) + primary).map(dialect.quoted).joined(separator: ", ")
        for cell in update {
            let name = dialect.quoted(cell.column.name)
            sql += ", \(name), CASE WHEN "
            if let bound = cell.bound {
                sql += sql.unchanged(bound, cell.policy)
            } else {
                // What does not exist yet is in no row.
                sql += cell.policy == .null ? "\(name) IS NOT NULL" : "1 = 0"
            }
            sql += " THEN 1 ELSE 0 END"
        }
        sql += " FROM \(dialect.quoted(table.table.name))"
        sql.add(conditions: key)
        let found = try planting.run(sql, at: row.place)
        guard found.count < 2 else {
            throw planting.tooMany(found.count, key, row, in: table)
        }
        guard let values = found.first else { return nil }
        let keys = Array(values.prefix(key.count))
        let own = Array(values.dropFirst(key.count).prefix(primary.count))
        let rest = Array(values.dropFirst(key.count + primary.count))
        return FoundRow(
            key: keys, row: .init(table: table.table.name, key: primary.isEmpty ? keys : own),
            columns: update.indices.map { (rest[2 * $0], rest[2 * $0 + 1].isTrue) })
    }

    private mutating func keep(
        _ found: FoundRow, _ key: [RehearsedCell], _ update: [RehearsedCell], _ row: PreparedRow,
        in table: PreparedTable
    ) throws(Failure) {
        let before = rows.cells(of: found.row)
        var columns: [Preview.Seed.Column] = []
        var written: [RehearsedCell] = []
        for (cell, column) in zip(update, found.columns) {
            let name = cell.column.name
            var old = shown(column.old, of: cell.column, isSecret: isSecret(name, in: table))
            var isKept = column.isKept
            if let earlier = before[name] {
                (old, isKept) = (earlier.shown, cell.isKept(over: earlier))
            }
            guard !isKept else { continue }
            columns.append(.init(name: name, old: old, new: cell.shown))
            written.append(cell)
        }
        guard !columns.isEmpty else {
            changes.counts.unchanged += 1
            return
        }
        try checkNothingInTheWay(of: key + update, key, row, in: table)
        rows.write(written, to: found.row)
        changes.add(.update, table.seed.name, .init(key: shown(key), columns: columns))
    }

    /// A row that an earlier one of the dry run would have made.
    private mutating func keep(
        made number: Int, _ key: [RehearsedCell], _ row: PreparedRow, in table: PreparedTable
    ) throws(Failure) {
        var columns: [Preview.Seed.Column] = []
        var written: [RehearsedCell] = []
        for cell in try foreseeUpdate(of: row, in: table) {
            let before = rows.cell(cell.column.name, of: number)
            let isNull = before == nil && !cell.column.hasDefault
            let isKept = before.map(cell.isKept) ?? (isNull && cell.value.isNull)
            guard !isKept else { continue }
            columns.append(.init(name: cell.column.name, old: before?.shown, new: cell.shown))
            written.append(cell)
        }
        guard !columns.isEmpty else {
            changes.counts.unchanged += 1
            return
        }
        rows.write(written, to: number)
        changes.add(.update, table.seed.name, .init(key: shown(key), columns: columns))
    }
}

extension RehearsedCell {
    /// Whether a column that holds `earlier` would stay as it is.
    fileprivate func isKept(over earlier: RehearsedCell) -> Bool {
        policy == .null ? !earlier.value.isNull : value.isSame(as: earlier.value)
    }
}
