import Bootstrap
import BootstrapTesting
import Testing

/// The sentences of ``Connection/load(into:_:_:)``, for each driver's own way and for those of the core
/// that others fall back on.
@Suite struct LoadContractTests {
    // MARK: Values

    @Test(arguments: TestDatabase.all, LoadWay.allCases)
    func `what is loaded is what an INSERT with bound values stores`(
        _ database: TestDatabase, _ way: LoadWay
    ) throws {
        let types = database.dialect.portable
        try database.withConnection { connection in
            for name in ["loaded", "inserted"] {
                try connection.run(
                    """
                    CREATE TABLE \(name) (
                        id integer PRIMARY KEY, flag boolean, big bigint, price numeric(20, 4),
                        ratio double precision, small real, name \(types.text), code varchar(50),
                        content \(types.bytes), born date, at \(types.timestamp.type),
                        uid \(connection.dialect.portable.uuid.type), doc \(types.json)
                    )
                    """)
            }
            let loaded = try #require(try connection.describe(TableName("loaded")))
            let inserted = try #require(try connection.describe(TableName("inserted")))
            let rows = Self.valuesOfAllMeanings
            #expect(Set(loaded.columns.map(\.meaning)).count > 7)
            let count = try way.load(rows, into: loaded, over: connection)
            #expect(count == rows.count)
            for row in rows { try connection.insertAlone(row, into: inserted) }
            let columns = loaded.columns.map { database.dialect.quoted($0.name) }
            let select = "SELECT \(columns.joined(separator: ", ")) FROM "
            let stored = try connection.run(select + "loaded ORDER BY id")
            let expected = try connection.run(select + "inserted ORDER BY id")
            #expect(stored.count == rows.count)
            #expect(stored == expected)
        }
    }

