/// A temporary table that holds a data file's rows beside the table that they are for.
///
/// From there everything is said about all rows at once, and keys are compared where the collation is
/// known: in the database.
struct Stage {
    let dialect: Dialect
    let table: Table
    /// The columns by which a row is found again.
    let key: [Column]
    /// What it holds of the table's own columns.
    let columns: [Column]
    /// What it holds to find rows of other tables by.
    let conditions: [Condition]
    /// What the database works out for the table's other columns, in SQL with the stage's rows as `s`.
    var computed: [String: String] = [:]
    /// Whether its rows will be found by their key.
    var isSearched = false
    /// Whether the key is the stage's own.
    var isUnique = false

    /// A column that the other table's rows are found by.
    struct Condition {
        /// The column's name in the stage.
        var name: String
        /// The table and the column that it is compared with.
        var table: TableName
        var column: Column
    }

    static let name = "bootstrap_rows"
    /// The rows' numbers, from 1, in the order of the file.
    static let number = "bootstrap_row"

    private var forms: Dialect.SeedForms.Staging { dialect.seeds.staging }

    /// What is loaded into it, in this order.
    var loaded: [Column] {
        [Column(name: Self.number, type: "bigint", meaning: .integer)] + columns
            + conditions.map { condition in
                var column = condition.column
                column.name = condition.name
                return column
            }
    }
}

// MARK: Words

extension Stage {
    var quotedName: String { dialect.quoted(Self.name) }
    var target: String { dialect.quoted(table.name) }
    private var row: String { dialect.quoted(Self.number) }

    func own(_ column: Column) -> String { "t." + dialect.quoted(column.name) }
    func staged(_ name: String) -> String { "s." + dialect.quoted(name) }

    /// What a staged row has for a column of the table.
    func value(_ column: Column) -> String { computed[column.name] ?? staged(column.name) }

    /// Whether a staged row has anything for a column of the table.
    func holds(_ column: Column) -> Bool { computed[column.name] != nil || isLoaded(column) }

    /// A value that is compared as the column's own are.
    private func collated(_ value: String, _ column: Column) -> String {
        value + (column.collation.map { " COLLATE \(dialect.quoted($0))" } ?? "")
    }

    private func isLoaded(_ column: Column) -> Bool {
        columns.contains { $0.name == column.name }
    }

    /// The condition that a row of the table is the one that a staged row means.
    ///
    /// The table's column stands on the left, where SQLite looks for the collation.
    func isSame(_ alias: String = "t") -> String {
        key.map { "\(alias).\(dialect.quoted($0.name)) = \(value($0))" }
            .joined(separator: " AND ")
    }
}

// MARK: Statements

extension Stage {
    /// Makes it, empty: its columns have the types and collations of those that they stand for, and take
    /// NULL.
    var creation: [String] {
        var names = ["\(forms.number) AS \(row)"]
        names += columns.map { "t.\(dialect.quoted($0.name))" }
        // An outer join's columns take NULL, whatever those of their tables do.
        var joins = " LEFT JOIN \(target) t ON 1 = 0"
        for (index, condition) in conditions.enumerated() {
            let column = "r\(index).\(dialect.quoted(condition.column.name))"
            names.append("\(column) AS \(dialect.quoted(condition.name))")
            joins += " LEFT JOIN \(dialect.quoted(condition.table)) r\(index) ON 1 = 0"
        }
        let create =
            fill(forms.create) + " SELECT \(names.joined(separator: ", "))"
            + " FROM (SELECT 1 AS one) b\(joins) WHERE 1 = 0"
        // One may be left of an earlier attempt.
        return forms.outlivesRollback ? [removal, create] : [create]
    }

    private func fill(_ form: String) -> String {
        let names = key.map { dialect.quoted($0.name) }.joined(separator: ", ")
        let needsIndex = isSearched && !isUnique && canBeUnique
        return form.replacing("{stage}", with: quotedName)
            .replacing("{primary}", with: isUnique ? names : row)
            .replacing("{index}", with: needsIndex ? ", INDEX (\(names))" : "")
    }

    /// Takes it away, and nothing else of its name.
    var removal: String { fill(forms.drop) }

    /// Finds a staged row by its key; `nil` where that was said when it was made, or cannot be said.
    var index: String? {
        guard !forms.create.contains("{index}"), key.allSatisfy(isLoaded) else { return nil }
        let names = key.map { collated(dialect.quoted($0.name), $0) }
        return "CREATE INDEX bootstrap_rows_key ON \(quotedName) (\(names.joined(separator: ", ")))"
    }

    /// Whether the key can be the stage's own, so that rows with one key cannot be loaded: where the
    /// engine says so at once, and no column is too long for it.
    var canBeUnique: Bool {
        forms.create.contains("{primary}")
            && key.allSatisfy { isLoaded($0) && !$0.isLong }
    }

    /// The first two numbers of staged rows that `columns` make one, if there are any.
    func twins(by columns: [Column]) -> String {
        let names = columns.map { collated(value($0), $0) }
        let present = columns.map { "\(value($0)) IS NOT NULL" }.joined(separator: " AND ")
        return """
            SELECT min(s.\(row)), max(s.\(row)) FROM \(quotedName) s WHERE \(present)
            GROUP BY \(names.joined(separator: ", ")) HAVING count(*) > 1 ORDER BY 1 LIMIT 1
            """
    }

