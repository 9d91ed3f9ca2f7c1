/// One line of a file as a failure shows it, and where the caret goes below it.
///
/// String literals of statements that speak of passwords or secrets are masked, tabs are single
/// spaces, and a very long line is cut around the caret.
struct Excerpt: Equatable {
    var text: String
    var caret: Int

    private static let width = 120

    init?(of bytes: [UInt8], line: Int, column: Int, rules: LexicalRules) {
        guard let range = Self.range(ofLine: line, in: bytes) else { return nil }
        let masks = Self.masks(in: bytes, upTo: range.upperBound, rules: rules)
            .filter { $0.overlaps(range) }
        var shown: [Unicode.Scalar] = []
        var caret: Int?
        var position = 0
        var index = range.lowerBound
        let scalars = String(decoding: bytes[range], as: UTF8.self).unicodeScalars
        for scalar in scalars {
            let isHidden = masks.contains { $0.contains(index) }
            let beginsMask =
                isHidden && (index == range.lowerBound || masks.contains { $0.lowerBound == index })
            if beginsMask { shown += Array("***".unicodeScalars) }
            position += 1
            if position == column {
                caret = beginsMask ? shown.count - 2 : shown.count + (isHidden ? 0 : 1)
            }
            if !isHidden {
                shown.append(scalar.value < 0x20 || scalar.value == 0x7f ? " " : scalar)
            }
            index += UTF8.width(scalar)
        }
        while shown.last == " " { shown.removeLast() }
        let point = max(1, caret ?? shown.count + 1)
        let from =
            shown.count > Self.width
            ? max(0, min(point - Self.width / 2, shown.count - Self.width)) : 0
        let window = shown.dropFirst(from).prefix(Self.width)
        let lead: [Unicode.Scalar] = from > 0 ? ["…"] : []
        let tail: [Unicode.Scalar] = from + window.count < shown.count ? ["…"] : []
        var view = String.UnicodeScalarView()
        view.append(contentsOf: lead + window + tail)
        text = String(view)
        self.caret = point - from + lead.count
    }

    private static func range(ofLine line: Int, in bytes: [UInt8]) -> Range<Int>? {
        var start = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        for _ in 1..<max(1, line) {
            guard let end = bytes[start...].firstIndex(of: Byte.newline) else { return nil }
            start = end + 1
        }
        var end = bytes[start...].firstIndex(of: Byte.newline) ?? bytes.count
        if end > start, bytes[end - 1] == Byte.carriageReturn { end -= 1 }
        return start..<end
    }
}

// MARK: Masks

extension Excerpt {
    private static let tellTales = ["PASSWORD", "IDENTIFIED", "SECRET"].map { Array($0.utf8) }

    /// The insides of the string literals that must not be shown.
    private static func masks(
        in bytes: [UInt8], upTo end: Int, rules: LexicalRules
    ) -> [Range<Int>] {
        var masks: [Range<Int>] = []
        var strings: [Range<Int>] = []
        var isSensitive = false
        var lexer = Lexer(bytes, rules: rules)
        func close() {
            if isSensitive { masks += strings }
            (strings, isSensitive) = ([], false)
        }
        do throws(LexicalError) {
            while let token = try lexer.next() {
                if token.kind == .semicolon {
                    close()
                    if token.start >= end { break }
                    continue
                }
                let isString = token.kind == .string || token.kind == .dollar
                if isString { strings.append(inside(token, of: bytes)) }
                if token.kind == .symbol || token.kind == .number { continue }
                if speaksOfSecrets(bytes[token.start..<token.end]) { isSensitive = true }
            }
        } catch {
            // What is not closed is a literal up to the end of the file.
            strings.append(min(error.offset + 1, bytes.count)..<bytes.count)
            if speaksOfSecrets(bytes[error.offset...]) { isSensitive = true }
        }
        close()
        return masks.filter { !$0.isEmpty }
    }

    /// What stands between a literal's quotes.
    private static func inside(_ token: Token, of bytes: [UInt8]) -> Range<Int> {
        var start = token.start
        while start < token.end, bytes[start] != Byte.quote, bytes[start] != Byte.doubleQuote,
            bytes[start] != Byte.dollar
        {
            start += 1
        }
        return min(start + 1, token.end - 1)..<(token.end - 1)
    }

    private static func speaksOfSecrets(_ text: ArraySlice<UInt8>) -> Bool {
        for start in text.indices {
            for word in tellTales where Byte.upper(text[start]) == word[0] {
                if text[start...].prefix(word.count).map(Byte.upper) == word { return true }
            }
        }
        return false
    }
}

extension Failure {
    /// Adds the line of `bytes` at the failure's place, and the caret below it.
    ///
    /// - `origin`: where in the file the bytes begin, which is where a statement does; `nil` for the
    ///   file's beginning.
    mutating func show(
        _ bytes: [UInt8], from origin: Place? = nil, rules: LexicalRules = LexicalRules()
    ) {
        guard let place else { return }
        let (line, column) = (origin?.line ?? 1, origin?.column ?? 1)
        guard
            let shown = Excerpt(
                of: bytes, line: place.line - line + 1,
                column: place.line == line ? place.column - column + 1 : place.column, rules: rules),
            !shown.text.isEmpty
        else { return }
        excerpt = shown.text
        caret = shown.caret == place.column ? nil : shown.caret
    }
}

extension Script {
    /// `failure` with the line at its place, with passwords masked.
    package func shown(_ failure: Failure) -> Failure {
        var failure = withoutSecrets(failure)
        failure.show(bytes, rules: rules)
        return failure
    }
}