    /// Rows of id, truth, two numbers, two more, two texts, bytes, a day, a moment, a UUID, JSON.
    private static let valuesOfAllMeanings: [[Value]] = {
        let numbers = [
            "0", "-1", "9223372036854775807", "-9223372036854775808", "42", "0012", "+7",
        ]
        let prices = ["0", "-1.5", "1234567890123456.1200", "0.0001", "12.34567"]
        let reals = [
            "0", "-0.0", "1.5", "0.1", "-12.25", "1e300", "2.2250738585072014e-308",
            "123456789.123",
            "0.30000000000000004", "12345678901234567890", "-5", "3.", ".5", "1e-7",
        ]
        let texts = LoadWay.texts
        let bytes: [[UInt8]] = [
            [], Array(0...255), [0], [92], [10, 9, 92, 78], [92, 46], [0xFF, 0xFE],
        ]
        let days = ["2024-02-29", "1970-01-01", "2038-01-19"]
        let moments = ["2024-02-29 12:34:56", "1999-12-31 23:59:59"]
        let uuids = ["01234567-89ab-4def-8123-456789abcdef"]
        let documents = [#"{"a": [1, "\\ \"b\""], "é": null}"#, "[]", #""text""#]
        func pick<T>(_ list: [T], _ row: Int) -> T { list[row % list.count] }
        return (0..<60).map { row -> [Value] in
            [
                .integer(Int64(row)), .integer(Int64(row % 2)), .text(pick(numbers, row)),
                .text(pick(prices, row)), .text(pick(reals, row)),
                .text(pick(reals.dropLast(9), row)),
                .text(pick(texts, row)), .text(String(pick(texts, row + 1).prefix(50))),
                .bytes(pick(bytes, row)), .text(pick(days, row)), .text(pick(moments, row)),
                .text(pick(uuids, row)), .text(pick(documents, row)),
            ].enumerated().map { column, value in
                // Each column is NULL now and then, and once a whole row but for its key.
                column > 0 && (row == 59 || (row + column) % 17 == 0) ? .null : value
            }
        }
    }()

    @Test(arguments: TestDatabase.all, LoadWay.allCases)
    func `a row of one text is kept, whatever the text`(
        _ database: TestDatabase, _ way: LoadWay
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x \(database.dialect.portable.text))")
            let table = try #require(try connection.describe(TableName("t")))
            let rows = LoadWay.texts.map { [Value.text($0)] } + [[.null], [.null], [""]]
            #expect(try way.load(rows, into: table, over: connection, blocks: 3) == rows.count)
            let stored = try connection.run("SELECT x FROM t").map { $0[0].text ?? "NULL" }
            #expect(stored.sorted() == rows.map { $0[0].text ?? "NULL" }.sorted())
        }
    }

    @Test(arguments: TestDatabase.all, LoadWay.allCases)
    func `a text with the character NUL is loaded or refused, never cut`(
        _ database: TestDatabase, _ way: LoadWay
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x \(database.dialect.portable.text))")
            let table = try #require(try connection.describe(TableName("t")))
            do {
                _ = try way.load([["a\0b"]], into: table, over: connection)
            } catch {
                #expect(database.server.product == .postgreSQL)
                #expect((error as? LoadError)?.row == 0)
                return
            }
            #expect(try connection.run("SELECT x FROM t") == [["a\0b"]])
        }
    }

    // MARK: Counts and columns

    @Test(arguments: TestDatabase.all, LoadWay.allCases)
    func `no row and one row are loads too`(_ database: TestDatabase, _ way: LoadWay) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer)")
            let table = try #require(try connection.describe(TableName("t")))
            #expect(try way.load([], into: table, over: connection) == 0)
            #expect(try way.load([[7]], into: table, over: connection) == 1)
            let rows = try connection.run("SELECT x FROM t")
            #expect(rows == [[7]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `many rows are loaded, each once`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (id integer PRIMARY KEY, name varchar(40))")
            let table = try #require(try connection.describe(TableName("t")))
            let source = LoadSource(rowsPerBlock: 9000) { number in
                number < 200_000 ? [.integer(Int64(number)), .text("name \(number)")] : nil
            }
            try connection.run(database.dialect.begin)
            let count = try connection.load(into: table.name, table.columns, source.next)
            try connection.run("COMMIT")
            #expect(count == 200_000)
            let sums = try connection.run(
                "SELECT count(*), sum(id), count(DISTINCT name), min(name), max(name) FROM t")[0]
            #expect(
                sums.map(\.text) == ["200000", "19999900000", "200000", "name 0", "name 99999"])
        }
    }

    @Test(arguments: TestDatabase.all, LoadWay.allCases)
    func `columns that are left out take their defaults`(
        _ database: TestDatabase, _ way: LoadWay
    ) throws {
        try database.withConnection { connection in
            try connection.run(
                """
                CREATE TABLE t (id \(database.dialect.portable.identity), a integer,
                    b varchar(9) DEFAULT 'so', c integer)
                """)
            var table = try #require(try connection.describe(TableName("t")))
            table.columns = [table.columns[3], table.columns[1]]
            _ = try way.load([[3, 1], [4, 2]], into: table, over: connection)
            let rows = try connection.run("SELECT a, b, c FROM t ORDER BY id")
            #expect(rows == [[1, "so", 3], [2, "so", 4]])
        }
    }

    @Test(arguments: TestDatabase.all, LoadWay.allCases)
    func `names that need quotes are found, with their schema`(
        _ database: TestDatabase, _ way: LoadWay
    ) throws {
        try database.withConnection { connection in
            let name = "Select it's % _ \\"
            let columns = ["a \"b\" `c`", "ORDER"].map { database.dialect.quoted($0) }
            try connection.run(
                """
                CREATE TABLE \(database.dialect.quoted(name)) \
                (\(columns[0]) integer, \(columns[1]) \(database.dialect.portable.bytes))
                """)
            let table = try #require(try connection.describe(TableName(name)))
            #expect(table.name.schema != nil || database.server.product == .sqlite)
            _ = try way.load([[1, .bytes([1])]], into: table, over: connection)
            let rows = try connection.run("SELECT * FROM \(database.dialect.quoted(name))")
            #expect(rows == [[1, .bytes([1])]])
        }
    }

    @Test(arguments: TestDatabase.all, LoadWay.allCases)
    func `a temporary table takes rows`(_ database: TestDatabase, _ way: LoadWay) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TEMPORARY TABLE t (x integer, y varchar(9))")
            let columns = [
                Column(name: "x", type: "integer", meaning: .integer),
                Column(name: "y", type: "varchar(9)", meaning: .text),
            ]
            let table = Table(name: TableName("t"), columns: columns)
            _ = try way.load([[1, "a"], [2, nil]], into: table, over: connection)
            let rows = try connection.run("SELECT x, y FROM t ORDER BY x")
            #expect(rows == [[1, "a"], [2, nil]])
        }
    }

    // MARK: Transactions

    @Test(arguments: TestDatabase.all, LoadWay.allCases)
    func `a load keeps to the savepoints around it`(
        _ database: TestDatabase, _ way: LoadWay
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer PRIMARY KEY)")
            let table = try #require(try connection.describe(TableName("t")))
            let load = { (numbers: ClosedRange<Int64>) in
                let rows = numbers.map { [Value.integer($0)] }
                _ = try way.open(connection).load(
                    into: table.name, table.columns, LoadSource(rows, rowsPerBlock: 2).next)
            }
            try connection.run(database.dialect.begin)
            try load(1...5)
            try connection.run("SAVEPOINT before_it")
            try load(6...9)
            try connection.run("ROLLBACK TO SAVEPOINT before_it")
            #expect(throws: LoadError.self) { try load(3...7) }
            try connection.run("ROLLBACK TO SAVEPOINT before_it")
            try load(10...12)
            try connection.run("RELEASE SAVEPOINT before_it")
            try connection.run("COMMIT")
            let rows = try connection.run("SELECT count(*), sum(x) FROM t")
            #expect(rows[0].map(\.integer) == [8, 48])
        }
    }

    // MARK: Rows that are refused

    @Test(arguments: TestDatabase.all, LoadFault.inAllWays)
    func `a row that the table refuses ends the load, and is named`(
        _ database: TestDatabase, _ attempt: (way: LoadWay, fault: LoadFault)
    ) throws {
        let (way, fault) = attempt
        guard fault.isFault(on: database) else { return }
        try database.withConnection { connection in
            try connection.run("CREATE TABLE parent (id integer PRIMARY KEY)")
            try connection.run("INSERT INTO parent VALUES (1), (2)")
            try connection.run(
                """
                CREATE TABLE t (id integer PRIMARY KEY, name varchar(5) NOT NULL, born date,
                    age smallint, price numeric(6, 2), parent_id integer, CHECK (age <> 77),
                    FOREIGN KEY (parent_id) REFERENCES parent (id))
                """)
            let table = try #require(try connection.describe(TableName("t")))
            let rows = (0..<300).map { number -> [Value] in
                number == 222 ? fault.row : LoadFault.row(number)
            }
            try connection.run(database.dialect.begin)
            let source = LoadSource(rows, rowsPerBlock: 100)
            let error = #expect(throws: LoadError.self) {
                try way.open(connection).load(into: table.name, table.columns, source.next)
            }
            #expect(error?.error.kind == .rejected)
            #expect(error?.error.code != nil)
            // PostgreSQL looks at foreign keys when the statement ends, which is the whole load.
            let isAtEnd =
                fault == .foreignKey && way == .own && database.server.product == .postgreSQL
            #expect(error?.row == (isAtEnd ? nil : 222))
            if connection.isInTransaction { try connection.run("ROLLBACK") }
            #expect(try connection.run("SELECT count(*) FROM t") == [[0]])
            let code = try fault.codeOfInsert(over: connection, table)
            #expect(error?.error.code == code)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.all, LoadWay.allCases)
    func `a load does not read on behind a row that is refused`(
        _ database: TestDatabase, _ way: LoadWay
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (id integer PRIMARY KEY, name varchar(90))")
            let table = try #require(try connection.describe(TableName("t")))
            let name = Value.text(String(repeating: "é", count: 90))
            // Endless, and the first rows are the same.
            let source = LoadSource(rowsPerBlock: 1000) { [.integer(Int64(max(1, $0))), name] }
            try connection.run(database.dialect.begin)
            let error = #expect(throws: LoadError.self) {
                try way.open(connection).load(into: table.name, table.columns, source.next)
            }
            #expect(error?.row == 1)
            #expect(error?.error.kind == .rejected)
        }
    }

    // MARK: Ends

    @Test(arguments: TestDatabase.all, LoadWay.allCases)
    func `what the source of the rows throws ends the load, unchanged`(
        _ database: TestDatabase, _ way: LoadWay
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer)")
            let table = try #require(try connection.describe(TableName("t")))
            let thrown = LoadError(DatabaseError(.rejected, code: "X1", "line 9 is wrong"), row: 8)
            var calls = 0
            try connection.run(database.dialect.begin)
            let error = #expect(throws: LoadError.self) {
                try way.open(connection).load(into: table.name, table.columns) {
                    (block) throws(LoadError) in
                    calls += 1
                    guard calls < 3 else { throw thrown }
                    for number in 0..<500 { block.append("\(number)".utf8) }
                    return true
                }
            }
            #expect(error == thrown)
            #expect(calls == 3)
            if connection.isInTransaction { try connection.run("ROLLBACK") }
            #expect(try connection.run("SELECT count(*) FROM t") == [[0]])
            #expect(try way.load([[1]], into: table, over: connection) == 1)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: TestDatabase.all)
    func `an interrupter stops a load, also between two blocks`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer)")
            let table = try #require(try connection.describe(TableName("t")))
            let interrupter = connection.interrupter
            for isInside in [true, false] {
                var calls = 0
                let (isCalled, hasEnded) = (Flag(), Flag())
                Lane.start {
                    while !isCalled.isRaised { pauseBriefly() }
                    interrupter.interrupt()
                    hasEnded.raise()
                }
                try connection.run(database.dialect.begin)
                let error = #expect(throws: LoadError.self) {
                    try connection.load(into: table.name, table.columns) {
                        (block) throws(LoadError) in
                        calls += 1
                        if calls == 3 { isCalled.raise() }
                        // Nothing runs on the server's side where the interrupter is waited for here.
                        if calls == 3, isInside { while !hasEnded.isRaised { pauseBriefly() } }
                        for number in 0..<1000 { block.append("\(number)".utf8) }
                        return true
                    }
                }
                while !hasEnded.isRaised { pauseBriefly() }
                #expect(error?.error.kind == .interrupted)
                #expect(error?.row == nil)
                if connection.isInTransaction { try connection.run("ROLLBACK") }
                // A KILL QUERY that came late is dropped with the next statement at the latest.
                #expect(try connection.run("SELECT count(*) FROM t") == [[0]])
            }
            try connection.run(database.dialect.begin)
            let source = LoadSource([[1], [2]], rowsPerBlock: 1)
            #expect(try connection.load(into: table.name, table.columns, source.next) == 2)
            try connection.run("COMMIT")
        }
    }

    @Test(arguments: TestDatabase.servers, LoadWay.allCases)
    func `a session that dies in the middle of a load is lost`(
        _ database: TestDatabase, _ way: LoadWay
    ) throws {
        try database.withTwoConnections { connection, other in
            try connection.run("CREATE TABLE t (x integer)")
            let table = try #require(try connection.describe(TableName("t")))
            let isPostgreSQL = database.server.product == .postgreSQL
            let number = try connection.run(
                isPostgreSQL ? "SELECT pg_backend_pid()" : "SELECT CONNECTION_ID()")[0][0]
            var calls = 0
            try connection.run(database.dialect.begin)
            let error = #expect(throws: LoadError.self) {
                try way.open(connection).load(into: table.name, table.columns) {
                    (block) throws(LoadError) in
                    calls += 1
                    if calls == 2 {
                        do throws(DatabaseError) {
                            if isPostgreSQL {
                                try other.run("SELECT pg_terminate_backend(\(number.text ?? ""))")
                            } else {
                                try other.run("KILL \(number.text ?? "")")
                            }
                        } catch {
                            throw LoadError(error)
                        }
                    }
                    for number in 0..<1000 { block.append("\(number)".utf8) }
                    return true
                }
            }
            #expect(error?.error.kind == .lost)
            #expect(error?.row == nil)
        }
    }
}

