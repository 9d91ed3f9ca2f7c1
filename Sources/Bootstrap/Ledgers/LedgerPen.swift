/// A migration that is to be written into another tool's table.
struct Mirrored {
    let migration: Migration
    /// Its file's bytes, for the tool's checksum.
    let text: [UInt8]
    /// What is applied behind it once it is taken back: the newest of the others, as far as the files
    /// tell; `nil` for none.
    let previous: Migration?

    /// The number that its file's name begins with, as written there.
    var digits: String { Self.digits(of: migration) }

    static func digits(of migration: Migration) -> String {
        migration.name.prefix { $0.isASCII && $0.isNumber }.description
    }
}

/// Writes statements for a ledger's rows in SQL that every engine takes.
struct LedgerPen {
    let table: Table
    let dialect: Dialect

    /// A value of a column.
    enum Cell {
        case text(String)
        case number(String)
        case truth(Bool)
        case bytes([UInt8])
        /// The current moment.
        case now
        /// An expression.
        case expression(String)
    }

    /// The table's name.
    var name: String { dialect.quoted(table.name) }

    /// A column's name as the table spells it.
    func column(_ name: String) -> String {
        dialect.quoted(table.columns.first { $0.name.lowercased() == name }?.name ?? name)
    }

    /// A value in SQL.
    func value(_ cell: Cell) -> String {
        switch cell {
        case .text(let text): dialect.literal(text)
        case .number(let digits): digits
        case .truth(let isTrue): isTrue ? "true" : "false"
        case .bytes(let bytes):
            dialect.ledgers.bytes.replacing("{}", with: Checksums.hexadecimal(bytes))
        case .now: "CURRENT_TIMESTAMP"
        case .expression(let sql): sql
        }
    }

    /// The condition that columns have these values.
    func condition(_ values: KeyValuePairs<String, Cell>) -> String {
        values.map { "\(column($0)) = \(value($1))" }.joined(separator: " AND ")
    }

    /// An INSERT of a row, unless there is one for which `condition` holds.
    func insert(_ values: KeyValuePairs<String, Cell>, unless condition: String) -> String {
        let columns = values.map { column($0.key) }.joined(separator: ", ")
        let cells = values.map { value($0.value) }.joined(separator: ", ")
        // A SELECT with a WHERE must have a FROM on some engines.
        return "INSERT INTO \(name) (\(columns)) SELECT \(cells) FROM (SELECT 1 AS one) AS o "
            + "WHERE NOT EXISTS (SELECT 1 FROM \(name) AS t WHERE \(condition))"
    }

    /// A DELETE of the rows for which `condition` holds.
    func delete(where condition: String) -> String { "DELETE FROM \(name) WHERE \(condition)" }
}
