/// PostgreSQL's literal of an array, made of a JSON list: `{1,NULL,"a b"}`.
/// <https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO>
struct ArrayLiteral {
    private let bytes: [UInt8]
    private var index = 0
    private var text: [UInt8] = []

    /// The literal for a JSON list, or `nil` for other documents and what is no JSON.
    ///
    /// Lists inside are further dimensions; an object is an element, as its JSON text.
    static func text(ofJSON json: String) -> String? {
        guard JSONText.mistake(in: json) == nil else { return nil }
        var literal = ArrayLiteral(bytes: Array(json.utf8))
        literal.skipSpace()
        guard literal.next == UInt8(ascii: "[") else { return nil }
        literal.value()
        return String(decoding: literal.text, as: UTF8.self)
    }

    /// The literal of a list of words.
    static func text(of words: [String]) -> String {
        var literal = ArrayLiteral(bytes: [])
        for word in words {
            if !literal.text.isEmpty { literal.text.append(Byte.comma) }
            literal.quote(Array(word.utf8))
        }
        return "{" + String(decoding: literal.text, as: UTF8.self) + "}"
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, Byte.isSpace(byte) { index += 1 }
    }

    /// Writes the value that begins here, which is known to be JSON.
    private mutating func value() {
        switch next {
        case UInt8(ascii: "["): list()
        case UInt8(ascii: "{"): quote(document())
        case UInt8(ascii: "\""): quote(string())
        default:
            let start = index
            while let byte = next, !Byte.isSpace(byte), byte != Byte.comma,
                byte != Byte.closeBracket
            {
                index += 1
            }
            let word = bytes[start..<index]
            text += word.elementsEqual("null".utf8) ? Array("NULL".utf8)[...] : word
        }
    }

    private mutating func list() {
        text.append(UInt8(ascii: "{"))
        index += 1
        skipSpace()
        while next != Byte.closeBracket {
            value()
            skipSpace()
            if next == Byte.comma {
                text.append(Byte.comma)
                index += 1
                skipSpace()
            }
        }
        index += 1
        text.append(UInt8(ascii: "}"))
    }

    /// Steps over an object, and returns its text.
    private mutating func document() -> [UInt8] {
        let start = index
        var depth = 0
        repeat {
            switch next {
            case UInt8(ascii: "\""): _ = string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                index += 1
            default: index += 1
            }
        } while depth > 0
        return Array(bytes[start..<index])
    }

    /// Steps over a string, and returns what it means.
    private mutating func string() -> [UInt8] {
        var units: [UInt16] = []
        var result: [UInt8] = []
        func flush() {
            guard !units.isEmpty else { return }
            result += Array(String(decoding: units, as: UTF16.self).utf8)
            units = []
        }
        index += 1
        while let byte = next, byte != UInt8(ascii: "\"") {
            index += 1
            guard byte == Byte.backslash, let escape = next else {
                flush()
                result.append(byte)
                continue
            }
            index += 1
            if escape == UInt8(ascii: "u") {
                let digits = String(decoding: bytes[index..<index + 4], as: UTF8.self)
                units.append(UInt16(digits, radix: 16) ?? 0xFFFD)
                index += 4
                continue
            }
            flush()
            result.append(Self.escapes[escape] ?? escape)
        }
        flush()
        index += 1
        return result
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A,
        UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]

    private mutating func quote(_ element: [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in element {
            if byte == Byte.backslash || byte == UInt8(ascii: "\"") { text.append(Byte.backslash) }
            text.append(byte)
        }
        text.append(UInt8(ascii: "\""))
    }
}

extension Column {
    /// Whether its values are PostgreSQL's arrays.
    var isArray: Bool { meaning == .other && type.hasSuffix("[]") }
}
