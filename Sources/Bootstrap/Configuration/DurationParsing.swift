extension Duration {
    /// Reads `500ms`, `30s`, `5m`, `1h30m` or `0`; `nil` for anything else.
    ///
    /// A number without a unit is refused: other tools mean seconds, or milliseconds.
    package init?(parsing text: String) {
        guard text != "0" else {
            self = .zero
            return
        }
        var rest = text[...]
        var smallest = 4
        var milliseconds = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            let units = ["ms": (0, 1), "s": (1, 1000), "m": (2, 60_000), "h": (3, 3_600_000)]
            // Nine digits of hours are a hundred thousand years.
            guard
                digits.count <= 9, let number = Int(digits),
                let (rank, factor) = units[String(unit)],
                rank < smallest
            else { return nil }
            smallest = rank
            milliseconds += number * factor
        }
        guard smallest < 4 else { return nil }
        self = .milliseconds(milliseconds)
    }
}
