import Glibc

/// Versions: numbers of any length, with dots between their parts, or any other text.
package enum Version {
    /// Digits without leading zeros, in each part between dots: `0012` is `12`, `1.02` is `1.2`; `0` for
    /// zeros alone.
    package static func plain(_ digits: String) -> String {
        guard digits.utf8.contains(Byte.dot) else { return String(plain(digits.utf8[...])) }
        return digits.utf8.split(separator: Byte.dot).map { String(plain($0)) }
            .joined(separator: ".")
    }

    /// The id of a baseline, which has the version of the migration whose place it can take.
    ///
    /// It comes behind that one, and before all that come behind that one.
    static func baseline(_ version: String) -> String { version + "-baseline" }

    private static func plain(_ digits: Substring.UTF8View) -> Substring {
        let rest = digits.drop { $0 == Byte.zero }
        return rest.isEmpty ? "0" : Substring(rest)
    }

    /// The version that a text begins with, as people type it: `0007`, `0007_name`, `1.2`; `nil` where
    /// it begins with no digit.
    static func leading(_ text: String) -> String? {
        let parts = text.utf8.prefix { Byte.isDigit($0) || $0 == Byte.dot }
            .split(separator: Byte.dot, omittingEmptySubsequences: false).prefix { !$0.isEmpty }
        return parts.isEmpty ? nil : parts.map { String(plain($0)) }.joined(separator: ".")
    }

    /// Whether one version comes before another: runs of digits compare as numbers, all else by bytes.
    package static func isLess(_ a: String, _ b: String) -> Bool {
        if let order = orderOfPlainNumbers(a, b) { return order < 0 }
        var (left, right) = (a.utf8[...], b.utf8[...])
        while let first = left.first, let second = right.first {
            guard Byte.isDigit(first), Byte.isDigit(second) else {
                guard first == second else { return first < second }
                left.removeFirst()
                right.removeFirst()
                continue
            }
            let (digits, others) = (
                left.prefix(while: Byte.isDigit), right.prefix(while: Byte.isDigit)
            )
            let (one, other) = (digits.drop { $0 == Byte.zero }, others.drop { $0 == Byte.zero })
            guard one.count == other.count else { return one.count < other.count }
            if one.lexicographicallyPrecedes(other) { return true }
            if other.lexicographicallyPrecedes(one) { return false }
            left = left[digits.endIndex...]
            right = right[others.endIndex...]
        }
        return left.isEmpty && !right.isEmpty
    }

    /// How two numbers compare that have as many digits, as those of one folder mostly have; `nil` for
    /// all else.
    private static func orderOfPlainNumbers(_ a: String, _ b: String) -> Int32? {
        a.utf8.withContiguousStorageIfAvailable { left in
            b.utf8.withContiguousStorageIfAvailable { right in
                guard left.count == right.count, let one = left.baseAddress,
                    let other = right.baseAddress, left.allSatisfy(Byte.isDigit),
                    right.allSatisfy(Byte.isDigit)
                else { return nil }
                return memcmp(one, other, left.count)
            } ?? nil
        } ?? nil
    }
}

/// The order of versions: that of the files, and for those that have no file, that of ``Version``.
struct VersionOrder {
    /// Twice the place of each file's version, by the key in the history.
    private var places: [String: Int] = [:]
    /// The files' versions in their order.
    private var versions: [String] = []

    /// - `files`: all migrations in their order.
    init(_ files: some Sequence<Migration>) {
        for migration in files where migration.kind == .versioned {
            places[Applied.key(migration.id)] = 2 * versions.count
            versions.append(migration.id)
        }
    }

    /// Whether one row's version comes before another's; each as the history's key has it.
    func isOlder(_ left: String, than right: String) -> Bool {
        let (one, other) = (place(of: left), place(of: right))
        return one == other ? Version.isLess(left, right) : one < other
    }

    /// Whether a row's version comes behind all of the files'.
    func isNewest(_ version: String) -> Bool { place(of: version) > 2 * (versions.count - 1) }

    /// A version without a file stands behind the last file that it is greater than.
    private func place(of version: String) -> Int {
        if let place = places[version] { return place }
        return versions.lastIndex { Version.isLess($0, version) }.map { 2 * $0 + 1 } ?? -1
    }
}

extension [Migration] {
    /// The versioned migration that `text` names: by its name, or by its number, with or without zeros
    /// in front of it and a name behind it.
    func named(_ text: String) -> Migration? {
        let files = lazy.filter { $0.kind == .versioned }
        if let migration = files.first(where: { $0.name == text }) { return migration }
        guard let version = Version.leading(text) else { return nil }
        // A baseline goes as far as the migration of its version, and stands behind it.
        return files.first { $0.id == Version.baseline(version) }
            ?? files.first { $0.id == version }
    }
}
