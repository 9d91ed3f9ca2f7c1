/// A text that a column cannot hold, and what it would take.
struct Misfit: Error, Equatable {
    /// The rest of a sentence that begins with the value: `is no whole number`.
    var message: String
}

extension Column {
    /// What a seed's text means to this column, or why it fits none of the column's values.
    ///
    /// The column's type decides, never the look of the text: `no` is text in a text column and
    /// a mistake in a boolean one.
    func value(of text: String, on dialect: Dialect) throws(Misfit) -> Value {
        if let labels, !labels.holds(text) { throw labels.misfit(text) }
        switch meaning {
        case .boolean: return try boolean(text)
        case .integer: return try integer(text, on: dialect)
        case .decimal:
            guard Self.isDecimal(text) else { throw Misfit(message: "is no decimal number") }
            if let limit = DecimalLimit(type), !limit.holds(text) {
                throw Misfit(message: "is too large for \(limit)")
            }
            return .text(text)
        case .real:
            guard Self.isDecimal(text), let number = Double(text), number.isFinite else {
                throw Misfit(message: "is no number")
            }
            return .real(number)
        case .text: return try limited(text)
        case .bytes: throw Misfit(message: "is text, and the column holds bytes: write !base64")
        case .date:
            guard let day = CalendarDay(text) else {
                throw Misfit(message: "is no date; write it as 2026-01-31")
            }
            return .text(day.description)
        case .timestamp:
            guard let moment = Moment(text) else {
                throw Misfit(message: "is no moment; write it as 2026-01-31T18:20:01Z")
            }
            return .text(moment.text(dialect.seeds.moment))
        case .uuid:
            guard let uuid = UUIDBytes(text) else { throw Misfit(message: "is no UUID") }
            return .text(uuid.text)
        case .json:
            if let offset = JSONText.mistake(in: text) {
                throw Misfit(message: "is no JSON from its byte \(offset + 1) on")
            }
            return .text(text)
        case .other where isArray:
            // A list of JSON; else the engine's own form.
            return .text(ArrayLiteral.text(ofJSON: text) ?? text)
        case .other: return .text(text)
        }
    }

    private func boolean(_ text: String) throws(Misfit) -> Value {
        switch text {
        case "true", "True", "TRUE", "t", "1": return .integer(1)
        case "false", "False", "FALSE", "f", "0": return .integer(0)
        default: throw Misfit(message: "is neither true nor false")
        }
    }

    private func integer(_ text: String, on dialect: Dialect) throws(Misfit) -> Value {
        let limit = IntegerLimit(type, on: dialect)
        if let number = Int64(text) {
            if let limit, !limit.holds(number) { throw limit.misfit }
            return .integer(number)
        }
        var digits = Array(text.utf8)
        if let sign = digits.first, sign == 0x2B || sign == 0x2D { digits.removeFirst() }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw Misfit(message: "is no whole number")
        }
        // Beyond 64 bits with a sign there are still unsigned columns.
        if let limit, UInt64(text).map({ $0 <= limit.upper }) != true { throw limit.misfit }
        return .text(text)
    }

    /// A text column's limit in characters, where its type names one: `varchar(255)`.
    private func limited(_ text: String) throws(Misfit) -> Value {
        if let limit = characterLimit {
            let count = text.unicodeScalars.count
            guard count <= limit else {
                throw Misfit(message: "has \(count) characters, and the column holds \(limit)")
            }
        }
        return .text(text)
    }

    /// How many characters a text column holds, where its type says it.
    var characterLimit: Int? {
        let lower = type.lowercased()
        let limitedTypes = ["varchar(", "character varying(", "char(", "character("]
        guard limitedTypes.contains(where: lower.hasPrefix), let open = lower.firstIndex(of: "(")
        else { return nil }
        return Int(lower[open...].dropFirst().prefix { $0 != ")" })
    }

    /// Digits with at most one point, and an exponent, perhaps; no infinity, no hexadecimals.
    static func isDecimal(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        func digits() -> Int {
            let count = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        func sign() {
            if let byte = rest.first, byte == 0x2B || byte == 0x2D { rest.removeFirst() }
        }
        sign()
        var count = digits()
        if rest.first == 0x2E {
            rest.removeFirst()
            count += digits()
        }
        guard count > 0 else { return false }
        if let byte = rest.first, byte == 0x65 || byte == 0x45 {
            rest.removeFirst()
            sign()
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    /// Raw bytes for this column.
    func value(of bytes: [UInt8]) throws(Misfit) -> Value {
        switch meaning {
        case .bytes, .other: return .bytes(bytes)
        case .uuid where bytes.count == 16: return .text(UUIDBytes(bytes: bytes).text)
        case .text, .json:
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Misfit(message: "holds bytes that are no text")
            }
            return .text(text)
        case .boolean, .integer, .decimal, .real, .date, .timestamp, .uuid:
            throw Misfit(message: "is bytes")
        }
    }

    /// A UUID for this column: text, or 16 bytes where it holds bytes.
    func value(of uuid: UUIDBytes) throws(Misfit) -> Value {
        switch meaning {
        case .bytes: return .bytes(uuid.bytes)
        case .uuid, .other: return .text(uuid.text)
        case .text: return try limited(uuid.text)
        case .boolean, .integer, .decimal, .real, .date, .timestamp, .json:
            throw Misfit(message: "is a UUID")
        }
    }

    /// A moment for this column.
    func value(of moment: Moment, on dialect: Dialect) throws(Misfit) -> Value {
        switch meaning {
        case .timestamp, .text, .other: return .text(moment.text(dialect.seeds.moment))
        case .date: return .text(String(moment.text(.rfc3339).prefix(10)))
        case .integer: return .integer(moment.seconds)
        case .boolean, .decimal, .real, .bytes, .uuid, .json:
            throw Misfit(message: "is a moment")
        }
    }
}

extension UUIDBytes {
    /// A UUID of 16 known bytes.
    init(bytes: [UInt8]) { self.bytes = bytes }
}

/// Base 64 by RFC 4648, with white space as block scalars have it.
enum Base64 {
    /// The bytes of a text, or `nil` for one that is no base 64.
    static func bytes(of text: String) -> [UInt8]? {
        var digits = text.utf8.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        guard digits.count % 4 == 0 else { return nil }
        var padding = 0
        while digits.last == 0x3D, padding < 2 {
            digits.removeLast()
            padding += 1
        }
        var bytes: [UInt8] = []
        var held: UInt32 = 0
        var bits = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            held = held << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
            }
        }
        let left = held & ((1 << UInt32(bits)) - 1)
        return left == 0 ? bytes : nil
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 0x41...0x5A: digit - 0x41
        case 0x61...0x7A: digit - 0x61 + 26
        case 0x30...0x39: digit - 0x30 + 52
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}

extension Column.Labels {
    /// Whether a text is one of the words.
    func holds(_ text: String) -> Bool {
        words.contains(text)
            || ignoresCase && words.contains { $0.lowercased() == text.lowercased() }
    }

    /// Why a text is none of them.
    func misfit(_ text: String) -> Misfit {
        // Of long lists the beginning says what kind of words they are.
        let shown = words.prefix(8).joined(separator: ", ") + (words.count > 8 ? ", …" : "")
        return Misfit(message: "is none of \(shown)\(didYouMean(text, in: words, quote: ""))")
    }
}