/// A row that a table refuses.
enum LoadFault: CaseIterable {
    case duplicate, missing, check, foreignKey, tooLong, tooLarge, tooLargeDecimal, wrongDate
    case wrongNumber

    /// Each fault in each way.
    static let inAllWays = LoadWay.allCases.flatMap { way in
        allCases.map { (way: way, fault: $0) }
    }

    /// SQLite stores what it is given: it knows neither lengths nor ranges.
    func isFault(on database: TestDatabase) -> Bool {
        switch self {
        case .duplicate, .missing, .check, .foreignKey: true
        case .tooLong, .tooLarge, .tooLargeDecimal, .wrongDate, .wrongNumber:
            database.server.product != .sqlite
        }
    }

    static func row(_ number: Int) -> [Value] {
        [
            .integer(Int64(number)), "name", "2024-02-29", .integer(Int64(number % 70)), "12.50",
            number % 3 == 0 ? .null : .integer(Int64(number % 3)),
        ]
    }

    var row: [Value] {
        var row = Self.row(222)
        switch self {
        case .duplicate: row[0] = 111
        case .missing: row[1] = nil
        case .check: row[3] = 77
        case .foreignKey: row[5] = 9
        case .tooLong: row[1] = "names!"
        case .tooLarge: row[3] = 40_000
        case .tooLargeDecimal: row[4] = "12345.60"
        case .wrongDate: row[2] = "2023-02-29"
        case .wrongNumber: row[3] = "12x"
        }
        return row
    }

