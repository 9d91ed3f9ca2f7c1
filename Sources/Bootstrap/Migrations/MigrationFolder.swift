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
                try collector.add(name, SourceFile(path: name, bytes: bytes))
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
    private var entries: [Entry] = []
    /// Where in `entries` a migration is, by its id.
    private var places: [String: Int] = [:]

    private struct Entry {
        var migration: Migration
        var first: String
    }

    init(known: [String]) { self.known = known }

    /// One file as far as its name and its text alone tell what it is.
    private final class File: Sendable {
        let name: FileName
        let source: Migration.Source
        /// What leads there; `nil` for a way back, which is read when it is needed.
        let body: MigrationBody?

        init(_ name: FileName, _ source: Migration.Source, _ body: MigrationBody?) {
            self.name = name
            self.source = source
            self.body = body
        }
    }

    /// Files that one thread has read, up to the first that is wrong.
    private struct Part: Sendable {
        var files: [File] = []
        var failure: Failure?
    }

    /// Takes all migrations of a folder in.
    mutating func add(folder: String) throws(Failure) {
        let known = known
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        let parts = try Folder.files(in: folder) { names, descriptor in
            Lane.map(names, each: 50) { Self.part($0, prefix, descriptor, known) }
        }
        let count = parts.reduce(0) { $0 + $1.files.count }
        places.reserveCapacity(count)
        entries.reserveCapacity(count)
        for part in parts {
            for file in part.files { try add(file) }
            if let failure = part.failure { throw failure }
        }
        guard count > 0 else {
            throw Failure(
                .configuration, "the folder \(folder) holds no migration",
                next: "Put files named \(FileName.pattern) there, or name another folder "
                    + "with --migrations.")
        }
    }

    /// Reads some of a folder's files.
    private static func part(
        _ names: ArraySlice<String>, _ prefix: String, _ descriptor: Int32, _ known: [String]
    ) -> Part {
        // A copy, since counting references that two threads share is slow.
        let known = known.map { $0 }
        let reader = FileReader(folder: descriptor, prefix: prefix)
        var part = Part()
        part.files.reserveCapacity(names.count)
        do throws(Failure) {
            for name in names {
                let file = try file(name, .path(prefix + name), known) { () throws(Failure) in
                    try reader.read(name)
                }
                if let file { part.files.append(file) }
            }
        } catch {
            part.failure = error
        }
        return part
    }

    /// Takes a file from memory in, unless it is no `.sql` file.
    mutating func add(_ name: String, _ source: SourceFile) throws(Failure) {
        if let file = try Self.file(name, .file(source), known, read: { source }) { try add(file) }
    }

    /// What a file is; `nil` for what is no `.sql` file.
    private static func file(
        _ name: String, _ source: Migration.Source, _ known: [String],
        read: () throws(Failure) -> SourceFile
    ) throws(Failure) -> File? {
        let parsed: FileName?
        do throws(FileNameError) {
            parsed = try FileName(name, known: known)
        } catch {
            throw Failure(
                .rejected, "\(source.path) \(error.headline)",
                next: error == .noMigration
                    ? "Rename the file, or move it to a folder below this one." : nil)
        }
        guard let parsed else { return nil }
        let body = parsed.isDown ? nil : try MigrationBody(try read(), known: known)
        return File(parsed, source, body)
    }

    private mutating func add(_ file: File) throws(Failure) {
        let (name, path) = (file.name, file.source.path)
        let place = place(of: name, first: path)
        guard entries[place].migration.name == name.migration else {
            throw sameNumber(entries[place].first, path, name.id)
        }
        let engine = name.engine ?? ""
        let other =
            name.isDown
            ? entries[place].migration.waysBack[engine]?.path
            : entries[place].migration.bodies[engine]?.path
        if let other { throw sameNumber(other, path, name.id) }
        if let body = file.body {
            entries[place].migration.bodies[engine] = body
        } else {
            entries[place].migration.waysBack[engine] = file.source
        }
    }

    /// The place of a file's migration, which is new when this is its first file.
    private mutating func place(of name: FileName, first path: String) -> Int {
        let id = name.id
        if let place = places[id] { return place }
        var migration = Migration(
            id: id, name: name.migration, kind: name.digits == nil ? .repeatable : .versioned)
        migration.knownEngines = known
        places[id] = entries.count
        entries.append(Entry(migration: migration, first: path))
        return entries.count - 1
    }

    mutating func add(_ migration: Migration) throws(Failure) {
        guard migration.kind == .versioned || migration.name.hasPrefix("R_") else {
            throw Failure(
                .rejected,
                "the migration \(migration.name) is not named <digits>_<name> or R_<name>")
        }
        if let place = places[migration.id] {
            throw sameNumber(entries[place].first, migration.name, migration.id)
        }
        places[migration.id] = entries.count
        entries.append(Entry(migration: migration, first: migration.name))
    }

    private func sameNumber(_ first: String, _ second: String, _ id: String) -> Failure {
        Failure(
            .rejected, "\(second) and \(first) are both migration \(id)",
            next: "Give one of them another number; variants for engines share one name.")
    }

    /// The versioned ones by number, then the repeatable ones by name.
    func ordered() throws(Failure) -> [Migration] {
        let orphans = entries.indices.filter { entries[$0].migration.bodies.isEmpty }
        if let entry = orphans.map({ entries[$0] }).min(by: { $0.first < $1.first }) {
            throw Failure(
                .rejected, "\(entry.first) leads back, and no file leads there",
                next: "Add \(entry.migration.name).sql, or delete the way back.")
        }
        // Numbers of one length come from the folder in their order, and need no sorting.
        let all = entries.map(\.migration)
        let isOrdered = all.indices.dropFirst().allSatisfy { !Self.isLess(all[$0], all[$0 - 1]) }
        return isOrdered ? all : all.sorted(by: Self.isLess)
    }

    private static func isLess(_ left: Migration, _ right: Migration) -> Bool {
        guard left.kind == right.kind else { return left.kind == .versioned }
        return left.kind == .versioned
            ? Version.isLess(left.id, right.id) : left.name < right.name
    }
}
