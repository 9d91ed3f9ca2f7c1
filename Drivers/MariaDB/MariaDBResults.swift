#if MariaDB
import Bootstrap
import CBootstrapMariaDB

/// How a column's values become ``Value``s; the same for text and for prepared statements.
enum MariaDBShape: Equatable {
    /// TINYINT to BIGINT, YEAR.
    case integer(isUnsigned: Bool)
    /// FLOAT, DOUBLE.
    case real
    /// BIT: bytes, most significant first.
    case bits
    /// BLOB, BINARY, VARBINARY, GEOMETRY.
    case bytes
    /// Everything else, as the server writes it.
    case text

    /// The shape of a result's column.
    init(_ field: MYSQL_FIELD) {
        switch field.type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG,
            MYSQL_TYPE_INT24, MYSQL_TYPE_YEAR:
            self = .integer(isUnsigned: field.flags & UInt32(UNSIGNED_FLAG) != 0)
        case MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE:
            self = .real
        case MYSQL_TYPE_BIT:
            self = .bits
        case MYSQL_TYPE_GEOMETRY:
            self = .bytes
        case MYSQL_TYPE_STRING, MYSQL_TYPE_VAR_STRING, MYSQL_TYPE_VARCHAR, MYSQL_TYPE_BLOB,
            MYSQL_TYPE_TINY_BLOB, MYSQL_TYPE_MEDIUM_BLOB, MYSQL_TYPE_LONG_BLOB:
            // 63 is the character set `binary`: these are bytes, not text.
            self = field.charsetnr == 63 ? .bytes : .text
        default:
            self = .text
        }
    }

    /// The value that the server wrote as `bytes`.
    func value(_ bytes: UnsafeRawBufferPointer) -> Value {
        switch self {
        case .integer:
            // A BIGINT UNSIGNED beyond Int64 stays exact as text.
            let text = String(decoding: bytes, as: UTF8.self)
            return Int64(text).map(Value.integer) ?? .text(text)
        case .real:
            let text = String(decoding: bytes, as: UTF8.self)
            return Double(text).map(Value.real) ?? .text(text)
        case .bits:
            guard bytes.count <= 8 else { return .bytes(Array(bytes)) }
            let number = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int64(exactly: number).map(Value.integer) ?? .text(String(number))
        case .bytes:
            return .bytes(Array(bytes))
        case .text:
            return .text(String(decoding: bytes, as: UTF8.self))
        }
    }
}

extension MariaDBHandle {
    /// The rows of a stored result of a text query.
    func values(of result: UnsafeMutablePointer<MYSQL_RES>) -> [[Value]] {
        let shapes = shapes(of: result)
        var rows: [[Value]] = []
        while let row = client.mysql_fetch_row(result) {
            guard let lengths = client.mysql_fetch_lengths(result) else { break }
            rows.append(
                shapes.indices.map { column in
                    guard let cell = row[column] else { return .null }
                    let bytes = UnsafeRawBufferPointer(start: cell, count: Int(lengths[column]))
                    return shapes[column].value(bytes)
                })
        }
        return rows
    }

    /// The shapes of a result's columns.
    func shapes(of result: UnsafeMutablePointer<MYSQL_RES>) -> [MariaDBShape] {
        guard let fields = client.mysql_fetch_fields(result) else { return [] }
        let count = Int(client.mysql_num_fields(result))
        return UnsafeBufferPointer(start: fields, count: count).map(MariaDBShape.init)
    }
}
#endif
