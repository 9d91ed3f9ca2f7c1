/// How another tool's files ask for values.
enum Placeholders: Sendable {
    /// Not at all.
    case none
    /// `${name}`, anywhere.
    case flyway
    /// `$NAME` and `${NAME:-default}`, in the lines that ask for it.
    case goose
}

/// A file's text with the values of its placeholders, put in before anybody looks what it means: also
/// into strings, comments and the middle of words, as these tools do it.
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

    /// How much of the file is in the text.
    private var copied = 0

    /// Throws 78 for names without a value, 65 for what the tool could not read either.
    init(
        _ source: [UInt8], file: String, as placeholders: Placeholders, _ settings: Settings
    ) throws(Failure) {
        (self.source, self.file) = (source, file)
        bytes.reserveCapacity(source.count)
        switch placeholders {
        case .none: break
        case .flyway: try putInPlaceholders(settings)
        case .goose: try putInVariables(settings)
        }
        copy(upTo: source.count)
    }

    /// Puts a value in the place of a part of the file that is behind all others so far.
    mutating func put(_ value: [UInt8], for range: Range<Int>, isSecret: Bool = false) {
        copy(upTo: range.lowerBound)
        let start = bytes.count
        bytes += value
        values.append(
            Value(
                source: range, range: start..<bytes.count,
                mask: isSecret ? String(decoding: source[range], as: UTF8.self) : nil))
        copied = range.upperBound
    }

    /// Takes the text of the file as it is, up to there.
    mutating func copy(upTo end: Int) {
        bytes += source[copied..<end]
        copied = end
    }
}

// MARK: Places

extension ReplacedText {
    /// The place of an offset in the file.
    func place(_ offset: Int) -> Place {
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

    /// A failure with the line of the file, which has no values in it.
    func shown(_ failure: Failure) -> Failure {
        var failure = failure
        (failure.excerpt, failure.caret) = (nil, nil)
        failure.show(source)
        return failure
    }
}
