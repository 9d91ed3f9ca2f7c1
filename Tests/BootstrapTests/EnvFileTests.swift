import ScriptCorpus
import Testing

@testable import Bootstrap

private func parse(
    _ text: String, environment: [String: String] = [:]
) throws(Failure) -> [String: String] {
    let file = try EnvFile(Array(text.utf8), file: ".env", environment: environment)
    return file.entries.reduce(into: [:]) { $0[$1.name] = $1.value }
}

@Suite struct EnvFileTests {
    @Test(arguments: [
        ("A=1", "1"),
        ("A=", ""),
        ("A = spaced out  ", "spaced out"),
        ("  export A=1", "1"),
        ("\texport\tA=1", "1"),
        ("A=a=b=c", "a=b=c"),
        ("A=value # comment", "value"),
        ("A=value#no comment", "value#no comment"),
        ("A=# comment", ""),
        ("A='it # stays'", "it # stays"),
        ("A=\"it # stays\" # this not", "it # stays"),
        ("A='a\\nb $X ${X}'", "a\\nb $X ${X}"),
        ("A=\"a\\nb\\t\\\"q\\\" \\\\ \\x\"", "a\nb\t\"q\" \\ \\x"),
        ("A=\"two\nlines\"", "two\nlines"),
        ("A='two\r\nlines'\r\nB=2\r\n", "two\nlines"),
        ("\u{FEFF}A=1", "1"),
        ("# c\n\n   # c\nA=1\n", "1"),
        ("A=1\nA=2", "2"),
        ("A", nil),
        ("export A\nB=1", nil),
        ("X=x\nA=${X}y${X}", "xyx"),
        ("X=x\nA=\"${X} ${NO:-d}\"", "x d"),
        ("X=x\nA='${X}'", "${X}"),
        ("X=x\nA=\\${X}", "${X}"),
        ("X=x\nA=\"\\${X} \\$5\"", "${X} $5"),
        ("A=${NO}", ""),
        ("A=$X-$5", "$X-$5"),
        ("A=pa${ss", "pa${ss"),
        ("A=${HOME}", "/home/ann"),
        ("HOME=/x\nA=${HOME}", "/home/ann"),
        ("A='ü ✓'", "ü ✓"),
        ("my.app-name=1\nA=2", "2"),
    ])
    func `a variable has the value that other tools give it`(
        _ text: String, _ expected: String?
    ) throws {
        #expect(try parse(text, environment: ["HOME": "/home/ann"])["A"] == expected)
    }

    @Test(arguments: [
        (
            "A=1\nwhat is this\n",
            ".env:2:1 is not NAME=value\nNext: Begin the line with # if it is a comment."
        ),
        ("=1", ".env:1:1 is not NAME=value\nNext: Begin the line with # if it is a comment."),
        ("A=1\n B=\"open\n\n", ".env:2:4 has a quotation mark without a second one"),
        ("A='open", ".env:1:3 has a quotation mark without a second one"),
    ])
    func `a mistake is told with its place`(_ text: String, _ message: String) {
        let failure = #expect(throws: Failure.self) { try parse(text) }
        #expect(failure?.description == message)
        #expect(failure?.status == .configuration)
    }

    @Test func `other encodings are refused`() {
        let failure = #expect(throws: Failure.self) {
            try EnvFile([0x41, 0x3D, 0xFF], file: ".env", environment: [:])
        }
        #expect(failure?.description == ".env is not UTF-8\nNext: Save the file as UTF-8.")
    }

    @Test func `lines that double each other end at a megabyte`() {
        var text = "A0=xxxxxxxxxx\n"
        for level in 1...60 { text += "A\(level)=${A\(level - 1)}${A\(level - 1)}\n" }
        let failure = #expect(throws: Failure.self) { try parse(text) }
        #expect(
            failure?.description == ".env:18:1 gives A17 more than a megabyte of text")
    }

    @Test func `random files are read or refused, and never crash`() {
        var random = Noise(seed: 9)
        let alphabet = Array("AB=\"'# \n\t\\${}:-é\r")
        for _ in 0..<3000 {
            let count = Int.random(in: 0..<40, using: &random)
            let text = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? "a" }
            _ = try? parse(String(text))
        }
    }
}
