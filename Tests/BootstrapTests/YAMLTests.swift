import ScriptCorpus
import Testing

@testable import Bootstrap

/// What a YAML text means, in one line: plain scalars bare, others in quotes, tags in front.
private func shape(_ node: YAMLNode?) -> String {
    guard let node else { return "nothing" }
    let tag = node.tag.map { $0 + " " } ?? ""
    switch node.content {
    case .scalar(let text, let isPlain):
        return tag + (isPlain ? text : "'\(text)'")
    case .sequence(let elements):
        return tag + "[" + elements.map(shape).joined(separator: ", ") + "]"
    case .mapping(let pairs):
        let pairs = pairs.map { "\(shape($0.key)): \(shape($0.value))" }
        return tag + "{" + pairs.joined(separator: ", ") + "}"
    }
}

private func parse(_ text: String) throws -> YAMLNode? {
    try YAMLNode.parse(Array(text.utf8), file: "seeds/a.yaml")
}

private func mistake(_ text: String) -> String {
    mistake(Array(text.utf8))
}

private func mistake(_ bytes: [UInt8]) -> String {
    let failure = #expect(throws: Failure.self) {
        try YAMLNode.parse(bytes, file: "seeds/a.yaml")
    }
    #expect(failure?.status == .rejected)
    return failure?.description ?? ""
}

@Suite struct YAMLTests {
    @Test(arguments: [
        ("a: 12.10\nb: no\nc: 0123\nd: ~\n", "{a: 12.10, b: no, c: 0123, d: ~}"),
        ("- 'x: y'\n- \"a\\nb\"\n- |\n  two\n  lines\n", "['x: y', 'a\nb', 'two\nlines\n']"),
        ("z: 1\ny: 2\na: [3, {b: 4}]", "{z: 1, y: 2, a: [3, {b: 4}]}"),
        (
            "p: !argon2id ${X}\nq: !uuid v4\nr: !!str 1",
            "{p: !argon2id ${X}, q: !uuid v4, r: !!str 1}"
        ),
        ("p: !argon2id { generate: 24 }\nn: !now", "{p: !argon2id {generate: 24}, n: !now }"),
        ("a: ! 12", "{a: '12'}"),
        ("a:\nb: ''", "{a: , b: ''}"),
        ("key: grüße\n日本: ✓", "{key: grüße, 日本: ✓}"),
        ("\u{FEFF}a: 1", "{a: 1}"),
        ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", "{a: 1, b: 'x\ny\n'}"),
        ("a: &x [1, 2]\nb: *x", "{a: [1, 2], b: [1, 2]}"),
        ("base: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3", "{base: {x: 1, y: 2}, c: {y: 3, x: 1}}"),
        ("- &a {x: 1}\n- &b {x: 2, y: 2}\n- <<: [*a, *b]", "[{x: 1}, {x: 2, y: 2}, {x: 1, y: 2}]"),
        ("%YAML 1.1\n---\na: 1\n...\n", "{a: 1}"),
        ("", "nothing"),
        ("# only a comment\n", "nothing"),
        ("---\n", "nothing"),
        ("null", "nothing"),
        ("one", "one"),
        ("a: \"\\0\"", "{a: '\0'}"),
    ])
    func `a text means what the specification says`(_ text: String, _ expected: String) throws {
        #expect(shape(try parse(text)) == expected)
    }

    @Test func `places count characters from 1`() throws {
        let root = try #require(try parse("# c\nä: 1\nlist:\n  - é: {ö: !now , k: v}\n"))
        let pairs = try #require(root.pairs)
        #expect(pairs[0].value.place == Place(file: "seeds/a.yaml", line: 2, column: 4))
        let row = try #require(pairs[1].value.elements?.first)
        #expect(row.place.description == "seeds/a.yaml:4:5")
        #expect(row["é"]?["ö"]?.place.description == "seeds/a.yaml:4:12")
        #expect(row["é"]?["k"]?.place.description == "seeds/a.yaml:4:22")
        #expect(row["nowhere"] == nil)
    }

