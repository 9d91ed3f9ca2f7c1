/// What the placeholders of portable files stand for: ours in lower case, settings in upper case.
struct PortableValues {
    let types: [String: String]
    let settings: Settings

    init(dialect: Dialect, settings: Settings) {
        let portable = dialect.portable
        types = [
            "identity": portable.identity, "identity32": portable.identity32,
            "uuid": portable.uuid.type, "new_uuid": portable.uuid.new,
            "timestamp": portable.timestamp.type, "now": portable.timestamp.now,
            "json": portable.json, "text": portable.text, "bytes": portable.bytes,
        ]
        self.settings = settings
    }

    /// Whether a name is one of a setting: upper case, digits and `_`.
    static func isSetting(_ name: String) -> Bool {
        name.utf8.allSatisfy { Byte.isDigit($0) || $0 == Byte.underscore || Byte.lower($0) != $0 }
            && name.utf8.first.map(Byte.isDigit) == false
    }

    /// A setting's value as it may stand outside of quotes: an identifier or a number.
    static func isPlain(_ value: String) -> Bool {
        let bytes = value.utf8
        if let first = bytes.first, first < 0x80, Byte.isNameStart(first) {
            return bytes.allSatisfy { $0 < 0x80 && Byte.isName($0) && $0 != Byte.dollar }
        }
        let digits = bytes.first == Byte.dash ? bytes.dropFirst() : bytes[...]
        let parts = digits.split(separator: Byte.dot, omittingEmptySubsequences: false)
        return parts.count <= 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(Byte.isDigit) }
    }
}

extension Script {
    /// Puts values in for the placeholders of a portable file.
    mutating func putIn(_ values: PortableValues) throws(Failure) {
        var missing: [Missing] = []
        for index in statements.indices {
            do throws(Failure) {
                let found = try values.putIn(to: &statements[index], file: file, rules, &missing)
                if let place = statements[index].place, !found.isEmpty { edits[place] = found }
            } catch { throw shown(error) }
        }
        if let failure = missing.failure { throw shown(failure) }
    }

    /// The statements as they may be shown.
    package var shownStatements: [String] { statements.map(shownText) }

    /// The text of a statement as it may be shown: with `${NAME}` in the place of every secret.
    package func shownText(of statement: Statement) -> String {
        let secrets = self.secrets(in: statement)
        guard !secrets.isEmpty else { return statement.text }
        var text = Array(statement.text.unicodeScalars)
        for edit in secrets.reversed() {
            text.replaceSubrange(edit.start..<edit.end, with: (edit.mask ?? "").unicodeScalars)
        }
        return String(String.UnicodeScalarView(text))
    }

    /// Where the values of secrets stand in a statement.
    private func secrets(in statement: Statement) -> [Edit] {
        let found = statement.place.flatMap { edits[$0] }?.filter { $0.mask != nil } ?? []
        guard !found.isEmpty, statements.count(where: { $0.place == statement.place }) > 1 else {
            return found
        }
        // Where a value holds several statements, each of them is a part of it.
        var whole = found[0]
        (whole.start, whole.end) = (0, statement.text.unicodeScalars.count)
        return [whole]
    }

    /// A failure whose engine's words have `${NAME}` in the place of the secrets that they repeat.
    func withoutSecrets(_ failure: Failure) -> Failure {
        var failure = failure
        guard failure.cause != nil else { return failure }
        for statement in statements {
            for edit in secrets(in: statement) { failure.hide(edit, of: statement) }
        }
        return failure
    }

    /// The text of a statement as the file has it, with its placeholders: what may be shown.
    package func source(of index: Int) -> String {
        String(decoding: bytes[ranges[index]], as: UTF8.self)
    }

    /// Refuses placeholders in a file that is not portable: outside of quotes they are no SQL.
    func refusePlaceholders() throws(Failure) {
        for statement in statements {
            if let failure = statement.placeholder(rules) { throw shown(failure) }
        }
    }

    /// A setting that a file names and that is not set.
    struct Missing {
        var name: String
        var place: Place
    }
}

extension Failure {
    /// Puts a placeholder in the place of its value in the engine's words.
    mutating func hide(_ edit: Script.Edit, of statement: Statement) {
        let value = statement.text.unicodeScalars.dropFirst(edit.start)
            .prefix(edit.end - edit.start)
        guard let mask = edit.mask, !value.isEmpty, let words = cause?.message else { return }
        cause?.message = words.replacing(String(value), with: mask)
    }
}

