extension Lexer {
    /// Reads on as ``next()`` does, as long as there is only what most of a large file is: names,
    /// numbers, plain strings, commas and parentheses.
    ///
    /// Stops before whatever needs a closer look.
    ///
    /// - `see`: is given each token, and the bytes that its offsets are in.
    @inline(__always)
    mutating func skim(_ see: (Token, UnsafeBufferPointer<UInt8>) -> Void) {
        guard isPlain else { return }
        let (start, end, escapes) = (at, end, rules.backslashEscapes)
        at = bytes.withUnsafeBufferPointer { bytes in
            var at = start
            while at < end {
                let first = bytes[at]
                if Byte.isSpace(first) {
                    at += 1
                    continue
                }
                let kind: Token.Kind
                let behind: Int?
                if first == Byte.quote {
                    kind = .string
                    behind = Self.endOfString(bytes, from: at, end, escapes: escapes)
                } else if Byte.isName(first), first != Byte.dollar {
                    let isNumber = Byte.isDigit(first)
                    kind = isNumber ? .number : .word
                    behind = Self.endOfName(bytes, from: at, end, isNumber: isNumber)
                } else if first == Byte.comma || first == Byte.dot
                    || first == Byte.openParenthesis || first == Byte.closeParenthesis
                {
                    (kind, behind) = (.symbol, at + 1)
                } else {
                    break
                }
                guard let behind else { break }
                see(Token(kind: kind, start: at, end: behind), bytes)
                at = behind
            }
            return at
        }
    }

    /// Behind the closing quote; `nil` where it has none, or a byte 0 stands in it.
    @inline(__always)
    private static func endOfString(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ end: Int, escapes: Bool
    ) -> Int? {
        var at = start + 1
        while at < end {
            at = bytes.endOfPlainText(before: Byte.quote, from: at, to: end)
            guard at < end, bytes[at] != 0 else { return nil }
            let isQuote = bytes[at] == Byte.quote
            at += 1
            if isQuote {
                guard at < end, bytes[at] == Byte.quote else { return at }
                at += 1
            } else if escapes {
                at += 1
            }
        }
        return nil
    }

    /// Behind a name or number; `nil` where what follows makes it something else, as `E'…'`.
    @inline(__always)
    private static func endOfName(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ end: Int, isNumber: Bool
    ) -> Int? {
        var at = start + 1
        while at < end, bytes[at] != Byte.dollar,
            Byte.isName(bytes[at]) || isNumber && bytes[at] == Byte.dot
        {
            at += 1
        }
        guard at < end else { return at }
        switch bytes[at] {
        case Byte.quote, Byte.ampersand, Byte.dollar: return nil
        case Byte.plus, Byte.dash: return isNumber && bytes[at - 1] | 0x20 == Byte.lowerE ? nil : at
        default: return at
        }
    }
}
