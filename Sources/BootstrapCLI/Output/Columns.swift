/// One line of progress: what happened, to what, and how long it took.
struct Line: Equatable {
    /// What a line's first word means, and so its colour.
    enum Tone: Equatable {
        case plain, good, waiting, quiet
    }

    /// How wide the first column is.
    static let labelWidth = 11

    /// The word in the first column, in the past tense where something was done.
    var label: String
    /// The rest of the line.
    var text: String
    /// The first word's colour.
    var tone: Tone = .plain

    /// The line as people read it; a line without a label is its text alone.
    func text(colour: Bool) -> String {
        let text = text.withoutControls
        guard !label.isEmpty else { return colour ? Colour.bold(text) : text }
        let word = label.padded(to: Self.labelWidth)
        guard colour else { return word + text }
        switch tone {
        case .plain: return word + text
        case .good: return Colour.green(word) + text
        case .waiting: return Colour.yellow(word) + text
        case .quiet: return Colour.grey(word) + text
        }
    }
}

/// The colours of a terminal, as ECMA-48 has them.
enum Colour {
    static func bold(_ text: String) -> String { "\u{1B}[1m\(text)\u{1B}[0m" }
    static func red(_ text: String) -> String { "\u{1B}[1;31m\(text)\u{1B}[0m" }
    static func green(_ text: String) -> String { "\u{1B}[32m\(text)\u{1B}[0m" }
    static func yellow(_ text: String) -> String { "\u{1B}[33m\(text)\u{1B}[0m" }
    static func grey(_ text: String) -> String { "\u{1B}[90m\(text)\u{1B}[0m" }
}

extension String {
    /// The text as a terminal may have it: line breaks and tabs stay.
    var withoutControls: String { escapingControls(except: ["\n", "\t"]) }

    /// The text with spaces behind it, `width` characters wide, and never run into the next column.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(1, width - count))
    }

    /// The text with spaces before it, `width` characters wide.
    func aligned(to width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - count)) + self
    }
}
