/// Turns offsets into places; moves forward only, so that a whole script costs one pass.
struct Cursor {
    private var offset: Int
    private var line = 1
    private var column = 1

    init(offset: Int) { self.offset = offset }

    /// A cursor over a text that begins at `place`.
    init(_ place: Place) {
        offset = 0
        (line, column) = (place.line, place.column)
    }

    mutating func advance(to target: Int, in bytes: [UInt8]) {
        while offset < target {
            let byte = bytes[offset]
            if byte == Byte.newline {
                line += 1
                column = 1
            } else if Byte.beginsCharacter(byte) {
                column += 1
            }
            offset += 1
        }
    }

    /// The place of an offset at or behind the cursor.
    func place(of target: Int, in bytes: [UInt8], _ file: String) -> Place {
        var copy = self
        copy.advance(to: min(target, bytes.count), in: bytes)
        return Place(file: file, line: copy.line, column: copy.column)
    }
}
