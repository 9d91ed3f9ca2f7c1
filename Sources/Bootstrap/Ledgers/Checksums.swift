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

    /// The FNV-1 hash of 32 bits. <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>
    static func fnv1(_ text: String) -> UInt32 {
        text.utf8.reduce(0x811c_9dc5) { ($0 &* 0x0100_0193) ^ UInt32($1) }
    }

    /// SipHash-1-3 with the key 0, as Rust's hashers have it.
    /// <https://www.aumasson.jp/siphash/siphash.pdf>
    static func sipHash13(_ bytes: [UInt8]) -> UInt64 {
        var state = SipState()
        let blocks = bytes.count / 8
        for index in 0..<blocks { state.add(word(bytes[(8 * index)..<(8 * index + 8)])) }
        // The length is the last word's highest byte.
        state.add(word(bytes[(8 * blocks)...]) | UInt64(truncatingIfNeeded: bytes.count) << 56)
        return state.finish()
    }

    /// Up to eight bytes as a number, the lowest first.
    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private struct SipState {
        private var v0: UInt64 = 0x736f_6d65_7073_6575
        private var v1: UInt64 = 0x646f_7261_6e64_6f6d
        private var v2: UInt64 = 0x6c79_6765_6e65_7261
        private var v3: UInt64 = 0x7465_6462_7974_6573

        mutating func add(_ word: UInt64) {
            v3 ^= word
            round()
            v0 ^= word
        }

        mutating func finish() -> UInt64 {
            v2 ^= 0xff
            for _ in 0..<3 { round() }
            return v0 ^ v1 ^ v2 ^ v3
        }

        private mutating func round() {
            v0 &+= v1
            v1 = v1 << 13 | v1 >> 51
            v1 ^= v0
            v0 = v0 << 32 | v0 >> 32
            v2 &+= v3
            v3 = v3 << 16 | v3 >> 48
            v3 ^= v2
            v0 &+= v3
            v3 = v3 << 21 | v3 >> 43
            v3 ^= v0
            v2 &+= v1
            v1 = v1 << 17 | v1 >> 47
            v1 ^= v2
            v2 = v2 << 32 | v2 >> 32
        }
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