    /// The code of the error that the same row has by itself.
    func codeOfInsert(over connection: any Connection, _ table: Table) throws -> String? {
        try connection.run(connection.dialect.begin)
        defer { _ = try? connection.run("ROLLBACK") }
        try connection.insertAlone(Self.row(111), into: table)
        return #expect(throws: DatabaseError.self) {
            try connection.insertAlone(row, into: table)
        }?.code
    }
}

/// The ways in which rows are loaded: a driver's, and two of the core's.
enum LoadWay: CaseIterable {
    /// As the driver does it.
    case own
    /// Row by row, as without an implementation.
    case oneByOne
    /// By INSERTs of many rows, as drivers do where the engine refuses its bulk loader.
    case many

    /// Texts with what loaders' formats write in a way of their own.
    static let texts = [
        "", "plain", "\t", "\n", "\r", "\r\n", "\\", "\\N", "\\.", "\\n", "a\tb\nc\rd\\e", "'",
        "\"",
        "it's \"so\" `here`", "NULL", "é ß 漢字 👩‍👩‍👧 \u{1F600}",
        "\u{1}\u{8}\u{b}\u{c}\u{1a}\u{1b}\u{7f}",
        " lead and trail ", ",;|", "%_?$1", "--", "\\\\x41", "\\x41", "\\\n\\", "\u{FEFF}",
        "\u{2028}",
        String(repeating: "long \\ \t ", count: 2000),
    ]

