/// refinery: `V1__name.sql`, and `U2__name.sql` for those that need no neighbours, also in folders below;
/// nothing leads back. <https://docs.rs/refinery/latest/refinery/>
enum Refinery: FolderFormat {
    static let name = "refinery"
    static let signs = ["refinery.toml"]

    static func reason(in folder: FormatFolder) throws(Failure) -> String? {
        if let sign = sign(in: folder) { return sign }
        let names = try names(in: folder)
        for (path, name) in names where !name.isSQL {
            return "\(path) is named as refinery's files are"
        }
        let versions = Set(names.lazy.filter { $0.name.isVersioned }.map(\.name.version))
        return names.first { !$0.name.isVersioned && !versions.contains($0.name.version) }.map {
            "\($0.path) is named as refinery's files are, and undoes no version"
        }
    }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        var migrations: [Migration] = []
        for (path, name) in try names(in: folder) {
            guard name.isSQL else {
                throw Failure(
                    .rejected,
                    "\(folder.path(of: path)) is a migration in Rust, which only refinery can run",
                    next: "Write it in SQL or as a migration in Swift; no file of this folder "
                        + "was run.")
            }
            migrations.append(
                folder.migration(
                    name.version, name.stem,
                    up: try folder.body(folder.text(path), isOutside: false)))
        }
        return migrations
    }

    /// Whether a `U` file of a folder is one that refinery runs: Flyway undoes a version that is there.
    static func isUnversioned(_ file: FlywayName, in folder: FormatFolder) throws(Failure) -> Bool {
        try !names(in: folder).contains { $0.name.isVersioned && $0.name.version == file.version }
    }

    private static func names(
        in folder: FormatFolder
    ) throws(Failure) -> [(path: String, name: RefineryName)] {
        try folder.filesBelow().compactMap { path in RefineryName(path).map { (path, $0) } }
    }
}

/// A name of one of refinery's files in its parts.
struct RefineryName {
    /// Whether it begins with `V`.
    let isVersioned: Bool
    /// The version without leading zeros.
    let version: String
    /// The name without its ending.
    let stem: String
    /// Whether it is SQL, not Rust.
    let isSQL: Bool

    private static let initials = Array("VU".utf8)

    /// Reads the last part of a path; `nil` for what is none of them.
    init?(_ path: String) {
        guard let initial = Folder.initial(of: path), Self.initials.contains(initial) else {
            return nil
        }
        let name = Folder.lastName(of: path)
        isSQL = name.hasSuffix(".sql")
        guard isSQL || name.hasSuffix(".rs") else { return nil }
        stem = String(name.dropLast(isSQL ? 4 : 3))
        isVersioned = initial == Self.initials[0]
        guard let separator = stem.firstRange(of: "__") else { return nil }
        let parts = stem[..<separator.lowerBound].dropFirst()
            .split(separator: ".", omittingEmptySubsequences: false)
        let words = stem[separator.upperBound...]
        guard parts.count <= 2, !words.isEmpty,
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Byte.isDigit) }),
            words.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
        else { return nil }
        version = Version.plain(parts.joined(separator: "."))
    }
}
