/// When a migration was made, which Drizzle knows it by.
struct DrizzleMoment: Equatable {
    /// Since 1970.
    let milliseconds: Int64

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// That of a folder whose name begins with a moment in UTC: `20240131120000_name`.
    init?(folder: String) {
        var digits = Array(folder.utf8.prefix(14))
        guard digits.count == 14, digits.allSatisfy(Byte.isDigit) else { return nil }
        for (place, byte) in [(12, ":"), (10, ":"), (8, "T"), (6, "-"), (4, "-")] {
            digits.insert(contentsOf: byte.utf8, at: place)
        }
        guard let moment = Moment(String(decoding: digits, as: UTF8.self)) else { return nil }
        milliseconds = moment.milliseconds
    }
}

/// Drizzle: `0000_name.sql` in the order of `meta/_journal.json`, or, since version 1, a folder
/// `20240131120000_name` for each migration; nothing leads back.
/// <https://orm.drizzle.team/docs/drizzle-kit-generate>
enum Drizzle: FolderFormat {
    static let name = "drizzle"
    static let isListed = true
    static let signs = [journal]

    private static let journal = "meta/_journal.json"

    static func reason(in folder: FormatFolder) throws(Failure) -> String? {
        if let sign = sign(in: folder) { return sign }
        return folder.folders.first { isMigration($0, in: folder) }
            .map { "\($0) has the files migration.sql and snapshot.json" }
    }

    /// Whether a folder is a migration of version 1: Prisma's have no snapshot.
    static func isMigration(_ name: String, in folder: FormatFolder) -> Bool {
        folder.hasFile(name + "/migration.sql") && folder.hasFile(name + "/snapshot.json")
    }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        try contents(of: folder).migrations
    }

    static func contents(of folder: FormatFolder) throws(Failure) -> FormatContents {
        guard folder.hasFile(journal) else { return try folders(of: folder) }
        var contents = FormatContents()
        var tags: Set<String> = []
        for entry in try entries(in: folder) {
            guard let node = entry["tag"], let tag = node.text, !tag.isEmpty, !tag.contains("/")
            else {
                throw entry.failure("has no tag, which is the name of a file", status: .rejected)
            }
            guard tags.insert(tag).inserted else {
                throw node.failure("names \(tag) a second time", status: .rejected)
            }
            guard folder.hasFile(tag + ".sql") else {
                throw node.failure(
                    "names \(tag), and there is no file \(folder.path(of: tag)).sql",
                    status: .rejected, next: "Restore the file, or take the entry out.")
            }
            var migration = try migration(tag, tag + ".sql", in: folder)
            migration.listing = entry["when"]?.text.flatMap(Int64.init).map(
                DrizzleMoment.init(milliseconds:))
            contents.migrations.append(migration)
        }
        let strangers = folder.files.filter {
            $0.hasSuffix(".sql") && !tags.contains(String($0.dropLast(4)))
        }
        if let first = strangers.first {
            let others = strangers.count > 1 ? " and \(strangers.count - 1) more" : ""
            contents.notes.append("\(first)\(others) left out: \(journal) does not name it")
        }
        return contents
    }

    private static func folders(of folder: FormatFolder) throws(Failure) -> FormatContents {
        var contents = FormatContents()
        for name in folder.folders where folder.hasFile(name + "/migration.sql") {
            var migration = try migration(name, name + "/migration.sql", in: folder)
            migration.listing = DrizzleMoment(folder: name)
            contents.migrations.append(migration)
        }
        return contents
    }

    private static func migration(
        _ name: String, _ path: String, in folder: FormatFolder
    ) throws(Failure) -> Migration {
        // Drizzle can be told to give no number.
        let version = NumberedFile.number(of: name).map(Version.plain) ?? name
        return folder.migration(
            version, name, up: try folder.body(folder.text(path), isOutside: false))
    }

    /// What the journal lists, in its order; JSON is YAML.
    private static func entries(in folder: FormatFolder) throws(Failure) -> [YAMLNode] {
        let source = try folder.source(journal)
        let yaml = YAMLSource(source.bytes, file: source.path, status: .rejected)
        guard let entries = try YAMLReader(yaml).document()?["entries"],
            case .sequence(let nodes) = entries.content
        else { throw source.failure("has no list of entries", line: 1) }
        return nodes
    }
}
