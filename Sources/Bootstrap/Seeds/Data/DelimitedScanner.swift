import Glibc

/// Reads a record of CSV or TSV, by RFC 4180: quotes hold separators, line ends and doubled quotes.
///
/// Records end in LF, CRLF or CR. <https://www.rfc-editor.org/rfc/rfc4180>
struct DelimitedScanner {
    let separator: UInt8
    /// What stands for NULL when it stands without quotes, if anything does.
    let null: [UInt8]?
    /// How many fields a record has; `nil` for the header.
    var width: Int?

    /// Reads the record that begins at `start`, in a text that is in memory as far as `end`.
    func scan(
        _ text: UnsafePointer<UInt8>, from start: Int, to end: Int, isLast: Bool,
        into fields: inout DataFields
    ) throws(DataMistake) -> DataFinding {
        fields.removeAll()
        guard start < end else { return isLast ? .end : .incomplete(quote: nil) }
        var (index, lines) = (start, 1)
        while true {
            let origin = index
            if index < end, text[index] == Byte.doubleQuote {
                guard let closing = try quoted(text, &index, end, isLast, &fields) else {
                    return .incomplete(quote: origin)
                }
                lines += Self.lineEnds(text, from: origin, to: closing)
            } else {
                index = try Self.endOfPlain(text, from: index, to: end, separator)
                guard index < end || isLast else { return .incomplete(quote: nil) }
                let kind: DataField.Kind = isNull(text + origin, index - origin) ? .null : .text
                fields.append(DataField(kind: kind, start: origin, end: index, origin: origin))
            }
            if let width, fields.count > width { throw tooMany(width, at: origin) }
            if index < end, text[index] == separator {
                index += 1
                continue
            }
            guard let next = Self.nextLine(text, behind: index, end, isLast) else {
                return .incomplete(quote: nil)
            }
            if let width, fields.count < width {
                // With one column an empty line is a row, since its empty value is written so.
                if index == start { return .blank(next: next) }
                throw tooFew(fields.count, of: width, at: index)
            }
            return .record(next: next, lines: lines)
        }
    }

    private func isNull(_ field: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        guard let null, null.count == count else { return false }
        return memcmp(null, field, count) == 0
    }

    /// Where a field without quotes ends.
    private static func endOfPlain(
        _ text: UnsafePointer<UInt8>, from start: Int, to end: Int, _ separator: UInt8
    ) throws(DataMistake) -> Int {
        var index = start
        while index < end {
            let byte = text[index]
            // No byte above the comma ends a field.
            if byte <= Byte.comma {
                if byte == separator || byte == Byte.newline || byte == Byte.carriageReturn {
                    break
                }
                if byte == Byte.doubleQuote {
                    throw DataMistake(
                        offset: index,
                        message: "has a quote inside a field that has none around it",
                        next: "Put the whole field into quotes, and double those inside it.")
                }
            }
            index += 1
        }
        return index
    }

    /// Adds the field in quotes that begins at `index`, moves behind it, and returns where it is
    /// closed; `nil` where that is not in memory yet.
    private func quoted(
        _ text: UnsafePointer<UInt8>, _ index: inout Int, _ end: Int, _ isLast: Bool,
        _ fields: inout DataFields
    ) throws(DataMistake) -> Int? {
        let origin = index
        var field = DataField(
            kind: .quotedText, start: origin + 1, end: origin + 1, origin: origin)
        var copied = origin + 1
        var from = origin + 1
        while true {
            guard let found = memchr(text + from, Int32(Byte.doubleQuote), end - from) else {
                guard isLast else { return nil }
                throw DataMistake(
                    offset: origin, message: "opens a quote that is never closed",
                    next: "Close the field, and double the quotes inside it.")
            }
            let quote = UnsafeRawPointer(found) - UnsafeRawPointer(text)
            guard quote + 1 < end || isLast else { return nil }
            guard quote + 1 < end, text[quote + 1] == Byte.doubleQuote else {
                field.end = quote
                break
            }
            if !field.isCopied { (field.isCopied, field.start) = (true, fields.copies.count) }
            fields.copies.append(text + copied, count: quote + 1 - copied)
            from = quote + 2
            copied = from
        }
        let closing = field.end
        if field.isCopied {
            fields.copies.append(text + copied, count: closing - copied)
            field.end = fields.copies.count
        }
        index = closing + 1
        if index < end, text[index] != separator, !Self.isLineEnd(text[index]) {
            throw DataMistake(
                offset: index, message: "has text behind the quote that closes its field",
                next: "Double the quotes inside of a field.")
        }
        fields.append(field)
        return closing
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool {
        byte == Byte.newline || byte == Byte.carriageReturn
    }

    /// Where the next record begins, when this one ends at `index`; `nil` where that is not known yet.
    private static func nextLine(
        _ text: UnsafePointer<UInt8>, behind index: Int, _ end: Int, _ isLast: Bool
    ) -> Int? {
        guard index < end else { return isLast ? end : nil }
        guard text[index] == Byte.carriageReturn else { return index + 1 }
        guard index + 1 < end else { return isLast ? end : nil }
        return text[index + 1] == Byte.newline ? index + 2 : index + 1
    }

    /// How many line ends there are, LF, CRLF or CR.
    static func lineEnds(_ text: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
        var count = 0
        for index in start..<end {
            let byte = text[index]
            guard byte <= Byte.carriageReturn else { continue }
            if byte == Byte.newline { count += 1 }
            if byte == Byte.carriageReturn, index + 1 >= end || text[index + 1] != Byte.newline {
                count += 1
            }
        }
        return count
    }

    private func tooMany(_ width: Int, at offset: Int) -> DataMistake {
        DataMistake(
            offset: offset, message: "begins field \(width + 1), and the header names \(width)",
            next: "Put a field that holds the separator into quotes.")
    }

    private func tooFew(_ count: Int, of width: Int, at offset: Int) -> DataMistake {
        DataMistake(
            offset: offset,
            message: "ends behind field \(count), and the header names \(width)",
            next: "An empty field is written as nothing between its separators.")
    }
}
