import Bootstrap
import BootstrapTesting
import Testing

/// The sentences of ``Connection`` about statements and values.
@Suite struct StatementContractTests {
    // MARK: Values

    static let values: [Value] = [
        .null, 0, -1, .integer(.max), .integer(.min), .text(""), "it's \\ \"so\"\n\t\u{1}%_?$1",
        "é ß 漢字 👩‍👩‍👧 \u{1F600}", .bytes([]), .bytes([0, 1, 39, 92, 127, 128, 255]), .real(0),
        .real(-1.5), .real(0.1), .real(1e300), .real(.leastNormalMagnitude),
    ]

    @Test(arguments: TestDatabase.all, values)
    func `a value comes back as it went in`(_ database: TestDatabase, _ value: Value) throws {
        let types = database.dialect.portable
        try database.withConnection { connection in
            let type =
                switch value {
                case .null, .text: types.text
                case .integer: "bigint"
                case .real: "double precision"
                case .bytes: types.bytes
                }
            try connection.run("CREATE TABLE t (x \(type))")
            _ = try connection.run(database.insert(1, into: "t"), [value])
            #expect(try connection.run("SELECT x FROM t") == [[value]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a text with the character NUL is kept or refused, never cut`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x \(database.dialect.portable.text))")
            do {
                _ = try connection.run(database.insert(1, into: "t"), ["a\0b"])
            } catch {
                #expect(try connection.run("SELECT x FROM t").isEmpty)
                return
            }
            #expect(try connection.run("SELECT x FROM t") == [["a\0b"]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `decimals and moments travel as their text`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            // SQLite has no decimals: a column without a type keeps the text.
            let decimal = database.server.product == .sqlite ? "" : "numeric(20, 4)"
            let date = database.server.product == .sqlite ? "text" : "date"
            try connection.run("CREATE TABLE t (x \(decimal), y \(date))")
            _ = try connection.run(
                database.insert(2, into: "t"), ["1234567890123456.1200", "2024-02-29"])
            let rows = try connection.run("SELECT x, y FROM t")
            #expect(rows == [["1234567890123456.1200", "2024-02-29"]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `rows come in their order with their columns in theirs`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            let sql = "SELECT 1, 'a' UNION ALL SELECT 2, 'b' UNION ALL SELECT 3, NULL ORDER BY 1"
            let rows = try connection.run(sql)
            #expect(rows == [[1, "a"], [2, "b"], [3, nil]])
        }
    }

    // MARK: One statement

    @Test(arguments: TestDatabase.all)
    func `more than one statement is refused`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            let both = "CREATE TABLE a (x integer); CREATE TABLE b (x integer)"
            let isRefused = (try? connection.run(both)) == nil
            let tables = [
                try connection.describe(TableName("a")), try connection.describe(TableName("b")),
            ]
            #expect(isRefused)
            #expect(tables == [nil, nil])
            let rows = try connection.run("SELECT 1")
            #expect(rows == [[1]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a wrong statement is rejected with the engine's code and words`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            let error = #expect(throws: DatabaseError.self) {
                try connection.run("CREATE TABEL t (x integer)")
            }
            #expect(error?.kind == .rejected)
            #expect(error?.code != nil)
            #expect(error?.message.contains("TABEL") == true)
            let rows = try connection.run("SELECT 1")
            #expect(rows == [[1]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a position counts characters from 1, where the engine tells`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer)")
            let before = "SELECT 'é😀', 'ß' AS a, "
            let error = #expect(throws: DatabaseError.self) {
                try connection.run(before + "nowhere FROM t")
            }
            #expect(error?.kind == .rejected)
            if let position = error?.position {
                #expect(position == before.unicodeScalars.count + 1)
            } else {
                #expect(database.server.product == .mariaDB)
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func `parameters that are too few or too many are refused`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer, y integer)")
            for parameters: [Value] in [[1], [1, 2, 3]] {
                #expect(throws: DatabaseError.self) {
                    _ = try connection.run(database.insert(2, into: "t"), parameters)
                }
            }
            let rows = try connection.run("SELECT * FROM t")
            #expect(rows.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a key that is there already is rejected`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer primary key)")
            try connection.run("INSERT INTO t VALUES (1)")
            let error = #expect(throws: DatabaseError.self) {
                try connection.run("INSERT INTO t VALUES (1)")
            }
            #expect(error?.kind == .rejected)
        }
    }

    // MARK: Counts

    @Test(arguments: TestDatabase.all)
    func `change counts the rows that a statement found, also those that stay as they were`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            #expect(try connection.change("CREATE TABLE t (x integer)") == 0)
            #expect(try connection.change("INSERT INTO t VALUES (1), (2), (2)") == 3)
            #expect(try connection.change("UPDATE t SET x = 2 WHERE x = 2") == 2)
            #expect(try connection.change("UPDATE t SET x = 9 WHERE x = 7") == 0)
            #expect(try connection.change("CREATE TABLE u (x integer)") == 0)
            #expect(try connection.change("DELETE FROM t WHERE x = 1") == 1)
            let sql = "INSERT INTO t SELECT x FROM t WHERE x = " + database.dialect.placeholder(1)
            #expect(try connection.change(sql, [2]) == 2)
            let count = try connection.change("DELETE FROM t")
            #expect(count == 4)
        }
    }

    // MARK: Transactions

    @Test(arguments: TestDatabase.all)
    func `a transaction that throws leaves nothing behind`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer)")
            let error = #expect(throws: DatabaseError.self) {
                try connection.transaction { () throws(DatabaseError) in
                    #expect(connection.isInTransaction)
                    try connection.run("INSERT INTO t VALUES (1)")
                    try connection.run("INSERT INTO nowhere VALUES (1)")
                }
            }
            #expect(error?.kind == .rejected)
            #expect(!connection.isInTransaction)
            #expect(try connection.run("SELECT count(*) FROM t") == [[0]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a transaction that returns is kept`(_ database: TestDatabase) throws {
        try database.withTwoConnections { one, other in
            try one.run("CREATE TABLE t (x integer)")
            _ = try one.transaction { () throws(DatabaseError) in
                try one.run("INSERT INTO t VALUES (1)")
            }
            #expect(!one.isInTransaction)
            #expect(try other.run("SELECT x FROM t") == [[1]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `DDL rolls back where the dialect says so, and only there`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try connection.run(database.dialect.begin)
            try connection.run("CREATE TABLE t (x integer)")
            try connection.run("ROLLBACK")
            let table = try connection.describe(TableName("t"))
            #expect((table == nil) == database.dialect.rollsBackDDL)
        }
    }
}

