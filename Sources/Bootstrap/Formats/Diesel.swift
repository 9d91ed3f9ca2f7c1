/// Diesel: a folder `2024-01-31-120000_name` for each migration, with `up.sql` and `down.sql`.
/// <https://docs.diesel.rs/master/diesel_migrations/struct.FileBasedMigrations.html>
enum Diesel: FolderFormat {
    static let name = "diesel"
    /// Its versions are text: the dashes are left out, and 10 comes before 2.
    static let isListed = true

    static func reason(in folder: FormatFolder) throws(Failure) -> String? {
        folder.folders.first { version(of: $0) != nil && folder.hasFile($0 + "/up.sql") }
            .map { "\($0) has a file up.sql" }
    }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        var migrations: [(version: String, migration: Migration)] = []
        for name in folder.folders {
            guard let version = version(of: name), folder.hasFile(name + "/up.sql") else {
                continue
            }
            let isOutside = try isOutside(name + "/metadata.toml", in: folder)
            func body(_ file: String) throws(Failure) -> MigrationBody {
                try folder.body(folder.text("\(name)/\(file)"), isOutside: isOutside)
            }
            var migration = folder.migration(
                Version.plain(version), name, up: try body("up.sql"))
            if folder.hasFile(name + "/down.sql") {
                migration.waysBack[""] = .body(try body("down.sql"))
            }
            migrations.append((version, migration))
        }
        return migrations.sorted { $0.version < $1.version }.map(\.migration)
    }

    /// The digits before the first underscore, whose dashes do not count.
    private static func version(of name: String) -> String? {
        guard let end = name.firstIndex(of: "_"), name.first?.isNumber == true else { return nil }
        let digits = name[..<end].filter { $0 != "-" }
        return digits.utf8.allSatisfy(Byte.isDigit) ? digits : nil
    }

    /// Whether `metadata.toml` says `run_in_transaction = false`, all that it may say.
    private static func isOutside(
        _ name: String, in folder: FormatFolder
    ) throws(Failure) -> Bool {
        guard folder.hasFile(name) else { return false }
        var isOutside = false
        var number = 0
        let source = try folder.source(name)
        for line in TextLines(source.bytes[source.start...]) {
            number += 1
            let text = String(decoding: line, as: UTF8.self).prefix { $0 != "#" }
            let words = text.split { $0 == "=" || $0 == " " || $0 == "\t" }
            switch words {
            case []: continue
            case ["run_in_transaction", "true"]: isOutside = false
            case ["run_in_transaction", "false"]: isOutside = true
            default:
                throw source.failure(
                    "is not run_in_transaction = true or false, all that Diesel reads here",
                    line: number)
            }
        }
        return isOutside
    }
}
