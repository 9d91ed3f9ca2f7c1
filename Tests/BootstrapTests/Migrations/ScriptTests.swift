import Testing

@testable import Bootstrap

/// Known answers: a script, and the statements that its engine would see.
struct Known: Sendable, CustomTestStringConvertible {
    var script: String
    var statements: [String]
    var testDescription: String { script.debugDescription }

    init(_ script: String, _ statements: String...) {
        self.script = script
        self.statements = statements
    }

    /// A script that is one statement, whatever its semicolons.
    static func whole(_ script: String) -> Known {
        Known(script + ";\nSELECT 'next';", script, "SELECT 'next'")
    }
}

@Suite struct ScriptTests {
    static let everywhere: [Known] = [
        Known(""), Known(" \n\t "), Known(";;; ;"), Known("-- nothing"), Known("/* nothing */"),
        Known("SELECT 1", "SELECT 1"), Known("SELECT 1;", "SELECT 1"),
        Known("SELECT 1;SELECT 2", "SELECT 1", "SELECT 2"),
        Known("SELECT 1;\n\n-- two\nSELECT 2 -- end\n;", "SELECT 1", "SELECT 2"),
        Known("SELECT 'a;b';", "SELECT 'a;b'"), Known("SELECT 'it''s;';", "SELECT 'it''s;'"),
        Known("SELECT \"a;b\";", "SELECT \"a;b\""),
        Known("SELECT \"a\"\";b\";", "SELECT \"a\"\";b\""),
        Known("SELECT 1 -- a; b\n+ 2;", "SELECT 1 -- a; b\n+ 2"),
        Known("SELECT 1 /* a; b */ + 2;", "SELECT 1 /* a; b */ + 2"),
        Known("/* ' */ SELECT 1; -- '\nSELECT 2;", "SELECT 1", "SELECT 2"),
        Known("SELECT 'größe; 你好 🎉'; SELECT 2", "SELECT 'größe; 你好 🎉'", "SELECT 2"),
        Known("SELECT 'a\r\nb';\r\nSELECT 2;\r\n", "SELECT 'a\r\nb'", "SELECT 2"),
        Known("\u{FEFF}SELECT 1;", "SELECT 1"),
        Known("SELECT '--', '/*';SELECT 2", "SELECT '--', '/*'", "SELECT 2"),
        Known("SELECT 1 - -1;SELECT 2*3/4", "SELECT 1 - -1", "SELECT 2*3/4"),
        Known(
            "BEGIN; INSERT INTO t VALUES (1); COMMIT;", "BEGIN", "INSERT INTO t VALUES (1)",
            "COMMIT"),
        Known(
            "CREATE TABLE begin_end (a int); DROP TABLE begin_end;",
            "CREATE TABLE begin_end (a int)", "DROP TABLE begin_end"),
        Known(
            "SELECT CASE WHEN 1 THEN 2 END; SELECT 3", "SELECT CASE WHEN 1 THEN 2 END", "SELECT 3"),
        Known("/*+ hint */ SELECT 1;", "/*+ hint */ SELECT 1"),
    ]

    @Test(arguments: everywhere)
    func `what all engines share is cut alike`(_ known: Known) throws {
        for (engine, rules) in LexicalRules.all {
            #expect(try cut(known.script, rules) == known.statements, "\(engine)")
        }
    }

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

    @Test func `leading words tell what a statement is`() throws {
        let statement = Statement(
            "/* x */ create /*!50001 or replace */ -- y\n view `v` as select 1")
        #expect(statement.words == ["CREATE", "OR", "REPLACE", "VIEW", "AS", "SELECT"])
        #expect(Statement("a b c d e f g h i j").words.count == 8)
        #expect(Statement("'unclosed").words.isEmpty)
    }
}
