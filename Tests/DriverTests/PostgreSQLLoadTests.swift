#if PostgreSQL
import Bootstrap
import BootstrapTesting
import Testing

@testable import BootstrapPostgreSQL

/// What is special about loading rows into PostgreSQL.
@Suite struct PostgreSQLLoadTests {
    private static let databases = TestDatabase.all.filter { $0.server.product == .postgreSQL }

    @Test(arguments: databases)
    func `rows may point at later rows of the same load`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (id integer PRIMARY KEY, boss integer REFERENCES t)")
            let table = try #require(try connection.describe(TableName("t")))
            let rows = (0..<50).map { [Value.integer($0), .integer($0 == 49 ? 49 : $0 + 1)] }
            #expect(try LoadWay.own.load(rows, into: table, over: connection) == 50)
        }
    }

    @Test(arguments: databases)
    func `a column that is always generated takes the values of a load`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try connection.run(
                "CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY, name text)")
            let table = try #require(try connection.describe(TableName("t")))
            _ = try LoadWay.own.load([[41, "a"], [42, "b"]], into: table, over: connection)
            #expect(try connection.run("SELECT id, name FROM t") == [[41, "a"], [42, "b"]])
        }
    }

    @Test(arguments: databases)
    func `views, rules and row security take rows too`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer PRIMARY KEY CHECK (x <> 7), y text)")
            try connection.run("CREATE VIEW simple AS SELECT x, y FROM t")
            try connection.run("CREATE TABLE ruled (x integer, y text)")
            try connection.run(
                "CREATE RULE go AS ON INSERT TO ruled DO INSTEAD INSERT INTO t VALUES (new.x, new.y)"
            )
            try connection.run("CREATE TABLE owned (x integer PRIMARY KEY, y text)")
            try connection.run("ALTER TABLE owned ENABLE ROW LEVEL SECURITY")
            try connection.run("ALTER TABLE owned FORCE ROW LEVEL SECURITY")
            try connection.run("CREATE POLICY even ON owned USING (true) WITH CHECK (x % 2 = 0)")
            for (name, first) in [("simple", 100), ("ruled", 200)] {
                let table = Table(name: TableName(name), columns: Self.columns)
                let rows = (first..<(first + 60)).map { [Value.integer(Int64($0)), "\t"] }
                #expect(try LoadWay.own.load(rows, into: table, over: connection) == 60)
                let error = #expect(throws: LoadError.self) {
                    try LoadWay.own.load(
                        [[1, nil], [2, nil], [7, nil]], into: table, over: connection, blocks: 2)
                }
                #expect(error?.row == 2)
                #expect(error?.error.code == "23514")
            }
            #expect(try connection.run("SELECT count(*) FROM t WHERE y = E'\\t'") == [[120]])

            let table = Table(name: TableName("owned"), columns: Self.columns)
            let rows = (0..<60).map { [Value.integer($0 * 2), "a"] }
            #expect(try LoadWay.own.load(rows, into: table, over: connection) == 60)
            let error = #expect(throws: LoadError.self) {
                try LoadWay.own.load([[200, nil], [201, nil]], into: table, over: connection)
            }
            #expect(error?.row == 1)
            #expect(error?.error.kind == .denied)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: databases)
    func `a trigger's notices neither stop a load nor end it`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer, y text)")
            try connection.run(
                """
                CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF new.x = 2100 THEN RAISE EXCEPTION 'enough'; END IF;
                    RAISE NOTICE 'row % E%', new.x, repeat('E', 4000); RETURN new;
                END $$
                """)
            try connection.run(
                "CREATE TRIGGER t BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION t()")
            // More than sockets hold on both ways, so that a side that does not read stops the other.
            try connection.run("SET client_min_messages = notice")
            let table = Table(name: TableName("t"), columns: Self.columns)
            let text = Value.text(String(repeating: "y", count: 4000))
            let source = LoadSource(rowsPerBlock: 100) {
                $0 < 2000 ? [.integer(Int64($0)), text] : nil
            }
            try connection.run("BEGIN")
            #expect(try connection.load(into: table.name, table.columns, source.next) == 2000)
            let endless = LoadSource(rowsPerBlock: 100) { [.integer(Int64($0)), text] }
            let error = #expect(throws: LoadError.self) {
                // What comes behind the refused row is bounded, should notices have hidden it.
                try connection.load(into: table.name, table.columns) { (block) throws(LoadError) in
                    endless.calls < 100 ? try endless.next(&block) : false
                }
            }
            #expect(error?.error.code == "P0001")
            #expect(error?.row == 2100)
        }
    }

    @Test(
        arguments: [
            ("COPY item, line 3", 3), ("COPY item, line 3, column x2: \"COPY item, line 9\"", 3),
            ("COPY item, line 12: \"1\n7\"", 12), ("COPY item, Zeile 3, Spalte a: »b«", 3),
            ("COPY item, строка 40, столбец a", 40), ("itemのCOPY、行5、列 a", 5),
            ("item 복사, 6번째 줄, a 열", 6),
            ("PL/pgSQL function item_1() line 4 at RAISE\nCOPY item, line 8", 8),
            ("PL/pgSQL function item_1() line 4 at RAISE", nil), ("", nil),
            ("SQL statement \"SELECT 1 FROM ONLY item x\"", nil),
        ] as [(String, Int?)])
    func `the line stands behind the table's name, in any language`(
        _ context: String, _ line: Int?
    ) {
        #expect(CopyContext.line(in: context, of: "item") == line)
    }

    @Test func `a table's name may hold digits, and words of a context`() {
        #expect(CopyContext.line(in: "COPY line 7, line 2", of: "line 7") == 2)
        #expect(CopyContext.line(in: "COPY t2, line 5, column c3: \"6\"", of: "t2") == 5)
    }

    private static let columns = [
        Column(name: "x", type: "integer", meaning: .integer),
        Column(name: "y", type: "text", meaning: .text),
    ]
}
#endif
