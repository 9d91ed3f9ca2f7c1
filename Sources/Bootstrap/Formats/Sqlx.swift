/// sqlx: `20240131120000_name.sql`, or that in two files, `.up.sql` and `.down.sql`.
/// <https://docs.rs/sqlx/latest/sqlx/macro.migrate.html>
enum Sqlx: FolderFormat {
    static let name = "sqlx"

    /// The only mark, which is the first of the file's bytes.
    private static let mark = "-- no-transaction"

    static func isMark(_ line: CommentLine) -> Bool {
        line.isSpaced && line.words.first == "no-transaction"
    }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        var (migrations, ways): ([Migration], [String]) = ([], [])
        for name in folder.files {
            guard let file = try NumberedFile(name, until: "_", at: folder.path(of: name)) else {
                continue
            }
            if file.stem.hasSuffix(".down") {
                ways.append(name)
                continue
            }
            let stem = file.stem.hasSuffix(".up") ? String(file.stem.dropLast(3)) : file.stem
            migrations.append(
                try folder.migration(
                    file.version, stem, up: name, isOutside: isOutside(name, in: folder)))
        }
        for name in ways {
            let stem = name.dropLast(".down.sql".count)
            guard let place = migrations.firstIndex(where: { $0.name == stem }) else {
                throw Failure(
                    .rejected, "\(folder.path(of: name)) leads back, and no file leads there",
                    next: "Add \(stem).up.sql, or delete the way back.")
            }
            migrations[place].waysBack[""] = .body(
                try folder.body(of: name, isOutside: isOutside(name, in: folder)))
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
