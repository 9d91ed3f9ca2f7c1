/// A moment in UTC with microseconds, read from and written as text without loss.
package struct Moment: Sendable, Hashable {
    /// Seconds since 1970-01-01T00:00:00Z.
    package var seconds: Int64
    /// Microseconds within the second.
    package var microseconds: Int

    /// A moment.
    package init(seconds: Int64, microseconds: Int = 0) {
        self.seconds = seconds
        self.microseconds = microseconds
    }

    /// Milliseconds since 1970, as a UUID of version 7 begins with.
    var milliseconds: Int64 { seconds * 1000 + Int64(microseconds / 1000) }
}

extension Moment {
    /// Reads RFC 3339 (`2026-01-31T18:20:01.5+01:00`); a space may stand for the `T`, and a text
    /// without zone is UTC, as every session of ours is. <https://www.rfc-editor.org/rfc/rfc3339>
    package init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard let date = CalendarDay(reading: &rest), let between = rest.popFirst(),
            [0x54, 0x74, 0x20].contains(between),  // T, t, space
            let hour = Self.digits(2, &rest), hour < 24, rest.popFirst() == 0x3A,
            let minute = Self.digits(2, &rest), minute < 60
        else { return nil }
        var second = 0
        if rest.first == 0x3A {
            rest.removeFirst()
            guard let value = Self.digits(2, &rest), value < 60 else { return nil }
            second = value
        }
        guard let fraction = Self.fraction(&rest), let offset = Self.offset(&rest), rest.isEmpty
        else { return nil }
        let local = date.daysSince1970 * 86400 + Int64(hour * 3600 + minute * 60 + second)
        self.init(seconds: local - Int64(offset), microseconds: fraction)
    }

    static func digits(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.count >= count else { return nil }
        var value = 0
        for _ in 0..<count {
            guard let byte = rest.popFirst(), (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }

    /// Up to six digits count; more must be zeros, since no engine here keeps them.
    private static func fraction(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.first == 0x2E else { return 0 }
        rest.removeFirst()
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, digits.dropFirst(6).allSatisfy({ $0 == 0x30 }) else { return nil }
        rest = rest.dropFirst(digits.count)
        let kept = Array(digits.prefix(6)) + Array(repeating: 0x30, count: max(0, 6 - digits.count))
        return kept.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// The zone in seconds east of UTC.
    private static func offset(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard let sign = rest.popFirst() else { return 0 }
        if sign == 0x5A || sign == 0x7A { return 0 }  // Z, z
        guard sign == 0x2B || sign == 0x2D, let hours = digits(2, &rest), hours < 24 else {
            return nil
        }
        if rest.first == 0x3A { rest.removeFirst() }
        let minutes = rest.isEmpty ? 0 : digits(2, &rest)
        guard let minutes, minutes < 60 else { return nil }
        return (hours * 3600 + minutes * 60) * (sign == 0x2D ? -1 : 1)
    }

    /// The moment as one engine writes it.
    package func text(_ form: Dialect.SeedForms.MomentForm) -> String {
        let days = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
        let day = CalendarDay(daysSince1970: days)
        let rest = Int(seconds - days * 86400)
        let time = [rest / 3600, rest / 60 % 60, rest % 60].map { Self.padded($0, 2) }
            .joined(separator: ":")
        let micro = Self.padded(microseconds, 6)
        switch form {
        case .spaced: return "\(day) \(time).\(micro)"
        case .rfc3339:
            // Three digits at least, so that texts of milliseconds sort as the moments do.
            return "\(day)T\(time).\(micro.hasSuffix("000") ? String(micro.prefix(3)) : micro)Z"
        }
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

/// A day of the Gregorian calendar.
struct CalendarDay: Equatable, CustomStringConvertible {
    var year: Int
    var month: Int
    var day: Int

    /// Reads `2026-01-31` whole, or refuses a day that no month has.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard let day = CalendarDay(reading: &rest), rest.isEmpty else { return nil }
        self = day
    }

    /// Reads a day from the front of a text.
    init?(reading rest: inout ArraySlice<UInt8>) {
        guard let year = Moment.digits(4, &rest), rest.popFirst() == 0x2D,
            let month = Moment.digits(2, &rest), rest.popFirst() == 0x2D,
            let day = Moment.digits(2, &rest)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// A day, or `nil` where no month has it.
    init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), day >= 1 else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        if day <= 28 { return }
        // The day exists when counting there and back again ends where it began.
        guard CalendarDay(daysSince1970: daysSince1970) == self else { return nil }
    }

    /// The day that lies so many days after the first of January 1970.
    ///
    /// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
    init(daysSince1970: Int64) {
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    }

    /// How many days this one lies after the first of January 1970.
    ///
    /// <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>
    var daysSince1970: Int64 {
        let shiftedYear = Int64(month <= 2 ? year - 1 : year)
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    var description: String {
        [Moment.padded(year, 4), Moment.padded(month, 2), Moment.padded(day, 2)]
            .joined(separator: "-")
    }
}
