/// A file whose name begins with the number of its migration.
struct NumberedFile {
    /// The file's name.
    var name: String
    /// The number, without leading zeros.
    var version: String
    /// The name without `.sql`, which the history keeps.
    var stem: String
}

extension FormatFolder {
    /// The digits that a name begins with; `nil` where there are none.
    static func number(of name: String) -> String? {
        let digits = name.utf8.prefix(while: Byte.isDigit)
        return digits.isEmpty ? nil : String(Substring(digits))
    }

    /// The `.sql` files, each of which must begin with a number; `until` is what must follow that.
    func numberedFiles(until end: String = "") throws(Failure) -> [NumberedFile] {
        var found: [NumberedFile] = []
        for name in files where name.hasSuffix(".sql") {
            guard let digits = Self.number(of: name), name.dropFirst(digits.count).hasPrefix(end)
            else {
                throw Failure(
                    .rejected,
                    "\(path(of: name)) does not begin with a number\(end.isEmpty ? "" : " and \(end)")",
                    next: "Rename the file, or move it to a folder below this one.")
            }
            found.append(
                NumberedFile(
                    name: name, version: Version.plain(digits), stem: String(name.dropLast(4))))
        }
        return found
    }
}
