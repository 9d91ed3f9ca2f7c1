/// A file's text, cut into statements with their positions.
package struct Script: Sendable {
    /// The file's path, as its places name it.
    package let file: String
    /// The statements in their order; none is empty.
    package var statements: [Statement]
    /// Which bytes of the text each statement covers, in the same order.
    package private(set) var ranges: [Range<Int>]
    /// How the text was cut.
    package let rules: LexicalRules
    /// The text itself, for excerpts.
    private(set) var bytes: [UInt8]
    /// What was put into the statement at a place instead of its placeholders.
    var edits: [Place: [Edit]] = [:]

    /// Cuts `text` as the engine with these `rules` would, or throws 65 with the place where
    /// something that has to be closed was opened.
    package init(_ text: String, file: String, rules: LexicalRules) throws(Failure) {
        try self.init(bytes: Array(text.utf8), file: file, rules: rules)
    }

    /// Cuts `bytes`; with `names`, only statements that are meant for one of them are kept.
    init(
        bytes: [UInt8], file: String, rules: LexicalRules, for names: Set<String>? = nil,
        known: [String] = EngineNames.all
    ) throws(Failure) {
        self.file = file
        self.rules = rules
        self.bytes = bytes
        (statements, ranges) = ([], [])
        var cutter = Cutter(bytes, file: file, rules: rules, known: known)
        while let cut = try cutter.next() {
            if let only = cut.only, let names, names.isDisjoint(with: only) { continue }
            statements.append(cut.statement)
            ranges.append(cut.range)
        }
    }

    /// Cuts a text into which values were put, with the places that the file has.
    init(
        _ text: ReplacedText, rules: LexicalRules, for names: Set<String>, known: [String]
    ) throws(Failure) {
        do throws(Failure) {
            try self.init(
                bytes: text.bytes, file: text.file, rules: rules, for: names, known: known)
        } catch { throw text.moved(error) }
        guard !text.values.isEmpty else { return }
        bytes = text.source
        var cursor = Cursor(offset: 0)
        for index in statements.indices {
            let found = text.edits(in: ranges[index])
            ranges[index] = text.source(of: ranges[index])
            cursor.advance(to: ranges[index].lowerBound, in: bytes)
            let place = cursor.place(file)
            statements[index].place = place
            // Of statements that stand in one value together, the first has the place.
            if !found.isEmpty, edits[place] == nil { edits[place] = found }
        }
    }

    /// Puts a statement of ours before another one, or behind all.
    mutating func insert(_ statement: Statement, at index: Int) {
        let start = index < ranges.count ? ranges[index].lowerBound : bytes.count
        statements.insert(statement, at: index)
        ranges.insert(start..<start, at: index)
    }

    /// Takes statements away, from both lists.
    mutating func keep(_ isKept: (Statement) -> Bool) {
        let kept = statements.indices.filter { isKept(statements[$0]) }
        (statements, ranges) = (kept.map { statements[$0] }, kept.map { ranges[$0] })
    }
}

extension Script {
    /// Where the character number `position`, from 1, of a statement of this script stands in the
    /// file, also where placeholders stood before it.
    package func place(of position: Int, in statement: Statement) -> Place? {
        statement.place.map { start in
            Self.place(of: position, in: statement, start, edits[start] ?? [])
        }
    }

    /// The same for a statement that begins at `start` and in which values stand by `edits`.
    static func place(
        of position: Int, in statement: Statement, _ start: Place, _ edits: [Edit]
    ) -> Place {
        let offset = max(0, position - 1)
        let scalars = statement.text.unicodeScalars
        guard let edit = edits.last(where: { $0.start <= offset }) else {
            return start.moved(over: scalars.prefix(offset))
        }
        guard offset >= edit.end else { return edit.place }
        return edit.after.moved(over: scalars.dropFirst(edit.end).prefix(offset - edit.end))
    }

    /// A placeholder's value in a statement's text: its characters from 0, and the placeholder's
    /// own place in the file.
    struct Edit: Sendable, Equatable {
        var start: Int
        var end: Int
        var place: Place
        var after: Place
        /// The placeholder as it is written where its value is a secret, else `nil`.
        var mask: String?
    }
}

extension Place {
    /// The place behind `text` which begins here.
    func moved(over text: some Sequence<Unicode.Scalar>) -> Place {
        var place = self
        for scalar in text {
            if scalar == "\n" {
                place.line += 1
                place.column = 1
            } else {
                place.column += 1
            }
        }
        return place
    }
}

extension Statement {
    /// Up to eight leading words in upper case, for classification: comments and quoted names are
    /// skipped, `/*! … */` is entered.
    package var words: [String] {
        var words: [String] = []
        var rules = LexicalRules.anyEngine
        // No engine has an operator `#` among the words that say what a statement is.
        rules.hashComments = true
        var lexer = Lexer(Array(text.utf8.prefix(4096)), rules: rules)
        while words.count < 8, let token = try? lexer.next() {
            if token.kind == .word { words.append(lexer.upperCase(token)) }
        }
        return words
    }

    /// The beginning without its comments, and one space between any two tokens, for a search.
    package var head: String {
        var parts: [String] = []
        var lexer = Lexer(Array(text.utf8.prefix(4096)), rules: LexicalRules.anyEngine)
        while let token = try? lexer.next() {
            guard token.kind != .comment else { continue }
            parts.append(String(decoding: lexer.bytes[token.start..<token.end], as: UTF8.self))
        }
        return parts.joined(separator: " ")
    }
}

extension Lexer {
    /// A word in upper case; only its ASCII letters change.
    func upperCase(_ token: Token) -> String {
        String(unsafeUninitializedCapacity: token.end - token.start) { buffer in
            for index in token.start..<token.end {
                buffer[index - token.start] = Byte.upper(bytes[index])
            }
            return token.end - token.start
        }
    }
}
