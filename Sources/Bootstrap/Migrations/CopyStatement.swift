/// Sees whether a statement is `COPY … FROM stdin`, whose data follows it.
struct CopyStatement {
    private var state = State.first
    private var parentheses = 0

    private enum State { case first, no, copy, from, stdin }

    /// Whether the words still matter.
    var wantsWords: Bool { state == .first || state == .copy || state == .from }
    /// Whether data follows the statement.
    var readsInput: Bool { state == .stdin }

    mutating func see(word: String) {
        switch state {
        case .first: state = word == "COPY" ? .copy : .no
        case .copy where word == "FROM" && parentheses == 0: state = .from
        case .from: state = word == "STDIN" ? .stdin : .copy
        case .copy, .no, .stdin: break
        }
    }

    mutating func see(mark: UInt8) {
        switch state {
        case .first: state = .no
        case .from: state = .copy
        case .copy, .no, .stdin: break
        }
        if mark == Byte.openParenthesis { parentheses += 1 }
        if mark == Byte.closeParenthesis { parentheses -= 1 }
    }
}

/// Turns offsets into places; moves forward only, so that a whole script costs one pass.
struct Cursor {
    private var offset: Int
    private var line = 1
    private var column = 1

    init(offset: Int) { self.offset = offset }

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