    @Test func `nothing, a text, a list and a mapping have names`() throws {
        let root = try #require(try parse("[null, '', x, [], {}]"))
        #expect(
            root.elements?.map(\.kind) == ["nothing", "a text", "a text", "a list", "a mapping"])
    }

    @Test(arguments: [
        (
            "a: 1\nb: 2\na: 3\n",
            """
            seeds/a.yaml:3:1 gives the key a a second time; the first is in line 1
                a: 3
                ^
            """
        ),
        (
            "a: 1\n---\nb: 2\n",
            """
            seeds/a.yaml:2:1 begins a second document; a file holds one
                ---
                ^
            Next: Make two files of it, or take the line away that begins with ---.
            """
        ),
        (
            "a:\n\t- 1\n",
            """
            seeds/a.yaml:2:1 has a tab where YAML wants spaces
                 - 1
                ^
            Next: Indent with spaces.
            """
        ),
        (
            "name: @home\n",
            """
            seeds/a.yaml:1:7 is not valid YAML: found character that cannot start any token \
            while scanning for the next token
                name: @home
                      ^
            Next: Put a value that begins with this character in quotes.
            """
        ),
        (
            "title: one: two\n",
            """
            seeds/a.yaml:1:11 is not valid YAML: mapping values are not allowed in this context
                title: one: two
                          ^
            Next: Put a value that holds a colon and a space in quotes.
            """
        ),
        (
            "a: [1, 2\nb: 3\n",
            """
            seeds/a.yaml:2:2 is not valid YAML: did not find expected ',' or ']' \
            while parsing a flow sequence
                b: 3
                 ^
            Next: Put a value that holds a colon and a space in quotes.
            """
        ),
        (
            "a: &one 1\nb: *onne\n",
            """
            seeds/a.yaml:2:4 names the anchor &onne, which is not defined above it; \
            did you mean *one?
                b: *onne
                   ^
            Next: Put a text that begins with * in quotes.
            """
        ),
        (
            "a: &x [1, *x]\n",
            """
            seeds/a.yaml:1:11 names the anchor &x, which this value is a part of
                a: &x [1, *x]
                          ^
            """
        ),
        (
            "? [1, 2]\n: 3\n",
            """
            seeds/a.yaml:1:3 has a list as a key
                ? [1, 2]
                  ^
            """
        ),
        (
            "'': 3\n",
            """
            seeds/a.yaml:1:1 has a key without a name
                '': 3
                ^
            """
        ),
        (
            "<<: 3\n",
            """
            seeds/a.yaml:1:5 merges a text; << takes mappings
                <<: 3
                    ^
            """
        ),
        (
            "a: 'open\n",
            """
            seeds/a.yaml:2:1 is not valid YAML: found unexpected end of stream \
            while scanning a quoted scalar
            """
        ),
        (
            "a: x\u{7}\n",
            """
            seeds/a.yaml:1:5 holds the character U+0007, which YAML does not allow
            Next: Take it away, or write it as an escape between double quotes.
            """
        ),
    ])
    func `a mistake is shown with its place`(_ text: String, _ expected: String) {
        #expect(mistake(text) == expected)
    }

    @Test func `bytes that are no UTF-8 are named with their place`() {
        #expect(
            mistake(Array("a: 1\nü: x".utf8) + [0xFF, 0x0A]) == """
                seeds/a.yaml:2:5 is not UTF-8
                Next: Save the file as UTF-8.
                """)
        #expect(mistake([0xFF, 0xFE, 0x61, 0x00]).hasPrefix("seeds/a.yaml:1:1 is not UTF-8"))
    }

    @Test(arguments: ["password: @x", "url: postgres://a:b@c: d: e", "t: !argon2id @x"])
    func `a line that may hold a password is not shown`(_ text: String) {
        #expect(!mistake(text).contains("\n    "))
    }

    @Test func `deep nesting is refused`() {
        let expected = "seeds/a.yaml:1:101 is nested more than 100 levels deep"
        #expect(mistake(String(repeating: "[", count: 100_000)) == expected)
        let blocks = (0..<200).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(mistake(blocks) == "seeds/a.yaml:100:100 is nested more than 100 levels deep")
    }

    @Test func `aliases that unfold to billions are refused`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(mistake(text).contains("unfolds to more than a million values"))
    }

    @Test func `a file that is too large is refused`() {
        #expect(
            mistake([UInt8](repeating: 0x20, count: YAMLSource.sizeLimit + 1)) == """
                seeds/a.yaml is larger than 64 MB
                Next: Put rows into a data file (.csv, .tsv or .jsonl) and name it with `file:`.
                """)
    }

    @Test func `the status is the caller's`() {
        let failure = #expect(throws: Failure.self) {
            try YAMLNode.parse(Array("a: @".utf8), file: "bootstrap.yaml", status: .configuration)
        }
        #expect(failure?.status == .configuration)
    }

    @Test func `random text is read or refused, and never crashes`() {
        var random = Noise(seed: 7)
        let alphabet = Array("abc: -[]{}&*!|>'\"%@`#,?\n\n  \t~<é\u{0}$".unicodeScalars)
        for _ in 0..<3000 {
            let count = Int.random(in: 0..<60, using: &random)
            var text = String.UnicodeScalarView()
            for _ in 0..<count { text.append(alphabet.randomElement(using: &random) ?? "a") }
            let bytes = Array(String(text).utf8)
            do throws(Failure) {
                _ = try YAMLNode.parse(bytes, file: "f")
            } catch {
                #expect(error.status == .rejected)
                #expect(error.place != nil)
            }
            let spoilt = bytes.map { $0 ^ (Bool.random(using: &random) ? 0x80 : 0) }
            _ = try? YAMLNode.parse(spoilt, file: "f")
        }
    }
}
