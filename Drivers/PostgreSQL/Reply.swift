#if PostgreSQL
import Bootstrap
import CBootstrapPostgreSQL

/// One result of libpq, given back when it goes out of scope.
final class Reply {
    private let libpq: Libpq
    private let result: OpaquePointer

    init(_ libpq: Libpq, _ result: OpaquePointer) {
        self.libpq = libpq
        self.result = result
    }

    deinit { libpq.PQclear(result) }

    /// What kind of result it is.
    var status: ExecStatusType { libpq.PQresultStatus(result) }

    /// Whether one statement has come to its end without an error.
    var isDone: Bool {
        status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY
    }

    /// How many rows the statement changed, or read.
    var changes: Int { libpq.PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// A field of an error.
    /// <https://www.postgresql.org/docs/current/libpq-exec.html#LIBPQ-PQRESULTERRORFIELD>
    func field(_ field: Field) -> String? {
        libpq.PQresultErrorField(result, field.rawValue).map { String(cString: $0) }
    }

    /// The server's words: its message, and behind it what it adds for whoever has to correct it.
    ///
    /// - `isPrivate`: whether the statement came with parameters, whose values the details
    ///   of a violated constraint and the context would show.
    func message(isPrivate: Bool) -> String {
        guard let primary = field(.message) else {
            return libpq.PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
        }
        var lines = [primary]
        let isAboutRows = field(.sqlState).map { $0.hasPrefix("23") } ?? false
        if let detail = field(.detail), !(isPrivate && isAboutRows) {
            lines.append("DETAIL:  \(detail)")
        }
        if let hint = field(.hint) { lines.append("HINT:  \(hint)") }
        if let context = field(.context), !isPrivate { lines.append("CONTEXT:  \(context)") }
        return lines.joined(separator: "\n")
    }

    /// The fields of an error that the driver reads: `PG_DIAG_…`, which are characters in C.
    enum Field: Int32 {
        case sqlState = 67  // C
        case message = 77  // M
        case detail = 68  // D
        case hint = 72  // H
        case position = 80  // P
        case context = 87  // W
        case sourceFile = 70  // F
    }

    /// The rows, as values.
    func rows() -> [[Value]] {
        let columns = 0..<libpq.PQnfields(result)
        let types = columns.map { libpq.PQftype(result, $0) }
        return (0..<libpq.PQntuples(result)).map { row in
            zip(columns, types).map { column, type in value(row, column, type) }
        }
    }

    private func value(_ row: Int32, _ column: Int32, _ type: Oid) -> Value {
        guard libpq.PQgetisnull(result, row, column) == 0,
            let start = libpq.PQgetvalue(result, row, column)
        else { return .null }
        if type == Oid.bytea { return .bytes(unescaped(start)) }
        let length = Int(libpq.PQgetlength(result, row, column))
        let bytes = UnsafeRawBufferPointer(start: start, count: length)
        return Value(String(decoding: bytes, as: UTF8.self), type: type)
    }

    // https://www.postgresql.org/docs/current/libpq-exec.html#LIBPQ-PQUNESCAPEBYTEA
    private func unescaped(_ text: UnsafeMutablePointer<CChar>) -> [UInt8] {
        var count = 0
        return text.withMemoryRebound(to: UInt8.self, capacity: 1) { start in
            guard let bytes = libpq.PQunescapeBytea(start, &count) else { return [] }
            defer { libpq.PQfreemem(bytes) }
            return Array(UnsafeBufferPointer(start: bytes, count: count))
        }
    }
}

extension Oid {
    /// Types that have a shape of their own among ``Value``'s; their numbers never change.
    /// <https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat>
    static let (bool, bytea): (Oid, Oid) = (16, 17)
    static let integers: Set<Oid> = [20, 21, 23, 26]
    static let reals: Set<Oid> = [700, 701]
}

extension Value {
    /// A value that the server wrote as text.
    ///
    /// Booleans become 1 and 0, as on the other engines.
    fileprivate init(_ text: String, type: Oid) {
        if type == .bool {
            self = .integer(text == "t" ? 1 : 0)
        } else if Oid.integers.contains(type), let number = Int64(text) {
            self = .integer(number)
        } else if Oid.reals.contains(type), let number = Double(text) {
            self = .real(number)
        } else {
            self = .text(text)
        }
    }
}

/// Bound values as libpq takes them.
///
/// All go as text without a type, so that the server takes the type from the column; only bytes go
/// as they are, as `bytea`.
struct Parameters {
    private let values: [[UInt8]?]
    private let types: [Oid]

    init(_ values: [Value]) throws(DatabaseError) {
        for case .text(let text) in values where text.utf8.contains(0) {
            throw DatabaseError(.rejected, "PostgreSQL's texts cannot hold a NUL character")
        }
        self.values = values.map { value in
            if case .bytes(let bytes) = value { return bytes }
            return value.text.map { Array($0.utf8) + [0] }
        }
        types = values.map { value in
            if case .bytes = value { return Oid.bytea }
            return 0
        }
    }

    /// Lends the arrays of `PQsendQueryParams`.
    func withPointers<Result>(
        _ body: (
            _ types: [Oid], _ values: [UnsafePointer<CChar>?], _ lengths: [Int32],
            _ formats: [Int32]
        ) -> Result
    ) -> Result {
        let lengths = values.map { Int32(clamping: $0?.count ?? 0) }
        let formats = types.map { $0 == Oid.bytea ? Int32(1) : 0 }
        // One block for all: an empty one is still a pointer, for nil would be NULL.
        let block = values.compactMap(\.self).flatMap(\.self) + [0]
        return block.withUnsafeBytes { buffer in
            var offset = 0
            let pointers = values.map { value -> UnsafePointer<CChar>? in
                guard let value else { return nil }
                defer { offset += value.count }
                return buffer.baseAddress.map {
                    ($0 + offset).assumingMemoryBound(to: CChar.self)
                }
            }
            return body(types, pointers, lengths, formats)
        }
    }
}

/// Texts as the NULL-terminated array of C strings that libpq takes.
struct CStrings {
    private let texts: [String]

    init(_ texts: [String]) { self.texts = texts }

    /// Lends the array for the time of `body`.
    func withPointers<Result>(_ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
        let block: [CChar] = texts.flatMap { Array($0.utf8CString) } + [0]
        return block.withUnsafeBufferPointer { buffer in
            var offset = 0
            let pointers = texts.map { text -> UnsafePointer<CChar>? in
                defer { offset += text.utf8.count + 1 }
                return buffer.baseAddress.map { $0 + offset }
            }
            return body(pointers + [nil])
        }
    }
}
#endif
