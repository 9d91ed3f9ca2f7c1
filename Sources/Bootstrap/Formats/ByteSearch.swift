/// Looks for a text in bytes, in most of which it does not stand: of those it looks at few.
///
/// Horspool's algorithm: the byte where the text would end says how far it is at least from there.
struct ByteSearch: Sendable {
    private let text: [UInt8]
    /// How far to go on, by the byte that stands where the text would end.
    private let steps: [Int]

    init(_ text: String) {
        self.text = Array(text.utf8)
        var steps = [Int](repeating: self.text.count, count: 256)
        for (index, byte) in self.text.dropLast().enumerated() {
            steps[Int(byte)] = self.text.count - 1 - index
        }
        self.steps = steps
    }

    /// How long the text is.
    var count: Int { text.count }

    /// Whether the text stands there.
    func isIn(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            steps.withUnsafeBufferPointer { steps in
                text.withUnsafeBufferPointer { text in
                    var end = text.count - 1
                    while end < bytes.count {
                        if bytes[end] == text[text.count - 1],
                            bytes[(end - text.count + 1)...end].elementsEqual(text)
                        {
                            return true
                        }
                        end += steps[Int(bytes[end])]
                    }
                    return false
                }
            }
        }
    }
}
