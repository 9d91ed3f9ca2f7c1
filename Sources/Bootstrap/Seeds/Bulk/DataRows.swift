/// A data file's values on their way into the table.
struct DataRows {
    let prepared: PreparedData
    let table: PreparedTable
    /// What is loaded of the table's own columns, and where it comes from.
    var loaded: [(column: DataColumn, source: RecordFiller.Source)] = []
    /// What is loaded for references: a condition of the stage, and where its value comes from.
    var conditions: [(condition: Stage.Condition, source: RecordFiller.Source)] = []
    /// What the database works out: an expression in SQL, with the stage's rows as `s`.
    var computed: [(column: DataColumn, sql: String)] = []
    /// References that must find one row each.
    var references: [StagedReference] = []

    /// Whether the database has nothing to work out.
    var isPlain: Bool { computed.isEmpty }

    /// What loads the table's own columns.
    func reader(_ progress: @escaping SeedProgress) throws(Failure) -> ReadAhead {
        ReadAhead(RecordFiller(try prepared.records(), loaded.map(\.source)), progress: progress)
    }

    /// What loads the stage.
    func stageReader(_ progress: @escaping SeedProgress) throws(Failure) -> ReadAhead {
        let sources = [.number] + loaded.map(\.source) + conditions.map(\.source)
        return ReadAhead(RecordFiller(try prepared.records(), sources), progress: progress)
    }

    func stage(_ dialect: Dialect) -> Stage {
        var stage = Stage(
            dialect: dialect, table: table.table, key: table.key,
            columns: loaded.map(\.column.column), conditions: conditions.map(\.condition))
        stage.computed = Dictionary(
            computed.map { ($0.column.column.name, $0.sql) },
            uniquingKeysWith: { first, _ in first })
        return stage
    }
}

extension DataRows {
    /// The line in which the row number `row`, from 1, begins.
    func line(ofRow row: Int) throws(Failure) -> Int? {
        let records = try prepared.records()
        for _ in 0..<row { guard try records.read() else { return nil } }
        return records.line
    }

    /// Values of the table's columns, as `code=DE`.
    func words(_ columns: [Column], _ values: [Value]) -> String {
        zip(columns, values).map { column, value in
            "\(column.name)=\(isSecret(column) ? "***" : value.text ?? "NULL")"
        }.joined(separator: ", ")
    }

    /// Whether nothing of the column may be shown.
    private func isSecret(_ column: Column) -> Bool {
        guard let found = prepared.columns.first(where: { $0.column.name == column.name }),
            case .constant(let cell) = found.value
        else { return false }
        return cell.shown == "***"
    }

    /// What an UPDATE writes: all but keys, and what is made with the row.
    func updates(_ stage: Stage) -> [Stage.Cell] {
        guard table.seed.mode != .insert else { return [] }
        let staged = loaded.map { ($0.column, stage.staged($0.column.column.name)) }
        return (staged + computed.map { ($0.column, $0.sql) }).compactMap { column, value in
            guard column.policy != .insert, !table.keyNames.contains(column.column.name) else {
                return nil
            }
            return (column.column, value, column.policy)
        }
    }

    func inserts(_ stage: Stage) -> [(column: Column, value: String)] {
        loaded.map { ($0.column.column, stage.staged($0.column.column.name)) }
            + computed.map { ($0.column.column, $0.sql) }
    }
}

/// A reference whose conditions are in the stage.
struct StagedReference {
    let reference: DataReference
    /// The conditions' names in the stage, in their order.
    var names: [String] = []
    /// Those that come from the record: where all of them are NULL, so is the reference.
    var fields: [String] = []
    let place: Place

    /// The rows that it finds, as `FROM … WHERE …`.
    func rows(_ stage: Stage) -> String {
        let dialect = stage.dialect
        let same = zip(reference.conditions, names).map { condition, name in
            "r.\(dialect.quoted(condition.column.name)) = \(stage.staged(name))"
        }.joined(separator: " AND ")
        return "FROM \(dialect.quoted(reference.table.name)) r WHERE \(same)"
    }

    /// The value that it stands for.
    func value(_ stage: Stage) -> String {
        "(SELECT r.\(stage.dialect.quoted(reference.column)) \(rows(stage)))"
    }

    /// The first staged row for which it does not find exactly one row, how many it finds, and what it
    /// looks for.
    func mistake(_ stage: Stage) -> String {
        let count = "(SELECT count(*) \(rows(stage)))"
        let isGiven = fields.map { "\(stage.staged($0)) IS NOT NULL" }.joined(separator: " OR ")
        let number = stage.staged(Stage.number)
        return """
            SELECT \(number), \(count), \(names.map(stage.staged).joined(separator: ", "))
            FROM \(stage.quotedName) s WHERE (\(isGiven)) AND \(count) <> 1 ORDER BY \(number) LIMIT 1
            """
    }
}