extension [Script.Missing] {
    /// What is wrong with a file that needs these settings.
    var failure: Failure? {
        guard let first else { return nil }
        var names: [String] = []
        for name in self where !names.contains(name.name) { names.append(name.name) }
        return Failure(
            .configuration, "needs \(names.joined(separator: ", ")), which is not set",
            place: first.place, next: "Set it in the environment, or with --set NAME=VALUE.")
    }
}

extension Statement {
    /// What is wrong with a placeholder in a file that is not portable, or `nil`.
    func placeholder(_ rules: LexicalRules) -> Failure? {
        guard let start = place, text.utf8.contains(Byte.dollar) else { return nil }
        var lexer = Lexer(Array(text.utf8), rules: rules)
        while let token = try? lexer.next() {
            guard token.kind == .placeholder else { continue }
            return Failure(
                .rejected, "\(lexer.text(token)) is a placeholder, and this file is not portable",
                place: Cursor(start).place(of: token.start, in: lexer.bytes, start.file),
                next: "Put the line `-- bootstrap: portable` at the top of the file.")
        }
        return nil
    }
}

extension PortableValues {
    /// Puts values in for the placeholders of one statement of a portable file.
    ///
    /// - `missing`: the settings so far that are not set.
    /// - Returns: where the values stand.
    func putIn(
        to statement: inout Statement, file: String, _ rules: LexicalRules,
        _ missing: inout [Script.Missing]
    ) throws(Failure) -> [Script.Edit] {
        try refuseRoutine(statement)
        guard statement.text.utf8.contains(Byte.dollar) else { return [] }
        var expansion = Expansion(statement, file: file, rules: rules, values: self)
        do throws(ExpansionError) {
            try expansion.run()
        } catch {
            throw Failure(error.status, error.headline, place: error.place, next: error.next)
        }
        missing += expansion.missing
        statement.text = String(decoding: expansion.output, as: UTF8.self)
        return expansion.edits
    }

    /// A routine keeps the sql_mode that it was made with, and a portable file runs with its own.
    private func refuseRoutine(_ statement: Statement) throws(Failure) {
        let words = statement.words
        guard words.first == "CREATE" || words.first == "BEGIN",
            let routine = words.dropFirst().first(where: Self.routines.contains)
        else { return }
        throw Failure(
            .rejected, "CREATE \(routine) stands in a portable file", place: statement.place,
            next: "Put it into a file for its engine, as in 0001_name.postgres.sql: "
                + "it would keep the SQL mode of portable files.")
    }

    private static let routines: Set<String> = ["PROCEDURE", "FUNCTION", "TRIGGER"]
}

/// Why a placeholder has no value.
private struct ExpansionError: Error {
    var status: ExitStatus = .rejected
    var headline: String
    var place: Place
    var next: String?
}

/// One statement's placeholders being replaced, with the positions kept.
private struct Expansion {
    private(set) var output: [UInt8] = []
    private(set) var edits: [Script.Edit] = []
    private(set) var missing: [Script.Missing] = []
    private var lexer: Lexer
    private var cursor: Cursor
    private var count = 0
    private var copied = 0
    private let file: String
    private let values: PortableValues

    init(_ statement: Statement, file: String, rules: LexicalRules, values: PortableValues) {
        lexer = Lexer(Array(statement.text.utf8), rules: rules)
        let place = statement.place ?? Place(file: file, line: 1, column: 1)
        cursor = Cursor(place)
        self.file = file
        self.values = values
    }

    mutating func run() throws(ExpansionError) {
        while let token = try? lexer.next() {
            switch token.kind {
            case .placeholder:
                let name = lexer.text(token)
                try replace(
                    token.start..<token.end, with: plainValue(name, at: token.start),
                    mask: mask(String(name.dropFirst(2).dropLast())))
            case .string, .name: try expand(insideOf: token)
            case .word, .number, .dollar, .symbol, .semicolon, .delimiter, .comment, .hint,
                .executableOpen, .executableClose, .backslash:
                try refuseBroken(token)
            }
        }
        copy(upTo: lexer.bytes.count)
    }

    private func place(_ offset: Int) -> Place { cursor.place(of: offset, in: lexer.bytes, file) }

    private mutating func copy(upTo end: Int) {
        let bytes = lexer.bytes[copied..<end]
        output += bytes
        count += bytes.count(where: Byte.beginsCharacter)
        cursor.advance(to: end, in: lexer.bytes)
        copied = end
    }

    private mutating func replace(
        _ range: Range<Int>, with value: [UInt8], mask: String? = nil
    ) {
        copy(upTo: range.lowerBound)
        let start = place(range.lowerBound)
        let length = value.count(where: Byte.beginsCharacter)
        output += value
        cursor.advance(to: range.upperBound, in: lexer.bytes)
        edits.append(
            Script.Edit(
                start: count, end: count + length, place: start, after: place(range.upperBound),
                mask: mask))
        count += length
        copied = range.upperBound
    }

