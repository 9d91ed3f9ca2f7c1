/// A file's text with the values of its `${name}`, put in before anybody looks what it means: also into
/// strings, comments and the middle of words, as Flyway does it.
struct ReplacedText {
    /// The file's path, as places name it.
    let file: String
    /// The text as the file has it.
    let source: [UInt8]
    /// The text that is cut.
    private(set) var bytes: [UInt8] = []
    /// Where values stand, in their order.
    private(set) var values: [Value] = []

    /// A value, and the placeholder whose place it takes.
    struct Value {
        /// Which bytes of the file it takes the place of.
        let source: Range<Int>
        /// Which bytes of the text it has.
        let range: Range<Int>
        /// The placeholder where its value is a secret, else `nil`.
        let mask: String?
    }

    /// Throws 78 for names without a value, 65 for those that only Flyway has a value for.
    init(_ source: [UInt8], file: String, _ settings: Settings) throws(Failure) {
        (self.source, self.file) = (source, file)
        bytes.reserveCapacity(source.count)
        var missing: [Script.Missing] = []
        var copied = 0
        for (name, range) in Self.placeholders(in: source) {
            var value: Setting?
            do throws(SettingProblem) { value = try self.value(of: name, settings) } catch {
                throw shown(
                    Failure(
                        .configuration, "\(error.name) \(error.message)",
                        place: place(range.lowerBound)))
            }
            guard let value else {
                guard !name.hasPrefix(Self.builtIn) else {
                    throw shown(Failure(builtIn: name, at: place(range.lowerBound)))
                }
                missing.append(.init(name: name, place: place(range.lowerBound)))
                continue
            }
            bytes += source[copied..<range.lowerBound]
            let start = bytes.count
            bytes += value.value.utf8
            values.append(
                Value(
                    source: range, range: start..<bytes.count,
                    mask: value.isSecret ? "${\(name)}" : nil))
            copied = range.upperBound
        }
        if let failure = missing.failure { throw shown(failure) }
        bytes += source[copied...]
    }

    /// What Flyway's own values are named with.
    private static let builtIn = "flyway:"

    private func value(of name: String, _ settings: Settings) throws(SettingProblem) -> Setting? {
        if let known = settings.placeholder(name) { return try settings.value(of: known) }
        guard name == Self.builtIn + "filename" else { return nil }
        return Setting(String(Folder.lastName(of: file)))
    }

    /// The names of `${name}` in a text, each once, in their order.
    static func names(in bytes: [UInt8]) -> [String] {
        Set(placeholders(in: bytes).map(\.name)).sorted()
    }

    /// Whether a text has any.
    static func isIn(_ bytes: [UInt8]) -> Bool { !placeholders(in: bytes).isEmpty }

    /// `${` up to the next `}` of the line.
    private static func placeholders(in bytes: [UInt8]) -> [(name: String, range: Range<Int>)] {
        var found: [(name: String, range: Range<Int>)] = []
        var index = bytes.startIndex
        while let start = bytes[index...].firstIndex(of: Byte.dollar) {
            index = start + 1
            guard index < bytes.endIndex, bytes[index] == Byte.openBrace,
                let end = bytes[index...].firstIndex(where: {
                    $0 == Byte.closeBrace || $0 == Byte.newline
                }), bytes[end] == Byte.closeBrace, end > index + 1
            else { continue }
            let name = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
            found.append((name, start..<end + 1))
            index = end + 1
        }
        return found
    }
}

// MARK: Places

extension ReplacedText {
    /// The place of an offset in the file.
    private func place(_ offset: Int) -> Place {
        Cursor(offset: 0).place(of: offset, in: source, file)
    }

    /// The offset in the file of an offset in the text; inside of a value that of its placeholder.
    func sourceOffset(of offset: Int) -> Int {
        guard let value = values.last(where: { $0.range.lowerBound <= offset }) else {
            return offset
        }
        guard offset >= value.range.upperBound else { return value.source.lowerBound }
        return value.source.upperBound + offset - value.range.upperBound
    }

    /// The bytes of the file that a part of the text comes from.
    func source(of range: Range<Int>) -> Range<Int> {
        let start = sourceOffset(of: range.lowerBound)
        guard let last = values.last(where: { $0.range.lowerBound < range.upperBound }),
            range.upperBound < last.range.upperBound
        else { return start..<max(start, sourceOffset(of: range.upperBound)) }
        return start..<last.source.upperBound
    }

    /// The values in a part of the text, by its characters.
    func edits(in range: Range<Int>) -> [Script.Edit] {
        values.filter { $0.range.overlaps(range) || range.contains($0.range.lowerBound) }.map {
            let start = max($0.range.lowerBound, range.lowerBound)
            let end = max(start, min($0.range.upperBound, range.upperBound))
            let begun = characters(range.lowerBound..<start)
            return Script.Edit(
                start: begun, end: begun + characters(start..<end),
                place: place($0.source.lowerBound), after: place($0.source.upperBound),
                mask: $0.mask)
        }
    }

    private func characters(_ range: Range<Int>) -> Int {
        bytes[range].count(where: Byte.beginsCharacter)
    }

    /// A failure that names a place in the text, with that in the file and its line.
    func moved(_ failure: Failure) -> Failure {
        guard let place = failure.place else { return failure }
        var offset = 0
        for _ in 1..<max(1, place.line) {
            guard let end = bytes[offset...].firstIndex(of: Byte.newline) else { break }
            offset = end + 1
        }
        var column = 1
        while offset < bytes.count, column < place.column {
            offset += 1
            while offset < bytes.count, !Byte.beginsCharacter(bytes[offset]) { offset += 1 }
            column += 1
        }
        var moved = failure
        moved.place = self.place(sourceOffset(of: offset))
        return shown(moved)
    }

    private func shown(_ failure: Failure) -> Failure {
        var failure = failure
        (failure.excerpt, failure.caret) = (nil, nil)
        failure.show(source)
        return failure
    }
}

extension Settings {
    /// The name of the setting that a placeholder means: itself, `FLYWAY_PLACEHOLDERS_…` as Flyway reads
    /// its environment, or, as Flyway does not mind their case, one in other letters.
    ///
    /// The environment has names that nobody thought of here: `${user}` is not its `USER`.
    func placeholder(_ name: String) -> String? {
        if has(name) { return name }
        let variable = "FLYWAY_PLACEHOLDERS_" + name.uppercased()
        if has(variable) { return variable }
        let wanted = name.lowercased()
        return names.first {
            $0.lowercased() == wanted && valueWithoutReading($0)?.origin != "the environment"
        }
    }
}

extension Failure {
    /// A value that Flyway makes of its own configuration.
    fileprivate init(builtIn name: String, at place: Place) {
        self.init(
            .rejected, "${\(name)} is a value that Flyway makes itself, and that is not known here",
            place: place,
            next: "Give it one below settings: in bootstrap.yaml, as \"\(name)\": VALUE.")
    }
}
