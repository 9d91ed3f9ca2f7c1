import Testing

@testable import Bootstrap

@Suite struct ExcerptTests {
    private func shown(
        _ text: String, _ line: Int, _ column: Int, _ rules: LexicalRules = .postgres
    ) -> String {
        var failure = Failure(
            .rejected, "failed", place: Place(file: "x.sql", line: line, column: column))
        failure.show(Array(text.utf8), rules: rules)
        return failure.description
    }

    @Test func `literals of statements about passwords are masked, and the caret follows`() {
        #expect(
            shown("CREATE USER app IDENTIFIED BY 'hunter2' WRONG;", 1, 41, .mariadb) == """
                x.sql:1:41 failed
                    CREATE USER app IDENTIFIED BY '***' WRONG;
                                                        ^
                """)
        #expect(
            shown("SELECT 'shown';\nALTER ROLE app\n PASSWORD\n  E'hunt\\'er2', x;", 4, 3) == """
                x.sql:4:3 failed
                      E'***', x;
                      ^
                """)
        #expect(
            shown("SELECT 'shown';\nALTER ROLE a PASSWORD 'x';", 1, 8) == """
                x.sql:1:8 failed
                    SELECT 'shown';
                           ^
                """)
    }

    @Test func `a literal over several lines and one that is not closed are masked too`() {
        #expect(!shown("SELECT secret('one\ntwo\nthree');", 2, 1).contains("two"))
        #expect(!shown("ALTER ROLE a PASSWORD 'hunter2;\n", 1, 23).contains("hunter2"))
        #expect(!shown("DO $$ ALTER ROLE a PASSWORD 'hunter2' $$", 1, 1).contains("hunter2"))
    }

    @Test func `a long line is cut around the caret, and tabs count once`() {
        let text =
            String(repeating: "a", count: 300) + "\tWRONG" + String(repeating: "b", count: 300)
        let lines = shown(text, 1, 302).split(separator: "\n").map(String.init)
        #expect(lines[1].count <= 126)
        #expect(lines[1].hasPrefix("    …a"))
        let caret = lines[2].count - 1
        #expect(Array(lines[1])[caret] == "W")
        #expect(shown("\tSELECT;", 1, 2) == "x.sql:1:2 failed\n     SELECT;\n     ^")
    }

    @Test func `a line alone is masked as well`() {
        let file = SourceFile(
            path: "x.sql", bytes: Array("SELECT 1;\r\nSET PASSWORD = 'x';\r\n".utf8))
        #expect(file.line(1) == "SELECT 1;")
        #expect(file.line(2) == "SET PASSWORD = '***';")
        #expect(file.line(9) == nil)
    }
}
