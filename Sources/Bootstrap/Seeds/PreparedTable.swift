/// A seed's table beside the database's own: every value is read as its column means it, and
/// nothing has been written yet.
struct PreparedTable {
    let seed: SeedTable
    let table: Table
    var rows: [PreparedRow] = []
    /// The data file that has the rows, else.
    var data: PreparedData?
    /// What the rows that `sync` may delete have in common.
    var scope: [PreparedCell] = []

    var keyNames: [String] { seed.key.map(\.text) }

    /// The columns by which a row is found again.
    var key: [Column] { keyNames.compactMap(table.column) }

    /// Whether the database itself keeps two rows from having one key.
    var isKeyUnique: Bool {
        table.uniqueKeys.contains { Set($0).isSubset(of: keyNames) }
    }
}

/// A row whose values fit their columns.
struct PreparedRow {
    var place: Place
    var cells: [PreparedCell]

    subscript(column: String) -> PreparedCell? { cells.first { $0.column.name == column } }
}

/// A value that fits its column.
struct PreparedCell {
    var column: Column
    var place: Place
    var value: PreparedValue
    /// What may be shown of it; `***` for a secret.
    var shown: String
    /// When an existing row's column is written.
    var policy: WritePolicy
}

/// How a value comes about.
indirect enum PreparedValue {
    case value(Value)
    case sql(String)
    case hash(PasswordHash, Secret)
    case generatedHash(PasswordHash, length: Int)
    case generated(length: Int)
    case uuid(UUIDBytes.Version)
    case now
    case reference(PreparedReference)
}

/// A row of another table to be looked for.
struct PreparedReference {
    var table: Table
    var column: String
    var conditions: [PreparedCell]
    var place: Place
}
