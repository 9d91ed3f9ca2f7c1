import Crypto
import Glibc

/// What a seed takes from outside: random bytes and the present moment.
///
/// Parameters, so that a test knows what comes out.
package struct Chance: Sendable {
    /// So many bytes that nobody can foresee.
    package var bytes: @Sendable (Int) -> [UInt8]
    /// The present moment.
    package var now: @Sendable () -> Moment

    /// Chance and time from the given sources.
    package init(
        bytes: @escaping @Sendable (Int) -> [UInt8] = Chance.systemBytes,
        now: @escaping @Sendable () -> Moment
    ) {
        self.bytes = bytes
        self.now = now
    }

    /// Bytes from the system's generator, which is fit for keys (getrandom on Linux).
    @Sendable package static func systemBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}

extension Chance {
    /// A password of `length` characters from 64, six bits of chance each.
    func password(length: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        return String(bytes(length).map { alphabet[Int($0 & 63)] })
    }
}

extension Moment {
    /// The present moment by the system's clock.
    @Sendable package static func now() -> Moment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Moment(seconds: Int64(time.tv_sec), microseconds: time.tv_nsec / 1000)
    }
}

/// The SHA-256 of a text.
struct SHA256Text {
    let bytes: [UInt8]

    init(of text: String) { bytes = Array(SHA256.hash(data: Array(text.utf8))) }

    /// 64 hexadecimal digits.
    var text: String { bytes.hex }
}

/// UUIDs of RFC 9562 as bytes and text.
struct UUIDBytes: Equatable {
    var bytes: [UInt8]

    /// Which kind a seed asks for.
    enum Version: String, Sendable, CaseIterable {
        /// Random.
        case v4
        /// A moment first, so that they sort by age.
        case v7
    }

    /// A new one. <https://www.rfc-editor.org/rfc/rfc9562#section-5.4>
    init(_ version: Version, _ chance: Chance) {
        bytes = chance.bytes(16)
        if version == .v7 {
            let milliseconds = UInt64(max(0, chance.now().milliseconds))
            for index in 0..<6 {
                bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> UInt64(40 - 8 * index))
            }
        }
        bytes[6] = bytes[6] & 0x0F | (version == .v4 ? 0x40 : 0x70)
        bytes[8] = bytes[8] & 0x3F | 0x80
    }

    /// Reads 32 hexadecimal digits, with or without the four dashes.
    init?(_ text: String) {
        var characters = Array(text.utf8)
        if characters.count == 36 {
            for index in [23, 18, 13, 8] {
                guard characters.remove(at: index) == 0x2D else { return nil }
            }
        }
        guard characters.count == 32 else { return nil }
        var digits: [UInt8] = []
        for character in characters {
            switch character {
            case 0x30...0x39: digits.append(character - 0x30)
            case 0x61...0x66: digits.append(character - 0x61 + 10)
            case 0x41...0x46: digits.append(character - 0x41 + 10)
            default: return nil
            }
        }
        bytes = stride(from: 0, to: 32, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// The canonical text: lower case, 8-4-4-4-12.
    var text: String {
        let hex = bytes.hex
        var result = ""
        for (index, character) in hex.enumerated() {
            if [8, 12, 16, 20].contains(index) { result += "-" }
            result.append(character)
        }
        return result
    }
}

extension Sequence<UInt8> {
    /// Two lower-case hexadecimal digits for each byte.
    var hex: String {
        let digits = Array("0123456789abcdef")
        return String(flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
