/// The lines of a text, each without its end, `\n` or `\r\n`.
struct TextLines: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func next() -> ArraySlice<UInt8>? {
        guard !rest.isEmpty else { return nil }
        let end = rest.firstIndex(of: Byte.newline) ?? rest.endIndex
        let line = rest[..<end]
        rest = rest[end...].dropFirst()
        return line.last == Byte.carriageReturn ? line.dropLast() : line
    }
}

extension ArraySlice<UInt8> {
    /// What stands behind the blanks and the `/* … */` that it begins with; those that MariaDB and
    /// MySQL run are none.
    var afterBlockComments: ArraySlice<UInt8> {
        var rest = self
        while true {
            rest = rest.drop { $0 <= Byte.space }
            let body = rest.dropFirst(2)
            guard rest.starts(with: "/*".utf8), body.first != UInt8(ascii: "!"),
                !body.starts(with: "M!".utf8),
                let end = body.indices.first(where: { body[$0...].starts(with: "*/".utf8) })
            else { return rest }
            rest = body[(end + 2)...]
        }
    }
}
