/// sqlx: `20240131120000_name.sql`, or that in two files, `.up.sql` and `.down.sql`.
/// <https://docs.rs/sqlx/latest/sqlx/macro.migrate.html>
enum Sqlx: FolderFormat {
    static let name = "sqlx"

    /// The only mark, which sqlx sees nowhere but in the file's first bytes.
    private static let mark = "-- no-transaction"
    private static let back = ".down.sql"

    static func isMark(_ line: CommentLine) -> Bool {
        line.range.lowerBound == 0 && line.isSpaced && line.first == "no-transaction"
    }

    /// Ours may have such a comment too, and names that sqlx knows nothing of.
    static func mayHave(_ files: [String]) -> Bool {
        files.allSatisfy { name in
            guard name.hasSuffix(".sql") else { return true }
            return NumberedFile.number(of: name) != nil
                && !name.split(separator: ".").contains { EngineNames.all.contains(String($0)) }
        }
    }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        var migrations: [Migration] = []
        // By the name of the migration.
        var ways: [String: String] = [:]
        for name in folder.files where name.hasSuffix(back) {
            ways[String(name.dropLast(back.count))] = name
        }
        for name in folder.files where !name.hasSuffix(back) {
            guard let file = try NumberedFile(name, until: "_", at: folder.path(of: name)) else {
                continue
            }
            let stem = file.stem.hasSuffix(".up") ? String(file.stem.dropLast(3)) : file.stem
            var migration = folder.migration(file.version, stem, up: try body(of: name, in: folder))
            if let way = ways.removeValue(forKey: stem) {
                migration.waysBack[""] = .body(try body(of: way, in: folder))
            }
            migrations.append(migration)
        }
        if let (stem, name) = ways.min(by: { $0.key < $1.key }) {
            throw Failure(
                .rejected, "\(folder.path(of: name)) leads back, and no file leads there",
                next: "Add \(stem).up.sql, or delete the way back.")
        }
        return migrations
    }

    /// A file's whole text, outside of a transaction where its first bytes say so.
    private static func body(
        of name: String, in folder: FormatFolder
    ) throws(Failure) -> MigrationBody {
        let text = try folder.text(name)
        let isOutside = try text.window().bytes.starts(with: mark.utf8)
        return try folder.body(text, isOutside: isOutside)
    }
}
