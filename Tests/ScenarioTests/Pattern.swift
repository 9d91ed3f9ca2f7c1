import FoundationEssentials

/// One expected line: exact, but for its placeholders and for how many blanks stand between columns.
struct Pattern {
    private let expression: Regex<AnyRegexOutput>

    /// A pattern from a line of a scenario; `values` are this play's own placeholders.
    init(_ text: String, _ values: [String: String]) throws {
        let indentation = text.prefix { $0 == " " }
        var expression = Self.escaped(indentation)
        var rest = text.dropFirst(indentation.count)
        while let character = rest.first {
            if character == " " {
                rest = rest.drop { $0 == " " }
                expression += " +"
            } else if let (pattern, length) = Self.placeholder(rest, values) {
                expression += pattern
                rest = rest.dropFirst(length)
            } else {
                expression += Self.escaped(rest.prefix(1))
                rest = rest.dropFirst()
            }
        }
        self.expression = try Regex("^" + expression + "$")
    }

    /// Whether a line of output is as expected.
    func matches(_ line: String) -> Bool { (try? expression.wholeMatch(in: line)) != nil }

    /// What the placeholders stand for wherever a scenario is played.
    private static let common = [
        "any": ".*",
        "number": "[0-9]+",
        "time": "(?:[0-9]+(?:\\.[0-9]+)? m?s|(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?)",
        "ms": "[0-9.]+",
        "moment": "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z",
        "version": "[0-9]+\\.[0-9]+\\.[0-9]+",
        "server": "(?:PostgreSQL|MariaDB|MySQL|SQLite) [0-9][^ ]*",
    ]

    private static func placeholder(
        _ text: Substring, _ values: [String: String]
    ) -> (pattern: String, length: Int)? {
        guard text.hasPrefix("<"), let end = text.firstIndex(of: ">") else { return nil }
        let name = String(text[text.index(after: text.startIndex)..<end])
        let pattern = common[name] ?? values[name].map { escaped($0[...]) }
        return pattern.map { ($0, name.count + 2) }
    }

    private static func escaped(_ text: Substring) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.isASCII && !scalar.properties.isAlphabetic && scalar != "_"
                && !("0"..."9").contains(scalar)
            {
                result += "\\"
            }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}

extension Pattern {
    /// Compares output with the expected lines, where `...` stands for any number of lines.
    ///
    /// - Returns: what is wrong, or `nil`.
    static func difference(
        between expected: [String], and output: String, _ values: [String: String]
    ) throws -> String? {
        var lines = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        let expected = expected.filter { $0 != "(nothing)" }
        let patterns = try expected.map { $0 == "..." ? nil : try Pattern($0, values) }
        guard !matches(patterns[...], lines[...]) else { return nil }
        return "expected\n\(indented(expected))\nbut saw\n\(indented(lines))"
    }

    private static func matches(_ patterns: ArraySlice<Pattern?>, _ lines: ArraySlice<String>)
        -> Bool
    {
        guard let next = patterns.first else { return lines.isEmpty }
        let rest = patterns.dropFirst()
        if let pattern = next {
            guard let line = lines.first else { return false }
            return pattern.matches(line) && matches(rest, lines.dropFirst())
        }
        return (lines.startIndex...lines.endIndex).contains { matches(rest, lines[$0...]) }
    }

    /// Lines as an error shows them.
    static func indented(_ lines: [String]) -> String {
        lines.isEmpty ? "    (nothing)" : lines.map { "    " + $0 }.joined(separator: "\n")
    }
}
