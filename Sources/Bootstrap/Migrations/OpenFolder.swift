import Glibc

/// A folder that was listed once, and is open for the reading of its files.
final class OpenFolder {
    /// The path as the user would type it.
    let path: String
    /// The names of the files in it, and of links to files, in the order of their bytes; without those
    /// that begin with a dot.
    let files: [String]
    /// The names of the folders in it, and of links to folders, as `files` has them.
    let folders: [String]
    private let stream: OpaquePointer
    /// What ``filesBelow()`` has found.
    private var below: [String]?

    /// Lists a folder, or throws: 78 where that cannot be read, or a file that is called like one of
    /// ours is none; 65 for one whose name is no UTF-8.
    init(_ path: String) throws(Failure) {
        guard let stream = opendir(path) else { throw Self.unreadable(path, errno) }
        do throws(Failure) {
            (files, folders) = try Self.names(in: path, stream)
        } catch {
            closedir(stream)
            throw error
        }
        (self.path, self.stream) = (path, stream)
    }

    deinit { closedir(stream) }

    /// What the names are relative to.
    var descriptor: Int32 { dirfd(stream) }

    /// What stands before a name in the path that users see.
    var prefix: String { path.hasSuffix("/") ? path : path + "/" }

    /// Whether it has no scripts, but folders that are called like engines.
    var isPerEngine: Bool {
        guard !folders.isEmpty else { return false }
        let names = EngineNames.all.flatMap(EngineNames.folders)
        return folders.contains(where: names.contains)
            && !files.contains { $0.hasSuffix(".sql") }
    }

    /// A reader of the files in it.
    var reader: FileReader { FileReader(folder: descriptor, prefix: prefix) }

    /// The files of migrations by their paths from here: its own or, where it has no scripts, those that
    /// are called like engines in folders of one migration each, `1_name/postgres.sql`.
    ///
    /// Throws 65 for a script beside one of these that is called in another way, and for one beside the
    /// folders: part of them would never run.
    func scripts(known: [String]) throws(Failure) -> [String] {
        var found: [String] = []
        for name in folders {
            guard let digits = NumberedFile.number(of: name),
                ["_", "-"].contains(name.dropFirst(digits.count).first)
            else { continue }
            let paths = try OpenFolder(prefix + name).files.map { "\(name)/\($0)" }
                .filter { $0.hasSuffix(".sql") }
            let stranger = paths.first { EngineNames.inFolder($0, known: known) == nil }
            // The first of them tells how all are laid out.
            guard stranger == nil || !found.isEmpty else { return files }
            found += paths
            guard let stranger = found.isEmpty ? nil : stranger ?? files.first(where: isScript)
            else { continue }
            throw Failure(
                .rejected,
                "\(prefix)\(stranger) is no file for an engine in a migration's folder, as "
                    + "\(found[0]) is",
                next: "Move it to a folder of its own, called like one of "
                    + "\(known.joined(separator: ", ")).")
        }
        return found.isEmpty ? files : found
    }

    private func isScript(_ name: String) -> Bool { name.hasSuffix(".sql") }

    /// The paths from here of all files, also of those in folders below, in the order of their bytes.
    ///
    /// A folder that a link shows once more within itself is left out there.
    func filesBelow() throws(Failure) -> [String] {
        if let below { return below }
        guard !folders.isEmpty else { return files }
        var found = files
        try add(to: &found, below: "", within: [Folder.identity(of: path)])
        found.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        below = found
        return found
    }

    /// Adds the files of the folders in this one, which is `above` behind the one that was asked.
    private func add(
        to found: inout [String], below above: String, within open: [Folder.Identity?]
    ) throws(Failure) {
        for name in folders {
            let path = prefix + name
            let identity = Folder.identity(of: path)
            guard !open.contains(identity) else { continue }
            let folder = try OpenFolder(path)
            found += folder.files.map { "\(above)\(name)/\($0)" }
            try folder.add(to: &found, below: "\(above)\(name)/", within: open + [identity])
        }
    }

    private static func names(
        in path: String, _ stream: OpaquePointer
    ) throws(Failure) -> (files: [String], folders: [String]) {
        var (files, folders) = (Names(), Names())
        while let entry = readdir(stream) {
            try withUnsafePointer(to: &entry.pointee.d_name) { (tuple) throws(Failure) in
                let name = UnsafeRawPointer(tuple).assumingMemoryBound(to: CChar.self)
                guard UInt8(bitPattern: name.pointee) != Byte.dot else { return }
                switch Int(entry.pointee.d_type) {
                case Int(DT_REG): files.append(name)
                case Int(DT_DIR): folders.append(name)
                default:
                    switch try kind(of: path + "/" + String(cString: name)) {
                    case .file: files.append(name)
                    case .folder: folders.append(name)
                    case .other: break
                    }
                }
            }
        }
        let (names, stranger) = files.sorted()
        guard let stranger else { return (names, folders.sorted().names) }
        throw Failure(
            .rejected, "\(path)/\(stranger) has a name that is no UTF-8", next: "Rename the file.")
    }

    /// Names one behind the other, as C has them: it compares them several times as fast as strings
    /// compare themselves.
    private struct Names {
        private var bytes: [CChar] = []
        private var starts: [Int] = []

        mutating func append(_ name: UnsafePointer<CChar>) {
            starts.append(bytes.count)
            bytes.append(contentsOf: UnsafeBufferPointer(start: name, count: strlen(name) + 1))
        }

        /// In the order of their bytes; beside them the first that is called like a file of ours, and
        /// is no UTF-8.
        func sorted() -> (names: [String], stranger: String?) {
            var names: [String] = []
            var stranger: String?
            bytes.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return }
                names.reserveCapacity(starts.count)
                for offset in starts.sorted(by: { strcmp(start + $0, start + $1) < 0 }) {
                    if let name = String(validatingCString: start + offset) {
                        names.append(name)
                    } else if stranger == nil, OpenFolder.isOurs(String(cString: start + offset)) {
                        stranger = String(cString: start + offset)
                    }
                }
            }
            return (names, stranger)
        }
    }

    private enum Kind {
        case file, folder, other
    }

    /// What a link, or what the folder does not tell, is to be taken for.
    ///
    /// Reading a pipe would wait for somebody to write into it, and what is read is gone.
    private static func kind(of path: String) throws(Failure) -> Kind {
        var status = stat()
        // A link that leads nowhere is told by whoever reads it.
        guard stat(path, &status) == 0 else { return .file }
        let what: String
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFIFO: what = "a pipe"
        case S_IFSOCK: what = "a socket"
        default: what = "a device"
        }
        // Beside the files there may be anything, as long as it is not called like one.
        guard isOurs(path) else { return .other }
        throw Failure(
            .configuration, "\(path) is \(what), not a file",
            next: "Put a file there, or take it away.")
    }

    /// Whether a file is called like a migration or a seed.
    private static func isOurs(_ path: String) -> Bool {
        [".sql", ".yaml", ".yml"].contains(where: path.lowercased().hasSuffix)
    }

    private static func unreadable(_ path: String, _ code: Int32) -> Failure {
        guard code == ENOENT || code == ENOTDIR else {
            return Failure(
                .configuration, "cannot read the folder \(path): \(String(cString: strerror(code)))"
            )
        }
        return Failure(
            .configuration, "there is no folder \(path)",
            next: "Create it, or name another one with --migrations.")
    }
}
