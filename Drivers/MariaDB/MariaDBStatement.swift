#if MariaDB
import Bootstrap
import CBootstrapMariaDB

/// One prepared statement: parameters travel beside the text, never inside it.
///
/// <https://mariadb.com/docs/connectors/mariadb-connector-c/api-prepared-statement-functions>
final class MariaDBStatement {
    private let handle: MariaDBHandle
    private let statement: UnsafeMutablePointer<MYSQL_STMT>
    private var client: bootstrap_mariadb { handle.client }

    /// Prepares `sql` on the server.
    init(_ sql: String, on handle: MariaDBHandle) throws(DatabaseError) {
        self.handle = handle
        guard let statement = handle.client.mysql_stmt_init(try handle.open()) else {
            throw handle.error()
        }
        self.statement = statement
        let text = Array(sql.utf8)
        let status = text.withUnsafeBytes {
            handle.client.mysql_stmt_prepare(
                statement, $0.bindMemory(to: CChar.self).baseAddress, UInt(text.count))
        }
        try check(status)
    }

    deinit { _ = client.mysql_stmt_close(statement) }

    /// Runs the statement with its parameters bound, and returns its rows and the number of rows
    /// that it changed.
    func run(_ parameters: [Value]) throws(DatabaseError) -> (rows: [[Value]], changed: Int) {
        let count = Int(client.mysql_stmt_param_count(statement))
        guard count == parameters.count else {
            throw DatabaseError(
                .rejected, "the statement has \(count) parameters, \(parameters.count) were given")
        }
        let binds = MariaDBBinds(parameters)
        try check(Int32(client.mysql_stmt_bind_param(statement, binds.pointer)))
        try check(client.mysql_stmt_execute(statement))
        let changed = client.mysql_stmt_affected_rows(statement)
        var rows: [[Value]] = []
        if let result = client.mysql_stmt_result_metadata(statement) {
            defer { client.mysql_free_result(result) }
            rows = try fetch(handle.shapes(of: result))
        }
        // A CALL sends its status after its rows: read it, or the next command is out of sync.
        while try next() {}
        return (rows, changed == UInt64.max ? 0 : Int(changed))
    }

    /// Moves to the next result; false when there is none.
    private func next() throws(DatabaseError) -> Bool {
        let status = client.mysql_stmt_next_result(statement)
        guard status <= 0 else { throw error() }
        return status == 0
    }

    private func fetch(_ shapes: [MariaDBShape]) throws(DatabaseError) -> [[Value]] {
        let cells = MariaDBCells(shapes)
        try check(Int32(client.mysql_stmt_bind_result(statement, cells.pointer)))
        try check(client.mysql_stmt_store_result(statement))
        var rows: [[Value]] = []
        while true {
            // Truncation is expected: texts are bound without room, to learn their lengths first.
            switch client.mysql_stmt_fetch(statement) {
            case Int32(MYSQL_NO_DATA): return rows
            case 1: throw error()
            default: break
            }
            var row: [Value] = []
            for column in shapes.indices {
                row.append(try value(cells, column, shapes[column]))
            }
            rows.append(row)
        }
    }

    private func value(
        _ cells: MariaDBCells, _ column: Int, _ shape: MariaDBShape
    ) throws(DatabaseError) -> Value {
        if cells.isNull(column) { return .null }
        switch shape {
        case .integer(let isUnsigned):
            let number = cells.integer(column)
            guard isUnsigned, number < 0 else { return .integer(number) }
            return .text(String(UInt64(bitPattern: number)))
        case .real:
            return .real(cells.real(column))
        case .bits, .bytes, .text:
            var length: UInt = 0
            var isNull: my_bool = 0
            var bytes = [UInt8](repeating: 0, count: max(cells.length(column), 1))
            let status = bytes.withUnsafeMutableBytes { buffer in
                withUnsafeMutablePointer(to: &length) { length in
                    withUnsafeMutablePointer(to: &isNull) { isNull in
                        var bind = MYSQL_BIND()
                        bind.buffer_type = MYSQL_TYPE_STRING
                        bind.buffer = buffer.baseAddress
                        bind.buffer_length = UInt(buffer.count)
                        bind.length = length
                        bind.is_null = isNull
                        return client.mysql_stmt_fetch_column(
                            statement, &bind, UInt32(column), 0)
                    }
                }
            }
            try check(status)
            return bytes.prefix(cells.length(column)).withUnsafeBytes(shape.value)
        }
    }

