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
    /// Where the file's lines begin: thousands of values may ask for their places.
    private let lines: [Int]

    /// Throws 78 for names without a value, 65 for what the tool could not read either.
    init(
        _ source: [UInt8], file: String, as placeholders: Placeholders, _ settings: Settings
    ) throws(Failure) {
        (self.source, self.file) = (source, file)
        lines = [0] + source.indices.lazy.filter { source[$0] == Byte.newline }.map { $0 + 1 }
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
    func place(_ offset: Int) -> Place { cursor(at: offset).place(file) }

    private func cursor(at offset: Int) -> Cursor {
        let line = lines.countOfFirst { $0 <= offset }
        var cursor = Cursor(
            Place(file: file, line: line, column: 1), offset: lines[line - 1])
        cursor.advance(to: min(offset, source.count), in: source)
        return cursor
    }

    /// The offset in the file of an offset in the text; inside of a value that of its placeholder.
    func sourceOffset(of offset: Int) -> Int {
        let count = values.countOfFirst { $0.range.lowerBound <= offset }
        guard count > 0 else { return offset }
        let value = values[count - 1]
        guard offset >= value.range.upperBound else { return value.source.lowerBound }
        return value.source.upperBound + offset - value.range.upperBound
    }

    /// The bytes of the file that a part of the text comes from.
    func source(of range: Range<Int>) -> Range<Int> {
        let start = sourceOffset(of: range.lowerBound)
        let count = values.countOfFirst { $0.range.lowerBound < range.upperBound }
        guard count > 0, range.upperBound < values[count - 1].range.upperBound else {
            return start..<max(start, sourceOffset(of: range.upperBound))
        }
        return start..<values[count - 1].source.upperBound
    }

    /// The values in a part of the text, by its characters.
    func edits(in range: Range<Int>) -> [Script.Edit] {
        let first = values.countOfFirst {
            $0.range.upperBound <= range.lowerBound && $0.range.lowerBound < range.lowerBound
        }
        var edits: [Script.Edit] = []
        // Each goes on where the one before ends: a statement may have thousands.
        var (at, count) = (range.lowerBound, 0)
        var cursor: Cursor?
        for value in values[first...] {
            guard value.range.lowerBound < range.upperBound else { break }
            let start = max(value.range.lowerBound, range.lowerBound)
            let end = max(start, min(value.range.upperBound, range.upperBound))
            let begun = count + characters(at..<start)
            (at, count) = (end, begun + characters(start..<end))
            var place = cursor ?? self.cursor(at: value.source.lowerBound)
            place.advance(to: value.source.lowerBound, in: source)
            var after = place
            after.advance(to: value.source.upperBound, in: source)
            cursor = after
            edits.append(
                Script.Edit(
                    start: begun, end: count, place: place.place(file), after: after.place(file),
                    mask: value.mask))
        }
        return edits
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

extension Array {
    /// How many elements at its beginning are such ones, where all of these come before all others.
    fileprivate func countOfFirst(_ isSuch: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isSuch(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
