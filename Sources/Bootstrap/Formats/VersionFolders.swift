/// A folder for each version of the application, `v1.2/name.sql`: by version, then by name.
enum VersionFolders: FolderFormat {
    static let name = "folders"
    /// Versions order the folders, and names the files of one: neither is a number by itself.
    static let isListed = true

    static func reason(in folder: FormatFolder) throws(Failure) -> String? {
        guard !folder.files.contains(where: { $0.hasSuffix(".sql") }) else { return nil }
        for version in versions(in: folder) {
            let files = try OpenFolder(folder.path(of: version)).files
            guard !files.contains(where: { $0.hasSuffix(".sql") }) else {
                return "\(version) is a folder of a version, with .sql files"
            }
        }
        return nil
    }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        var migrations: [Migration] = []
        for version in versions(in: folder) {
            migrations += try self.migrations(of: version, in: folder)
        }
        return migrations
    }

    /// The folders whose names are versions, in the order of these.
    private static func versions(in folder: FormatFolder) -> [String] {
        func number(_ name: String) -> Substring { name.drop { $0 == "v" || $0 == "V" } }
        return folder.folders.filter { name in
            name.count - number(name).count <= 1
                && number(name).split(separator: ".", omittingEmptySubsequences: false)
                    .allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(Byte.isDigit) }
        }
        .sorted { Version.isLess(String(number($0)), String(number($1))) }
    }

    private static func migrations(
        of version: String, in folder: FormatFolder
    ) throws(Failure) -> [Migration] {
        let files = try OpenFolder(folder.path(of: version))
        let inner = FormatFolder(files, known: folder.known, scripts: files.files)
        var migrations: [String: Migration] = [:]
        for file in inner.files {
            guard let script = ScriptName(file, known: folder.known) else { continue }
            let name = script.stem.isEmpty ? version : "\(version)/\(script.stem)"
            var migration = migrations[name] ?? Migration(id: name, name: name, kind: .versioned)
            migration.knownEngines = folder.known
            if script.isDown {
                migration.waysBack[script.engine] = .path(
                    inner.path(of: file), FileManner())
            } else {
                migration.bodies[script.engine] = try inner.body(
                    inner.text(file), isOutside: false)
            }
            migrations[name] = migration
        }
        return migrations.values.sorted { Version.isLess($0.name, $1.name) }
    }
}

/// A script's name that need not begin with a number: `name[.engine][.up|.down].sql`,
/// `name.sql.engine`, or `engine.sql`.
struct ScriptName: Equatable {
    /// What is left without engine, direction and ending.
    var stem: String
    /// The engine that the file is for; empty for every one.
    var engine = ""
    var isDown = false

    /// Reads a name; `nil` for what is no script.
    init?(_ name: String, known: [String]) {
        var parts = EngineNames.engineBeforeEnding(name, known: known).split(
            separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1, parts.removeLast() == "sql" else { return nil }
        if parts.count > 1, parts.last == "up" || parts.last == "down" {
            isDown = parts.removeLast() == "down"
        }
        if let last = parts.last.map({ EngineNames.canonical(String($0), known: known) }),
            known.contains(last) || EngineNames.strangers.contains(last)
        {
            engine = last
            parts.removeLast()
        }
        stem = parts.joined(separator: ".")
    }
}
