/// A script put together from pieces that try to mislead a scanner; its cuts are known.
package struct GeneratedScript: Sendable {
    /// The tokens of each statement, and the bytes that it covers.
    package private(set) var statements: [(tokens: [String], range: Range<Int>)] = []
    /// The script.
    package private(set) var text = ""

    /// What stands between tokens and statements.
    package struct Style: Sendable {
        /// Whether comments may stand inside of statements.
        package var comments: Bool
        /// Where its noise begins.
        package var seed: UInt64

        /// A style.
        package init(comments: Bool, seed: UInt64) {
            self.comments = comments
            self.seed = seed
        }
    }

    /// A script of a few statements.
    package init(_ engine: Engine, seed: UInt64, style: Style) {
        var grammar = Grammar(engine, Noise(seed: seed))
        let statements = (0..<grammar.noise.one(of: [1, 2, 3, 5])).map { _ in grammar.statement() }
        self.init(engine, statements, style: style)
    }

    /// A script of these statements.
    package init(_ engine: Engine, _ statements: [[String]], style: Style) {
        var gaps = Gaps(engine, Noise(seed: style.seed))
        for tokens in statements {
            text += gaps.outside()
            let start = text.utf8.count
            for (index, token) in tokens.enumerated() {
                if index > 0 { text += gaps.inside(comments: style.comments) }
                text += token
            }
            self.statements.append((tokens, start..<text.utf8.count))
            text += gaps.inside(comments: style.comments) + ";"
        }
        text += gaps.outside()
    }
}

/// What may stand between tokens: white space, and comments full of quotes and semicolons.
private struct Gaps {
    private let engine: Engine
    private var noise: Noise

    init(_ engine: Engine, _ noise: Noise) {
        self.engine = engine
        self.noise = noise
    }

    private static let spaces = [" ", "\n", "\t", "  ", " \n  ", "\n\n", "\u{C}"]

    private var comments: [String] {
        let common = ["/* ; ' \" */", "-- ; ' $$ \n", "/**/", "/* END; é */", "-- bootstrapped;\n"]
        switch engine {
        case .postgres: return common + ["/* /* ; */ ' */", "--;'\n", "/*!50000 ; */"]
        case .mariadb, .mysql: return common + ["# ; ' `\n", "-- \\\n", "/* /* ; */"]
        case .sqlite: return common + ["--;[\n", "/* /* [ */"]
        }
    }

    /// Between two tokens of a statement: never nothing.
    mutating func inside(comments: Bool) -> String {
        var gap = noise.one(of: Self.spaces)
        while comments, noise.isOne(in: 3) { gap += noise.one(of: self.comments) + " " }
        return gap
    }

    /// Between two statements.
    mutating func outside() -> String {
        var gap = noise.one(of: Self.spaces + [""])
        while noise.isOne(in: 2) { gap += noise.one(of: comments + [";", " ; ;", "\n"]) + " " }
        return gap
    }
}

/// Makes statements: true ones in their outline, nonsense in their values.
private struct Grammar {
    private let engine: Engine
    var noise: Noise
    private var depth = 0
    /// A trigger may hold no parameters.
    private var isTrigger = false

    init(_ engine: Engine, _ noise: Noise) {
        self.engine = engine
        self.noise = noise
    }

    private static let plain = [
        "'a;b'", "'it''s;'", "''", "'--'", "'/*'", "'größe; 🎉'", "\"x;y\"", "\"a\"\"b\"", "größe",
        "1.5e-3", "x'53'", "'\n;\n'", "'END;'", "'$$'", "'#'", "(SELECT 1)",
    ]

    private var atoms: [String] {
        switch engine {
        case .postgres:
            Self.plain + [
                "$$a;'b$$", "$t$ $$ ; $t$", "E'\\';'", "e'\\\\'", "U&'\\\\;'", "'\\'", "U&\"d;\"",
                "$1",
                "a[1:2]", "b::text", "a->>'b;'", "a#>>'{;}'", "a@-1", "a ? ';'", "E'x'\n'\\';'",
                "größe$1", "$größe$;$größe$", "B'1'", "N'n;'",
            ]
        case .mariadb, .mysql:
            Self.plain + [
                "'\\';'", "\"\\\";\"", "`a;b`", "`a\\`", "'\\\\'", "@'a;'", "@`b;`", "_utf8mb4'c;'",
                "/*!50000 1 + */ 2", "a$b", "end", "begin", "t.end", "IF(1,2,3)", "N'n;'", "0x1F",
                "REPEAT('a;',2)", "/*! ';' */", "(SELECT end)",
            ]
        case .sqlite:
            Self.plain + [
                "[a;b]", "[']", "`a;b`", "'\\'", "\"\\\"", "a->>'$.b;'", "[\"]", "0x1F",
            ] + (isTrigger ? [] : [":a", "@b", "$c", "?1"])
        }
    }

