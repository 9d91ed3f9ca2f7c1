/// Looks for a text in bytes, in most of which it does not stand: of those it looks at few.
///
/// Horspool's algorithm: the byte where the text would end says how far it is at least from there.
struct ByteSearch: Sendable {
    private let text: [UInt8]
    /// The same in capital letters, where these count as well.
    private let capitals: [UInt8]
    /// How far to go on, by the byte that stands where the text would end.
    private let steps: [Int]

    /// - `ignoresCase`: whether ASCII letters also count in the other case than in `text`, where they are
    ///   small.
    init(_ text: String, ignoringCase ignoresCase: Bool = false) {
        self.text = Array(text.utf8)
        capitals = ignoresCase ? self.text.map(Byte.upper) : self.text
        var steps = [Int](repeating: self.text.count, count: 256)
        for index in self.text.indices.dropLast() {
            steps[Int(self.text[index])] = self.text.count - 1 - index
            steps[Int(capitals[index])] = self.text.count - 1 - index
        }
        self.steps = steps
    }

    /// How long the text is.
    var count: Int { text.count }

    /// Whether the text stands there.
    func isIn(_ bytes: [UInt8]) -> Bool {
        let last = text.count - 1
        return bytes.withUnsafeBufferPointer { bytes in
            steps.withUnsafeBufferPointer { steps in
                var end = last
                while end < bytes.count {
                    let byte = bytes[end]
                    if byte == text[last] || byte == capitals[last], ends(at: end, in: bytes) {
                        return true
                    }
                    end += steps[Int(byte)]
                }
                return false
            }
        }
    }

    private func ends(at end: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = end - text.count + 1
        return text.indices.allSatisfy { index in
            bytes[start + index] == text[index] || bytes[start + index] == capitals[index]
        }
    }
}
