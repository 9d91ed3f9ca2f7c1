/// The names that `bootstrap new` gives to files.
package enum NewMigration {
    /// The names of a migration's new files: one, or one per engine, and the ways back.
    ///
    /// - `name`: What the user typed; other characters than letters and digits become `_`.
    /// - `existing`: The numbers that the folder has, as written there.
    /// - `timestamp`: The present moment in UTC as `20241231235959`.
    /// - `engines`: For which engines, or empty for one file for all.
    /// - `down`: Whether to name ways back as well.
    package static func names(
        _ name: String, existing: [String], timestamp: String, engines: [String] = [],
        down: Bool = false
    ) throws(Failure) -> [String] {
        let label = label(name)
        guard !label.isEmpty else {
            throw Failure(.usage, "a migration's name needs letters or digits: \(name)")
        }
        for engine in engines where !EngineNames.all.contains(engine) {
            let hint = EngineNames.nearest(to: engine, in: EngineNames.all)
            throw Failure(
                .usage,
                "knows no engine `\(engine)`" + (hint.map { "; did you mean `\($0)`?" } ?? ""))
        }
        let stem = number(after: existing, timestamp: timestamp) + "_" + label
        let stems = engines.isEmpty ? [stem] : engines.map { stem + "." + $0 }
        return stems.flatMap { down ? [$0 + ".sql", $0 + ".down.sql"] : [$0 + ".sql"] }
    }

    /// The numbers of the files in a folder, as written.
    package static func numbers(in folder: String) throws(Failure) -> [String] {
        guard Folder.isFolder(folder) else { return [] }
        return try Folder.files(in: folder).compactMap { name in
            let digits = name.prefix { $0.isASCII && $0.isNumber }
            let isNumbered = name.hasSuffix(".sql") && name.dropFirst(digits.count).hasPrefix("_")
            return isNumbered && !digits.isEmpty ? String(digits) : nil
        }
    }

    /// The next number, written as the newest one is: a timestamp, or a count of the same width.
    static func number(after existing: [String], timestamp: String) -> String {
        let newest = existing.max { Version.isLess(Version.plain($0), Version.plain($1)) }
        guard let newest else { return "0001" }
        let next = successor(of: newest)
        let isTimestamp = newest.count == timestamp.count && newest.hasPrefix("2")
        return isTimestamp && Version.isLess(newest, timestamp) ? timestamp : next
    }

    /// The digits plus one, with the zeros in front kept.
    private static func successor(of digits: String) -> String {
        var bytes = Array(digits.utf8)
        for index in bytes.indices.reversed() {
            guard bytes[index] == 0x39 else {
                bytes[index] += 1
                return String(decoding: bytes, as: UTF8.self)
            }
            bytes[index] = Byte.zero
        }
        return "1" + String(decoding: bytes, as: UTF8.self)
    }

    /// Lower case letters and digits, with single underscores between.
    private static func label(_ name: String) -> String {
        name.lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: "_")
    }
}
