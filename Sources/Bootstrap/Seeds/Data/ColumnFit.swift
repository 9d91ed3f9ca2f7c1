/// Turns the bytes of a data file's values into those that a bulk loader takes for a column.
///
/// What a value means, and what is refused, is what ``Column/value(of:on:)`` says. The usual shapes are
/// recognised here, in their bytes; all others, and all mistakes, are left to it. It is a class because
/// a dialect is large, and would be copied for every value.
final class ColumnFit: Sendable {
    let column: Column
    private let dialect: Dialect
    private let isBase64: Bool
    private let rule: Rule

    private enum Rule {
        case boolean
        /// A whole number within the column's range, where that is known.
        case integer(IntegerLimit?)
        /// A decimal number with so many digits before the point is surely below the limit.
        case decimal(wholeDigits: Int)
        case real
        case text(characters: Int)
        case date
        case timestamp(Dialect.SeedForms.MomentForm)
        case uuid
        case json
        case other
        /// ``Column/value(of:on:)`` alone decides.
        case rare

        init(_ column: Column, _ dialect: Dialect) {
            switch column.meaning {
            case .boolean: self = .boolean
            case .integer: self = .integer(IntegerLimit(column.type, on: dialect))
            case .decimal:
                self = .decimal(wholeDigits: DecimalLimit(column.type).map { $0.whole - 1 } ?? .max)
            case .real: self = .real
            case .text: self = .text(characters: column.characterLimit ?? .max)
            case .bytes: self = .rare
            case .date: self = .date
            case .timestamp: self = .timestamp(dialect.seeds.moment)
            case .uuid: self = .uuid
            case .json: self = .json
            case .other: self = column.isArray ? .rare : .other
            }
        }
    }

    /// - `isBase64`: whether the values are base 64 of raw bytes, as `!base64` says.
    init(_ column: Column, on dialect: Dialect, isBase64: Bool = false) {
        (self.column, self.dialect, self.isBase64) = (column, dialect, isBase64)
        rule = isBase64 || column.labels != nil ? .rare : Rule(column, dialect)
    }

    /// Adds a text that is not NULL as the next value of a row, or says why the column cannot hold it.
    ///
    /// The text is valid UTF-8.
    func append(
        _ text: UnsafeBufferPointer<UInt8>, to block: inout RowBlock
    ) throws(Misfit) {
        switch rule {
        case .boolean:
            if let truth = Self.truth(text) { return block.append(CollectionOfOne(truth)) }
        case .integer(let limit):
            if NumberShape.isInteger(text, within: limit) { return block.append(text) }
        case .decimal(let digits):
            if NumberShape.isDecimal(text, wholeDigits: digits) { return block.append(text) }
        case .real:
            // So few digits are neither too large for a number nor too small.
            if text.count <= 300, NumberShape.isDecimal(text, wholeDigits: .max) {
                return block.append(text)
            }
        case .text(let limit):
            // No text has more characters than bytes.
            if text.count <= limit || Self.characters(text) <= limit { return block.append(text) }
        case .date:
            if MomentShape.isDate(text) { return block.append(text) }
        case .timestamp(let form):
            if MomentShape.append(text, in: form, to: &block) { return }
        case .uuid:
            if Self.appendUUID(text, to: &block) { return }
        case .json:
            if JSONText.mistake(in: text) == nil { return block.append(text) }
        case .other: return block.append(text)
        case .rare: break
        }
        try appendRare(text, to: &block)
    }

    private func appendRare(
        _ bytes: UnsafeBufferPointer<UInt8>, to block: inout RowBlock
    ) throws(Misfit) {
        let text = String(decoding: bytes, as: UTF8.self)
        switch try value(of: text) {
        case .null: block.appendNull()
        case .integer(let number): block.append(String(number).utf8)
        case .real(let number): block.append(String(number).utf8)
        case .text(let text): block.append(text.utf8)
        case .bytes(let bytes): block.append(bytes)
        }
    }

    private func value(of text: String) throws(Misfit) -> Value {
        guard isBase64 else { return try column.value(of: text, on: dialect) }
        guard let bytes = Base64.bytes(of: text) else { throw Misfit(message: "is no base 64") }
        return try column.value(of: bytes)
    }

    private static func truth(_ text: UnsafeBufferPointer<UInt8>) -> UInt8? {
        func reads(_ word: StaticString) -> Bool {
            text.elementsEqual(
                UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        }
        switch text.count {
        case 1 where text[0] == 0x74 || text[0] == 0x31: return 0x31
        case 1 where text[0] == 0x66 || text[0] == 0x30: return 0x30
        case 4 where reads("true"): return 0x31
        case 5 where reads("false"): return 0x30
        default: return nil
        }
    }

    private static func characters(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        var count = 0
        for byte in text where Byte.beginsCharacter(byte) { count += 1 }
        return count
    }

    /// Adds a UUID of 36 characters in lower case.
    private static func appendUUID(
        _ text: UnsafeBufferPointer<UInt8>, to block: inout RowBlock
    ) -> Bool {
        guard text.count == 36 else { return false }
        for index in 0..<36 {
            switch text[index] {
            case 0x30...0x39, 0x61...0x66: if Self.isDash(index) { return false }
            case Byte.dash: if !Self.isDash(index) { return false }
            default: return false
            }
        }
        block.append(text)
        return true
    }

    private static func isDash(_ index: Int) -> Bool {
        index == 8 || index == 13 || index == 18 || index == 23
    }
}
