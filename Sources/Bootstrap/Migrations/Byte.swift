/// The bytes that scripts are cut at, by name.
enum Byte {
    static let newline: UInt8 = 0x0a
    static let carriageReturn: UInt8 = 0x0d
    static let space: UInt8 = 0x20
    static let bang: UInt8 = 0x21
    static let doubleQuote: UInt8 = 0x22
    static let hash: UInt8 = 0x23
    static let dollar: UInt8 = 0x24
    static let ampersand: UInt8 = 0x26
    static let quote: UInt8 = 0x27
    static let openParenthesis: UInt8 = 0x28
    static let closeParenthesis: UInt8 = 0x29
    static let star: UInt8 = 0x2a
    static let plus: UInt8 = 0x2b
    static let comma: UInt8 = 0x2c
    static let dash: UInt8 = 0x2d
    static let dot: UInt8 = 0x2e
    static let slash: UInt8 = 0x2f
    static let zero: UInt8 = 0x30
    static let colon: UInt8 = 0x3a
    static let semicolon: UInt8 = 0x3b
    static let equals: UInt8 = 0x3d
    static let at: UInt8 = 0x40
    static let capitalM: UInt8 = 0x4d
    static let openBracket: UInt8 = 0x5b
    static let backslash: UInt8 = 0x5c
    static let closeBracket: UInt8 = 0x5d
    static let underscore: UInt8 = 0x5f
    static let backquote: UInt8 = 0x60
    static let lowerE: UInt8 = 0x65
    static let lowerU: UInt8 = 0x75
    static let lowerX: UInt8 = 0x78
    static let openBrace: UInt8 = 0x7b
    static let closeBrace: UInt8 = 0x7d

    /// `N'…'`, `B'…'`, `X'…'`.
    static let stringPrefixes: [UInt8] = [0x6e, 0x62, 0x78]
    /// `~ ! @ # % ^ & | `` ` `` ?`: with one of these, an operator may end in a sign.
    static let freeOperators: [UInt8] = Array("~!@#%^&|`?".utf8)

    static func isSpace(_ byte: UInt8) -> Bool { byte == space || (byte >= 0x09 && byte <= 0x0d) }
    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// Letters, `_`, and every byte of a character beyond ASCII.
    static func isNameStart(_ byte: UInt8) -> Bool {
        (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a) || byte == underscore || byte >= 0x80
    }

    static func isName(_ byte: UInt8) -> Bool {
        isNameStart(byte) || isDigit(byte) || byte == dollar
    }

    static func isOperator(_ byte: UInt8) -> Bool {
        switch byte {
        case plus, dash, star, slash, 0x3c, equals, 0x3e, 0x7e, bang, at, hash, 0x25, 0x5e,
            ampersand, 0x7c, backquote, 0x3f:
            true
        default: false
        }
    }

    /// Whether a byte begins a character of UTF-8.
    static func beginsCharacter(_ byte: UInt8) -> Bool { byte & 0xc0 != 0x80 }

    /// An ASCII letter in upper case; every other byte as it is.
    static func upper(_ byte: UInt8) -> UInt8 { byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte }
    /// An ASCII letter in lower case; every other byte as it is.
    static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte }
}

extension UnsafeBufferPointer<UInt8> {
    /// The index of the first `quote`, backslash or byte 0 from `start` on, or `end`.
    ///
    /// Most of a large file is text between quotes, which is looked through eight bytes at a time.
    @inline(__always)
    func endOfPlainText(before quote: UInt8, from start: Int, to end: Int) -> Int {
        let quotes = 0x0101_0101_0101_0101 &* UInt64(quote)
        let backslashes = 0x0101_0101_0101_0101 &* UInt64(Byte.backslash)
        let raw = UnsafeRawBufferPointer(self)
        var at = start
        while at + 8 <= end {
            let eight = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            let found =
                Self.zeros(eight) | Self.zeros(eight ^ quotes) | Self.zeros(eight ^ backslashes)
            guard found == 0 else { return at + found.trailingZeroBitCount / 8 }
            at += 8
        }
        while at < end, self[at] != quote, self[at] != Byte.backslash, self[at] != 0 { at += 1 }
        return at
    }

    /// Marks the bytes that are 0 by their highest bits; marks above the lowest one may be wrong.
    ///
    /// <https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord>
    @inline(__always)
    private static func zeros(_ eight: UInt64) -> UInt64 {
        (eight &- 0x0101_0101_0101_0101) & ~eight & 0x8080_8080_8080_8080
    }
}
