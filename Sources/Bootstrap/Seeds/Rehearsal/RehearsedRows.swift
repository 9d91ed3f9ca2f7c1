/// What earlier rows of a dry run would have done: the database does not show it.
struct RehearsedRows {
    /// The rows that would be made, by table; a row's number is that of its place here.
    private var made: [(table: TableName, cells: [String: RehearsedCell])] = []
    private var indexes: [TableName: [Int]] = [:]
    /// What would be written into rows that are there.
    private var written: [Row: [String: RehearsedCell]] = [:]
    private var writtenTables: Set<TableName> = []
    /// Tables into which rows would go that are not all known.
    private var open: Set<TableName> = []
    /// Whether nobody knows what an earlier seed does.
    private var isOpen = false

    /// A row that is there, by its primary key or by the seed's.
    struct Row: Hashable {
        var table: TableName
        var key: [Value]
    }

    /// Takes a row for made.
    mutating func make(_ cells: [RehearsedCell], in table: TableName) {
        indexes[table, default: []].append(made.count)
        made.append((table, Self.byName(cells)))
    }

    /// The number of the row that would be made with these values.
    func number(of cells: [RehearsedCell], in table: TableName) -> Int? {
        let all = indexes[table] ?? []
        return all.first { has($0, cells) { $0.isSame(as: $1) } }
            ?? all.first { has($0, cells) { $0.isAlike($1) } }
    }

    private func has(
        _ number: Int, _ cells: [RehearsedCell],
        _ isEqual: (RehearsedValue, RehearsedValue) -> Bool
    ) -> Bool {
        cells.allSatisfy { cell in
            made[number].cells[cell.column.name].map { isEqual($0.value, cell.value) } ?? false
        }
    }

    /// A column of a row that would be made; `nil` where it gets its default.
    func cell(_ column: String, of number: Int) -> RehearsedCell? { made[number].cells[column] }

    /// Takes columns of a row that would be made for written.
    mutating func write(_ cells: [RehearsedCell], to number: Int) {
        made[number].cells.merge(Self.byName(cells)) { $1 }
    }

    /// What would be written into a row that is there, by its columns' names.
    func cells(of row: Row) -> [String: RehearsedCell] { written[row] ?? [:] }

    /// Takes columns of a row that is there for written.
    mutating func write(_ cells: [RehearsedCell], to row: Row) {
        written[row, default: [:]].merge(Self.byName(cells)) { $1 }
        writtenTables.insert(row.table)
    }

    /// Says that rows would go into a table that are not all known.
    mutating func open(_ table: TableName) { open.insert(table) }
    /// Says that anything may have happened.
    mutating func openAll() { isOpen = true }

    /// Whether a table would hold rows that are not known.
    func isOpen(_ table: TableName) -> Bool { isOpen || open.contains(table) }

    /// Whether a table would hold what it does not hold now.
    func hasTouched(_ table: TableName) -> Bool {
        isOpen(table) || indexes[table] != nil || writtenTables.contains(table)
    }

    private static func byName(_ cells: [RehearsedCell]) -> [String: RehearsedCell] {
        Dictionary(cells.map { ($0.column.name, $0) }) { $1 }
    }
}
