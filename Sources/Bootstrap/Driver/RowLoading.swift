extension Connection {
    /// Inserts the rows one by one, with their values bound.
    public func load(
        into table: TableName, _ columns: [Column],
        _ next: (inout RowBlock) throws(LoadError) -> Bool
    ) throws(LoadError) -> Int {
        let names = columns.map { dialect.quoted($0.name) }.joined(separator: ", ")
        let marks = (1...columns.count).map(dialect.placeholder).joined(separator: ", ")
        let insert = "INSERT INTO \(dialect.quoted(table)) (\(names)) VALUES (\(marks))"
        var block = RowBlock(width: columns.count)
        var row: [Value] = []
        var count = 0
        while try next(&block) {
            try block.forEachValue { (column, bytes) throws(LoadError) in
                row.append(columns[column].value(ofLoaded: bytes))
                guard row.count == columns.count else { return }
                do throws(DatabaseError) { _ = try change(insert, row) } catch {
                    throw LoadError(error, row: count)
                }
                count += 1
                row.removeAll(keepingCapacity: true)
            }
            block.removeAll()
        }
        return count
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