    /// The number of a staged row that keeps another row of the table from being what it is: one that
    /// has its values in `columns` under another key; and that row's key.
    func rival(by columns: [Column]) -> String {
        let shared = columns.map { "\(own($0)) = \(value($0))" }.joined(separator: " AND ")
        let names = key.map(own).joined(separator: ", ")
        return """
            SELECT s.\(row), \(names) FROM \(quotedName) s JOIN \(target) t ON \(shared)
            WHERE NOT (\(isSame())) ORDER BY 1 LIMIT 1
            """
    }

    /// The staged rows that the table has no row for.
    private var rowsThatAreMissing: String { "\(joined) WHERE \(isMissing)" }

    /// The staged rows `s`, each with its row `t` of the table, or none.
    private var joined: String { "FROM \(quotedName) s LEFT JOIN \(target) t ON \(isSame())" }
    private var isMissing: String { "\(own(key[0])) IS NULL" }

    /// A column of the rows that are there, and what is to be written into it, in SQL.
    typealias Cell = (column: Column, value: String, policy: WritePolicy)

    /// Whether any staged row is missing in the table, and whether any differs from its row there.
    func survey(_ cells: [Cell]) -> String {
        let differs = cells.isEmpty ? "1 = 0" : "NOT (\(isSame(cells)))"
        return """
            SELECT max(CASE WHEN \(isMissing) THEN 1 ELSE 0 END),
            max(CASE WHEN \(isMissing) THEN 0 WHEN \(differs) THEN 1 ELSE 0 END)
            \(joined)
            """
    }

    /// The condition that a row of the table needs no writing.
    private func isSame(_ cells: [Cell]) -> String {
        cells.map { cell in
            guard cell.policy != .null else {
                return "(\(own(cell.column)) IS NOT NULL OR \(cell.value) IS NULL)"
            }
            return dialect.seeds.sameStaged(
                cell.column, name: own(cell.column), value: cell.value,
                isComputed: computed[cell.column.name] != nil)
        }.joined(separator: " AND ")
    }

    /// Writes what differs into the rows that are there.
    func update(_ cells: [Cell]) -> String {
        let assignments = cells.map { cell in
            let name = dialect.quoted(cell.column.name)
            let left = forms.update == .join ? "t." + name : name
            let value =
                cell.policy == .null ? "COALESCE(\(own(cell.column)), \(cell.value))" : cell.value
            return "\(left) = \(value)"
        }.joined(separator: ", ")
        switch forms.update {
        case .from:
            return """
                UPDATE \(target) AS t SET \(assignments) FROM \(quotedName) AS s
                WHERE \(isSame()) AND NOT (\(isSame(cells)))
                """
        case .join:
            return """
                UPDATE \(target) AS t JOIN \(quotedName) AS s ON \(isSame()) SET \(assignments)
                WHERE NOT (\(isSame(cells)))
                """
        }
    }

    /// Makes the rows that are not there, in the file's order.
    func insert(_ cells: [(column: Column, value: String)]) -> String {
        let names = cells.map { dialect.quoted($0.column.name) }.joined(separator: ", ")
        let values = cells.map(\.value).joined(separator: ", ")
        return """
            INSERT INTO \(target) (\(names))\(forms.override) SELECT \(values)
            \(rowsThatAreMissing) ORDER BY s.\(row)
            """
    }

    /// How many rows ``update(_:)`` would write.
    func countOfDifferent(_ changes: [Cell]) -> String {
        "SELECT count(*) \(rowsThatDiffer(changes))"
    }

    /// The first of them: the key, and of each column what it holds, what it would hold, and whether
    /// that is the same.
    func different(_ changes: [Cell], limit: Int) -> String {
        let names =
            key.map(own)
            + changes.flatMap { change in
                [
                    own(change.column), change.value,
                    "CASE WHEN \(isSame([change])) THEN 1 ELSE 0 END",
                ]
            }
        return "SELECT \(names.joined(separator: ", ")) \(rowsThatDiffer(changes)) "
            + "ORDER BY s.\(row) LIMIT \(limit)"
    }

    private func rowsThatDiffer(_ changes: [Cell]) -> String {
        "FROM \(quotedName) s JOIN \(target) t ON \(isSame()) "
            + "WHERE NOT (\(isSame(changes)))"
    }

    /// How many rows ``insert(_:)`` would make.
    var countOfMissing: String { "SELECT count(*) \(rowsThatAreMissing)" }

    /// The first of them: `values`, in SQL, of each.
    func missing(_ values: [String], limit: Int) -> String {
        "SELECT \(values.joined(separator: ", ")) \(rowsThatAreMissing) "
            + "ORDER BY s.\(row) LIMIT \(limit)"
    }

    /// The condition that no staged row means a row of the table.
    func isMeantByNone(_ alias: String = "t") -> String {
        "NOT EXISTS (SELECT 1 FROM \(quotedName) s WHERE \(isSame(alias)))"
    }

    /// How a DELETE of the table's rows `t` begins.
    var delete: String {
        forms.update == .join ? "DELETE t FROM \(target) AS t" : "DELETE FROM \(target) AS t"
    }
}

extension Column {
    /// Whether its values may be too long for an index over all of them.
    fileprivate var isLong: Bool {
        let type = type.lowercased()
        return ["text", "blob", "json", "clob"].contains { type.contains($0) }
    }
}
