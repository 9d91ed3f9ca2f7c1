import CBootstrapZlib

/// Checksums that other tools keep of their files.
enum Checksums {
    /// The CRC-32 of IEEE 802.3.
    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer {
            UInt32(CBootstrapZlib.crc32(0, $0.baseAddress, uInt($0.count)))
        }
    }

    /// Flyway's: the CRC-32 over all lines without their ends, as a signed number of 32 bits.
    ///
    /// A byte order mark does not count.
    static func crc32(lines text: [UInt8]) -> Int32 {
        let start = SourceFile(path: "", bytes: text).start
        let lines = text[start...].filter { $0 != Byte.newline && $0 != Byte.carriageReturn }
        return Int32(bitPattern: crc32(Array(lines)))
    }

    /// Java's `String.hashCode()`.
    static func javaHash(_ text: String) -> Int32 {
        text.utf16.reduce(0) { 31 &* $0 &+ Int32($1) }
    }

    /// Bytes as hexadecimal digits.
    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// A number as hexadecimal digits, as C writes it with `%x`.
    static func hexadecimal(_ number: Int64) -> String {
        String(UInt64(bitPattern: number), radix: 16)
    }
}
