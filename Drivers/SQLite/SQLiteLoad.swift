#if SQLite
import Bootstrap
import CBootstrapSQLite

extension SQLiteConnection {
    /// Loads the rows by one prepared INSERT, which is given each row's bytes where they lie.
    func load(
        into table: TableName, _ columns: [Column],
        _ next: (inout RowBlock) throws(LoadError) -> Bool
    ) throws(LoadError) -> Int {
        interruptible.begin()
        let insert: SQLiteRowInsert
        do throws(DatabaseError) {
            guard let handle else { throw closed }
            insert = try SQLiteRowInsert(table, columns, sqlite, handle)
        } catch {
            throw LoadError(error)
        }
        var block = RowBlock(width: columns.count)
        var count = 0
        while try next(&block) {
            guard !interruptible.isCalled else {
                throw LoadError(DatabaseError(.interrupted, "the load was stopped"))
            }
            try limited { () throws(LoadError) in
                try insert.run(block, after: count)
            }
            count += block.count
            block.removeAll()
        }
        return count
    }
}

/// An INSERT of one row, prepared once.
private final class SQLiteRowInsert {
    /// How the bytes of a column's values are bound, so that what is stored is what
    /// `Column.value(ofLoaded:)` has stored.
    private enum Shape {
        case integer, real, text, blob

        init(_ meaning: Column.Meaning) {
            switch meaning {
            case .boolean, .integer: self = .integer
            case .real: self = .real
            case .bytes: self = .blob
            case .decimal, .text, .date, .timestamp, .uuid, .json, .other: self = .text
            }
        }
    }

    private let insert: SQLiteStatement
    private let shapes: [Shape]

    init(
        _ table: TableName, _ columns: [Column], _ sqlite: bootstrap_sqlite,
        _ connection: OpaquePointer
    ) throws(DatabaseError) {
        let dialect = Dialect.sqlite
        let names = columns.map { dialect.quoted($0.name) }.joined(separator: ", ")
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        insert = try SQLiteStatement(
            "INSERT INTO \(dialect.quoted(table)) (\(names)) VALUES (\(marks))", sqlite, connection)
        shapes = columns.map { Shape($0.meaning) }
    }

    /// Inserts the block's rows; an error counts its row from `count`.
    ///
    /// What is bound is not copied: it lives longer than its row is worked on. The statement is not run
    /// again before all of it is bound anew.
    func run(_ block: RowBlock, after count: Int) throws(LoadError) {
        let (sqlite, statement) = (insert.sqlite, insert.statement)
        var number = count
        try block.forEachValue { (column, value) throws(LoadError) in
            guard bind(value, at: column) == SQLITE_OK else { throw error(at: number) }
            guard column + 1 == shapes.count else { return }
            // A trigger's RAISE(IGNORE) is done too; an INSERT gives no rows.
            guard sqlite.step(statement) == SQLITE_DONE else {
                let error = error(at: number)
                _ = sqlite.reset(statement)
                throw error
            }
            _ = sqlite.reset(statement)
            number += 1
        }
    }

    private func error(at row: Int) -> LoadError {
        LoadError(DatabaseError(insert.sqlite, insert.connection), row: row)
    }

    @inline(__always)
    private func bind(_ value: UnsafeBufferPointer<UInt8>?, at column: Int) -> Int32 {
        let (statement, index) = (insert.statement, Int32(column + 1))
        guard let value else { return insert.sqlite.bind_null(statement, index) }
        switch shapes[column] {
        case .integer:
            guard let number = Int64(digits: value) else { return bindText(value, index) }
            return insert.sqlite.bind_int64(statement, index, number)
        case .real:
            guard let number = Double(digits: value) else { return bindText(value, index) }
            return insert.sqlite.bind_double(statement, index, number)
        case .text:
            return bindText(value, index)
        case .blob:
            // A blob without an address would be NULL.
            guard !value.isEmpty else {
                return insert.sqlite.bind_zeroblob(statement, index, 0)
            }
            return insert.sqlite.bind_blob(
                statement, index, value.baseAddress, Int32(clamping: value.count), nil)
        }
    }

    private func bindText(_ value: UnsafeBufferPointer<UInt8>, _ index: Int32) -> Int32 {
        guard let start = value.baseAddress else {
            return insert.sqlite.bind_text(
                insert.statement, index, "", 0, bootstrap_sqlite_transient())
        }
        let text = UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self)
        return insert.sqlite.bind_text(
            insert.statement, index, text, Int32(clamping: value.count), nil)
    }
}

extension Int64 {
    /// The same number as `Int64(String)` reads, without the string.
    fileprivate init?(digits text: UnsafeBufferPointer<UInt8>) {
        let isSigned = text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+")
        let start = isSigned ? 1 : 0
        // What has more than 18 digits may be too large; it is rare enough to be read slowly.
        guard text.count > start, text.count - start <= 18 else {
            guard let number = Int64(String(decoding: text, as: UTF8.self)) else { return nil }
            self = number
            return
        }
        var number: Int64 = 0
        for byte in text[start...] {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            number = number &* 10 &+ Int64(digit)
        }
        self = text.first == UInt8(ascii: "-") ? 0 &- number : number
    }
}

extension Double {
    /// The same number as `Double(String)` reads, without the string where it is a short decimal.
    ///
    /// An integer below 2^53 and a power of ten up to 10^22 have no rounding in them, so that their
    /// quotient has exactly one, the right one (Clinger, "How to read floating point numbers
    /// accurately", 1990).
    fileprivate init?(digits text: UnsafeBufferPointer<UInt8>) {
        let isNegative = text.first == UInt8(ascii: "-")
        var mantissa: Int64 = 0
        var (digits, decimals) = (0, 0)
        var hasPoint = false
        for byte in text[(isNegative ? 1 : 0)...] {
            let digit = byte &- UInt8(ascii: "0")
            if digit < 10, digits < 15 {
                mantissa = mantissa &* 10 &+ Int64(digit)
                digits += 1
                decimals += hasPoint ? 1 : 0
            } else if byte == UInt8(ascii: "."), !hasPoint, digits > 0 {
                hasPoint = true
            } else {
                digits = 0
                break
            }
        }
        guard digits > 0, !hasPoint || decimals > 0 else {
            guard let number = Double(String(decoding: text, as: UTF8.self)) else { return nil }
            self = number
            return
        }
        let number = Double(mantissa) / Self.powersOfTen[decimals]
        self = isNegative ? -number : number
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]
}
#endif
