import Testing

@testable import Bootstrap

/// Lists of JSON as PostgreSQL's arrays.
struct ArrayLiteralTests {
    @Test(arguments: [
        ("[]", "{}"),
        (" [ 1, -2.5e3 ,true,null ] ", "{1,-2.5e3,true,NULL}"),
        (#"["a", "", "null", "b c", "d,e", "{f}"]"#, #"{"a","","null","b c","d,e","{f}"}"#),
        (
            #"["say \"yes\"", "back\\slash", "tab\tand\nline\/"]"#,
            "{\"say \\\"yes\\\"\",\"back\\\\slash\",\"tab\tand\nline/\"}"
        ),
        (#"["\u00e9\ud83d\udc18x", "é"]"#, "{\"é🐘x\",\"é\"}"),
        ("[[1, 2], [3, 4]]", "{{1,2},{3,4}}"),
        (#"[{"a": ["]", "\""]}, {}]"#, #"{"{\"a\": [\"]\", \"\\\"\"]}","{}"}"#),
    ])
    func `a list becomes a literal`(_ json: String, _ literal: String) {
        #expect(ArrayLiteral.text(ofJSON: json) == literal)
    }

    @Test(arguments: ["{1,2}", "{}", "", "[1", "[1] x", "\"a\"", "null"])
    func `what is no list is left to the engine`(_ text: String) {
        #expect(ArrayLiteral.text(ofJSON: text) == nil)
    }
}
