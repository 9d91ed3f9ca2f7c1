/// What a line of a sqitch plan says behind the name of a change or a tag.
/// <https://sqitch.org/docs/manual/sqitchplan/>
struct SqitchEntry: Equatable {
    /// The changes that it needs, or must not meet, as written: `users`, `!users@v1`, `shop:users`.
    var dependencies: [String] = []
    /// When it was planned, in UTC: `2024-01-31T12:00:00Z`.
    let date: String
    /// Who planned it.
    let planner, email: String
    /// What stands behind the `#`, its escapes undone.
    let note: String

    /// `nil` where the moment or the planner is missing.
    ///
    /// - `text`: the line between the name and the note.
    init?(_ text: Substring, note: Substring) {
        var rest = text.drop(while: Self.isBlank)
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            dependencies = rest[..<end].dropFirst().split(whereSeparator: Self.isBlank)
                .map(String.init)
            rest = rest[end...].dropFirst().drop(while: Self.isBlank)
        }
        let moment = rest.prefix(20)
        guard Self.isMoment(moment) else { return nil }
        rest = rest[moment.endIndex...].drop(while: Self.isBlank)
        guard let open = rest.firstIndex(of: "<"), let close = rest.lastIndex(of: ">"),
            open < close, rest[close...].dropFirst().allSatisfy(Self.isBlank),
            let blank = rest[..<open].last, Self.isBlank(blank)
        else { return nil }
        date = String(moment)
        // sqitch takes one blank for what parts the two.
        planner = String(rest[..<open].dropLast())
        email = String(rest[open..<close].dropFirst())
        self.note = Self.unescaped(note.trimmed)
        guard !planner.isEmpty, !email.isEmpty, !email.contains(">") else { return nil }
    }

    /// `Ann <ann@example.com>`.
    var person: String { "\(planner) <\(email)>" }

    private static func isBlank(_ character: Character) -> Bool {
        character == " " || character == "\t"
    }

    private static func isMoment(_ text: Substring) -> Bool {
        text.count == 20
            && zip(text, "0000-00-00T00:00:00Z").allSatisfy { character, form in
                form == "0" ? character.isASCII && character.isNumber : character == form
            }
    }

    /// Ends of lines are written `\n` and `\r`, and a backslash twice.
    private static func unescaped(_ text: String) -> String {
        var result = ""
        var characters = text.makeIterator()
        while let character = characters.next() {
            guard character == "\\" else {
                result.append(character)
                continue
            }
            switch characters.next() {
            case "n"?: result.append("\n")
            case "r"?: result.append("\r")
            case "\\"?: result.append("\\")
            case let other?: result += ["\\", other]
            case nil: result.append("\\")
            }
        }
        return result
    }
}

extension Substring {
    /// Without white space at both ends.
    var trimmed: String {
        let text = drop { $0.isWhitespace }
        return String(String(text.reversed().drop { $0.isWhitespace }.reversed()))
    }
}
