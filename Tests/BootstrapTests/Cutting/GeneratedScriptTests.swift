import ScriptCorpus
import Testing

@testable import Bootstrap

/// What holds for every script, shown on generated ones whose statements are known.
@Suite struct GeneratedScriptTests {
    /// An engine and the seed of a script.
    struct Sample: Sendable, CustomTestStringConvertible {
        var engine: Engine
        var seeds: Range<UInt64>
        var testDescription: String { "\(engine), \(seeds)" }

        func each(_ body: (UInt64) throws -> Void) rethrows { for seed in seeds { try body(seed) } }
    }

    static let samples = Engine.allCases.flatMap { engine in
        stride(from: UInt64(0), to: 400, by: 100).map {
            Sample(engine: engine, seeds: $0..<($0 + 100))
        }
    }

    private func generated(_ engine: Engine, _ seed: UInt64, comments: Bool) -> GeneratedScript {
        GeneratedScript(engine, seed: seed, style: .init(comments: comments, seed: seed &+ 1_000))
    }

    private func cut(_ script: GeneratedScript, _ engine: Engine) throws -> Script {
        try Script(script.text, file: "x.sql", rules: engine.rules)
    }

    @Test(arguments: samples)
    func `the statements are those that were put in, and join to the file`(_ sample: Sample) throws
    {
        try sample.each { seed in
            for comments in [false, true] {
                let made = generated(sample.engine, seed, comments: comments)
                let script = try cut(made, sample.engine)
                #expect(script.ranges == made.statements.map(\.range), "\(seed): \(made.text)")
                let bytes = Array(made.text.utf8)
                for (statement, range) in zip(script.statements, script.ranges) {
                    #expect(!range.isEmpty)
                    #expect(Array(statement.text.utf8) == Array(bytes[range]))
                }
            }
        }
    }

    @Test(arguments: samples)
    func `line ends and comments change no statement`(_ sample: Sample) throws {
        try sample.each { seed in
            let plain = generated(sample.engine, seed, comments: false)
            let windows = plain.text.replacing("\n", with: "\r\n")
            let one = try cut(plain, sample.engine)
            let texts = try Script(windows, file: "x.sql", rules: sample.engine.rules).statements
                .map { $0.text.replacing("\r\n", with: "\n") }
            #expect(texts == one.statements.map(\.text), "\(plain.text)")

            let commented = generated(sample.engine, seed, comments: true)
            let other = try cut(commented, sample.engine)
            #expect(
                one.statements.map { tokens($0, sample.engine) }
                    == other.statements.map { tokens($0, sample.engine) },
                "\(plain.text)\n\n\(commented.text)")
        }
    }

    private func tokens(_ statement: Statement, _ engine: Engine) -> [String] {
        var texts = TokenTexts(statement.text, engine.rules)
        var all: [String] = []
        while let text = texts.next() { all.append(text) }
        return all
    }

    @Test(arguments: samples)
    func `places are those that a look at every character finds`(_ sample: Sample) throws {
        try sample.each { seed in
            let made = generated(sample.engine, seed, comments: true)
            for text in [made.text, made.text.replacing("\n", with: "\r\n")] {
                let script = try Script(text, file: "x.sql", rules: sample.engine.rules)
                for (statement, range) in zip(script.statements, script.ranges) {
                    #expect(statement.place == SlowPlace.of(range.lowerBound, in: text))
                    let characters = Array(statement.text.unicodeScalars)
                    let position = 1 + Int(seed) % characters.count
                    let before = characters.prefix(position - 1).reduce(0) { $0 + UTF8.width($1) }
                    #expect(
                        script.place(of: position, in: statement)
                            == SlowPlace.of(range.lowerBound + before, in: text))
                }
            }
        }
    }

    // MARK: Fingerprints

    private func fingerprint(_ text: String, _ engine: Engine) throws -> String {
        try #require(
            Fingerprint(
                Array(text.utf8), directives: [], rules: engine.rules, known: EngineNames.all)?.text
        )
    }

    @Test(arguments: samples)
    func `a reformatted script has the same fingerprint`(_ sample: Sample) throws {
        try sample.each { seed in
            let made = GeneratedScript(
                sample.engine, seed: seed, style: .init(comments: false, seed: 1))
            let statements = made.statements.map(\.tokens)
            // Inside of CREATE the comments count, where the engine keeps its text.
            let hasText = statements.contains { $0.contains("CREATE") }
            let comments = sample.engine == .postgres || !hasText
            let other = GeneratedScript(
                sample.engine, statements, style: .init(comments: comments, seed: seed &+ 7))
            let before = try fingerprint(made.text, sample.engine)
            let after = try fingerprint(other.text, sample.engine)
            #expect(before == after, "\(made.text)\n\n\(other.text)")
        }
    }

    @Test(arguments: samples)
    func `another token, or one more or less, has another fingerprint`(_ sample: Sample) throws {
        try sample.each { seed in
            var noise = Noise(seed: seed)
            let style = GeneratedScript.Style(comments: false, seed: 1)
            let made = GeneratedScript(sample.engine, seed: seed, style: style)
            let before = try fingerprint(made.text, sample.engine)
            var statements = made.statements.map(\.tokens)
            let index = Int.random(in: statements.indices, using: &noise)
            let literals = statements[index].indices.filter {
                statements[index][$0].hasPrefix("'a")
            }
            switch Int.random(in: 0..<4, using: &noise) {
            case 0 where !literals.isEmpty:
                let token = noise.one(of: literals)
                statements[index][token] = "'b" + statements[index][token].dropFirst(2)
            case 1: statements[index].insert("extra", at: 1)
            case 2: statements.append(["SELECT", "1"])
            default: statements[index][0] = "/*+ hint */ " + statements[index][0]
            }
            let changed = GeneratedScript(sample.engine, statements, style: style)
            let after = try fingerprint(changed.text, sample.engine)
            #expect(after != before, "\(changed.text)")
        }
    }
}
