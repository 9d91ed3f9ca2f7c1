/// sqlx: `20240131120000_name.sql`, or that in two files, `.up.sql` and `.down.sql`.
/// <https://docs.rs/sqlx/latest/sqlx/macro.migrate.html>
enum Sqlx: MigrationFormat {
    static let name = "sqlx"

    /// The only mark, which is the first of the file's bytes.
    private static let mark = "-- no-transaction"

    static func isMark(_ line: String) -> Bool { line.hasPrefix(mark) }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        let files = try folder.numberedFiles(until: "_")
        var migrations: [Migration] = []
        for file in files where !file.stem.hasSuffix(".down") {
            let stem = file.stem.hasSuffix(".up") ? String(file.stem.dropLast(3)) : file.stem
            let down = stem + ".down.sql"
            var migration = try folder.migration(
                file.version, stem, up: file.name, isOutside: isOutside(file.name, in: folder))
            if folder.hasFile(down) {
                migration.waysBack[""] = .body(
                    try folder.body(of: down, isOutside: isOutside(down, in: folder)))
            }
            migrations.append(migration)
        }
        for file in files where file.stem.hasSuffix(".down") {
            let stem = file.stem.dropLast(5)
            guard !migrations.contains(where: { $0.name == stem }) else { continue }
            throw Failure(
                .rejected, "\(folder.path(of: file.name)) leads back, and no file leads there",
                next: "Add \(stem).up.sql, or delete the way back.")
        }
        return migrations
    }

    private static func isOutside(
        _ name: String, in folder: FormatFolder
    ) throws(Failure) -> Bool {
        try FileReader().text(of: folder.path(of: name)).window().bytes
            .starts(with: Array(mark.utf8))
    }
}