/// The sentences of ``Connection/runAll(_:)``.
@Suite struct BatchContractTests {
    @Test(arguments: TestDatabase.all)
    func `a batch runs its statements in their order and throws rows away`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try connection.runAll(
                [
                    "CREATE TABLE t (x integer)", "INSERT INTO t VALUES (1)", "SELECT x FROM t",
                    "UPDATE t SET x = x + 1", "SELECT 1 UNION ALL SELECT 2",
                ].map { Statement($0) })
            #expect(try connection.run("SELECT x FROM t") == [[2]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `an empty batch does nothing`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.runAll([])
            #expect(try connection.run("SELECT 1") == [[1]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a batch stops at the first statement that fails, and names it`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            let before = "INSERT INTO t (y) VALUES ('é'), ("
            let error = #expect(throws: BatchError.self) {
                try connection.runAll(
                    [
                        "CREATE TABLE t (y varchar(9))", "INSERT INTO t VALUES ('é')",
                        before + "nowhere)", "CREATE TABLE u (x integer)",
                    ].map { Statement($0) })
            }
            #expect(error?.index == 2)
            #expect(error?.error.kind == .rejected)
            if let position = error?.error.position { #expect(position == before.count + 1) }
            let table = try connection.describe(TableName("u"))
            #expect(table == nil)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `what came before a failure in a batch without a transaction stays, or all goes`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer)")
            #expect(throws: BatchError.self) {
                try connection.runAll(
                    ["INSERT INTO t VALUES (1)", "INSERT INTO nowhere VALUES (1)"]
                        .map { Statement($0) })
            }
            #expect(!connection.isInTransaction)
            // PostgreSQL makes one transaction of several statements in one message.
            let count = try connection.run("SELECT count(*) FROM t")[0][0].integer
            #expect(count == 1 || count == 0 && database.server.product == .postgreSQL)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a batch with its own BEGIN and COMMIT is atomic`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer)")
            #expect(throws: BatchError.self) {
                try connection.runAll(
                    [
                        database.dialect.begin, "INSERT INTO t VALUES (1)",
                        "INSERT INTO nowhere VALUES (1)", "COMMIT",
                    ].map { Statement($0) })
            }
            if connection.isInTransaction { try connection.run("ROLLBACK") }
            #expect(try connection.run("SELECT count(*) FROM t") == [[0]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a batch that succeeds leaves no transaction open`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer)")
            try connection.runAll(
                [database.dialect.begin, "INSERT INTO t VALUES (1)", "COMMIT"]
                    .map { Statement($0) })
            #expect(!connection.isInTransaction)
            #expect(try connection.run("SELECT count(*) FROM t") == [[1]])
        }
    }
}
