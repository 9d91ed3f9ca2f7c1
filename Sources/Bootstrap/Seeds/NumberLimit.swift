/// The whole numbers that a column holds.
struct IntegerLimit: Equatable {
    let lower: Int64
    let upper: UInt64

    /// The limit of a column's type, or `nil` where the server alone knows it.
    init?(_ type: String, on dialect: Dialect) {
        let lower = type.lowercased()
        let word = String(lower.prefix { $0.isLetter })
        let known = dialect.seeds.integerBits
        guard let bits = known[word] ?? known[""], (1...64).contains(bits) else { return nil }
        let isUnsigned = known[word] != nil && lower.contains("unsigned")
        self.lower = isUnsigned ? 0 : -1 << Int64(bits - 1)
        upper = UInt64.max >> UInt64(isUnsigned ? 64 - bits : 65 - bits)
    }

    func holds(_ number: Int64) -> Bool {
        number >= lower && (number < 0 || number.magnitude <= upper)
    }

    var misfit: Misfit { Misfit(message: "is out of its range, \(lower) to \(upper)") }
}

/// The decimal numbers that a column holds: `numeric(10,2)` has eight digits before the point.
struct DecimalLimit: Equatable, CustomStringConvertible {
    let precision: Int
    let scale: Int

    /// The limit of a column's type, or `nil` where it has none.
    init?(_ type: String) {
        let words = type.lowercased().split(separator: "(", maxSplits: 1)
        guard words.count == 2, ["numeric", "decimal", "dec"].contains(Self.trimmed(words[0]))
        else { return nil }
        let sizes = words[1].prefix { $0 != ")" }.split(separator: ",")
            .map { Int(Self.trimmed($0)) }
        guard (1...2).contains(sizes.count), let precision = sizes[0], precision > 0 else {
            return nil
        }
        guard let scale = sizes.count == 2 ? sizes[1] : 0 else { return nil }
        (self.precision, self.scale) = (precision, scale)
    }

    private static func trimmed(_ word: Substring) -> String { word.filter { $0 != " " } }

    var description: String { "\(precision) digits with \(scale) behind the point" }

    /// How many digits stand before the point.
    var whole: Int { precision - scale }

    /// Whether a decimal number stays below the limit when it is rounded to the column's digits.
    func holds(_ number: String) -> Bool {
        let parts = number.lowercased().split(separator: "e", maxSplits: 1)
        let mantissa = parts[0].utf8.filter { Byte.isDigit($0) || $0 == Byte.dot }
        let point = mantissa.firstIndex(of: Byte.dot) ?? mantissa.count
        let digits = mantissa.filter { $0 != Byte.dot }
        guard let first = digits.firstIndex(where: { $0 != Byte.zero }) else { return true }
        let size = point - first
        let limit = whole - exponent(parts.dropFirst().first)
        guard size == limit else { return size < limit }
        // All nines and half of one more are rounded up to a digit more.
        let kept = digits[first...].prefix(precision)
        let next = digits[first...].dropFirst(precision).first
        return kept.count < precision || kept.contains { $0 != 0x39 } || (next ?? 0) < 0x35
    }

    /// An exponent; one that is too large for a number of ours counts as a very large one.
    private func exponent(_ text: Substring?) -> Int {
        guard let text else { return 0 }
        let number = Int(text) ?? (text.hasPrefix("-") ? Int.min : .max)
        return min(max(number, -1 << 40), 1 << 40)
    }
}
