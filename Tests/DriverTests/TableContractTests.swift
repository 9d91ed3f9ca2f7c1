import Bootstrap
import BootstrapTesting
import Testing

/// The sentences of ``Connection/describe(_:)`` and ``Connection/resetSession()``.
@Suite struct TableContractTests {
    @Test(arguments: TestDatabase.all)
    func `a table that is not there is nil`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            let table = try connection.describe(TableName("nowhere"))
            #expect(table == nil)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a table is described by its columns, in their order`(_ database: TestDatabase) throws {
        let types = database.dialect.portable
        try database.withConnection { connection in
            try connection.run(
                """
                CREATE TABLE t (
                    id \(types.identity),
                    name varchar(50) NOT NULL,
                    is_active boolean NOT NULL DEFAULT true,
                    price numeric(10, 2),
                    born date,
                    weight double precision,
                    amount integer,
                    content \(types.bytes)
                )
                """)
            let table = try #require(try connection.describe(TableName("t")))
            #expect(table.name.name == "t")
            #expect(
                table.columns.map(\.name) == [
                    "id", "name", "is_active", "price", "born", "weight", "amount", "content",
                ])
            #expect(
                table.columns.map(\.meaning) == [
                    .integer, .text, .boolean, .decimal, .date, .real, .integer, .bytes,
                ])
            #expect(
                table.columns.map(\.hasDefault) == [
                    true, false, true, false, false, false, false, false,
                ])
            #expect(
                table.columns.dropFirst().map(\.isNullable) == [
                    false, false, true, true, true, true, true,
                ])
            #expect(table.primaryKey == ["id"])
        }
    }

    @Test(arguments: TestDatabase.servers)
    func `moments, UUIDs and JSON are known by their types`(_ database: TestDatabase) throws {
        let types = database.dialect.portable
        try database.withConnection { connection in
            try connection.run(
                """
                CREATE TABLE t (a \(types.timestamp.type), b \(connection.dialect.portable.uuid.type),
                    c \(types.json), d \(types.text))
                """)
            let table = try #require(try connection.describe(TableName("t")))
            #expect(table.columns.map(\.meaning) == [.timestamp, .uuid, .json, .text])
        }
    }

    @Test(arguments: TestDatabase.servers)
    func `the words of an enum are known`(_ database: TestDatabase) throws {
        let words = ["it's", "a,b", ") x", "''", "", "\"é\""]
        let list = "(\(words.map(database.dialect.literal).joined(separator: ", ")))"
        try database.withConnection { connection in
            let isType = database.dialect.rollsBackDDL
            if isType {
                try connection.run("CREATE TYPE word AS ENUM \(list)")
                try connection.run("CREATE DOMAIN other AS word NOT NULL")
            }
            try connection.run(
                """
                CREATE TABLE t (id integer, a \(isType ? "word" : "enum\(list)"), \
                b \(isType ? "other" : "enum\(list)"), c varchar(20))
                """)
            let labels = try #require(try connection.describe(TableName("t"))).columns.map(\.labels)
            let all = Column.Labels(words, ignoresCase: !isType)
            #expect(labels == [nil, all, all, nil])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `keys name their columns in the key's order`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run(
                """
                CREATE TABLE parent (
                    b integer NOT NULL, a integer NOT NULL, code varchar(9) NOT NULL,
                    PRIMARY KEY (a, b), UNIQUE (code)
                )
                """)
            try connection.run("CREATE UNIQUE INDEX parent_code_b ON parent (code, b)")
            try connection.run("CREATE INDEX parent_b ON parent (b)")
            try connection.run(
                """
                CREATE TABLE child (
                    x integer, y integer, parent_code varchar(9),
                    FOREIGN KEY (x, y) REFERENCES parent (a, b),
                    FOREIGN KEY (parent_code) REFERENCES parent (code)
                )
                """)
            let parent = try #require(try connection.describe(TableName("parent")))
            #expect(parent.primaryKey == ["a", "b"])
            #expect(Set(parent.uniqueKeys) == [["a", "b"], ["code"], ["code", "b"]])
            let child = try #require(try connection.describe(TableName("child")))
            #expect(child.primaryKey == [])
            let keys = child.foreignKeys.sorted { $0.columns.count > $1.columns.count }
            #expect(keys.map(\.columns) == [["x", "y"], ["parent_code"]])
            #expect(keys.map(\.table.name) == ["parent", "parent"])
            #expect(keys.map(\.targets) == [["a", "b"], ["code"]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a name that needs quotes is found as the catalogue spells it`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            let name = "Select it's % _"
            let column = database.dialect.quoted("a \"b\" `c`")
            try connection.run("CREATE TABLE \(database.dialect.quoted(name)) (\(column) integer)")
            let table = try #require(try connection.describe(TableName(name)))
            #expect(table.name.name == name)
            #expect(table.columns.map(\.name) == ["a \"b\" `c`"])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a temporary table does not outlive a reset, and a lock does`(
        _ database: TestDatabase
    ) throws {
        try database.withTwoConnections { one, other in
            #expect(try one.tryLock(LockContractTests.name))
            try one.run("CREATE TEMPORARY TABLE t (x integer)")
            try one.run("INSERT INTO t VALUES (1)")
            try one.resetSession()
            #expect((try? one.run("SELECT * FROM t")) == nil)
            #expect(try !other.tryLock(LockContractTests.name))
            if let condition = one.lockCondition(LockContractTests.name) {
                let rows = try one.run("SELECT CASE WHEN (\(condition)) THEN 1 ELSE 0 END")
                #expect(rows == [[1]])
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a reset may be said at any time, also twice`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.resetSession()
            try connection.resetSession()
            let rows = try connection.run("SELECT 1")
            #expect(rows == [[1]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `the history's types make a table whose moments are RFC 3339`(
        _ database: TestDatabase
    ) throws {
        let types = database.dialect.history
        try database.withConnection { connection in
            try connection.run(
                """
                CREATE TABLE h (k \(types.key), t \(types.text), i \(types.integer), \
                at \(types.timestamp))\(types.tableOptions)
                """)
            let values = [1, 2, 3].map { database.dialect.placeholder($0) }.joined(separator: ", ")
            _ = try connection.run("INSERT INTO h VALUES (\(values), \(types.now))", ["k", "é", 7])
            let moment = types.timestampText.replacing("{}", with: "at")
            let row = try connection.run("SELECT k, t, i, \(moment) FROM h")[0]
            #expect(row.prefix(3) == ["k", "é", 7])
            #expect(row[3].text?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil)
            let schemas = try connection.run(types.schemasOfTable, ["h"])
            #expect(schemas.count == 1)
            let nowhere = try connection.run(types.schemasOfTable, ["nowhere"])
            #expect(nowhere.isEmpty)
        }
    }
}
