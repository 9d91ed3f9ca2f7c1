/// A file of variables, as `docker compose` and the dotenv libraries read it.
///
/// ```
/// # a comment
/// export NAME=value            # a comment after a space
/// QUOTED="two\nlines, ${NAME} put in"
/// LITERAL='as it is, ${NAME} too'
/// ```
///
/// Values in quotes may go over several lines. `${NAME}` and `${NAME:-default}` are put in without
/// quotes and in double quotes: from the environment, else from the lines above, else nothing.
/// `\$` is a dollar sign. A name without `=` is left out.
package struct EnvFile: Sendable {
    /// The variables in their order; a name may occur twice, and the last one counts.
    package var entries: [Entry] = []

    /// One variable.
    package struct Entry: Sendable, Equatable {
        /// The variable's name.
        package var name: String
        /// Its value, with other variables put in.
        package var value: String
        /// Its value as a ``Template``, with other variables still to be put in.
        package var template: String
        /// Where it stands.
        package var place: Place
    }

    /// Reads a file's bytes; variables of the environment win over those of the file.
    package init(
        _ bytes: [UInt8], file: String, environment: [String: String]
    ) throws(Failure) {
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(
                .configuration, "\(file) is not UTF-8", next: "Save the file as UTF-8.")
        }
        var scanner = EnvScanner(text.replacing("\r\n", with: "\n"), file: file)
        var known = Settings(environment.mapValues { Setting($0) })
        while let line = try scanner.next() {
            // A ${ that is no reference stays as it is, as with other dotenv libraries.
            let value = (try? Template(line.template))?.lenientText(known) ?? line.template
            guard value.utf8.count <= Self.sizeLimit else {
                throw Failure(
                    .configuration, "gives \(line.name) more than a megabyte of text",
                    place: line.place)
            }
            entries.append(
                Entry(name: line.name, value: value, template: line.template, place: line.place))
            if environment[line.name] == nil { known[line.name] = Setting(value) }
        }
    }

    /// Lines that put each other in can otherwise double the text with every line.
    static let sizeLimit = 1 << 20
}

extension Template {
    /// The text with nothing in the place of settings that are missing.
    fileprivate func lenientText(_ settings: Settings) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text):
                return text
            case .reference(let reference):
                let value = settings[reference.name]?.value ?? ""
                return value.isEmpty ? reference.fallback?.lenientText(settings) ?? "" : value
            }
        }.joined()
    }
}

/// Cuts a file of variables into its entries.
private struct EnvScanner {
    private let text: [Unicode.Scalar]
    private let file: String
    private var index = 0
    private var line = 1
    private var lineStart = 0

    struct Line {
        var name: String
        var template: String
        var place: Place
    }

    init(_ text: String, file: String) {
        self.text = Array(text.unicodeScalars)
        self.file = file
    }

    private var current: Unicode.Scalar? { index < text.count ? text[index] : nil }

    private mutating func advance() {
        if text[index] == "\n" {
            line += 1
            lineStart = index + 1
        }
        index += 1
    }

    private mutating func skip(while condition: (Unicode.Scalar) -> Bool) {
        while let current, condition(current) { advance() }
    }

    private func place() -> Place {
        Place(file: file, line: line, column: index - lineStart + 1)
    }

    private func string(_ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(text[range]))
    }

    /// The next variable, or `nil` at the end.
    mutating func next() throws(Failure) -> Line? {
        while true {
            skip { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
            guard let current else { return nil }
            if current == "#" {
                skip { $0 != "\n" }
                continue
            }
            let place = place()
            var name = word()
            skip(while: isBlank)
            if name == "export" && self.current != "=" {
                name = word()
                skip(while: isBlank)
            }
            guard !name.isEmpty, self.current == "=" else {
                guard !name.isEmpty, self.current == nil || self.current == "\n" else {
                    throw Failure(
                        .configuration, "is not NAME=value", place: place,
                        next: "Begin the line with # if it is a comment.")
                }
                continue
            }
            advance()
            skip(while: isBlank)
            return Line(name: name, template: try value(), place: place)
        }
    }

    private func isBlank(_ character: Unicode.Scalar) -> Bool {
        character == " " || character == "\t"
    }

    private mutating func word() -> String {
        let start = index
        skip { $0 != "=" && $0 != " " && $0 != "\t" && $0 != "\n" && $0 != "\"" && $0 != "'" }
        return string(start..<index)
    }

    private mutating func value() throws(Failure) -> String {
        guard let quote = current, quote == "\"" || quote == "'" else { return plainValue() }
        let place = place()
        advance()
        var value = String.UnicodeScalarView()
        while let current {
            if current == quote {
                advance()
                skip { $0 != "\n" }
                return String(value)
            }
            if quote == "\"" && current == "\\" {
                value.append(contentsOf: escape())
            } else {
                let isReference = current == "$" && index + 1 < text.count && text[index + 1] == "{"
                if quote == "'" && isReference { value.append("$") }
                value.append(current)
                advance()
            }
        }
        throw Failure(.configuration, "has a quotation mark without a second one", place: place)
    }

    /// What a backslash in double quotes stands for; unknown ones stay as they are.
    private mutating func escape() -> [Unicode.Scalar] {
        advance()
        guard let current else { return ["\\"] }
        advance()
        switch current {
        case "n": return ["\n"]
        case "r": return ["\r"]
        case "t": return ["\t"]
        case "\\", "\"", "'": return [current]
        case "$": return self.current == "{" ? ["$", "$"] : ["$"]
        default: return ["\\", current]
        }
    }

    private mutating func plainValue() -> String {
        let start = index
        skip { $0 != "\n" }
        var value = string(start..<index)
        if value.hasPrefix("#") { return "" }
        if let comment = value.firstRange(of: " #") ?? value.firstRange(of: "\t#") {
            value = String(value[..<comment.lowerBound])
        }
        while value.last?.isWhitespace == true { value.removeLast() }
        return value.replacing("\\${", with: "$${").replacing("\\$", with: "$")
    }
}
