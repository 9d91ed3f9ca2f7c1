/// A line that begins with two dashes, in its words.
struct CommentLine {
    /// What stands between blanks behind the dashes.
    let words: [String]
    /// Whether a blank follows the dashes.
    let isSpaced: Bool

    /// Reads a line; `nil` for others.
    init?(_ line: ArraySlice<UInt8>) {
        guard line.starts(with: [Byte.dash, Byte.dash]) else { return nil }
        let rest = line.dropFirst(2)
        isSpaced = rest.first.map(Byte.isSpace) ?? true
        // By bytes, for a folder may have thousands of such lines.
        words = rest.split(whereSeparator: Byte.isSpace).map { String(decoding: $0, as: UTF8.self) }
    }
}
