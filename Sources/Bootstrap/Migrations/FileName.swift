/// A migration's file name in its parts.
///
/// `<digits>_<name>[.<engine>][.up|.down].sql` or `R_<name>[.<engine>].sql`.
struct FileName: Equatable {
    /// The digits as written, or `nil` for a repeatable one.
    var digits: String?
    /// The migration's name in the history: digits and name, or `R_` and name.
    var migration: String
    /// The engine that the file is for, or `nil` for every one.
    var engine: String?
    /// Whether the file leads back.
    var isDown: Bool

    /// What names have to look like, for messages.
    static let pattern = "<digits>_<name>[.<engine>][.up|.down].sql or R_<name>[.<engine>].sql"

    /// Files that run around migrations, in a version to come.
    private static let hooks = ["before_migrate", "after_migrate", "before_each", "after_each"]

    /// Reads a name; `nil` for what is no `.sql` file.
    init?(_ name: String, known: [String]) throws(FileNameError) {
        let ending = name.utf8.suffix(4)
        if !name.hasSuffix(".sql") || name.utf8.count == 4 {
            guard name.utf8.count > 4, name.lowercased().hasSuffix(".sql") else { return nil }
            throw FileNameError("ends in \(name.suffix(4)); the ending is written .sql")
        }
        // Most names have no part between name and ending.
        let stem = name.utf8[..<ending.startIndex].prefix { $0 != Byte.dot }
        var parts: [String] = []
        if stem.endIndex < ending.startIndex {
            parts = name.utf8[name.utf8.index(after: stem.endIndex)..<ending.startIndex]
                .split(separator: Byte.dot, omittingEmptySubsequences: false)
                .map { String(Substring($0)) }
        }
        guard let underscore = stem.firstIndex(of: Byte.underscore), underscore > stem.startIndex,
            name.utf8.index(after: underscore) < stem.endIndex
        else { throw FileNameError.noMigration }
        let prefix = stem[..<underscore]
        migration = String(Substring(stem))
        let number = String(Substring(prefix))
        if number.utf8.allSatisfy(Byte.isDigit) {
            digits = number
        } else if number == "R" {
            digits = nil
        } else if Self.hooks.contains(migration) {
            throw FileNameError("is a hook, which this version does not run yet")
        } else {
            throw FileNameError.noMigration
        }
        isDown = try Self.direction(of: &parts, isRepeatable: digits == nil)
        engine = try Self.engine(of: parts, known: known)
    }

    private static func direction(
        of parts: inout [String], isRepeatable: Bool
    ) throws(FileNameError) -> Bool {
        guard let last = parts.last, last == "up" || last == "down" else { return false }
        guard !isRepeatable else {
            throw FileNameError("is repeatable (R_…), which knows no .\(last)")
        }
        parts.removeLast()
        return last == "down"
    }

    private static func engine(
        of parts: [String], known: [String]
    ) throws(FileNameError) -> String? {
        guard let part = parts.first else { return nil }
        if parts.count == 1, known.contains(part) { return part }
        guard let stranger = parts.first(where: { !known.contains($0) }) else {
            throw FileNameError("names two engines; variants are files of their own")
        }
        guard stranger != "up", stranger != "down" else {
            throw FileNameError("has a part .\(stranger) that is not its last")
        }
        if let near = EngineNames.nearest(to: stranger, in: known + ["up", "down"]) {
            throw FileNameError("has a part .\(stranger); did you mean .\(near)?")
        }
        throw FileNameError(
            "has a part .\(stranger), which is no engine (\(known.joined(separator: ", ")))")
    }

    /// The digits without leading zeros, or the repeatable one's name.
    var id: String { digits.map(Version.plain) ?? migration }
}

/// Why a file's name is none of a migration.
struct FileNameError: Error, Equatable {
    /// What is wrong, as it follows the file's path.
    var headline: String

    init(_ headline: String) { self.headline = headline }

    static var noMigration: FileNameError {
        FileNameError("is not named as a migration: \(FileName.pattern)")
    }
}

/// Version numbers of any length.
package enum Version {
    /// The digits without leading zeros; `0` for zeros alone.
    package static func plain(_ digits: String) -> String {
        let rest = digits.utf8.drop { $0 == Byte.zero }
        return rest.isEmpty ? "0" : String(decoding: rest, as: UTF8.self)
    }

    /// Whether one plain number is smaller than another.
    package static func isLess(_ a: String, _ b: String) -> Bool {
        let (left, right) = (a.utf8, b.utf8)
        return left.count == right.count
            ? left.lexicographicallyPrecedes(right) : left.count < right.count
    }
}
