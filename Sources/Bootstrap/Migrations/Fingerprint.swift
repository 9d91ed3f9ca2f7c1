import Crypto

/// A hash over a script's tokens: two texts that mean the same to the engine have the same one.
///
/// White space, comments and, where the engine folds it, the case of names do not count. Literals,
/// quoted names, bodies in dollar quotes, hints, `/*! */`, directives and COPY data do; so do
/// comments inside of CREATE where the engine keeps its text. The algorithm's name is part of the
/// text, for any other cutting would change every history.
struct Fingerprint {
    private var hash = SHA256()
    private var buffer: [UInt8] = []
    /// `fp1:` and 64 hexadecimal digits.
    private(set) var text = ""

    /// The fingerprint of a script, or `nil` when it cannot be cut.
    init?(_ bytes: [UInt8], directives: Set<Directive>, rules: LexicalRules, known: [String]) {
        for directive in directives.map(\.rawValue).sorted() { add("-- bootstrap: \(directive)") }
        var cutter = Cutter(bytes, file: "", rules: rules, known: known)
        do {
            while let cut = try cutter.next() {
                if let only = cut.only { add("-- bootstrap: only \(only.sorted())") }
                try add(cut, of: bytes)
                if let input = cut.input { add(bytes[input]) }
                add(";")
            }
        } catch {
            return nil
        }
        flush()
        text = "fp1:" + SourceFile.hexadecimal(hash.finalize())
    }

    private mutating func add(_ cut: Cut, of bytes: [UInt8]) throws {
        var lexer = Lexer(bytes, rules: cut.rules, range: cut.range)
        var previous: Token?
        var keepsComments = false
        while let token = try lexer.next() {
            var piece = bytes[token.start..<token.end]
            switch token.kind {
            case .comment:
                guard keepsComments else { continue }
                while let last = piece.last, Byte.isSpace(last) { piece.removeLast() }
            case .word:
                if previous == nil, cut.rules.keepsComments {
                    // SQLite keeps what ALTER TABLE … ADD COLUMN says, too.
                    keepsComments = ["CREATE", "ALTER"].contains(lexer.upperCase(token))
                }
                if cut.rules.foldsCase { piece = ArraySlice(piece.map(Byte.lower)) }
            case .string where !lexer.gaps.isEmpty:
                // The lines of one literal, like those of a plain one.
                var start = token.start
                for gap in lexer.gaps {
                    add(bytes[start..<gap.lowerBound])
                    add("\n")
                    start = gap.upperBound
                }
                piece = bytes[start..<token.end]
            case .string:
                // 'a' and 'b' on two lines are one literal for PostgreSQL, on one line an error.
                if let previous, previous.kind == .string,
                    bytes[previous.end..<token.start].contains(Byte.newline)
                {
                    add("\n")
                }
            case .number, .name, .dollar, .symbol, .semicolon, .delimiter, .hint, .executableOpen,
                .executableClose, .placeholder, .backslash:
                break
            }
            add(piece)
            if token.kind != .executableOpen, token.kind != .hint { previous = token }
        }
    }

    private mutating func add(_ text: String) { add(ArraySlice(text.utf8)) }

    private mutating func add(_ piece: ArraySlice<UInt8>) {
        buffer += piece
        buffer.append(0)
        if buffer.count > 1 << 16 { flush() }
    }

    private mutating func flush() {
        hash.update(data: buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
