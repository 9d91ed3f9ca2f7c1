extension Connection {
    /// Inserts the rows one by one, with their values bound.
    public func load(
        into table: TableName, _ columns: [Column],
        _ next: (inout RowBlock) throws(LoadError) -> Bool
    ) throws(LoadError) -> Int {
        var block = RowBlock(width: columns.count)
        var count = 0
        while try next(&block) {
            try insertOneByOne(block, into: table, columns, after: count)
            count += block.count
            block.removeAll()
        }
        return count
    }

    /// Inserts the rows of a block one by one, with their values bound.
    ///
    /// - `count`: how many rows went before them, from which an error counts its row.
    public func insertOneByOne(
        _ block: RowBlock, into table: TableName, _ columns: [Column], after count: Int
    ) throws(LoadError) {
        let insert = RowInsert(table, columns, dialect).text(rows: 1)
        var row: [Value] = []
        var number = count
        try block.forEachValue { (column, bytes) throws(LoadError) in
            row.append(columns[column].value(ofLoaded: bytes))
            guard row.count == columns.count else { return }
            do throws(DatabaseError) { _ = try change(insert, row) } catch {
                throw LoadError(error, row: number)
            }
            number += 1
            row.removeAll(keepingCapacity: true)
        }
    }

    /// Inserts the rows of a block by INSERTs of many rows each, with their values bound.
    public func insertMany(
        _ block: RowBlock, into table: TableName, _ columns: [Column]
    ) throws(DatabaseError) {
        let insert = RowInsert(table, columns, dialect)
        let most = insert.text(rows: insert.limit)
        var values: [Value] = []
        var (rows, size) = (0, 0)
        func flush() throws(DatabaseError) {
            guard rows > 0 else { return }
            _ = try change(rows == insert.limit ? most : insert.text(rows: rows), values)
            values.removeAll(keepingCapacity: true)
            (rows, size) = (0, 0)
        }
        try block.forEachValue { (column, bytes) throws(DatabaseError) in
            values.append(columns[column].value(ofLoaded: bytes))
            size += bytes?.count ?? 0
            guard column + 1 == columns.count else { return }
            rows += 1
            if rows == insert.limit || size >= RowInsert.sizeLimit { try flush() }
        }
        try flush()
    }

    /// Loads rows block by block, by a way that need not tell which row fails; inside a transaction.
    ///
    /// Each block stands behind a savepoint. One that fails is taken back, and goes once more row by
    /// row: that finds the row, in the words that its own INSERT has for it, or finds nothing wrong.
    ///
    /// - `insert`: inserts all rows of a block, or throws.
    /// - `isUndone`: whether the rollback to the savepoint, which was the last statement, took all
    ///   back; where it has not, what `insert` threw is all that can be told.
    public func loadByBlocks(
        into table: TableName, _ columns: [Column],
        _ next: (inout RowBlock) throws(LoadError) -> Bool,
        by insert: (RowBlock) throws(DatabaseError) -> Void,
        isUndone: () throws(DatabaseError) -> Bool = { () throws(DatabaseError) in true }
    ) throws(LoadError) -> Int {
        var block = RowBlock(width: columns.count)
        var count = 0
        while try next(&block) {
            do throws(DatabaseError) {
                try run("SAVEPOINT bootstrap_load")
                try insert(block)
            } catch {
                guard error.isAboutRows, (try? run("ROLLBACK TO SAVEPOINT bootstrap_load")) != nil,
                    (try? isUndone()) == true
                else { throw LoadError(error) }
                try insertOneByOne(block, into: table, columns, after: count)
            }
            count += block.count
            block.removeAll()
        }
        // Nothing depends on it, and a session that is gone shows at the next statement.
        if count > 0 { _ = try? run("RELEASE SAVEPOINT bootstrap_load") }
        return count
    }
}

/// The texts of INSERTs into one table.
private struct RowInsert {
    /// How many bytes of values end a statement: far less than any engine takes at once.
    static let sizeLimit = 1 << 18

    private let beginning: String
    private let width: Int
    private let dialect: Dialect

    init(_ table: TableName, _ columns: [Column], _ dialect: Dialect) {
        let names = columns.map { dialect.quoted($0.name) }.joined(separator: ", ")
        beginning = "INSERT INTO \(dialect.quoted(table)) (\(names)) VALUES "
        width = columns.count
        self.dialect = dialect
    }

    /// How many rows one statement has at most: SQLite takes 32,766 parameters, the others twice as
    /// many.
    var limit: Int { max(1, min(500, 32_766 / width)) }

    func text(rows: Int) -> String {
        let lists = (0..<rows).map { row in
            let marks = (1...width).map { dialect.placeholder(row * width + $0) }
            return "(" + marks.joined(separator: ", ") + ")"
        }
        return beginning + lists.joined(separator: ", ")
    }
}

extension Column {
    /// A value of a ``RowBlock`` as a parameter of a statement.
    public func value(ofLoaded bytes: UnsafeBufferPointer<UInt8>?) -> Value {
        guard let bytes else { return .null }
        if meaning == .bytes { return .bytes(Array(bytes)) }
        let text = String(decoding: bytes, as: UTF8.self)
        switch meaning {
        case .boolean, .integer: return Int64(text).map(Value.integer) ?? .text(text)
        case .real: return Double(text).map(Value.real) ?? .text(text)
        case .decimal, .text, .bytes, .date, .timestamp, .uuid, .json, .other: return .text(text)
        }
    }
}
