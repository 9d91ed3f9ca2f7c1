import Testing

@testable import Bootstrap

/// Text between quotes is looked through eight bytes at a time, and ends where it ends byte by byte.
@Suite struct PlainTextTests {
    /// Every byte at every offset of two words and a rest, between bytes that may be taken for it.
    @Test(arguments: [UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`")])
    func `it ends at the first quote, backslash or byte 0`(_ quote: UInt8) {
        for neighbour in [UInt8(ascii: "a"), quote ^ 1, quote ^ 0x80, 0x5d, 0x01, 0x80, 0xff] {
            for byte in UInt8.min ... .max {
                for offset in 0..<19 {
                    var bytes = [UInt8](repeating: neighbour, count: 19)
                    bytes[offset] = byte
                    let found = bytes.withUnsafeBufferPointer {
                        $0.endOfPlainText(before: quote, from: 0, to: 19)
                    }
                    let expected = bytes.firstIndex { [quote, 0x5c, 0].contains($0) } ?? 19
                    #expect(found == expected, "\(bytes)")
                }
            }
        }
    }

    @Test func `it is looked for between two offsets alone`() {
        let bytes = Array("'abcdefgh'ijklmnop'".utf8)
        bytes.withUnsafeBufferPointer { bytes in
            let quote = UInt8(ascii: "'")
            #expect(bytes.endOfPlainText(before: quote, from: 1, to: 19) == 9)
            #expect(bytes.endOfPlainText(before: quote, from: 1, to: 9) == 9)
            #expect(bytes.endOfPlainText(before: quote, from: 10, to: 15) == 15)
            #expect(bytes.endOfPlainText(before: quote, from: 19, to: 19) == 19)
        }
    }
}
