import Glibc

/// A line that begins with two dashes, in its words.
struct CommentLine {
    /// The first of the words, which stand between blanks behind the dashes; empty without any.
    let first: String
    /// Whether a blank follows the dashes.
    let isSpaced: Bool
    /// Which of the text's bytes it is, without its end.
    let range: Range<Int>
    /// What stands behind the first word.
    private let rest: ArraySlice<UInt8>

    /// Reads a line; `nil` for others.
    init?(_ line: ArraySlice<UInt8>) {
        guard line.starts(with: [Byte.dash, Byte.dash]) else { return nil }
        let text = line.dropFirst(2)
        isSpaced = text.first.map(Byte.isSpace) ?? true
        let word = text.drop(while: Byte.isSpace).prefix { !Byte.isSpace($0) }
        first = String(decoding: word, as: UTF8.self)
        rest = line[word.endIndex...]
        range = line.startIndex..<line.endIndex
    }

    /// The words behind the first one.
    var others: [String] { Self.words(in: rest) }

    /// All words.
    var words: [String] { first.isEmpty ? [] : [first] + others }

    /// What stands between blanks; `split` would make its parts twice.
    private static func words(in bytes: ArraySlice<UInt8>) -> [String] {
        var words: [String] = []
        var at = bytes.startIndex
        while at < bytes.endIndex {
            let begin = at
            while at < bytes.endIndex, !Byte.isSpace(bytes[at]) { at += 1 }
            if begin < at { words.append(String(decoding: bytes[begin..<at], as: UTF8.self)) }
            at += 1
        }
        return words
    }
}

/// The lines of a file that begin with two dashes.
///
/// By bytes, for a folder may have thousands of files, and most of their lines are none.
struct CommentLines: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var at: Int

    init(_ source: SourceFile) { (bytes, at) = (source.bytes, source.start) }

    mutating func next() -> CommentLine? {
        while at < bytes.count {
            let begin = at
            let end = bytes.withUnsafeBytes { bytes in
                let rest = bytes.baseAddress.map { $0 + begin }
                return rest.flatMap { rest in
                    memchr(rest, Int32(Byte.newline), bytes.count - begin)
                        .map { begin + (UnsafeRawPointer($0) - rest) }
                } ?? bytes.count
            }
            at = end + 1
            guard end - begin >= 2, bytes[begin] == Byte.dash, bytes[begin + 1] == Byte.dash else {
                continue
            }
            return CommentLine(
                bytes[begin..<(bytes[end - 1] == Byte.carriageReturn ? end - 1 : end)])
        }
        return nil
    }
}
