import Glibc

/// Turns offsets into places; moves forward only, so that a whole script costs one pass.
struct Cursor {
    private var offset: Int
    private var line = 1
    private var column = 1

    init(offset: Int) { self.offset = offset }

    /// A cursor over a text in which the byte at `offset` is at `place`.
    init(_ place: Place, offset: Int = 0) {
        self.offset = offset
        (line, column) = (place.line, place.column)
    }

    mutating func advance(to target: Int, in bytes: [UInt8]) {
        guard offset < target else { return }
        bytes.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            var begun = offset
            while let found = memchr(start + begun, Int32(Byte.newline), target - begun) {
                begun = UnsafeRawPointer(found) - UnsafeRawPointer(start) + 1
                (line, column) = (line + 1, 1)
            }
            for index in begun..<target where Byte.beginsCharacter(bytes[index]) { column += 1 }
        }
        offset = target
    }

    /// Goes on in bytes that hold the text from here on.
    mutating func move() { offset = 0 }

    /// Where it stands.
    func place(_ file: String) -> Place { Place(file: file, line: line, column: column) }

    /// The place of an offset at or behind the cursor.
    func place(of target: Int, in bytes: [UInt8], _ file: String) -> Place {
        var copy = self
        copy.advance(to: min(target, bytes.count), in: bytes)
        return Place(file: file, line: copy.line, column: copy.column)
    }
}
