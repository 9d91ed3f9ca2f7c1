import CBootstrapArgon2
import CBootstrapCrypt

/// Password hashes as applications store them: Argon2id in PHC format, and bcrypt.
enum PasswordHash: Sendable, Equatable {
    /// Argon2id with the parameters of RFC 9106's second choice: 64 MiB, 3 passes, 4 lanes, a salt
    /// of 16 bytes and a hash of 32; what argon2-cffi and pwdlib use by default.
    case argon2id
    /// bcrypt with cost 12, the older form.
    case bcrypt

    /// How much salt both take.
    static let saltSize = 16
    /// bcrypt reads no further: a longer password would be cut without a word.
    static let bcryptLimit = 72

    /// The tag that asks for it.
    var tag: String {
        switch self {
        case .argon2id: "!argon2id"
        case .bcrypt: "!bcrypt"
        }
    }

    /// Why `password` cannot be hashed, or `nil`.
    func objection(to password: String) -> String? {
        if password.isEmpty { return "the password is empty" }
        guard self == .bcrypt else { return nil }
        if password.utf8.contains(0) { return "bcrypt takes no password with a NUL character" }
        if password.utf8.count > Self.bcryptLimit {
            return "the password has \(password.utf8.count) bytes and bcrypt reads only 72"
        }
        return nil
    }

    /// The hash of `password`, or `nil` when the library refuses (no memory).
    func hash(_ password: String, salt: [UInt8]) -> String? {
        switch self {
        case .argon2id: Self.argon2id(password, salt: salt)
        case .bcrypt: Self.crypt(password, setting: "$2b$12$" + Self.bcryptText(of: salt))
        }
    }

    /// Whether `stored` is a hash of `password`; `nil` for a format that is not known here.
    static func verify(_ password: String, against stored: String) -> Bool? {
        if stored.hasPrefix("$argon2") {
            return verifyArgon2(password, against: stored)
        }
        guard ["$2a$", "$2b$", "$2y$"].contains(where: stored.hasPrefix) else { return nil }
        return crypt(password, setting: stored).map { isEqual($0, stored) }
    }
}

extension PasswordHash {
    /// Hashes with Argon2id, version 19.
    ///
    /// <https://github.com/P-H-C/phc-winner-argon2/blob/master/include/argon2.h>
    static func argon2id(
        _ password: String, salt: [UInt8], passes: UInt32 = 3, kibibytes: UInt32 = 65536,
        lanes: UInt32 = 4, size: Int = 32
    ) -> String? {
        let text = Array(password.utf8)
        let length = argon2_encodedlen(
            passes, kibibytes, lanes, UInt32(salt.count), UInt32(size), Argon2_id)
        var encoded = [CChar](repeating: 0, count: length)
        let status = argon2id_hash_encoded(
            passes, kibibytes, lanes, text, text.count, salt, salt.count, size, &encoded, length)
        guard status == ARGON2_OK.rawValue else { return nil }
        return String(
            decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func verifyArgon2(_ password: String, against stored: String) -> Bool? {
        let type: argon2_type
        if stored.hasPrefix("$argon2id$") {
            type = Argon2_id
        } else if stored.hasPrefix("$argon2i$") {
            type = Argon2_i
        } else if stored.hasPrefix("$argon2d$") {
            type = Argon2_d
        } else {
            return nil
        }
        let text = Array(password.utf8)
        let status = argon2_verify(stored, text, text.count, type)
        if status == ARGON2_OK.rawValue { return true }
        return status == ARGON2_VERIFY_MISMATCH.rawValue ? false : nil
    }

    /// `crypt(3)` in its form that shares no state; `setting` may be a whole hash.
    /// <https://manpages.debian.org/bookworm/libcrypt-dev/crypt.3.en.html>
    private static func crypt(_ password: String, setting: String) -> String? {
        // sizeof (struct crypt_data), which the header promises never to change.
        let size = 32768
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        defer {
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            memory.deallocate()
        }
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        guard let result = crypt_rn(password, setting, memory, Int32(size)) else { return nil }
        let text = String(cString: result)
        return text.hasPrefix("*") ? nil : text
    }

    /// bcrypt's own base 64, which is not RFC 4648's: another alphabet, no padding.
    static func bcryptText(of bytes: [UInt8]) -> String {
        let alphabet = Array(
            "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        var text: [UInt8] = []
        var bits = 0
        var held: UInt32 = 0
        for byte in bytes {
            held = held << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(held >> UInt32(bits)) & 63])
            }
        }
        if bits > 0 { text.append(alphabet[Int(held << UInt32(6 - bits)) & 63]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Compares without telling by its time where the first difference is.
    private static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
