import Testing

@testable import Bootstrap

/// JSON Lines: an object of RFC 8259 on each line.
@Suite struct JSONLinesTests {
    @Test func `the first object's keys are the columns, and order is free behind it`() throws {
        let text = """
            \u{FEFF}{"a": 12.10, "b": "x"}

             { "b" : null , "a" : -1e+5 }\u{20}
            \r
            {"a":true,"b":[1, {"c": "]"}]}\r
            {"\\u0061":{},"b":false}
            """
        let source = DataSource(path: "x.jsonl", bytes: Array(text.utf8))
        let records = try DataRecords(source, .jsonLines)
        #expect(records.header.map(\.name) == ["a", "b"])
        #expect(records.header.map(\.place.column) == [2, 14])
        var rows: [[String?]] = []
        var kinds: [[DataField.Kind]] = []
        var lines: [Int] = []
        while try records.read() {
            rows.append(ReadRecords.row(records))
            kinds.append((0..<2).map { records.field($0).kind })
            lines.append(records.line)
        }
        #expect(
            rows == [
                ["12.10", "x"], ["-1e+5", nil], ["true", "[1, {\"c\": \"]\"}]"], ["{}", "false"],
            ])
        #expect(
            kinds == [
                [.number, .quotedText], [.number, .null], [.truth, .json], [.json, .truth],
            ])
        #expect(lines == [1, 3, 5, 6])
    }

    @Test func `a string's escapes become characters`() {
        let text = #"{"a":"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDC18é","b":"plain"}"#
        #expect(
            ReadRecords(text, .jsonLines).rows
                == [["\"\\/\u{8}\u{C}\n\r\t\u{E9}\u{1F418}\u{E9}", "plain"]])
    }

    @Test func `a file without objects has no columns and no rows`() {
        for text in ["", "\n \n", "\u{FEFF}"] {
            #expect(ReadRecords(text, .jsonLines) == ReadRecords("", .jsonLines))
            #expect(ReadRecords(text, .jsonLines).failure == nil)
            #expect(ReadRecords(text, .jsonLines).header.isEmpty)
        }
    }

    @Test(arguments: [
        ("[1]", "1:1 is no object of JSON"), ("  x", "1:3 is no object of JSON"),
        ("{}", "1:1 has no keys, which would name the columns"),
        ("{\"\":1}", "1:2 has an empty key, which names no column"),
        ("{\"a\":1,\"a\":2}", "1:8 has the key \"a\" twice"),
        ("{\"a\":1}\n{\"a\":1,\"\\u0061\":2}", "2:8 has the key \"a\" twice"),
        (
            "{\"name\":1}\n\n{\"naem\":1}",
            "3:2 has the unknown key \"naem\"; did you mean \"name\"?"
        ),
        ("{\"a\":1,\"b\":2,\"c\":3}\n {\"c\":1,\"a\":1}", "2:2 has no \"b\""),
        ("{\"a\":1} {\"a\":2}", "1:9 has more behind its object"),
        ("{\"a\":1\n}", "1:7 lacks a comma, or the brace that closes its object"),
        ("{\"a\":1 \"b\":2}", "1:8 lacks a comma, or the brace that closes its object"),
        ("{\"a\":1,}", "1:8 lacks a key in double quotes"),
        ("{a:1}", "1:2 lacks a key in double quotes"),
        ("{\"a\" 1}", "1:6 lacks a colon behind a key"),
        ("{\"é\":01}", "1:7 lacks a comma, or the brace that closes its object"),
        ("{\"a\":+1}", "1:6 is no JSON from here on"),
        ("{\"a\":tru}", "1:6 is no JSON from here on"),
        ("{\"a\":[1,]}", "1:9 is no JSON from here on"),
        ("{\"a\":NaN}", "1:6 is no JSON from here on"),
        ("{\"a\":\"x\ty\"}", "1:8 has in a string what JSON does not allow there"),
        ("{\"a\":\"é\\x\"}", "1:9 has in a string what JSON does not allow there"),
        ("{\"a\":\"x\n\"}", "1:6 opens a string that its line does not close"),
        ("{\"a\":\"é\\uD83Dx\"}", "1:8 has an escape that stands for no character of a text"),
        ("{\"a\":\"\\uDC18\"}", "1:7 has an escape that stands for no character of a text"),
        ("{\"a\":\"\\u0000\"}", "1:7 has an escape that stands for no character of a text"),
        ("{\"a\":1}\n{\"a\":\"\0\"}", "2:7 a byte 0 stands here; this is no text in UTF-8"),
    ])
    func `what is wrong is told with its place`(_ text: String, _ failure: String) {
        #expect(ReadRecords(text, .jsonLines).failure == failure)
    }

    @Test func `JSON is refused where it is nested too deeply, and no stack is used up`() {
        let deep = "{\"a\":" + String(repeating: "[", count: 100_000) + "}"
        #expect(ReadRecords(deep, .jsonLines).failure == "1:106 is no JSON from here on")
    }
}
