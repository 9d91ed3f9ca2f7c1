extension Unicode.Scalar {
    /// Whether it may steer a terminal instead of being shown: the general category Cc.
    package var isControl: Bool { properties.generalCategory == .control }
}

extension String {
    /// The text with `\u{1B}` where a control character stands, which could steer a terminal or end a
    /// line: names and an engine's words may hold what others have put there.
    ///
    /// - `kept`: those that stay.
    package func escapingControls(except kept: [Unicode.Scalar] = []) -> String {
        // 0xC2 begins U+0080 to U+009F, which are controls as well.
        guard utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 }) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isControl, !kept.contains(scalar) {
                text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}
