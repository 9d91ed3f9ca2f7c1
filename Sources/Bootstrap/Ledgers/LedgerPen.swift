/// A migration that is to be written into another tool's table.
struct Mirrored {
    let migration: Migration
    /// Its file's bytes, for the tool's checksum.
    let text: [UInt8]
    /// What is applied behind it once it is taken back: the newest of the others, as far as the files
    /// tell; `nil` for none.
    var previous: Migration?
    /// Its checksum, for tools whose checksums are of all files up to each; `nil` for others.
    var runningChecksum: String?
    /// How many statements it has.
    var count = 0
    /// Whose the run is, for tools that keep that.
    var owner = Owner.current

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
        /// A list of words; with a separator between them where columns hold no lists.
        case words([String], separator: String)
        /// The current moment.
        case now
        /// An expression.
        case expression(String)
    }

    /// A pen for another table of the tool's, which is in the same schema.
    func beside(_ name: String) -> LedgerPen {
        LedgerPen(
            table: Table(name: TableName(schema: table.name.schema, name), columns: []),
            dialect: dialect)
    }

    /// The table's name.
    var name: String { dialect.quoted(table.name) }

    /// A column's name as the table spells it.
    func column(_ name: String) -> String {
        dialect.quoted(described(name)?.name ?? name)
    }

    /// A column as the catalogue describes it; `nil` where the table has none of that name.
    func described(_ name: String) -> Column? {
        table.columns.first { $0.name.lowercased() == name }
    }

    /// A value in SQL.
    func value(_ cell: Cell) -> String {
        switch cell {
        case .text(let text): literal(text)
        case .number(let digits): digits
        case .truth(let isTrue): isTrue ? "true" : "false"
        case .bytes(let bytes):
            dialect.ledgers.bytes.replacing("{}", with: Checksums.hexadecimal(bytes))
        case .words(let words, let separator):
            dialect.literal(
                dialect.ledgers.hasArrays
                    ? ArrayLiteral.text(of: words) : words.joined(separator: separator))
        case .now: "CURRENT_TIMESTAMP"
        case .expression(let sql): sql
        }
    }

    /// A literal with the ends of lines that a note may have; every engine takes them as they are.
    private func literal(_ text: String) -> String {
        let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }
        let parts = lines.map { line in
            line.split(separator: "\r", omittingEmptySubsequences: false).map { part in
                String(dialect.literal(String(part)).unicodeScalars.dropFirst().dropLast())
            }.joined(separator: "\r")
        }
        return "'" + parts.joined(separator: "\n") + "'"
    }

    /// The condition that columns have these values.
    func condition(_ values: KeyValuePairs<String, Cell>) -> String {
        values.map { "\(column($0)) = \(value($1))" }.joined(separator: " AND ")
    }

    /// An INSERT of a row, unless there is one for which `condition` holds.
    func insert(_ values: KeyValuePairs<String, Cell>, unless condition: String) -> String {
        insert(Array(values), where: "NOT " + exists(condition))
    }

    /// The condition that there is a row for which `condition` holds.
    func exists(_ condition: String) -> String {
        "EXISTS (SELECT 1 FROM \(name) AS t WHERE \(condition))"
    }

    /// The current moment, but later than those in a column.
    ///
    /// - `inMilliseconds`: whether the tool writes it so, on an engine without a type for moments.
    func later(than column: String, inMilliseconds: Bool = false) -> Cell {
        let newest = "(SELECT max(n.\(self.column(column))) FROM \(name) AS n)"
        let forms = dialect.ledgers
        let form = inMilliseconds ? forms.laterMilliseconds ?? forms.later : forms.later
        return .expression(form.replacing("{}", with: newest))
    }

    /// An INSERT of a row, if `condition` holds.
    func insert(_ values: [(key: String, value: Cell)], where condition: String) -> String {
        let columns = values.map { column($0.key) }.joined(separator: ", ")
        let cells = values.map { value($0.value) }.joined(separator: ", ")
        // A SELECT with a WHERE must have a FROM on some engines.
        return "INSERT INTO \(name) (\(columns)) SELECT \(cells) FROM (SELECT 1 AS one) AS o "
            + "WHERE \(condition)"
    }

    /// A DELETE of the rows for which `condition` holds.
    func delete(where condition: String) -> String { "DELETE FROM \(name) WHERE \(condition)" }
}
