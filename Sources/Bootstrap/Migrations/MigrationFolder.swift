/// Where migrations come from.
public enum MigrationSource: Sendable {
    /// None at all.
    case none
    /// The `.sql` files of a folder; `{engine}` in its path stands for the engine's name.
    case folder(String)
    /// Files from memory, by name.
    case embedded([String: [UInt8]])
    /// Migrations in Swift.
    case code([Migration])
    /// Several of these together, in one order of numbers.
    case several([MigrationSource])
}

/// The migrations of a source, read and hashed, not cut yet.
package struct MigrationFolder: Sendable {
    /// Where they come from, for messages; `nil` for none and for code alone.
    package private(set) var path: String?
    /// The versioned ones in the order of their numbers, then the repeatable ones by name.
    package private(set) var migrations: [Migration] = []

    /// Reads a source, or throws: 78 for a folder that is missing or has no migration, 65 for a
    /// file that is wrong.
    ///
    /// - `source`: Where the migrations come from.
    /// - `variants`: What `{engine}` in a folder's path may stand for, the most specific first.
    /// - `knownEngines`: The names that files and directives may use.
    package init(
        _ source: MigrationSource, variants: [String] = [],
        knownEngines: [String] = EngineNames.all
    ) throws(Failure) {
        var known = knownEngines
        for name in variants where !known.contains(name) { known.append(name) }
        var collector = Collector(known: known)
        try read(source, variants: variants, into: &collector)
        migrations = try collector.ordered()
    }

    private mutating func read(
        _ source: MigrationSource, variants: [String], into collector: inout Collector
    ) throws(Failure) {
        switch source {
        case .none: break
        case .folder(let pattern):
            let folder = Folder.expanded(pattern, variants: variants)
            path = path ?? folder
            try collector.add(folder: folder)
        case .embedded(let files):
            path = path ?? "embedded"
            for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
                try collector.add(name, .file(SourceFile(path: name, bytes: bytes)))
            }
        case .code(let migrations):
            for migration in migrations { try collector.add(migration) }
        case .several(let sources):
            for source in sources { try read(source, variants: variants, into: &collector) }
        }
    }
}

/// Puts files together that belong to one migration.
private struct Collector {
    let known: [String]
    private var byID: [String: Entry] = [:]

    private struct Entry {
        var migration: Migration
        var first: String
    }

    init(known: [String]) { self.known = known }

    mutating func add(folder: String) throws(Failure) {
        let names = try Folder.files(in: folder)
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        var count = 0
        for name in names where try add(name, .path(prefix + name)) { count += 1 }
        guard count > 0 else {
            throw Failure(
                .configuration, "the folder \(folder) holds no migration",
                next: "Put files named \(FileName.pattern) there, or name another folder "
                    + "with --migrations.")
        }
    }

    /// Takes a file in; false for what is no `.sql` file.
    @discardableResult
    mutating func add(_ name: String, _ source: Migration.Source) throws(Failure) -> Bool {
        let parsed: FileName?
        do throws(FileNameError) {
            parsed = try FileName(name, known: known)
        } catch {
            throw Failure(
                .rejected, "\(source.path) \(error.headline)",
                next: error == .noMigration
                    ? "Rename the file, or move it to a folder below this one." : nil)
        }
        guard let file = parsed else { return false }
        try add(file, source)
        return true
    }

    private mutating func add(_ file: FileName, _ source: Migration.Source) throws(Failure) {
        var entry =
            byID[file.id]
            ?? Entry(
                migration: Migration(
                    id: file.id, name: file.migration,
                    kind: file.digits == nil ? .repeatable : .versioned),
                first: source.path)
        entry.migration.knownEngines = known
        guard entry.migration.name == file.migration else {
            throw sameNumber(entry.first, source.path, file.id)
        }
        let engine = file.engine ?? ""
        let other =
            file.isDown
            ? entry.migration.waysBack[engine]?.path : entry.migration.bodies[engine]?.path
        if let other { throw sameNumber(other, source.path, file.id) }
        if file.isDown {
            entry.migration.waysBack[engine] = source
        } else {
            entry.migration.bodies[engine] = try MigrationBody(try source.read(), known: known)
        }
        byID[file.id] = entry
    }

    mutating func add(_ migration: Migration) throws(Failure) {
        guard migration.kind == .versioned || migration.name.hasPrefix("R_") else {
            throw Failure(
                .rejected,
                "the migration \(migration.name) is not named <digits>_<name> or R_<name>")
        }
        if let other = byID[migration.id] {
            throw sameNumber(other.first, migration.name, migration.id)
        }
        byID[migration.id] = Entry(migration: migration, first: migration.name)
    }

    private func sameNumber(_ first: String, _ second: String, _ id: String) -> Failure {
        Failure(
            .rejected, "\(second) and \(first) are both migration \(id)",
            next: "Give one of them another number; variants for engines share one name.")
    }

    /// The versioned ones by number, then the repeatable ones by name.
    func ordered() throws(Failure) -> [Migration] {
        let orphans = byID.values.filter(\.migration.bodies.isEmpty)
        if let entry = orphans.min(by: { $0.first < $1.first }) {
            throw Failure(
                .rejected, "\(entry.first) leads back, and no file leads there",
                next: "Add \(entry.migration.name).sql, or delete the way back.")
        }
        let all = byID.values.map(\.migration)
        return all.filter { $0.kind == .versioned }.sorted { Version.isLess($0.id, $1.id) }
            + all.filter { $0.kind == .repeatable }.sorted { $0.name < $1.name }
    }
}
