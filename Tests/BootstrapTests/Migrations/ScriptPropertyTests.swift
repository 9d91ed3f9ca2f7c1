import Testing

@testable import Bootstrap

/// What holds for every text, also for hostile ones.
@Suite struct ScriptPropertyTests {
    private static let pieces = [
        "'", "\"", "`", "[", "]", ";", "--", "-- ", "/*", "*/", "/*!", "/*!50003 ", "$$", "$a$",
        "$",
        "\\", "\n", " ", "(", ")", "BEGIN", "END", "CASE", "IF", "THEN", "ATOMIC", "CREATE",
        "FUNCTION", "TRIGGER", "PROCEDURE", "DELIMITER", "DELIMITER //\n", "//",
        "COPY t FROM stdin;\n", "\\.\n", "E'", "U&'", "é", "🎉", "${A}", "${", "#", ":", "a", "1",
        "1e", ".", "@", "LOOP", "REPEAT", "WHILE", "DO", "FOR", "EACH", "ROW", "EVENT", "NOT",
        "-- bootstrap: only mysql\n", "\u{FEFF}", "\0", "SET sql_mode='ANSI_QUOTES'",
    ]

    /// A generator with a seed, so that a failure can be repeated.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 33)
        }
    }

    private func texts(_ count: Int) -> [String] {
        var numbers = Numbers(state: 42)
        return (0..<count).map { _ in
            (0..<Int.random(in: 1...30, using: &numbers)).map { _ in
                Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &numbers)]
            }.joined(separator: Bool.random(using: &numbers) ? " " : "")
        }
    }

    @Test func `statements and what lies between them are the file, in its order`() {
        for text in texts(400) {
            let bytes = Array(text.utf8)
            for (engine, rules) in LexicalRules.all {
                guard let script = try? Script(text, file: "x", rules: rules) else { continue }
                var end = 0
                for (statement, range) in zip(script.statements, script.ranges) {
                    #expect(range.lowerBound >= end && !range.isEmpty, "\(engine): \(text)")
                    #expect(Array(statement.text.utf8) == Array(bytes[range]), "\(engine): \(text)")
                    end = range.upperBound
                }
            }
        }
    }

    @Test func `line ends change neither statements nor places`() {
        for text in texts(400) {
            let other = text.replacing("\n", with: "\r\n")
            for (engine, rules) in LexicalRules.all {
                guard let one = try? Script(text, file: "x", rules: rules),
                    let two = try? Script(other, file: "x", rules: rules)
                else { continue }
                let same = two.statements.map { $0.text.replacing("\r\n", with: "\n") }
                #expect(one.statements.map(\.text) == same, "\(engine): \(text)")
                #expect(
                    one.statements.map(\.place) == two.statements.map(\.place), "\(engine): \(text)"
                )
            }
        }
    }

    @Test func `comments between statements change nothing`() throws {
        let statements = MariaDBScriptTests.bodies
        let plain = statements.joined(separator: ";\n")
        let commented = statements.map { "/* ; ' */\n-- it's\n" + $0 }.joined(separator: ";\n#'\n")
        #expect(try cut(plain, .mariadb) == statements)
        #expect(try cut(commented, .mariadb) == statements)
    }

    @Test func `any bytes are cut or refused, never more`() {
        var numbers = Numbers(state: 7)
        for text in texts(300) {
            var bytes = Array(text.utf8)
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = UInt8.random(
                    in: 0...255, using: &numbers)
            }
            for (_, rules) in LexicalRules.all {
                do throws(Failure) {
                    let script = try Script(bytes: bytes, file: "x", rules: rules)
                    for statement in script.statements {
                        _ = (statement.words, statement.stepClass(rules), statement.changesSession)
                    }
                } catch {
                    #expect(error.status == .rejected && error.place != nil)
                }
            }
        }
    }

    @Test(arguments: [
        "CREATE PROCEDURE p() BEGIN SELECT CASE WHEN ", "BEGIN NOT ATOMIC IF a THEN ", "(", "/*",
        "$a",
        "E'a'\n", "CREATE TRIGGER t BEGIN ; ", "CREATE FUNCTION f() BEGIN ATOMIC CASE ",
        "SELECT 'ä'; ",
    ])
    func `depth and length cost no more than their bytes`(_ piece: String) {
        // Small here, since a debug build is slow; an optimised one is timed with 40,000.
        let text = String(repeating: piece, count: 2_000)
        for (_, rules) in LexicalRules.all { _ = try? Script(text, file: "x", rules: rules) }
    }
}
