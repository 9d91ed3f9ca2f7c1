import Glibc

/// A file whose name begins with the number of its migration.
struct NumberedFile {
    /// The number, without leading zeros.
    var version: String
    /// The name without `.sql`, which the history keeps.
    var stem: String

    init(version: String, stem: String) { (self.version, self.stem) = (version, stem) }

    /// Reads a name; `nil` for what is no `.sql` file.
    ///
    /// - `separator`: what must follow the digits.
    init?(
        _ name: String, until separator: String, at path: @autoclosure () -> String
    ) throws(Failure) {
        var name = name
        // By bytes, for a folder may have thousands of files.
        let parts: (version: String, stem: String)?? = name.withUTF8 { bytes in
            guard bytes.ends(in: ".sql") else { return nil }
            let digits = Self.digits(in: bytes)
            guard digits > 0, bytes[digits...].starts(with: separator.utf8) else {
                return .some(nil)
            }
            let first = bytes[..<(digits - 1)].firstIndex { $0 != Byte.zero } ?? digits - 1
            return (
                String(decoding: bytes[first..<digits], as: UTF8.self),
                String(decoding: bytes[..<(bytes.count - 4)], as: UTF8.self)
            )
        }
        guard let parts else { return nil }
        guard let parts else {
            let rest = separator.isEmpty ? "" : " and \(separator)"
            throw Failure(
                .rejected, "\(path()) does not begin with a number\(rest)",
                next: "Rename the file, or move it to a folder below this one.")
        }
        (version, stem) = parts
    }

    /// The digits that a name begins with; `nil` where there are none.
    static func number(of name: String) -> String? {
        var name = name
        return name.withUTF8 { bytes in
            let count = digits(in: bytes)
            return count == 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
        }
    }

    /// How many digits stand at the beginning.
    private static func digits(in name: UnsafeBufferPointer<UInt8>) -> Int {
        name.firstIndex { !Byte.isDigit($0) } ?? name.count
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether ASCII text stands at the end, in the same case.
    func ends(in text: StaticString) -> Bool {
        let start = count - text.utf8CodeUnitCount
        guard start >= 0, let end = baseAddress.map({ $0 + start }) else { return false }
        return memcmp(end, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
}
