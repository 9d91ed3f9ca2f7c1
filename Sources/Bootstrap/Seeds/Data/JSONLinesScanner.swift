import Glibc

/// Reads a line of JSON Lines: one object of JSON, by RFC 8259, whose keys name the columns.
///
/// Every object has the keys of the first one, in any order. <https://jsonlines.org>
struct JSONLinesScanner {
    /// The keys of the first object.
    var keys: [DataKey] = []

    /// Reads the line that begins at `start`, in a text that is in memory as far as `end`.
    func scan(
        _ text: UnsafePointer<UInt8>, from start: Int, to end: Int, isLast: Bool,
        into fields: inout DataFields
    ) throws(DataMistake) -> DataFinding {
        guard start < end else { return isLast ? .end : .incomplete(quote: nil) }
        guard let line = Self.line(text, from: start, to: end, isLast) else {
            return .incomplete(quote: nil)
        }
        var object = JSONObjectScanner(text, from: start, to: line.end)
        guard try object.begin() else { return .blank(next: line.next) }
        fields.removeAll(leaving: keys.count)
        let opening = object.opening
        var (expected, found) = (0, 0)
        while let key = try object.key(&fields.copies) {
            let index = try self.index(of: key, expected: expected)
            guard fields[index].origin < 0 else { throw twice(key) }
            fields[index] = try object.value(&fields.copies)
            (expected, found) = (index + 1, found + 1)
        }
        if found < keys.count { throw missing(in: fields, at: opening) }
        return .record(next: line.next, lines: 1)
    }

    /// Reads the keys of the object on the line that begins at `start`, which are the header.
    mutating func scanKeys(
        _ text: UnsafePointer<UInt8>, from start: Int, to end: Int, isLast: Bool,
        into fields: inout DataFields
    ) throws(DataMistake) -> DataFinding {
        guard start < end else { return isLast ? .end : .incomplete(quote: nil) }
        guard let line = Self.line(text, from: start, to: end, isLast) else {
            return .incomplete(quote: nil)
        }
        var object = JSONObjectScanner(text, from: start, to: line.end)
        guard try object.begin() else { return .blank(next: line.next) }
        fields.removeAll()
        var (keys, names): ([DataKey], Set<String>) = ([], [])
        while let key = try object.key(&fields.copies) {
            let known = DataKey(key)
            guard !known.name.isEmpty else {
                throw DataMistake(
                    offset: key.origin, message: "has an empty key, which names no column")
            }
            guard names.insert(known.name).inserted else { throw twice(key) }
            keys.append(known)
            _ = try object.value(&fields.copies)
            // What a long line holds is not wanted yet.
            fields.removeAll()
        }
        guard !keys.isEmpty else {
            throw DataMistake(
                offset: object.opening, message: "has no keys, which would name the columns")
        }
        self.keys = keys
        return .record(next: line.next, lines: 1)
    }

    private static func line(
        _ text: UnsafePointer<UInt8>, from start: Int, to end: Int, _ isLast: Bool
    ) -> (end: Int, next: Int)? {
        if let found = memchr(text + start, Int32(Byte.newline), end - start) {
            let newline = UnsafeRawPointer(found) - UnsafeRawPointer(text)
            return (newline, newline + 1)
        }
        return isLast ? (end, end) : nil
    }

    /// Which of the columns a key names; most objects have their keys in the same order.
    private func index(
        of key: JSONObjectScanner.Key, expected: Int
    ) throws(DataMistake) -> Int {
        for step in 0..<keys.count {
            let index = (expected + step) % keys.count
            if key.names(keys[index]) { return index }
        }
        let name = String(decoding: key.bytes, as: UTF8.self)
        throw DataMistake(
            offset: key.origin,
            message: "has the unknown key \"\(name)\"" + didYouMean(name, in: keys.map(\.name)),
            next: "Every object has the keys of the first one: \(list).")
    }

    private var list: String { keys.map(\.name).joined(separator: ", ") }

    private func twice(_ key: JSONObjectScanner.Key) -> DataMistake {
        let name = String(decoding: key.bytes, as: UTF8.self)
        return DataMistake(offset: key.origin, message: "has the key \"\(name)\" twice")
    }

    private func missing(in fields: borrowing DataFields, at offset: Int) -> DataMistake {
        var name = ""
        for index in keys.indices.reversed() where fields[index].origin < 0 {
            name = keys[index].name
        }
        return DataMistake(
            offset: offset, message: "has no \"\(name)\"",
            next: "Every object has the keys of the first one: \(list). Write null for NULL.")
    }
}

