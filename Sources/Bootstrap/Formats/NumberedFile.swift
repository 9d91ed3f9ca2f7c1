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
        guard name.hasSuffix(".sql") else { return nil }
        guard let digits = Self.number(of: name), name.hasPrefix(digits + separator) else {
            let rest = separator.isEmpty ? "" : " and \(separator)"
            throw Failure(
                .rejected, "\(path()) does not begin with a number\(rest)",
                next: "Rename the file, or move it to a folder below this one.")
        }
        version = Version.plain(digits)
        stem = String(Substring(name.utf8.dropLast(4)))
    }

    /// The digits that a name begins with; `nil` where there are none.
    static func number(of name: String) -> String? {
        var name = name
        // By bytes, for a folder may have thousands of files.
        return name.withUTF8 { bytes in
            let count = bytes.firstIndex { !Byte.isDigit($0) } ?? bytes.count
            return count == 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
        }
    }
}
