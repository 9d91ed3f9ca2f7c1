/// The shapes of dates and moments that most data have.
enum MomentShape {
    /// Whether a text is a day of the calendar, as `2026-01-31`.
    static func isDate(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.count == 10 && day(text) != nil
    }

    /// Adds a moment in the form that an engine reads; false where the text is left to others.
    ///
    /// It takes `2026-01-31T18:20:01`, with a space for the `T`, with up to six digits of a fraction,
    /// and with a zone as `Z`, `+01`, `+0100` or `+01:00`, or without one.
    static func append(
        _ text: UnsafeBufferPointer<UInt8>, in form: Dialect.SeedForms.MomentForm,
        to block: inout RowBlock
    ) -> Bool {
        guard text.count >= 19, var day = day(text), text[10] == 0x54 || text[10] == Byte.space,
            text[13] == Byte.colon, text[16] == Byte.colon,
            let hour = pair(text, 11), hour < 24, let minute = pair(text, 14), minute < 60,
            let second = pair(text, 17), second < 60
        else { return false }
        var index = 19
        guard let fraction = fraction(text, &index), let offset = offset(text, index) else {
            return false
        }
        var seconds = hour * 3600 + minute * 60 + second
        if offset != 0 {
            let shifted = day.daysSince1970 * 86400 + Int64(seconds - offset)
            let days = shifted >= 0 ? shifted / 86400 : (shifted - 86399) / 86400
            day = CalendarDay(daysSince1970: days)
            seconds = Int(shifted - days * 86400)
        }
        guard (0...9999).contains(day.year) else { return false }
        write(day, seconds, fraction, form, to: &block)
        return true
    }

    /// The day at the front of a text.
    private static func day(_ text: UnsafeBufferPointer<UInt8>) -> CalendarDay? {
        guard text.count >= 10, text[4] == Byte.dash, text[7] == Byte.dash,
            let century = pair(text, 0), let year = pair(text, 2), let month = pair(text, 5),
            let day = pair(text, 8), (1...12).contains(month), day >= 1
        else { return nil }
        return CalendarDay(year: century * 100 + year, month: month, day: day)
    }

    private static func pair(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int? {
        let (high, low) = (text[index] &- Byte.zero, text[index + 1] &- Byte.zero)
        guard high <= 9, low <= 9 else { return nil }
        return Int(high) * 10 + Int(low)
    }

    /// The microseconds at `index`, behind which it moves.
    private static func fraction(_ text: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Int? {
        guard index < text.count, text[index] == Byte.dot else { return 0 }
        let start = index + 1
        var value = 0
        index = start
        while index < text.count, Byte.isDigit(text[index]) {
            guard index - start < 6 else { return nil }
            value = value * 10 + Int(text[index] - Byte.zero)
            index += 1
        }
        guard index > start else { return nil }
        for _ in (index - start)..<6 { value *= 10 }
        return value
    }

    /// The zone at `index` in seconds east of UTC; `nil` where it is something else.
    private static func offset(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int? {
        let count = text.count - index
        guard count > 0 else { return 0 }
        if text[index] == 0x5A { return count == 1 ? 0 : nil }
        guard text[index] == Byte.plus || text[index] == Byte.dash, count >= 3,
            let hours = pair(text, index + 1), hours < 24
        else { return nil }
        var minutes = 0
        switch count {
        case 3: break
        case 5:
            guard let read = pair(text, index + 3) else { return nil }
            minutes = read
        case 6:
            guard text[index + 3] == Byte.colon, let read = pair(text, index + 4) else {
                return nil
            }
            minutes = read
        default: return nil
        }
        guard minutes < 60 else { return nil }
        return (hours * 3600 + minutes * 60) * (text[index] == Byte.dash ? -1 : 1)
    }

    private static func write(
        _ day: CalendarDay, _ seconds: Int, _ fraction: Int,
        _ form: Dialect.SeedForms.MomentForm, to block: inout RowBlock
    ) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { buffer in
            var index = 0
            func put(_ byte: UInt8) {
                buffer[index] = byte
                index += 1
            }
            func put(_ number: Int, digits: Int) {
                var rest = number
                for place in stride(from: index + digits - 1, through: index, by: -1) {
                    buffer[place] = Byte.zero + UInt8(rest % 10)
                    rest /= 10
                }
                index += digits
            }
            put(day.year, digits: 4)
            put(Byte.dash)
            put(day.month, digits: 2)
            put(Byte.dash)
            put(day.day, digits: 2)
            put(form == .spaced ? Byte.space : 0x54)
            put(seconds / 3600, digits: 2)
            put(Byte.colon)
            put(seconds / 60 % 60, digits: 2)
            put(Byte.colon)
            put(seconds % 60, digits: 2)
            put(Byte.dot)
            switch form {
            case .spaced: put(fraction, digits: 6)
            case .rfc3339:
                // As ``Moment/text(_:)`` writes it.
                let isWhole = fraction % 1000 == 0
                put(isWhole ? fraction / 1000 : fraction, digits: isWhole ? 3 : 6)
                put(0x5A)
            }
            block.append(UnsafeBufferPointer(rebasing: buffer[..<index]))
        }
    }
}
