/// What the leading comments of a migration ask for: `-- bootstrap: no-transaction`.
public enum Directive: String, Sendable, Hashable, CaseIterable {
    /// The file runs outside of any transaction.
    case noTransaction = "no-transaction"
    /// One file for every engine: placeholders are put in, `"name"` and `||` mean the same.
    case portable
    /// SQLite's foreign keys are off while the file runs, and checked before it is committed.
    case foreignKeysOff = "foreign-keys-off"
}

/// What is wrong with a directive.
struct DirectiveError: Error {
    var headline: String
}

/// A comment `-- bootstrap: …`.
struct DirectiveLine {
    /// What stands behind the colon.
    let text: String
    /// Whether a space is missing behind the dashes: for MariaDB this is no comment.
    private let lacksSpace: Bool

    struct Content: Equatable {
        var directives: Set<Directive> = []
        var only: [String]?
    }

    private static let mark = Array("bootstrap:".utf8)

    /// Reads a line comment that starts at `bytes`' first byte; `nil` when it is an ordinary one.
    init?(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes.dropFirst(2)
        lacksSpace = rest.first.map { !Byte.isSpace($0) } ?? true
        while let first = rest.first, Byte.isSpace(first) { rest.removeFirst() }
        guard rest.prefix(Self.mark.count).map(Byte.lower) == Self.mark else { return nil }
        rest = rest.dropFirst(Self.mark.count)
        while let last = rest.last, Byte.isSpace(last) { rest.removeLast() }
        while let first = rest.first, Byte.isSpace(first) { rest.removeFirst() }
        text = String(decoding: rest, as: UTF8.self)
    }

    /// Its directives; after `only`, the names between commas are engines.
    func content(known: [String]) throws(DirectiveError) -> Content {
        guard !lacksSpace else {
            throw DirectiveError(
                headline: "a directive needs a space behind the dashes: -- bootstrap:")
        }
        var content = Content()
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = item.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard let first = words.first else {
                throw DirectiveError(headline: "a `bootstrap:` line lacks a directive")
            }
            if content.only != nil, words.count == 1 {
                content.only?.append(try Self.engine(first, known: known))
            } else if first == "only" {
                guard content.only == nil, words.count == 2 else {
                    throw DirectiveError(
                        headline: "`only` needs engines: `only postgres` or `only mysql, sqlite`")
                }
                content.only = [try Self.engine(words[1], known: known)]
            } else {
                content.directives.insert(try Self.directive(words.joined(separator: " ")))
            }
        }
        return content
    }

    private static func directive(_ word: String) throws(DirectiveError) -> Directive {
        if let directive = Directive(rawValue: word) { return directive }
        let hint = nearest(word, in: Directive.allCases.map(\.rawValue) + ["only"])
        throw DirectiveError(
            headline: "knows no directive `\(word)`"
                + (hint.map { "; did you mean `\($0)`?" } ?? ""))
    }

    private static func engine(_ word: String, known: [String]) throws(DirectiveError) -> String {
        if known.contains(word) { return word }
        let hint = EngineNames.nearest(to: word, in: known)
        throw DirectiveError(
            headline: "knows no engine `\(word)`" + (hint.map { "; did you mean `\($0)`?" } ?? ""))
    }
}

extension SourceFile {
    /// The directives of the comments before the first statement, read without any engine's rules.
    ///
    /// - `part`: where to look, instead of in all of the file.
    /// - `isWhole`: false where these bytes are the beginning of a longer text.
    /// - Returns: `nil` where these comments may go on behind the bytes.
    func directives(
        known: [String], in part: Range<Int>? = nil, isWhole: Bool = true
    ) throws(Failure) -> Set<Directive>? {
        let part = part ?? start..<bytes.count
        // Without a comment at its beginning, as most files are, there is nothing to look for.
        let first = bytes[part].first { $0 > Byte.space }
        let mayBegin = [Byte.dash, Byte.slash, Byte.hash, nil].contains(first)
        guard mayBegin, first != nil || !isWhole else { return [] }
        var found: Set<Directive> = []
        // No engine has a statement that begins with `#`, so it is a comment here for all of them.
        var rules = LexicalRules()
        rules.hashComments = true
        var lexer = Lexer(bytes, rules: rules, range: part)
        // A comment that is not closed, or anything else that is wrong, is for the scanner to say.
        while let token = try? lexer.next(), token.kind == .comment || token.kind == .hint {
            guard isWhole || lexer.at < lexer.end else { return nil }
            guard bytes[token.start] == Byte.dash,
                let line = DirectiveLine(bytes[token.start..<token.end])
            else { continue }
            do throws(DirectiveError) {
                found.formUnion(try line.content(known: known).directives)
            } catch {
                let cursor = Cursor(offset: start)
                var failure = Failure(
                    .rejected, error.headline, place: cursor.place(of: token.start, in: bytes, path)
                )
                failure.show(bytes)
                throw failure
            }
        }
        return isWhole || lexer.at < lexer.end ? found : nil
    }
}