/// A key that names a column.
struct DataKey {
    let name: String
    let bytes: [UInt8]
    /// Where it stands in the text.
    let origin: Int

    init(_ key: JSONObjectScanner.Key) {
        bytes = Array(key.bytes)
        name = String(decoding: bytes, as: UTF8.self)
        origin = key.origin
    }
}

/// Reads one object of JSON, key by key.
struct JSONObjectScanner {
    /// Where the object's brace stands.
    private(set) var opening: Int
    private var scanner: JSONScanner
    private let text: UnsafePointer<UInt8>
    private let end: Int
    private var isFirst = true

    /// A key, as bytes that live until the next value is read.
    struct Key {
        let bytes: UnsafeBufferPointer<UInt8>
        let origin: Int

        /// Whether it is the same key as one that is known.
        func names(_ key: DataKey) -> Bool {
            guard let base = bytes.baseAddress, bytes.count == key.bytes.count else { return false }
            return memcmp(base, key.bytes, bytes.count) == 0
        }
    }

    init(_ text: UnsafePointer<UInt8>, from start: Int, to end: Int) {
        (self.text, self.end, opening) = (text, end, start)
        scanner = JSONScanner(text, from: start, to: end)
    }

    /// Steps into the object; false where there is white space only.
    mutating func begin() throws(DataMistake) -> Bool {
        scanner.space()
        guard !scanner.isAtEnd else { return false }
        opening = scanner.index
        guard scanner.take(Byte.openBrace) else { throw mistake("is no object of JSON") }
        return true
    }

    /// Steps over the next key and its colon; `nil` at the end of the object and of its line.
    mutating func key(_ copies: inout ByteBuffer) throws(DataMistake) -> Key? {
        scanner.space()
        if scanner.take(Byte.closeBrace) {
            scanner.space()
            guard scanner.isAtEnd else {
                throw mistake(
                    "has more behind its object", next: "Write each object on a line of its own.")
            }
            return nil
        }
        if !isFirst {
            guard scanner.take(Byte.comma) else {
                throw mistake("lacks a comma, or the brace that closes its object")
            }
            scanner.space()
        }
        isFirst = false
        guard scanner.next == Byte.doubleQuote else {
            throw mistake("lacks a key in double quotes")
        }
        let field = try string(&copies)
        scanner.space()
        guard scanner.take(Byte.colon) else { throw mistake("lacks a colon behind a key") }
        scanner.space()
        let base = field.isCopied ? UnsafePointer(copies.base) : text
        return Key(
            bytes: UnsafeBufferPointer(start: base + field.start, count: field.end - field.start),
            origin: field.origin)
    }

    /// Steps over a value.
    mutating func value(_ copies: inout ByteBuffer) throws(DataMistake) -> DataField {
        let start = scanner.index
        let kind: DataField.Kind
        switch scanner.next {
        case Byte.doubleQuote: return try string(&copies)
        case Byte.openBrace, Byte.openBracket: kind = .json
        case 0x74, 0x66: kind = .truth
        case 0x6E: kind = .null
        default: kind = .number
        }
        guard scanner.value() else { throw mistake("is no JSON from here on") }
        return DataField(kind: kind, start: start, end: scanner.index, origin: start)
    }

    private mutating func string(_ copies: inout ByteBuffer) throws(DataMistake) -> DataField {
        let origin = scanner.index
        guard scanner.string() else {
            guard !scanner.isAtEnd else {
                throw DataMistake(
                    offset: origin, message: "opens a string that its line does not close")
            }
            throw mistake("has in a string what JSON does not allow there")
        }
        var field = DataField(
            kind: .quotedText, start: origin + 1, end: scanner.index - 1, origin: origin)
        guard scanner.hasEscapes else { return field }
        let start = copies.count
        if let offset = JSONEscapes.resolve(text, from: field.start, to: field.end, into: &copies) {
            throw DataMistake(
                offset: offset, message: "has an escape that stands for no character of a text",
                next: "A character beyond U+FFFF is written as a pair; U+0000 is in no text.")
        }
        (field.isCopied, field.start, field.end) = (true, start, copies.count)
        return field
    }

    private func mistake(_ message: String, next: String? = nil) -> DataMistake {
        DataMistake(offset: scanner.index, message: message, next: next)
    }
}
