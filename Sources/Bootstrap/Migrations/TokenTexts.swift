/// A statement's tokens as texts: words in upper case, quoted names with their quotes.
///
/// Comments are left out, and what engines run in `/*! … */` is read like the rest.
package struct TokenTexts {
    private var lexer: Lexer

    package init(_ text: String, _ rules: LexicalRules) {
        lexer = Lexer(Array(text.utf8), rules: rules)
    }

    /// The tokens of a part of a text.
    init(_ bytes: [UInt8], _ range: Range<Int>, _ rules: LexicalRules) {
        lexer = Lexer(bytes, rules: rules, range: range)
    }

    /// The next token's text, or `nil` at the end.
    package mutating func next() -> String? {
        nextToken().map { token in
            token.kind == .word ? lexer.upperCase(token) : text(of: token)
        }
    }

    private mutating func nextToken() -> Token? {
        while let token = try? lexer.next() {
            switch token.kind {
            case .comment, .hint, .executableOpen, .executableClose: continue
            default: return token
            }
        }
        return nil
    }

    private func text(of token: Token) -> String {
        String(decoding: lexer.bytes[token.start..<token.end], as: UTF8.self)
    }

    /// A table's name, without its schema and without quotes, in upper case.
    mutating func nextName() -> String? {
        guard let first = next() else { return nil }
        var rest = self
        guard rest.next() == "." else { return plain(first) }
        self = rest
        return next().map(plain)
    }

    private func plain(_ name: String) -> String {
        let quotes: Set<Character> = ["\"", "`", "[", "]"]
        return String(name.uppercased().filter { !quotes.contains($0) })
    }

    /// The name that stands next, as it is written and without its quotes; `nil`, and nothing read,
    /// where no name stands.
    ///
    /// - `fold`: what the engine makes of a name without quotes.
    package mutating func nextIdentifier(folding fold: (String) -> String = { $0 }) -> String? {
        var rest = self
        guard let token = rest.nextToken() else { return nil }
        let text = text(of: token)
        switch token.kind {
        case .word:
            self = rest
            return fold(text)
        case .name, .string:
            guard let quote = text.first, text.count >= 2, text.last == quote, "`\"".contains(quote)
            else { return nil }
            self = rest
            return text.dropFirst().dropLast().split(
                separator: "\(quote)\(quote)", omittingEmptySubsequences: false
            ).joined(separator: String(quote))
        // MariaDB's names may begin with a digit.
        case .number where text.contains(where: \.isLetter): break
        default: return nil
        }
        self = rest
        return text
    }

    /// What stands next, without reading it.
    package func peek() -> String? {
        var rest = self
        return rest.next()
    }

    /// Reads `word` if it stands next.
    package mutating func skip(_ word: String) -> Bool {
        var rest = self
        guard rest.next() == word else { return false }
        self = rest
        return true
    }

    package mutating func skip(past word: String) -> Bool {
        while let text = next() {
            if text == word { return true }
        }
        return false
    }

    func contains(anyOf words: Set<String>) -> Bool {
        var rest = self
        while let text = rest.next() {
            if words.contains(text) { return true }
        }
        return false
    }
}
