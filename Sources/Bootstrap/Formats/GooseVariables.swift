extension ReplacedText {
    /// Puts in what goose does between `-- +goose ENVSUB ON` and `OFF`: line by line, but for comments
    /// between statements, which it leaves out.
    /// <https://github.com/pressly/goose/blob/main/internal/sqlparser/parser.go>
    mutating func putInVariables(_ settings: Settings) throws(Failure) {
        var missing: [Script.Missing] = []
        var (isOn, isInBlock, isInStatement) = (false, false, false)
        for line in TextLines(source[...]) {
            if let comment = CommentLine(line), let mark = Goose.marks.meaning(comment) {
                switch mark {
                case .substitutes(let begins):
                    isOn = begins
                    // It may stand inside of a body, of which it is no part.
                    put([], for: line.startIndex..<min(line.endIndex + 1, source.count))
                case .blockBegins: isInBlock = true
                case .blockEnds: (isInBlock, isInStatement) = (false, false)
                case .begins, .outside, .wrong: break
                }
                continue
            }
            let text = line.drop { $0 <= Byte.space }
            let isLeftOut = text.isEmpty || text.starts(with: [Byte.dash, Byte.dash])
            guard isInStatement || !isLeftOut else { continue }
            copy(upTo: line.startIndex)
            let start = bytes.count
            if isOn { try putInVariables(of: line, settings, &missing) }
            copy(upTo: line.endIndex)
            isInStatement = isInBlock || !Self.endsStatement(bytes[start...])
        }
        guard var failure = missing.failure else { return }
        failure.next =
            "Set it in the environment, or with --set NAME=VALUE. goose would put nothing in its place, "
            + "which ${NAME:-} asks for."
        throw shown(failure)
    }

    private mutating func putInVariables(
        of line: ArraySlice<UInt8>, _ settings: Settings, _ missing: inout [Script.Missing]
    ) throws(Failure) {
        var reader = VariableReader(line, settings)
        do throws(VariableProblem) {
            while reader.at < line.endIndex {
                let start = reader.at
                guard let value = try reader.next() else { continue }
                put(value, for: start..<reader.at, isSecret: reader.isSecret)
                reader.isSecret = false
            }
        } catch {
            throw shown(
                Failure(
                    error.status, error.headline, place: place(error.offset), next: error.next))
        }
        // Each name once: a line may have thousands.
        for (name, offset) in reader.missing where !missing.contains(where: { $0.name == name }) {
            missing.append(.init(name: name, place: place(offset)))
        }
    }

    /// Whether goose takes a line for the last one of its statement: by the last word of its code.
    private static func endsStatement(_ line: ArraySlice<UInt8>) -> Bool {
        let code = line.split(whereSeparator: Byte.isSpace).prefix {
            !$0.starts(with: [Byte.dash, Byte.dash])
        }
        return code.last?.last == Byte.semicolon
    }
}

/// What is wrong with a variable in a line.
private struct VariableProblem: Error {
    var status: ExitStatus = .rejected
    let headline: String
    let offset: Int
    var next: String?
}

/// Reads the variables of one line as goose's library does, from the left to the right.
///
/// A name that is not set has no value here, where goose takes the empty text.
/// <https://github.com/mfridman/interpolate>
private struct VariableReader {
    private let line: ArraySlice<UInt8>
    private let settings: Settings
    /// What is read next.
    private(set) var at: Int
    /// Whether a secret is part of what was read; its reader sets it back.
    var isSecret = false
    /// The names that have no value.
    private(set) var missing: [(name: String, offset: Int)] = []
    /// Whether what is read is needed: the default of a name that has a value is not.
    private var isUsed = true
    /// How many braces are open.
    private var depth = 0

    init(_ line: ArraySlice<UInt8>, _ settings: Settings) {
        (self.line, self.settings, at) = (line, settings, line.startIndex)
    }

    /// What stands for the next characters; `nil` where they stay as they are.
    mutating func next() throws(VariableProblem) -> [UInt8]? {
        let start = at
        at += 1
        guard at < line.endIndex else { return nil }
        switch (line[start], line[at]) {
        case (Byte.dollar, Byte.dollar), (Byte.backslash, Byte.dollar):
            at += 1
            return [Byte.dollar]
        case (Byte.backslash, Byte.backslash), (Byte.dollar, Byte.openParenthesis):
            at += 1
            return nil
        case (Byte.dollar, _): return try variable(from: start)
        default: return nil
        }
    }

