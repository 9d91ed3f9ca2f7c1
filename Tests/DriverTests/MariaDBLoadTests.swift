#if MariaDB
import Bootstrap
import BootstrapTesting
import FoundationEssentials
import Testing

/// What is special about loading rows into MariaDB and MySQL.
@Suite struct MariaDBLoadTests {
    private static let databases = TestDatabase.all.filter { $0.server.product == .mariaDB }

    /// How many statements of its kind the session has run.
    private func count(_ name: String, _ connection: any Connection) throws -> Int64 {
        try #require(
            try connection.run("SHOW SESSION STATUS LIKE 'Com_\(name)'").first?.last?.integer)
    }

    @Test(arguments: databases)
    func `rows go by LOAD DATA, a block with each, and single INSERTs only behind a fault`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (id integer PRIMARY KEY, price decimal(6, 2))")
            let table = try #require(try connection.describe(TableName("t")))
            // Decimals that are cut are noted, and no fault.
            let rows = (0..<100).map { [Value.integer($0), "1.23456"] }
            _ = try LoadWay.own.load(rows, into: table, over: connection, blocks: 25)
            #expect(try count("load", connection) == 4)
            #expect(try count("insert", connection) == 0)
            #expect(try connection.run("SELECT DISTINCT price FROM t") == [["1.23"]])
            #expect(throws: LoadError.self) {
                try LoadWay.own.load([[100, "1"], [7, "2"]], into: table, over: connection)
            }
            #expect(try connection.run("SELECT @@sql_notes") == [[1]])
        }
    }

    @Test(arguments: databases)
    func `a server that refuses local files is given INSERTs`(_ database: TestDatabase) throws {
        let server = TestServer(.mariaDB, settings: ["local-infile=0"])
        try server.withDatabase { url in
            let connection = try database.connect(to: url)
            defer { connection.close() }
            try connection.run(
                "CREATE TABLE t (id integer PRIMARY KEY, content blob, name varchar(9))")
            let table = try #require(try connection.describe(TableName("t")))
            let rows = (0..<1200).map { [Value.integer($0), .bytes([0, 92, 39, 255]), "'\\"] }
            #expect(try LoadWay.own.load(rows, into: table, over: connection, blocks: 700) == 1200)
            #expect(
                try connection.run("SELECT count(*), min(content), max(name) FROM t")
                    == [[1200, .bytes([0, 92, 39, 255]), "'\\"]])
            let error = #expect(throws: LoadError.self) {
                try LoadWay.own.load(
                    (0..<900).map { [.integer($0 == 876 ? 5 : $0 + 5000), nil, nil] }, into: table,
                    over: connection, blocks: 800)
            }
            #expect(error?.row == 876)
            #expect(error?.error.code == "1062")
            #expect(try connection.run("SELECT count(*) FROM t") == [[1200]])
        }
    }

    @Test(arguments: databases)
    func `no statement reads a file of this machine, before a load and after it`(
        _ database: TestDatabase
    ) throws {
        let path = "/tmp/bootstrap-load-\(UInt64.random(in: .min ... .max))"
        try Data("1\n2\n".utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try database.withDatabase { url in
            let read = "LOAD DATA LOCAL INFILE '\(path)' INTO TABLE t"
            let connection = try database.connect(to: url)
            defer { connection.close() }
            try connection.run("CREATE TABLE t (x integer)")
            let table = try #require(try connection.describe(TableName("t")))
            for _ in 1...2 {
                #expect(throws: DatabaseError.self) { try connection.run(read) }
                #expect(throws: BatchError.self) { try connection.runAll([Statement(read)]) }
                #expect(try connection.run("SELECT count(*) FROM t WHERE x < 3") == [[0]])
                _ = try LoadWay.own.load([[3]], into: table, over: connection)
            }
            // Whoever has asked for it in the URL keeps it.
            var willing = url
            willing.options.append(.init("local_infile", "1"))
            let other = try database.connect(to: willing)
            defer { other.close() }
            _ = try LoadWay.own.load([[3]], into: table, over: other)
            try other.run(read)
            #expect(try other.run("SELECT count(*) FROM t WHERE x < 3") == [[2]])
        }
    }

    @Test(arguments: databases)
    func `a session's sql_mode does not change what is loaded`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x text, y blob)")
            let table = try #require(try connection.describe(TableName("t")))
            try connection.run(
                "SET SESSION sql_mode='NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT'")
            let texts = LoadWay.texts.filter { $0.utf8.count < 100 }
            let rows = texts.map { [Value.text($0), .bytes(Array($0.utf8))] }
            _ = try LoadWay.own.load(rows, into: table, over: connection)
            #expect(try count("insert", connection) == 0)
            let different = try connection.run(
                "SELECT count(*), sum(CAST(x AS BINARY) <> y) FROM t")[0]
            #expect(different.map(\.integer) == [Int64(rows.count), 0])
        }
    }

    @Test(arguments: databases)
    func `bits and years are stored as the numbers that they are`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (a bit(1), b bit(12), c year)")
            let table = try #require(try connection.describe(TableName("t")))
            _ = try LoadWay.own.load([[1, 2049, 0], [0, 7, 1999]], into: table, over: connection)
            let rows = try connection.run("SELECT a + 0, b + 0, c + 0 FROM t ORDER BY c")
            #expect(rows.map { $0.map(\.integer) } == [[1, 2049, 0], [0, 7, 1999]])
        }
    }

    @Test(arguments: databases)
    func `a value that is larger than a packet is loaded or refused, never cut`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x longblob)")
            let table = try #require(try connection.describe(TableName("t")))
            let largest = try #require(
                try connection.run("SELECT @@max_allowed_packet")[0][0].integer)
            let bytes = [UInt8](repeating: 7, count: Int(largest) + 1)
            do {
                _ = try LoadWay.own.load([[.bytes(bytes)]], into: table, over: connection)
            } catch {
                #expect(try connection.run("SELECT count(*) FROM t") == [[0]])
                return
            }
            let length = try connection.run("SELECT octet_length(x) FROM t")
            #expect(length == [[.integer(largest + 1)]])
        }
    }

    @Test(arguments: databases)
    func `a table without transactions tells what is wrong, and no row twice`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer PRIMARY KEY) ENGINE=MyISAM")
            let table = try #require(try connection.describe(TableName("t")))
            let error = #expect(throws: LoadError.self) {
                try LoadWay.own.load([[1], [2], [1], [3]], into: table, over: connection)
            }
            #expect(error?.error.code == "1062")
            #expect(try connection.run("SELECT count(*) FROM t") == [[3]])
        }
    }
}
#endif