    /// A value of one or more tokens.
    private mutating func value() -> [String] {
        depth += 1
        defer { depth -= 1 }
        switch Int.random(in: 0..<(depth < 4 ? 10 : 7), using: &noise) {
        case 0...6: return [noise.one(of: atoms)]
        case 7:
            return ["CASE", "WHEN"] + value() + ["THEN"] + value() + ["ELSE"] + value() + ["END"]
        case 8: return ["("] + value() + [")"]
        default: return value() + ["+"] + value()
        }
    }

    private mutating func values() -> [String] {
        var tokens = value()
        while noise.isOne(in: 2) { tokens += [","] + value() }
        return tokens
    }

    /// One that ends at its first semicolon.
    private mutating func simple() -> [String] {
        switch Int.random(in: 0..<4, using: &noise) {
        case 0: ["INSERT", "INTO", "t", "(", "a", ")", "SELECT"] + value() + ["FROM", "t"]
        case 1: ["UPDATE", "t", "SET", "a", "="] + value()
        case 2: ["DELETE", "FROM", "t", "WHERE"] + value() + ["=", "1"]
        default: ["SELECT"] + values() + ["FROM", "t"]
        }
    }

    /// A statement of any kind.
    mutating func statement() -> [String] {
        guard noise.isOne(in: 3) else { return simple() }
        switch engine {
        case .postgres:
            guard noise.isOne(in: 2) else {
                return ["CREATE", "FUNCTION", "f", "(", ")", "RETURNS", "int", "BEGIN", "ATOMIC"]
                    + statements { $0.simple() } + ["END"]
            }
            return ["CREATE", "RULE", "r", "AS", "ON", "INSERT", "TO", "t", "DO", "ALSO", "("]
                + statements { $0.simple() } + [")"]
        case .sqlite:
            isTrigger = true
            defer { isTrigger = false }
            let start = noise.one(of: [["CREATE"], ["CREATE", "TEMP"], ["EXPLAIN", "CREATE"]])
            return start + ["TRIGGER", "g", "AFTER", "INSERT", "ON", "t", "BEGIN"]
                + statements { $0.simple() } + ["END"]
        case .mariadb, .mysql:
            let head = noise.one(of: [
                ["CREATE", "PROCEDURE", "p", "(", ")"],
                ["CREATE", "DEFINER", "=", "user@`a;b`", "PROCEDURE", "p", "(", ")"],
                ["CREATE", "TRIGGER", "g", "AFTER", "INSERT", "ON", "t", "FOR", "EACH", "ROW"],
                ["CREATE", "EVENT", "e", "ON", "SCHEDULE", "EVERY", "1", "DAY", "DO"],
            ])
            return head + block()
        }
    }

    private mutating func statements(_ one: (inout Grammar) -> [String]) -> [String] {
        (0..<noise.one(of: [1, 2, 3])).flatMap { _ in one(&self) + [";"] }
    }

    private mutating func block() -> [String] {
        var declarations: [String] = []
        if noise.isOne(in: 3) {
            declarations += ["DECLARE", "c", "CURSOR", "FOR", "SELECT"] + values() + [";"]
        }
        if depth < 3, noise.isOne(in: 3) {
            declarations +=
                ["DECLARE", "CONTINUE", "HANDLER", "FOR", "NOT", "FOUND"] + block() + [";"]
        }
        return ["BEGIN"] + declarations + statements { $0.compound() } + ["END"]
    }

    /// A statement of a body on MariaDB.
    private mutating func compound() -> [String] {
        depth += 1
        defer { depth -= 1 }
        guard depth < 4, noise.isOne(in: 2) else { return simple() }
        let some: (inout Grammar) -> [String] = { $0.compound() }
        switch Int.random(in: 0..<7, using: &noise) {
        case 0:
            return ["IF"] + value() + ["THEN"] + statements(some) + ["ELSE"] + statements(some)
                + ["END", "IF"]
        case 1:
            return ["CASE"] + value() + ["WHEN"] + value() + ["THEN"] + statements(some)
                + ["END", "CASE"]
        case 2: return ["`l;`", ":", "LOOP"] + statements(some) + ["END", "LOOP", "`l;`"]
        case 3: return ["WHILE"] + value() + ["DO"] + statements(some) + ["END", "WHILE"]
        case 4: return ["REPEAT"] + statements(some) + ["UNTIL"] + value() + ["END", "REPEAT"]
        case 5: return ["l", ":"] + block() + ["l"]
        default: return block()
        }
    }
}
