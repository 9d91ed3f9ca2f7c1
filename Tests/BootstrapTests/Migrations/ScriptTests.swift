import Testing

@testable import Bootstrap

@Suite struct ScriptTests {
    @Test func `a position counts characters, also after non-ASCII text and CRLF`() throws {
        let text = "-- größe\r\nSELECT 'ä🎉';  SELECT\r\n  wrong;\r\n"
        for variant in [text, text.filter { $0 != "\r" }.replacing("\r\n", with: "\n")] {
            let script = try Script(variant, file: "x.sql", rules: .postgres)
            let places = script.statements.compactMap(\.place).map(\.description)
            #expect(places == ["x.sql:2:1", "x.sql:2:15"])
            let second = script.statements[1]
            let position = variant.contains("\r\n") ? 11 : 10
            #expect(script.place(of: position, in: second)?.description == "x.sql:3:3")
            #expect(script.place(of: 1, in: second)?.description == "x.sql:2:15")
        }
    }

    @Test func `a refused script shows its line, and what to do`() {
        #expect(
            failure { try cut("\\connect shop\nSELECT 1;", .postgres) } == """
                x.sql:1:1 \\connect is a command of psql, not SQL
                    \\connect shop
                    ^
                Next: Delete it, or write in SQL what it does.
                """)
        #expect(
            failure { try cut("CREATE PROCEDURE p()\nBEGIN IF a THEN SELECT 1; END;", .mariadb) }
                == """
                x.sql:2:1 a body that begins here has no END
                    BEGIN IF a THEN SELECT 1; END;
                    ^
                """)
        #expect(
            failure { try cut("-- x\n  CREATE TRIGGER t DELETE ON u BEGIN SELECT 1;", .sqlite) }
                == """
                x.sql:2:3 a body that begins here has no END
                      CREATE TRIGGER t DELETE ON u BEGIN SELECT 1;
                      ^
                """)
    }

    @Test func `leading words tell what a statement is`() throws {
        let statement = Statement(
            "/* x */ create /*!50001 or replace */ -- y\n view `v` as select 1")
        #expect(statement.words == ["CREATE", "OR", "REPLACE", "VIEW", "AS", "SELECT"])
        #expect(Statement("a b c d e f g h i j").words.count == 8)
        #expect(Statement("'unclosed").words.isEmpty)
        #expect(
            Statement("CREATE # x; y\nTEMPORARY TABLE t").words.prefix(2) == [
                "CREATE", "TEMPORARY",
            ])
    }
}
