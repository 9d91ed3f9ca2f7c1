import Glibc
import ScriptCorpus
import Testing

@testable import Bootstrap

/// Texts that nobody would write: they are cut or refused, in linear time.
@Suite struct FuzzTests {
    private static func corpus(_ engine: Engine) -> [[UInt8]] {
        let cuts = CutCase.all(engine).map { Array($0.text.utf8) }
        let scripts = Corpus.scripts(engine).map { Array($0.text.utf8.prefix(3_000)) }
        let made = (0..<UInt64(100)).map { seed in
            let style = GeneratedScript.Style(comments: true, seed: seed)
            return Array(GeneratedScript(engine, seed: seed, style: style).text.utf8)
        }
        return cuts + scripts + made
    }

    private static let pieces: [[UInt8]] = [
        "'", "\"", "`", "[", "]", ";", "--", "-- ", "/*", "*/", "/*!", "/*!50003 ", "/*+", "$$",
        "$a$", "$", "\\", "\n", "\r", " ", "(", ")", "BEGIN", "END", "CASE", "IF", "THEN",
        " ATOMIC ", "CREATE ", "FUNCTION ", "TRIGGER ", "PROCEDURE ", "DELIMITER ",
        "\nDELIMITER //\n", "\nDELIMITER ;\n", "//", "COPY t FROM stdin;\n", "\\.\n", "E'", "U&'",
        "é", "🎉", "${A}", "${", "#", ":", ".", "@", "LOOP ", "REPEAT ", "WHILE ", "DO ", "FOR ",
        "EACH ROW ", "EVENT ", "NOT ", "-- bootstrap: only mysql\n", "-- bootstrap: portable\n",
        "\u{FEFF}", "\0", "SET sql_mode='ANSI_QUOTES';", "SET sql_mode=ORACLE;", "PACKAGE ",
        "SET standard_conforming_strings=off;", "\\echo x\n", "EXPLAIN ", ".", "1e", "\u{A0}",
    ].map { Array($0.utf8) }

