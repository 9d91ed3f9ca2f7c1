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
