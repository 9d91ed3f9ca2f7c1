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
            var text = text
            let isNumber = text.withUTF8 { bytes in
                guard let base = bytes.baseAddress else { return false }
                var scanner = JSONScanner(base, to: bytes.count)
                return scanner.number() && scanner.isAtEnd
            }
            return isNumber ? text : nil
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
        var text = text
        return text.withUTF8 { mistake(in: $0) }
    }

    /// Where bytes in UTF-8 stop being JSON, from 0; `nil` when they are a document.
    static func mistake(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let base = bytes.baseAddress else { return 0 }
        var scanner = JSONScanner(base, to: bytes.count)
        scanner.space()
        guard scanner.value() else { return scanner.index }
        scanner.space()
        return scanner.isAtEnd ? nil : scanner.index
    }
}