    private static func mutated(_ bytes: [UInt8], _ noise: inout Noise) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<noise.one(of: [1, 1, 2, 4]) {
            let at = Int.random(in: 0...bytes.count, using: &noise)
            let end = min(bytes.count, at + noise.one(of: [1, 1, 2, 8, 40]))
            switch Int.random(in: 0..<7, using: &noise) {
            case 0: bytes.removeSubrange(at..<end)
            case 1: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
            case 2: bytes.removeSubrange(at...)
            case 3: bytes.removeSubrange(..<at)
            case 4 where at + 1 < bytes.count: bytes.swapAt(at, at + 1)
            case 5 where at < bytes.count: bytes[at] = .random(in: 0...255, using: &noise)
            default: bytes.insert(contentsOf: noise.one(of: pieces), at: at)
            }
        }
        return bytes
    }

    @Test(arguments: Engine.allCases)
    func `any bytes are cut or refused, never more`(_ engine: Engine) {
        let corpus = Self.corpus(engine)
        var noise = Noise(seed: 7)
        var (cuts, refusals) = (0, 0)
        for _ in 0..<2_000 {
            let bytes = Self.mutated(noise.one(of: corpus), &noise)
            do throws(Failure) {
                let script = try Script(bytes: bytes, file: "x.sql", rules: engine.rules)
                expectWhole(script, of: bytes, engine)
                cuts += 1
            } catch {
                expectInside(error, bytes)
                refusals += 1
            }
        }
        // Most mutations leave a script that can be cut; enough of them do not.
        #expect(cuts > 500 && refusals > 50, "\(cuts) cut, \(refusals) refused")
    }

    /// Statements follow each other, none is empty, and all of them are the file's bytes.
    private func expectWhole(_ script: Script, of bytes: [UInt8], _ engine: Engine) {
        var end = 0
        let words = String(decoding: bytes, as: UTF8.self).uppercased()
        let isSet = ["SET", "DISCARD", "DELIMITER"].contains { words.contains($0) }
        for (statement, range) in zip(script.statements, script.ranges) {
            #expect(range.lowerBound >= end && range.upperBound <= bytes.count && !range.isEmpty)
            #expect(statement.text == String(decoding: bytes[range], as: UTF8.self))
            let (first, last) = (bytes[range.lowerBound], bytes[range.upperBound - 1])
            #expect(!Byte.isSpace(first) && first != Byte.semicolon, "\(engine)")
            #expect(!Byte.isSpace(last), "\(engine)")
            end = range.upperBound
            if !isSet { expectAlone(statement, script.rules) }
            _ = (statement.words, statement.stepClass(script.rules), statement.changesSession)
        }
        #expect(script.statements.count == script.ranges.count)
    }

    /// A statement by itself is that statement, where nothing before it has changed how it is read.
    private func expectAlone(_ statement: Statement, _ rules: LexicalRules) {
        let bytes = Array(statement.text.utf8)
        // At the beginning or the end of a file, a mark means what it means nowhere else.
        guard statement.input == nil, bytes.first != Byte.dot, !bytes.starts(with: [0xef, 0xbb]),
            bytes.suffix(2) != [Byte.dash, Byte.dash]
        else { return }
        let again = try? Script(statement.text, file: "x.sql", rules: rules)
        #expect(again?.statements.map(\.text) == [statement.text], "\(statement.text)")
    }

    private func expectInside(_ failure: Failure, _ bytes: [UInt8]) {
        #expect(failure.status == .rejected && !failure.headline.isEmpty)
        guard let place = failure.place else {
            Issue.record("a failure without a place: \(failure)")
            return
        }
        let lines = bytes.split(separator: Byte.newline, omittingEmptySubsequences: false)
        #expect(place.line >= 1 && place.line <= lines.count)
        #expect(place.column >= 1)
        if lines.indices.contains(place.line - 1) {
            #expect(place.column <= lines[place.line - 1].count + 1)
        }
    }

    // MARK: Time

    /// Openers of everything: closed nowhere, nested, side by side.
    static let openers = [
        "/*", "/* ", "*/", "/*!", "/*!50003 ", "/**/", "/*+*/", "-- ", "--", "#", "'", "''", "\"",
        "`", "[", "]", "$a$", "$$", "$", "$a", "$a$$", "(", ")", "\\", "E'a'\n", "E'", "U&'", ";",
        "; ", "a", "1", "1e", "a.", "@", "${", "${a", "é", "🎉", "\n", "\r\n", " ", "BEGIN ",
        "BEGIN NOT ATOMIC ", "BEGIN NOT ATOMIC IF a THEN ", "END ", "CASE ", "CASE WHEN ",
        "SELECT CASE WHEN ", "CREATE ", "CREATE PROCEDURE p() BEGIN ", "CREATE TRIGGER t BEGIN ; ",
        "CREATE FUNCTION f() BEGIN ATOMIC ", "CREATE FUNCTION f() BEGIN ATOMIC CASE ",
        "EXPLAIN ", "DELIMITER //\n", "DELIMITER a\n", "\nDELIMITER ;\n", "SELECT 'ä'; ",
        "COPY t FROM stdin;\n", "COPY t FROM stdin;\n\\.\n", "\\.\n", "\\echo a\n", "\\restrict\n",
        "SET sql_mode = @a, ", "SET @a = @@sql_mode, sql_mode = ''; ", "SET a ", "SET ",
        "SET standard_conforming_strings = off; ", "LOOP ", "l: ", "x: LOOP ", "IF a THEN ",
        "-- bootstrap: only mysql\nSELECT 1;\n", "CREATE /*!50003 ", "CREATE PACKAGE a ",
        "PASSWORD ",
    ]

    private static func time(_ bytes: [UInt8], _ rules: LexicalRules) -> Double {
        var best = Double.infinity
        for _ in 0..<2 {
            let start = threadSeconds()
            _ = try? Script(bytes: bytes, file: "x.sql", rules: rules)
            _ = Fingerprint(bytes, directives: [], rules: rules, known: EngineNames.all)
            best = min(best, threadSeconds() - start)
        }
        return best
    }

    /// What this thread alone has used of a processor.
    static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test(arguments: openers)
    func `eight times the text costs eight times the time`(_ piece: String) {
        let unit = Array(piece.utf8)
        for engine in Engine.allCases {
            let count = 512 / unit.count
            let one = Array(repeatElement(unit, count: count).joined())
            let eight = Array(repeatElement(unit, count: 8 * count).joined())
            let (short, long) = (Self.time(one, engine.rules), Self.time(eight, engine.rules))
            // Quadratic time would be 64; a start that costs the same for both, less than 8.
            #expect(long < 28 * short + 0.001, "\(engine): \(short) s, then \(long) s")
        }
    }

    @Test(arguments: Engine.allCases)
    func `a long piece inside of a script costs no more than its bytes`(_ engine: Engine) {
        let starts = [
            "'", "\"", "/*", "-- ", "$a$", "`", "[", "E'", "(", "SELECT ", "1", "DELIMITER ",
        ]
        for opener in starts {
            for filler in ["a", "$", "*", "\\", " ", "'\n", "\"\n", "`", "${", "/", "-", "\n"] {
                let make = { (count: Int) in
                    Array((opener + String(repeating: filler, count: count)).utf8)
                }
                let short = Self.time(make(256), engine.rules)
                let long = Self.time(make(2_048), engine.rules)
                #expect(
                    long < 28 * short + 0.001, "\(engine) \(opener)\(filler): \(short), \(long)")
            }
        }
    }
}
