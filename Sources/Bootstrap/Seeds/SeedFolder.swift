/// Where seeds come from.
public enum SeedSource: Sendable {
    /// There are none.
    case none
    /// A folder that must be there.
    case folder(String)
    /// Files by their path inside the folder: `010_superuser.yaml`, `development/020_items.yaml`.
    case embedded([String: [UInt8]])
}

extension SeedSource {
    /// The folder that is used when none is named: `seeds` or `Seeds`, inside the folder of the
    /// migrations or beside it; `.none` where there is no such folder.
    package static func beside(migrations folder: String) -> SeedSource {
        let base = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        let parent = base.lastIndex(of: "/").map { String(base[...$0]) } ?? ""
        for candidate in [base + "/seeds", base + "/Seeds", parent + "seeds", parent + "Seeds"]
        where Folder.isFolder(candidate) {
            return .folder(candidate)
        }
        return .none
    }
}

/// The seeds of a folder for one environment, parsed and in the order in which they are planted.
package struct SeedFolder: Sendable {
    /// The seeds: first those of the folder itself, then those of the environment's own folder.
    package var seeds: [Seed] = []

    static let extensions = ["yaml", "yml", "sql"]

    /// Reads every file that is meant for `environment`, or throws for the first one that is wrong.
    package init(
        _ source: SeedSource, environment: String?, knownEngines: [String] = EngineNames.all
    ) throws(Failure) {
        let files: [File]
        switch source {
        case .none: return
        case .folder(let path): files = try Self.files(in: path, environment: environment)
        case .embedded(let bytes):
            files = try Self.files(embedded: bytes, environment: environment)
        }
        let assets = SeedAssets(source)
        var names: [String: String] = [:]
        for file in files.sorted() {
            if let other = names[file.name] {
                throw Failure(
                    .configuration, "\(other) and \(file.path) are both the seed \(file.name)",
                    next: "Rename one of them.")
            }
            names[file.name] = file.path
            let seed = try Seed(
                file.name, try file.read(), assets: assets, knownEngines: knownEngines)
            if seed.isMeant(for: environment) { seeds.append(seed) }
        }
    }
}

// MARK: Files

extension SeedFolder {
    private struct File: Comparable {
        var name: String
        var path: String
        var bytes: [UInt8]?

        func read() throws(Failure) -> SourceFile {
            guard let bytes else { return try SourceFile.read(path) }
            return SourceFile(path: path, bytes: bytes)
        }

        /// The environment's own seeds follow the common ones; within a folder the number in front
        /// decides, so that `2_` comes before `10_`, then the name.
        static func < (left: File, right: File) -> Bool {
            let (a, b) = (left.number, right.number)
            return (left.depth, a.count, a, left.name, left.path)
                < (right.depth, b.count, b, right.name, right.path)
        }

        private var depth: Int { name.contains("/") ? 1 : 0 }

        /// The digits in front without leading zeros; names without any come last.
        private var number: String {
            let last = Folder.lastName(of: name)
            let digits = last.prefix { $0.isASCII && $0.isNumber }
            return digits.isEmpty
                ? String(repeating: "9", count: 300) : String(digits.drop { $0 == "0" })
        }
    }

    /// The name of a seed's file without its extension, or `nil` for other files.
    ///
    /// What would be a migration's variant or way back is refused: as a seed it would run on every
    /// engine.
    private static func name(of file: String, at path: String) throws(Failure) -> String? {
        guard let dot = file.lastIndex(of: "."), !file.hasPrefix("."), dot != file.startIndex
        else { return nil }
        let ending = String(file[file.index(after: dot)...])
        guard extensions.contains(ending) else {
            guard extensions.contains(ending.lowercased()) else { return nil }
            throw Failure(
                .rejected,
                "\(path) ends in .\(ending); the ending is written .\(ending.lowercased())",
                next: "Rename the file.")
        }
        let name = String(file[..<dot])
        let part = name.split(separator: ".").dropFirst().last.map(String.init) ?? ""
        if part == "up" || part == "down" {
            throw Failure(
                .rejected, "\(path) has a part .\(part), and a seed has no way back",
                next: "Rename the file, or move it to the migrations.")
        }
        if EngineNames.all.contains(part) {
            throw Failure(
                .rejected, "\(path) names an engine, and a seed is one file for all of them",
                next: "Put what differs into one file, each statement below "
                    + "`-- bootstrap: only \(part)`, and rename it.")
        }
        return name
    }

    private static func files(
        in folder: String, environment: String?
    ) throws(Failure) -> [File] {
        let base = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        var files = try files(in: base, prefix: "")
        if let environment, !environment.contains("/"), Folder.isFolder(base + "/" + environment) {
            files += try Self.files(in: base + "/" + environment, prefix: environment + "/")
        }
        return files
    }

    private static func files(in folder: String, prefix: String) throws(Failure) -> [File] {
        guard Folder.isFolder(folder) else {
            throw Failure(
                .configuration, "there is no folder \(folder) with seeds",
                next: "Create it, or name another one with --seeds.")
        }
        var files: [File] = []
        for file in try Folder.files(in: folder) {
            let path = folder + "/" + file
            guard let name = try name(of: file, at: path) else { continue }
            files.append(File(name: prefix + name, path: path))
        }
        return files
    }

    private static func files(
        embedded files: [String: [UInt8]], environment: String?
    ) throws(Failure) -> [File] {
        var found: [File] = []
        for (path, bytes) in files {
            let parts = path.split(separator: "/").map(String.init)
            guard parts.count == 1 || parts.count == 2 && parts[0] == environment,
                let last = parts.last, let name = try name(of: last, at: path)
            else { continue }
            let prefix = parts.count == 2 ? parts[0] + "/" : ""
            found.append(File(name: prefix + name, path: path, bytes: bytes))
        }
        return found
    }
}
