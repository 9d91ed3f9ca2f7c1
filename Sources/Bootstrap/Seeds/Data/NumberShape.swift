/// The shapes of numbers that most data have.
enum NumberShape {
    /// Whether a text is a whole number as a program writes it, within a limit where there is one.
    ///
    /// Signs and zeros that are not needed, and more than 18 digits, are left to others.
    static func isInteger(_ text: UnsafeBufferPointer<UInt8>, within limit: IntegerLimit?) -> Bool {
        guard let first = text.first else { return false }
        let isNegative = first == Byte.dash
        let start = isNegative ? 1 : 0
        let count = text.count - start
        guard count >= 1, count <= 18 else { return false }
        if text[start] == Byte.zero { return count == 1 && !isNegative }
        var number: Int64 = 0
        for index in start..<text.count {
            let digit = text[index] &- Byte.zero
            guard digit <= 9 else { return false }
            number = number &* 10 &+ Int64(digit)
        }
        guard let limit else { return true }
        return limit.holds(isNegative ? -number : number)
    }

    /// Whether a text is a decimal number without an exponent, with no more than so many digits
    /// before its point.
    static func isDecimal(_ text: UnsafeBufferPointer<UInt8>, wholeDigits: Int) -> Bool {
        var index = 0
        if let first = text.first, first == Byte.dash || first == Byte.plus { index = 1 }
        let start = index
        while index < text.count, Byte.isDigit(text[index]) { index += 1 }
        let whole = index - start
        guard whole <= wholeDigits else { return false }
        guard index < text.count, text[index] == Byte.dot else {
            return whole > 0 && index == text.count
        }
        index += 1
        let point = index
        while index < text.count, Byte.isDigit(text[index]) { index += 1 }
        return whole + index - point > 0 && index == text.count
    }
}