    private func check(_ status: Int32) throws(DatabaseError) {
        guard status == 0 else { throw error() }
    }

    private func error() -> DatabaseError {
        let code = client.mysql_stmt_errno(statement)
        let message = client.mysql_stmt_error(statement).map { String(cString: $0) }
        return .mariaDB(code, message ?? "", during: handle.phase)
    }
}

/// The parameters of one execution, in memory that stays where it is until the execution is over.
private final class MariaDBBinds {
    let pointer: UnsafeMutablePointer<MYSQL_BIND>
    private let count: Int
    private var buffers: [UnsafeMutableRawPointer] = []

    init(_ parameters: [Value]) {
        count = parameters.count
        pointer = .allocate(capacity: max(count, 1))
        pointer.initialize(repeating: MYSQL_BIND(), count: max(count, 1))
        for (index, parameter) in parameters.enumerated() {
            switch parameter {
            case .null:
                pointer[index].buffer_type = MYSQL_TYPE_NULL
            case .integer(let number):
                bind(index, MYSQL_TYPE_LONGLONG, withUnsafeBytes(of: number, Array.init))
            case .real(let number):
                bind(index, MYSQL_TYPE_DOUBLE, withUnsafeBytes(of: number, Array.init))
            case .text(let text):
                bind(index, MYSQL_TYPE_STRING, Array(text.utf8))
            case .bytes(let bytes):
                bind(index, MYSQL_TYPE_BLOB, bytes)
            }
        }
    }

    private func bind(_ index: Int, _ type: enum_field_types, _ bytes: [UInt8]) {
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 8), alignment: 8)
        buffer.copyMemory(from: bytes, byteCount: bytes.count)
        buffers.append(buffer)
        pointer[index].buffer_type = type
        pointer[index].buffer = buffer
        pointer[index].buffer_length = UInt(bytes.count)
    }

    deinit {
        pointer.deinitialize(count: max(count, 1))
        pointer.deallocate()
        for buffer in buffers { buffer.deallocate() }
    }
}

/// The cells of one row of a result: numbers in full, of everything else only the length.
private final class MariaDBCells {
    let pointer: UnsafeMutablePointer<MYSQL_BIND>
    private let count: Int
    private let lengths: UnsafeMutablePointer<UInt>
    private let nulls: UnsafeMutablePointer<my_bool>
    private let numbers: UnsafeMutablePointer<Int64>

    init(_ shapes: [MariaDBShape]) {
        count = max(shapes.count, 1)
        pointer = .allocate(capacity: count)
        lengths = .allocate(capacity: count)
        nulls = .allocate(capacity: count)
        numbers = .allocate(capacity: count)
        pointer.initialize(repeating: MYSQL_BIND(), count: count)
        lengths.initialize(repeating: 0, count: count)
        nulls.initialize(repeating: 0, count: count)
        numbers.initialize(repeating: 0, count: count)
        for (index, shape) in shapes.enumerated() {
            pointer[index].length = lengths + index
            pointer[index].is_null = nulls + index
            pointer[index].buffer = UnsafeMutableRawPointer(numbers + index)
            switch shape {
            case .integer(let isUnsigned):
                pointer[index].buffer_type = MYSQL_TYPE_LONGLONG
                pointer[index].buffer_length = 8
                pointer[index].is_unsigned = isUnsigned ? 1 : 0
            case .real:
                pointer[index].buffer_type = MYSQL_TYPE_DOUBLE
                pointer[index].buffer_length = 8
            case .bits, .bytes, .text:
                pointer[index].buffer_type = MYSQL_TYPE_STRING
                pointer[index].buffer_length = 0
            }
        }
    }

    func isNull(_ column: Int) -> Bool { nulls[column] != 0 }
    func length(_ column: Int) -> Int { Int(lengths[column]) }
    func integer(_ column: Int) -> Int64 { numbers[column] }
    func real(_ column: Int) -> Double { Double(bitPattern: UInt64(bitPattern: numbers[column])) }

    deinit {
        pointer.deallocate()
        lengths.deallocate()
        nulls.deallocate()
        numbers.deallocate()
    }
}
#endif