    func open(_ connection: any Connection) -> any Connection {
        switch self {
        case .own: connection
        case .oneByOne: RecordingConnection(connection)
        case .many: ManyRowsConnection(connection)
        }
    }

    /// Loads rows in a transaction of their own.
    func load(
        _ rows: [[Value]], into table: Table, over connection: any Connection, blocks size: Int = 25
    ) throws -> Int {
        try connection.run(connection.dialect.begin)
        do {
            let count = try open(connection).load(
                into: table.name, table.columns, LoadSource(rows, rowsPerBlock: size).next)
            try connection.run("COMMIT")
            return count
        } catch {
            if connection.isInTransaction { try connection.run("ROLLBACK") }
            throw error
        }
    }
}

/// Rows in blocks.
final class LoadSource {
    private let size: Int
    private let row: (Int) -> [Value]?
    private var number = 0
    /// How many blocks were asked for.
    private(set) var calls = 0

    /// - `row`: the row with a number from 0; `nil` behind the last.
    init(rowsPerBlock size: Int, _ row: @escaping (Int) -> [Value]?) {
        (self.size, self.row) = (size, row)
    }

    convenience init(_ rows: [[Value]], rowsPerBlock size: Int) {
        self.init(rowsPerBlock: size) { $0 < rows.count ? rows[$0] : nil }
    }

    func next(_ block: inout RowBlock) throws(LoadError) -> Bool {
        calls += 1
        #expect(block.count == 0)
        while block.count < size, let row = row(number) {
            for value in row { block.append(value) }
            number += 1
        }
        return block.count > 0
    }
}

extension RowBlock {
    fileprivate mutating func append(_ value: Value) {
        switch value {
        case .null: appendNull()
        case .bytes(let bytes): append(bytes)
        case .integer, .real, .text: append((value.text ?? "").utf8)
        }
    }
}

extension Connection {
    /// Inserts one row by itself, with the same bytes as a load would.
    fileprivate func insertAlone(_ row: [Value], into table: Table) throws(DatabaseError) {
        var block = RowBlock(width: row.count)
        for value in row { block.append(value) }
        do throws(LoadError) {
            try insertOneByOne(block, into: table.name, table.columns, after: 0)
        } catch {
            throw error.error
        }
    }
}

/// A connection that loads by INSERTs of many rows each.
private final class ManyRowsConnection: Connection {
    private let real: any Connection

    init(_ real: any Connection) { self.real = real }

    var server: Server { real.server }
    var dialect: Dialect { real.dialect }
    var isInTransaction: Bool { real.isInTransaction }
    var interrupter: Interrupter { real.interrupter }

    func load(
        into table: TableName, _ columns: [Column],
        _ next: (inout RowBlock) throws(LoadError) -> Bool
    ) throws(LoadError) -> Int {
        try loadByBlocks(into: table, columns, next) { (block) throws(DatabaseError) in
            try insertMany(block, into: table, columns)
        }
    }

    func run(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> [[Value]] {
        try real.run(sql, parameters)
    }
    func change(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> Int {
        try real.change(sql, parameters)
    }
    func runAll(_ statements: [Statement]) throws(BatchError) { try real.runAll(statements) }
    func tryLock(_ name: String) throws(DatabaseError) -> Bool { try real.tryLock(name) }
    func holder(of name: String) throws(DatabaseError) -> LockHolder? { try real.holder(of: name) }
    func lockCondition(_ name: String) -> String? { real.lockCondition(name) }
    func unlock(_ name: String) { real.unlock(name) }
    func describe(_ table: TableName) throws(DatabaseError) -> Table? { try real.describe(table) }
    func resetSession() throws(DatabaseError) { try real.resetSession() }
    func close() { real.close() }
}
