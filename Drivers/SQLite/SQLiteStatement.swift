#if SQLite
import Bootstrap
import CBootstrapSQLite
import Glibc

/// One prepared statement, from its text to its rows.
struct SQLiteStatement: ~Copyable {
    let sqlite: bootstrap_sqlite
    let connection: OpaquePointer
    let statement: OpaquePointer

    /// Prepares exactly one statement; refuses text with none or with more than one.
    init(
        _ sql: String, _ sqlite: bootstrap_sqlite, _ connection: OpaquePointer
    ) throws(DatabaseError) {
        let (statement, length, status) = SQLiteStatement.prepare(sql, sqlite, connection)
        guard let length else {
            throw DatabaseError(.rejected, "a statement cannot hold the character NUL")
        }
        guard status == SQLITE_OK else {
            let offset = sqlite.error_offset?(connection) ?? -1
            throw DatabaseError(sqlite, connection, position: sql.position(ofByte: Int(offset)))
        }
        guard let statement else { throw DatabaseError(.rejected, "there is no statement") }
        // Not by preparing the rest: some pragmas take effect as soon as they are prepared.
        guard sql.utf8.dropFirst(length).isNothingButComments else {
            _ = sqlite.finalize(statement)
            throw DatabaseError(.rejected, "there is more than one statement")
        }
        self.sqlite = sqlite
        self.connection = connection
        self.statement = statement
    }

    deinit { _ = sqlite.finalize(statement) }

    /// Prepares the first statement of `sql`, and tells how many bytes of it that took; `nil` where a
    /// NUL would end it early.
    private static func prepare(
        _ sql: String, _ sqlite: bootstrap_sqlite, _ connection: OpaquePointer
    ) -> (statement: OpaquePointer?, length: Int?, status: Int32) {
        let count = sql.utf8.count
        var statement: OpaquePointer?
        var length: Int?
        let status = sql.withCString { start in
            guard strlen(start) == count else { return SQLITE_ERROR }
            var tail: UnsafePointer<CChar>?
            let status = sqlite.prepare_v2(connection, start, -1, &statement, &tail)
            length = tail.map { $0 - start } ?? 0
            return status
        }
        return (statement, length, status)
    }
}

extension SQLiteStatement {
    /// Binds all parameters, in their order.
    func bind(_ parameters: [Value]) throws(DatabaseError) {
        let count = Int(sqlite.bind_parameter_count(statement))
        guard count == parameters.count else {
            throw DatabaseError(
                .rejected, "the statement takes \(count) parameters, not \(parameters.count)")
        }
        for (index, value) in parameters.enumerated() {
            guard bind(value, at: Int32(index + 1)) == SQLITE_OK else {
                throw DatabaseError(sqlite, connection)
            }
        }
    }

    private func bind(_ value: Value, at index: Int32) -> Int32 {
        let copied = bootstrap_sqlite_transient()
        switch value {
        case .null: return sqlite.bind_null(statement, index)
        case .integer(let number): return sqlite.bind_int64(statement, index, number)
        case .real(let number): return sqlite.bind_double(statement, index, number)
        case .text(let text):
            return text.withCString {
                sqlite.bind_text(statement, index, $0, Int32(text.utf8.count), copied)
            }
        case .bytes(let bytes):
            // A blob without an address would be NULL.
            guard !bytes.isEmpty else { return sqlite.bind_zeroblob(statement, index, 0) }
            return bytes.withUnsafeBytes {
                sqlite.bind_blob(statement, index, $0.baseAddress, Int32(bytes.count), copied)
            }
        }
    }

    /// Runs to the end and hands over each row.
    func run(_ row: ([Value]) -> Void) throws(DatabaseError) {
        while true {
            switch sqlite.step(statement) {
            case SQLITE_ROW:
                let columns = sqlite.column_count(statement)
                var values: [Value] = []
                values.reserveCapacity(Int(columns))
                for column in 0..<columns { values.append(value(column)) }
                row(values)
            case SQLITE_DONE: return
            default: throw DatabaseError(sqlite, connection)
            }
        }
    }

    /// Runs to the end; rows are thrown away.
    func run() throws(DatabaseError) {
        while true {
            switch sqlite.step(statement) {
            case SQLITE_ROW: continue
            case SQLITE_DONE: return
            default: throw DatabaseError(sqlite, connection)
            }
        }
    }

    private func value(_ column: Int32) -> Value {
        switch sqlite.column_type(statement, column) {
        case SQLITE_INTEGER: return .integer(sqlite.column_int64(statement, column))
        case SQLITE_FLOAT: return .real(sqlite.column_double(statement, column))
        case SQLITE_TEXT:
            guard let start = sqlite.column_text(statement, column) else { return .text("") }
            // The length comes second: asking for the text may convert it.
            let count = Int(sqlite.column_bytes(statement, column))
            let bytes = UnsafeBufferPointer(start: start, count: count)
            return .text(String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            guard let start = sqlite.column_blob(statement, column) else { return .bytes([]) }
            let count = Int(sqlite.column_bytes(statement, column))
            return .bytes([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }
}

extension String {
    /// The place of the byte at `offset` from 0, in characters from 1; `nil` for a negative one.
    fileprivate func position(ofByte offset: Int) -> Int? {
        guard offset >= 0 else { return nil }
        return 1 + String(decoding: utf8.prefix(offset), as: UTF8.self).unicodeScalars.count
    }
}

extension Substring.UTF8View {
    /// Whether there is no statement here: only white space, semicolons and comments.
    fileprivate var isNothingButComments: Bool {
        var rest = self[...]
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: ";"), 9...13: rest = rest.dropFirst()
            case UInt8(ascii: "-") where rest.starts(with: "--".utf8):
                rest = rest.drop { $0 != UInt8(ascii: "\n") }
            case UInt8(ascii: "/") where rest.starts(with: "/*".utf8):
                rest = rest.dropFirst(2)
                // A comment that is not closed ends with the text.
                while !rest.isEmpty, !rest.starts(with: "*/".utf8) { rest = rest.dropFirst() }
                rest = rest.dropFirst(2)
            default: return false
            }
        }
        return true
    }
}
#endif
