import ScriptCorpus
import Testing

@testable import Bootstrap

extension Engine {
    /// How its scripts are cut.
    var rules: LexicalRules {
        switch self {
        case .postgres: .postgres
        case .mariadb: .mariadb
        case .mysql: .mysql
        case .sqlite: .sqlite
        }
    }
}

/// Known answers: Tests/ScriptCorpus/Cuts holds the scripts, with marks around their statements.
@Suite struct CutTests {
    /// A case for one engine; those in folders for several are several.
    struct Known: Sendable, CustomTestStringConvertible {
        var engine: Engine
        var known: CutCase
        var testDescription: String { "\(engine): \(known)" }
    }

    static let cases = Engine.allCases.flatMap { engine in
        CutCase.all(engine).map { Known(engine: engine, known: $0) }
    }

    @Test(arguments: cases)
    func `a script is cut where its marks stand`(_ argument: Known) throws {
        let (known, rules) = (argument.known, argument.engine.rules)
        if let (offset, headline) = known.failure {
            let failure = #expect(throws: Failure.self) {
                try Script(known.text, file: "x.sql", rules: rules)
            }
            #expect(failure?.headline == headline)
            #expect(failure?.place == SlowPlace.of(offset, in: known.text))
            return
        }
        let script = try Script(known.text, file: "x.sql", rules: rules)
        #expect(script.ranges == known.statements, "\(script.statements.map(\.text))")
        for (index, statement) in script.statements.enumerated() {
            let start = script.ranges[index].lowerBound
            #expect(statement.place == SlowPlace.of(start, in: known.text))
            let data = known.data[index].map {
                Statement.Input(Array(Array(known.text.utf8)[$0]))
            }
            #expect(statement.input == data)
        }
    }

    @Test(arguments: cases)
    func `a checkout with CRLF is cut alike`(_ argument: Known) throws {
        let (known, rules) = (argument.known, argument.engine.rules)
        guard !known.text.contains("\r") else { return }
        let text = known.text.replacing("\n", with: "\r\n")
        if let (offset, headline) = known.failure {
            let failure = #expect(throws: Failure.self) {
                try Script(text, file: "x.sql", rules: rules)
            }
            #expect(failure?.headline == headline)
            #expect(failure?.place == SlowPlace.of(offset, in: known.text))
            return
        }
        let (one, other) = (
            try Script(known.text, file: "x.sql", rules: rules),
            try Script(text, file: "x.sql", rules: rules)
        )
        let texts = other.statements.map { $0.text.replacing("\r\n", with: "\n") }
        #expect(texts == one.statements.map(\.text))
        #expect(other.statements.map(\.place) == one.statements.map(\.place))
    }

    /// Scripts that read alike wherever they stand, and change nothing for what follows.
    static let repeatable = cases.filter { argument in
        let (name, text) = ("\(argument.known)", argument.known.text.uppercased())
        return argument.known.failure == nil && !name.contains("not closed")
            && !["\u{FEFF}", "BOOTSTRAP:", "SET", "DELIMITER"].contains { text.contains($0) }
    }

    @Test(arguments: repeatable)
    func `a statement is cut alike behind one that begins as it does`(_ argument: Known) throws {
        func texts(_ script: String) throws -> [String] {
            try Script(script, file: "x.sql", rules: argument.engine.rules).statements.map(\.text)
        }
        let once = try texts(argument.known.text)
        let twice = argument.known.text + "\n;\n" + argument.known.text
        #expect(try texts(twice) == once + once)
    }

    @Test(
        arguments: [
            (
                "INSERT INTO t VALUES (1); INSERT INTO t VALUES (';'); INSERT INTO t VALUES (2)",
                [
                    "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (';')",
                    "INSERT INTO t VALUES (2)",
                ]
            ),
            (
                "SET sql_mode = ''; SELECT a b '\\'; -- '; SET sql_mode = 'NO_BACKSLASH_ESCAPES';"
                    + "SELECT a b '\\'; -- '",
                [
                    "SET sql_mode = ''", "SELECT a b '\\'; -- '",
                    "SET sql_mode = 'NO_BACKSLASH_ESCAPES'", "SELECT a b '\\'",
                ]
            ),
            (
                "SELECT 1; DELIMITER // x y (1);\nDELIMITER // x y (1);\nSELECT 2// SELECT 3//",
                ["SELECT 1", "DELIMITER // x y (1)", "SELECT 2", "SELECT 3"]
            ),
            (
                "SELECT a b 'c'; DELIMITER b\nSELECT a b 'c';\nDELIMITER //\nSELECT a b (1)// x//",
                ["SELECT a b 'c'", "DELIMITER b\nSELECT a b 'c'", "SELECT a b (1)", "x"]
            ),
            (
                "/*! SELECT a b (1); */; SELECT a b (2)",
                ["/*! SELECT a b (1); */", "SELECT a b (2)"]
            ),
        ])
    func `how a statement begins tells nothing once it is read differently`(
        _ script: String, _ statements: [String]
    ) throws {
        let cut = try Script(script, file: "x.sql", rules: .mariadb).statements.map(\.text)
        #expect(cut == statements)
    }

    @Test(
        arguments: cases.filter {
            "\($0.known)".contains("/routines") || "\($0.known)".contains("/blocks")
        })
    func `a body between DELIMITER lines is the same`(_ argument: Known) throws {
        let known = argument.known
        for range in known.failure == nil ? known.statements : [] {
            let body = String(decoding: Array(known.text.utf8)[range], as: UTF8.self)
            let script = "DELIMITER //\n\(body) //\nDELIMITER ;\nSELECT 'next';"
            #expect(try cut(script, argument.engine.rules) == [body, "SELECT 'next'"])
        }
    }

    @Test(arguments: Engine.allCases)
    func `all folders of cases are found`(_ engine: Engine) {
        let folders = Set(
            CutCase.all(engine).compactMap { $0.description.split(separator: "/").first })
        #expect(folders.count == (engine == .postgres || engine == .sqlite ? 2 : 3))
        #expect(CutCase.all(engine).count > 100)
    }
}

/// Places as anybody would find them, by looking at every character before them.
enum SlowPlace {
    static func of(_ offset: Int, in text: String) -> Place {
        var before = String(decoding: Array(text.utf8).prefix(offset), as: UTF8.self).unicodeScalars
        if before.first == "\u{FEFF}" { before.removeFirst() }
        let line = before.count { $0 == "\n" }
        let column = before.reversed().prefix { $0 != "\n" }.count
        return Place(file: "x.sql", line: line + 1, column: column + 1)
    }
}
