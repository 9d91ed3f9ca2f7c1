extension Lexer {
    /// `'…'`.
    mutating func string(escapes: Bool) throws(LexicalError) -> Token.Kind {
        try quoted(by: Byte.quote, escapes: escapes, as: .string)
    }

    /// From an opening quote to its closing one; a doubled quote stands for itself.
    mutating func quoted(
        by quote: UInt8, escapes: Bool, as kind: Token.Kind
    ) throws(LexicalError) -> Token.Kind {
        let start = at
        at += 1
        while at < end {
            let byte = skipPlain(quote)
            if byte == quote {
                guard peek(1) == quote else {
                    at += 1
                    return kind
                }
                at += 2
            } else if byte == Byte.backslash && escapes {
                at += 2
            } else if byte == 0, at < end {
                throw LexicalError(
                    offset: at, headline: "a byte 0 stands here; this is no text in UTF-8")
            } else {
                at += 1
            }
        }
        at = end
        let what = kind == .string ? "a string" : "a quoted name"
        throw LexicalError(offset: start, headline: "\(what) that begins here is not closed")
    }

    /// Steps over what is nothing but text between quotes: most of a large file.
    ///
    /// Returns the byte that it stops at: the quote, a backslash, or 0, which also stands for the end.
    private mutating func skipPlain(_ quote: UInt8) -> UInt8 {
        at = bytes.withUnsafeBufferPointer {
            $0.endOfPlainText(before: quote, from: at, to: end)
        }
        return peek()
    }

    /// `[name]`: the first closing bracket ends it.
    mutating func bracketed() throws(LexicalError) -> Token.Kind {
        let start = at
        while at < end, bytes[at] != Byte.closeBracket { at += 1 }
        guard at < end else {
            throw LexicalError(
                offset: start, headline: "a quoted name that begins here is not closed")
        }
        at += 1
        return .name
    }

    /// `$tag$ … $tag$`, `${name}`, or a dollar alone.
    mutating func dollar() throws(LexicalError) -> Token.Kind {
        let start = at
        if let length = placeholderLength(at: start) {
            at += length
            return .placeholder
        }
        at += 1
        guard rules.dollarQuotes else { return wordRest() }
        while at < end, Byte.isName(bytes[at]), bytes[at] != Byte.dollar {
            if at == start + 1, Byte.isDigit(bytes[at]) { break }
            at += 1
        }
        guard peek() == Byte.dollar else { return rules.customOperators ? .symbol : wordRest() }
        at += 1
        let tag = Array(bytes[start..<at])
        while at < end {
            if bytes[at] == Byte.dollar, hasPrefix(tag, at: at) {
                at += tag.count
                return .dollar
            }
            at += 1
        }
        let shown = String(decoding: tag, as: UTF8.self)
        throw LexicalError(
            offset: start, headline: "a string in dollar quotes (\(shown)) is not closed")
    }

    /// MariaDB's and SQLite's names may hold dollars, also in front.
    private mutating func wordRest() -> Token.Kind {
        while at < end, Byte.isName(bytes[at]), !isAtDelimiter { at += 1 }
        return .word
    }

    /// The length of `${name}` at `start`, or `nil`.
    func placeholderLength(at start: Int) -> Int? {
        guard start + 2 < end, bytes[start] == Byte.dollar, bytes[start + 1] == Byte.openBrace
        else { return nil }
        var last = start + 2
        while last < end, last - start < 200, Byte.isName(bytes[last]), bytes[last] != Byte.dollar {
            last += 1
        }
        guard last < end, last > start + 2, bytes[last] == Byte.closeBrace else { return nil }
        return last + 1 - start
    }
}
