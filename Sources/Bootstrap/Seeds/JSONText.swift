extension SeedTag {
    /// Reads a value as a JSON document: a text is one already, anything else is written as YAML.
    static func document(_ node: YAMLNode) throws(Failure) -> JSONTemplate {
        guard node.text != nil else { return try element(node) }
        return .text(try template(node, .json))
    }

    private static func element(_ node: YAMLNode) throws(Failure) -> JSONTemplate {
        switch node.content {
        case .scalar(let text, let isPlain):
            if node.isNull { return .literal("null") }
            if isPlain, let literal = JSONText.literal(text) { return .literal(literal) }
            return .text(try template(node))
        case .sequence(let nodes):
            var elements: [JSONTemplate] = []
            for node in nodes { elements.append(try element(node)) }
            return .list(elements)
        case .mapping(let pairs):
            var members: [(name: String, value: JSONTemplate)] = []
            for (key, value) in pairs {
                members.append((key.text ?? "", try element(value)))
            }
            return .object(members)
        }
    }
}

extension JSONTemplate {
    /// The document as text; a text at its top is a document already, one inside is a string.
    func text(_ settings: Settings) throws(TemplateError) -> String {
        if case .text(let template) = self { return try template.resolve(settings).text }
        return try inner(settings)
    }

    private func inner(_ settings: Settings) throws(TemplateError) -> String {
        switch self {
        case .literal(let text): return text
        case .text(let template): return JSONText.string(try template.resolve(settings).text)
        case .list(let elements):
            var parts: [String] = []
            for element in elements { parts.append(try element.inner(settings)) }
            return "[" + parts.joined(separator: ", ") + "]"
        case .object(let members):
            var parts: [String] = []
            for (name, value) in members {
                parts.append(JSONText.string(name) + ": " + (try value.inner(settings)))
            }
            return "{" + parts.joined(separator: ", ") + "}"
        }
    }
}

/// JSON by RFC 8259: written, and checked without being changed.
enum JSONText {
    /// What a plain YAML scalar is in JSON, by YAML 1.2's core schema: a boolean or a number.
    static func literal(_ text: String) -> String? {
        switch text {
        case "true", "True", "TRUE": return "true"
        case "false", "False", "FALSE": return "false"
        default:
            var scanner = Scanner(Array(text.utf8))
            return scanner.number() && scanner.isAtEnd ? text : nil
        }
    }

    /// A string with its quotes and escapes.
    static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                result += "\\u00" + [UInt8(scalar.value)].hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Where `text` stops being JSON, in bytes from 0; `nil` when it is a document.
    static func mistake(in text: String) -> Int? {
        var scanner = Scanner(Array(text.utf8))
        scanner.space()
        guard scanner.value(depth: 0) else { return scanner.index }
        scanner.space()
        return scanner.isAtEnd ? nil : scanner.index
    }

    private struct Scanner {
        private let bytes: [UInt8]
        private(set) var index = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { index == bytes.count }
        private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

        mutating func space() {
            while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
        }

        private mutating func take(_ text: StaticString) -> Bool {
            let count = text.utf8CodeUnitCount
            let expected = UnsafeBufferPointer(start: text.utf8Start, count: count)
            guard bytes[index...].starts(with: expected) else { return false }
            index += count
            return true
        }

        mutating func value(depth: Int) -> Bool {
            guard depth < 100 else { return false }
            switch next {
            case 0x7B: return members(depth: depth)
            case 0x5B: return elements(depth: depth)
            case 0x22: return string()
            case 0x74: return take("true")
            case 0x66: return take("false")
            case 0x6E: return take("null")
            default: return number()
            }
        }

        private mutating func members(depth: Int) -> Bool {
            index += 1
            space()
            if take("}") { return true }
            repeat {
                space()
                guard next == 0x22, string() else { return false }
                space()
                guard take(":") else { return false }
                space()
                guard value(depth: depth + 1) else { return false }
                space()
            } while take(",")
            return take("}")
        }

        private mutating func elements(depth: Int) -> Bool {
            index += 1
            space()
            if take("]") { return true }
            repeat {
                space()
                guard value(depth: depth + 1) else { return false }
                space()
            } while take(",")
            return take("]")
        }

        private mutating func string() -> Bool {
            index += 1
            while let byte = next {
                if byte < 0x20 { return false }
                index += 1
                if byte == 0x22 { return true }
                guard byte == 0x5C else { continue }
                guard let escape = next else { return false }
                if escape == 0x75 {
                    let digits = bytes[index...].dropFirst().prefix(4)
                    guard digits.count == 4, digits.allSatisfy(isHexadecimal) else { return false }
                    index += 5
                } else if Array("\"\\/bfnrt".utf8).contains(escape) {
                    index += 1
                } else {
                    return false
                }
            }
            return false
        }

        private func isHexadecimal(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte)
                || (0x61...0x66).contains(byte)
        }

        private mutating func digits() -> Int {
            let start = index
            while let byte = next, (0x30...0x39).contains(byte) { index += 1 }
            return index - start
        }

        mutating func number() -> Bool {
            _ = take("-")
            let start = index
            let count = digits()
            guard count > 0, count == 1 || bytes[start] != 0x30 else { return false }
            if take("."), digits() == 0 { return false }
            if take("e") || take("E") {
                if !take("-") { _ = take("+") }
                guard digits() > 0 else { return false }
            }
            return true
        }
    }
}
