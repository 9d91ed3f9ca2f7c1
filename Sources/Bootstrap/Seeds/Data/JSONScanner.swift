import Glibc

/// Finds the ends of JSON values by RFC 8259, and changes nothing.
struct JSONScanner {
    /// Where it stands; where a value is none, at the first byte that shows it.
    private(set) var index: Int
    /// Whether the string that was read last has escapes.
    private(set) var hasEscapes = false
    private let bytes: UnsafePointer<UInt8>
    private let end: Int

    /// How deep arrays and objects may lie in each other.
    static let deepest = 100

    init(_ bytes: UnsafePointer<UInt8>, from start: Int = 0, to end: Int) {
        (self.bytes, index, self.end) = (bytes, start, end)
    }

    var isAtEnd: Bool { index == end }
    /// The byte that it stands at, or `nil` at the end.
    var next: UInt8? { index < end ? bytes[index] : nil }

    mutating func space() {
        while index < end {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    /// Steps over one byte, if it is that one.
    mutating func take(_ byte: UInt8) -> Bool {
        guard index < end, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard end - index >= count, memcmp(bytes + index, text.utf8Start, count) == 0 else {
            return false
        }
        index += count
        return true
    }

    mutating func value(depth: Int = 0) -> Bool {
        guard depth < Self.deepest else { return false }
        switch next {
        case Byte.openBrace: return members(depth: depth)
        case Byte.openBracket: return elements(depth: depth)
        case Byte.doubleQuote: return string()
        case 0x74: return take("true")
        case 0x66: return take("false")
        case 0x6E: return take("null")
        default: return number()
        }
    }

    private mutating func members(depth: Int) -> Bool {
        index += 1
        space()
        if take(Byte.closeBrace) { return true }
        repeat {
            space()
            guard next == Byte.doubleQuote, string() else { return false }
            space()
            guard take(Byte.colon) else { return false }
            space()
            guard value(depth: depth + 1) else { return false }
            space()
        } while take(Byte.comma)
        return take(Byte.closeBrace)
    }

    private mutating func elements(depth: Int) -> Bool {
        index += 1
        space()
        if take(Byte.closeBracket) { return true }
        repeat {
            space()
            guard value(depth: depth + 1) else { return false }
            space()
        } while take(Byte.comma)
        return take(Byte.closeBracket)
    }

    /// Steps over a string, at whose opening quote it stands.
    mutating func string() -> Bool {
        hasEscapes = false
        index += 1
        while index < end {
            let byte = bytes[index]
            if byte < 0x20 { return false }
            index += 1
            if byte == Byte.doubleQuote { return true }
            if byte == Byte.backslash {
                hasEscapes = true
                guard escape() else { return false }
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        switch next {
        case Byte.lowerU:
            guard Self.unit(bytes, at: index + 1, before: end) != nil else { return false }
            index += 5
            return true
        case Byte.doubleQuote, Byte.backslash, Byte.slash, 0x62, 0x66, 0x6E, 0x72, 0x74:
            index += 1
            return true
        default: return false
        }
    }

    /// The UTF-16 unit that four hexadecimal digits make.
    static func unit(_ bytes: UnsafePointer<UInt8>, at index: Int, before end: Int) -> UInt32? {
        guard index + 4 <= end else { return nil }
        var unit: UInt32 = 0
        for place in index..<(index + 4) {
            switch bytes[place] {
            case 0x30...0x39: unit = unit << 4 | UInt32(bytes[place] - 0x30)
            case 0x41...0x46: unit = unit << 4 | UInt32(bytes[place] - 0x41 + 10)
            case 0x61...0x66: unit = unit << 4 | UInt32(bytes[place] - 0x61 + 10)
            default: return nil
            }
        }
        return unit
    }

    private mutating func digits() -> Int {
        let start = index
        while index < end, Byte.isDigit(bytes[index]) { index += 1 }
        return index - start
    }

    mutating func number() -> Bool {
        _ = take(Byte.dash)
        // A zero stands alone; what follows it is no part of the number.
        guard take(Byte.zero) || digits() > 0 else { return false }
        if take(Byte.dot), digits() == 0 { return false }
        if take(Byte.lowerE) || take(0x45) {
            if !take(Byte.dash) { _ = take(Byte.plus) }
            guard digits() > 0 else { return false }
        }
        return true
    }
}

/// What the escapes of a JSON string mean.
enum JSONEscapes {
    /// Adds the characters between two offsets, which a scanner has stepped over, to `buffer`.
    ///
    /// Half of a surrogate pair and U+0000 are no characters of a text: then it returns where they
    /// stand. <https://www.rfc-editor.org/rfc/rfc8259#section-7>
    static func resolve(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, into buffer: inout ByteBuffer
    ) -> Int? {
        var index = start
        while index < end {
            let rest = end - index
            let found = memchr(bytes + index, Int32(Byte.backslash), rest)
            let escape = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(bytes) } ?? end
            buffer.append(bytes + index, count: escape - index)
            guard escape < end else { break }
            guard bytes[escape + 1] == Byte.lowerU else {
                buffer.append(single(bytes[escape + 1]))
                index = escape + 2
                continue
            }
            guard let (scalar, length) = scalar(bytes, at: escape, before: end) else {
                return escape
            }
            for byte in UTF8.encode(scalar) ?? .init() { buffer.append(byte) }
            index = escape + length
        }
        return nil
    }

    private static func single(_ letter: UInt8) -> UInt8 {
        switch letter {
        case 0x62: 0x08
        case 0x66: 0x0C
        case 0x6E: 0x0A
        case 0x72: 0x0D
        case 0x74: 0x09
        default: letter
        }
    }

    /// The character of one escape, or of the two of a pair, and how long they are.
    private static func scalar(
        _ bytes: UnsafePointer<UInt8>, at index: Int, before end: Int
    ) -> (Unicode.Scalar, length: Int)? {
        guard let unit = JSONScanner.unit(bytes, at: index + 2, before: end), unit != 0 else {
            return nil
        }
        if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
        guard unit < 0xDC00, index + 8 <= end, bytes[index + 6] == Byte.backslash,
            bytes[index + 7] == Byte.lowerU,
            let low = JSONScanner.unit(bytes, at: index + 8, before: end), low >> 10 == 0x37,
            let scalar = Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF))
        else { return nil }
        return (scalar, 12)
    }
}