    private mutating func variable(from start: Int) throws(VariableProblem) -> [UInt8] {
        guard line[at] == Byte.openBrace else {
            let name = try name(from: start)
            return try value(of: name, at: start) ?? unset(name, at: start)
        }
        at += 1
        let name = try name(from: start)
        let value = try value(of: name, at: start)
        switch take() {
        case Byte.closeBrace: return value ?? unset(name, at: start)
        case Byte.dash:
            let word = try word(from: start, isUsed: value == nil)
            return value ?? word
        case UInt8(ascii: "?"):
            let message = try word(from: start, isUsed: value == nil)
            guard value == nil, isUsed else { return value ?? [] }
            let why = String(decoding: message, as: UTF8.self)
            throw VariableProblem(
                status: .configuration,
                headline: "needs \(name), which is not set" + (why.isEmpty ? "" : ": \(why)"),
                offset: start, next: "Set it in the environment, or with --set NAME=VALUE.")
        case Byte.colon:
            if at < line.endIndex, line[at] == Byte.dash {
                at += 1
                let isEmpty = value?.isEmpty ?? true
                let word = try word(from: start, isUsed: isEmpty)
                return isEmpty ? word : value ?? []
            }
            return try part(of: value ?? unset(name, at: start), name, from: start)
        default: throw malformed(start)
        }
    }

    /// The text up to the closing brace.
    private mutating func word(from start: Int, isUsed: Bool) throws(VariableProblem) -> [UInt8] {
        let outer = self.isUsed
        guard depth < 64 else { throw malformed(start) }
        (self.isUsed, depth) = (outer && isUsed, depth + 1)
        var word: [UInt8] = []
        while at < line.endIndex, line[at] != Byte.closeBrace {
            let begin = at
            word += try next() ?? Array(line[begin..<at])
        }
        guard take() == Byte.closeBrace else { throw malformed(start) }
        (self.isUsed, depth) = (outer, depth - 1)
        return word
    }

    /// `:offset}` and `:offset:length}`, in bytes; what is negative counts from the end.
    private mutating func part(
        of value: [UInt8], _ name: String, from start: Int
    ) throws(VariableProblem) -> [UInt8] {
        let count = value.count
        let offset = try number(from: start)
        let from = min(max(offset < 0 ? offset + count : offset, 0), count)
        var end = count
        if line[at - 1] == Byte.colon {
            let length = try number(from: start)
            end = length < 0 ? max(from, length + count) : from + min(length, count - from)
        }
        guard line[at - 1] == Byte.closeBrace else { throw malformed(start) }
        let part = Array(value[from..<end])
        guard SourceFile.firstInvalidByte(in: part) == nil else {
            throw VariableProblem(
                headline: "cuts a character of \(name)'s value in two", offset: start)
        }
        return part
    }

    /// A number, and the colon or brace behind it.
    private mutating func number(from start: Int) throws(VariableProblem) -> Int {
        let rest = line[at...]
        guard let end = rest.firstIndex(where: { $0 == Byte.colon || $0 == Byte.closeBrace }) else {
            throw malformed(start)
        }
        at = end + 1
        let words = rest[..<end].split(separator: Byte.space)
        guard words.count == 1, let number = Int(String(decoding: words[0], as: UTF8.self)) else {
            throw malformed(start)
        }
        return number
    }

    private mutating func take() -> UInt8? {
        guard at < line.endIndex else { return nil }
        at += 1
        return line[at - 1]
    }

    /// A letter, and the letters, digits and `_` behind it, those of any language.
    private mutating func name(from start: Int) throws(VariableProblem) -> String {
        let bytes = line[at...].prefix { Byte.isName($0) && $0 != Byte.dollar }
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
        let name = String(scalars.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        guard scalars.first?.isLetter == true else { throw malformed(start) }
        at += name.utf8.count
        return name
    }

    // MARK: Values

    private mutating func value(
        of name: String, at offset: Int
    ) throws(VariableProblem) -> [UInt8]? {
        guard isUsed else { return nil }
        do throws(SettingProblem) {
            guard let setting = try settings.value(of: name) else { return nil }
            isSecret = isSecret || setting.isSecret
            return Array(setting.value.utf8)
        } catch {
            throw VariableProblem(
                status: .configuration, headline: "\(error.name) \(error.message)", offset: offset)
        }
    }

    private mutating func unset(_ name: String, at offset: Int) -> [UInt8] {
        if isUsed { missing.append((name, offset)) }
        return []
    }

    private func malformed(_ offset: Int) -> VariableProblem {
        VariableProblem(
            headline: "goose could not read this as a variable of the environment", offset: offset,
            next:
                "Write ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME?why}, ${NAME:0:3}, \\$ for a "
                + "dollar sign, or `-- +goose ENVSUB OFF` above.")
    }
}

extension Unicode.Scalar {
    fileprivate var isLetter: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            true
        default: false
        }
    }

    fileprivate var isNumber: Bool {
        switch properties.generalCategory {
        case .decimalNumber, .letterNumber, .otherNumber: true
        default: false
        }
    }
}
