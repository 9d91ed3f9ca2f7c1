import Crypto

/// A hash over a script's tokens: two texts that mean the same to the engine have the same one.
///
/// White space, comments and, where the engine folds it, the case of names do not count. Literals,
/// quoted names, bodies in dollar quotes, hints, `/*! */`, directives and COPY data do; so do
/// comments inside of CREATE where the engine keeps its text. The algorithm's name is part of the
/// text, for any other cutting would change every history.
struct Fingerprint {
    private var hash = SHA256()
    /// What is hashed next, at the beginning of it.
    private var buffer = [UInt8](repeating: 0, count: Self.size)
    private var count = 0
    private static let size = 1 << 12
    /// `fp1:` and 64 hexadecimal digits.
    private(set) var text = ""

    /// The fingerprint of a script, or `nil` when it cannot be cut.
    init?(_ text: TextWindow, directives: Set<Directive>, rules: LexicalRules, known: [String]) {
        self.init(directives: directives)
        var cutter = Cutter(text, file: "", rules: rules, known: known)
        do {
            while let cut = try cutter.next() { try add(cut) }
        } catch {
            return nil
        }
        finish()
    }

    /// The same of a text that is in memory.
    init?(_ bytes: [UInt8], directives: Set<Directive>, rules: LexicalRules, known: [String]) {
        self.init(TextWindow(bytes), directives: directives, rules: rules, known: known)
    }

    /// The fingerprint of a script whose statements are to be added.
    init(directives: Set<Directive>) {
        for directive in directives.map(\.rawValue).sorted() { add("-- bootstrap: \(directive)") }
    }

    /// Takes the next statement in, whichever engine it is for.
    mutating func add(_ cut: Cut) throws {
        if let only = cut.only { add("-- bootstrap: only \(only.sorted())") }
        try addTokens(of: cut)
        if let input = cut.input {
            try input.readPieces { piece in
                hash(piece)
                return true
            }
            add("")
        }
        add(";")
    }

    /// Ends the text; then ``text`` is known.
    mutating func finish() {
        flush()
        text = "fp1:" + SourceFile.hexadecimal(hash.finalize())
    }

    /// The first words of the statements whose comments an engine may keep.
    private static let kept = ["CREATE", "ALTER"]

    private mutating func addTokens(of cut: Cut) throws {
        var lexer = Lexer(cut.bytes, rules: cut.rules, range: cut.range)
        var previous: Token?
        var keepsComments = false
        while let token = try lexer.next() {
            if previous == nil, token.kind == .word, cut.rules.keepsComments {
                // SQLite keeps what ALTER TABLE … ADD COLUMN says, too.
                keepsComments = Self.kept.contains(lexer.upperCase(token))
            }
            if token.kind != .comment || keepsComments {
                cut.bytes.withUnsafeBufferPointer {
                    add(token, lexer.gaps, behind: previous, of: $0, cut.rules)
                }
                if token.kind != .executableOpen, token.kind != .hint { previous = token }
            }
            // The first word tells whether comments count.
            guard previous != nil else { continue }
            lexer.skim { token, bytes in
                add(token, behind: previous, of: bytes, cut.rules)
                previous = token
            }
        }
    }

    private mutating func add(
        _ token: Token, _ gaps: [Range<Int>] = [], behind previous: Token?,
        of bytes: UnsafeBufferPointer<UInt8>,
        _ rules: LexicalRules
    ) {
        var (start, end) = (token.start, token.end)
        switch token.kind {
        case .comment:
            while end > token.start, Byte.isSpace(bytes[end - 1]) { end -= 1 }
        case .string where !gaps.isEmpty:
            // The lines of one literal, like those of a plain one.
            for gap in gaps {
                add(UnsafeBufferPointer(rebasing: bytes[start..<gap.lowerBound]))
                add("\n")
                start = gap.upperBound
            }
        case .string:
            // 'a' and 'b' on two lines are one literal for PostgreSQL, on one line an error.
            if let previous, previous.kind == .string,
                bytes[previous.end..<token.start].contains(Byte.newline)
            {
                add("\n")
            }
        case .word, .number, .name, .dollar, .symbol, .semicolon, .delimiter, .hint,
            .executableOpen, .executableClose, .placeholder, .backslash:
            break
        }
        add(
            UnsafeBufferPointer(rebasing: bytes[start..<end]),
            folds: token.kind == .word && rules.foldsCase)
    }

    /// Adds a piece with its end.
    @inline(__always)
    private mutating func add(_ piece: UnsafeBufferPointer<UInt8>, folds: Bool = false) {
        if count + piece.count >= Self.size { flush() }
        guard piece.count < Self.size else {
            if folds {
                hash.update(data: piece.map(Byte.lower))
            } else {
                hash.update(bufferPointer: UnsafeRawBufferPointer(piece))
            }
            return add(UnsafeBufferPointer(start: nil, count: 0))
        }
        let start = count
        buffer.withUnsafeMutableBufferPointer { buffer in
            if folds {
                for index in 0..<piece.count { buffer[start + index] = Byte.lower(piece[index]) }
            } else if piece.count == 1 {
                // Most tokens of a row are commas and parentheses.
                buffer[start] = piece[0]
            } else if let base = buffer.baseAddress, let first = piece.baseAddress {
                (base + start).update(from: first, count: piece.count)
            }
            buffer[start + piece.count] = 0
        }
        count += piece.count + 1
    }

    private mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add($0) }
    }

    /// Adds a part of a piece, whose end is added behind it.
    private mutating func hash(_ part: UnsafeBufferPointer<UInt8>) {
        flush()
        hash.update(bufferPointer: UnsafeRawBufferPointer(part))
    }

    private mutating func flush() {
        buffer.withUnsafeBytes { hash.update(bufferPointer: .init(rebasing: $0[..<count])) }
        count = 0
    }
}