    /// `${` without a name and a closing brace, outside of quotes.
    private func refuseBroken(_ token: Token) throws(ExpansionError) {
        guard lexer.bytes[token.start] == Byte.dollar, token.end - token.start == 1,
            lexer.peek() == Byte.openBrace
        else { return }
        throw ExpansionError(
            headline: "a placeholder that begins here has no name, or no closing brace",
            place: place(token.start))
    }
}

// MARK: Values

extension Expansion {
    private mutating func plainValue(_ text: String, at offset: Int) throws(ExpansionError)
        -> [UInt8]
    {
        let name = String(text.dropFirst(2).dropLast())
        if let type = values.types[name] { return Array(type.utf8) }
        guard PortableValues.isSetting(name) else {
            let hint = nearest(name, in: values.types.keys.sorted())
            throw ExpansionError(
                headline: "knows no placeholder \(text)"
                    + (hint.map { "; did you mean ${\($0)}?" } ?? "; settings are in upper case"),
                place: place(offset))
        }
        guard let value = try setting(name, at: offset) else { return [] }
        guard PortableValues.isPlain(value) else {
            throw ExpansionError(
                headline: "the value of \(name) is neither an identifier nor a number",
                place: place(offset), next: "Put the placeholder into quotes: '\(text)'.")
        }
        // `1-${N}` with -1 would begin a comment.
        let needsSpace = value.hasPrefix("-") && offset > 0 && lexer.bytes[offset - 1] == Byte.dash
        return Array((needsSpace ? " " + value : value).utf8)
    }

    /// What stands for the setting's value where it may be seen; `nil` when the value itself may.
    private func mask(_ name: String) -> String? {
        PortableValues.isSetting(name) && values.settings.isSecret(name) ? "${\(name)}" : nil
    }

    private mutating func setting(_ name: String, at offset: Int) throws(ExpansionError) -> String?
    {
        do throws(SettingProblem) {
            if let setting = try values.settings.value(of: name) { return setting.value }
        } catch {
            throw ExpansionError(
                status: .configuration, headline: "\(error.name) \(error.message)",
                place: place(offset))
        }
        missing.append(Script.Missing(name: name, place: place(offset)))
        return nil
    }

    /// `'… ${NAME} …'`: only settings, with the quotes of the value doubled; `$${` is `${` itself.
    private mutating func expand(insideOf token: Token) throws(ExpansionError) {
        var index = token.start
        while index < token.end {
            guard lexer.bytes[index] == Byte.dollar else {
                index += 1
                continue
            }
            if lexer.hasPrefix(Array("$${".utf8), at: index) {
                replace(index..<(index + 3), with: Array("${".utf8))
                index += 3
            } else if let length = lexer.placeholderLength(at: index) {
                let name = String(
                    decoding: lexer.bytes[(index + 2)..<(index + length - 1)], as: UTF8.self)
                if PortableValues.isSetting(name) {
                    let value = try quotedValue(name, in: token, at: index)
                    replace(index..<(index + length), with: value, mask: mask(name))
                }
                index += length
            } else {
                index += 1
            }
        }
    }

    private mutating func quotedValue(
        _ name: String, in token: Token, at offset: Int
    ) throws(ExpansionError) -> [UInt8] {
        guard let value = try setting(name, at: offset) else { return [] }
        let quote = lexer.bytes[token.end - 1]
        let isBad = value.utf8.contains { $0 < 0x20 || $0 == 0x7f }
        guard !isBad, quote != Byte.closeBracket || !value.utf8.contains(quote) else {
            throw ExpansionError(
                headline: "the value of \(name) holds control characters, which no statement may",
                place: place(offset))
        }
        // Any letter before the quote (`E'`, `U&'`, `_utf8'`) may make the backslash an escape.
        let first = lexer.bytes[token.start] | 0x20
        let isEscape =
            token.kind == .string
            && (lexer.rules.backslashEscapes || lexer.rules.escapeStrings && first == Byte.lowerE)
            || lexer.rules.escapeStrings && first == Byte.lowerU
        var result: [UInt8] = []
        for byte in value.utf8 {
            if byte == quote || isEscape && byte == Byte.backslash { result.append(byte) }
            result.append(byte)
        }
        return result
    }
}

extension Lexer {
    /// A token's text as it stands.
    func text(_ token: Token) -> String {
        String(decoding: bytes[token.start..<token.end], as: UTF8.self)
    }
}
