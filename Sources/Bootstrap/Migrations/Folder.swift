import Glibc

/// Folders of migrations: which one, and what is in it.
package enum Folder {
    /// Where migrations are looked for when no folder is named, in this order.
    package static let defaults = ["migrations", "Migrations", "db/migrations"]

    /// The folder to use when none is named: the first of ``defaults`` that exists, or `nil`.
    package static func standard(exists: (String) -> Bool = isFolder) -> String? {
        defaults.first(where: exists)
    }

    /// The folders that a text names, with commas between them; a folder that is called so is one.
    package static func names(in text: String, exists: (String) -> Bool = isFolder) -> [String] {
        guard text.contains(","), !exists(text) else { return [text] }
        let names = text.split(separator: ",").map { name in
            String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
        return names.isEmpty ? [text] : names
    }

    private static let mark = "{engine}"

    /// Whether each engine has a folder of its own, which its name stands for in `path`.
    package static func isPerEngine(_ path: String) -> Bool {
        path.split(separator: "/").contains { $0.hasSuffix(mark) }
    }

    /// `{engine}` replaced by the first of an engine's names for which there is such a folder, or
    /// by the last when there is none.
    package static func expanded(
        _ path: String, variants: [String], exists: (String) -> Bool = isFolder
    ) -> String {
        let candidates = variants.map { name in
            path.split(separator: "/", omittingEmptySubsequences: false).map { part in
                guard part.hasSuffix(mark) else { return String(part) }
                return part.dropLast(mark.count) + name
            }.joined(separator: "/")
        }
        return candidates.first(where: exists) ?? candidates.last ?? path
    }

    /// Whether `path` is a folder, or a link to one.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// What tells a folder from all others.
    struct Identity: Equatable {
        let device, inode: UInt64
    }

    /// What tells the folder at `path` from others, also through a link.
    static func identity(of path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    /// Whether `path` is a file, or a link to one.
    static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The names of the folders in a folder, and of links to folders, in the order of their bytes;
    /// without those that begin with a dot.
    static func folders(in path: String) throws(Failure) -> [String] {
        guard let folder = opendir(path) else { throw unreadable(path, errno) }
        defer { closedir(folder) }
        var names = Names()
        while let entry = readdir(folder) {
            withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                let name = UnsafeRawPointer(tuple).assumingMemoryBound(to: CChar.self)
                let mayBe = [Int(DT_DIR), Int(DT_LNK), Int(DT_UNKNOWN)]
                guard UInt8(bitPattern: name.pointee) != Byte.dot,
                    mayBe.contains(Int(entry.pointee.d_type)),
                    isFolder(path + "/" + String(cString: name))
                else { return }
                names.append(name)
            }
        }
        return try names.sorted(in: path)
    }

    /// The names of the files in a folder, and of links to files, in the order of their bytes;
    /// without folders and names that begin with a dot.
    static func files(in path: String) throws(Failure) -> [String] {
        try files(in: path) { names, _ in names }
    }

    /// What `body` makes of the names in a folder, with the folder open as a descriptor.
    static func files<Result>(
        in path: String, _ body: ([String], _ descriptor: Int32) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let folder = opendir(path) else { throw unreadable(path, errno) }
        defer { closedir(folder) }
        var names = Names()
        while let entry = readdir(folder) {
            try withUnsafePointer(to: &entry.pointee.d_name) { (tuple) throws(Failure) in
                let name = UnsafeRawPointer(tuple).assumingMemoryBound(to: CChar.self)
                guard UInt8(bitPattern: name.pointee) != Byte.dot else { return }
                switch Int(entry.pointee.d_type) {
                case Int(DT_REG): names.append(name)
                case Int(DT_DIR): break
                default:
                    let isFile = try isToBeRead(path + "/" + String(cString: name))
                    if isFile { names.append(name) }
                }
            }
        }
        return try body(try names.sorted(in: path), dirfd(folder))
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

        /// In the order of their bytes.
        func sorted(in folder: String) throws(Failure) -> [String] {
            var names: [String] = []
            var stranger: String?
            bytes.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return }
                names.reserveCapacity(starts.count)
                for offset in starts.sorted(by: { strcmp(start + $0, start + $1) < 0 }) {
                    if let name = String(validatingCString: start + offset) {
                        names.append(name)
                    } else if stranger == nil, Folder.isOurs(String(cString: start + offset)) {
                        stranger = String(cString: start + offset)
                    }
                }
            }
            guard let stranger else { return names }
            throw Failure(
                .rejected, "\(folder)/\(stranger) has a name that is no UTF-8",
                next: "Rename the file.")
        }
    }

    /// Whether a link, or what is neither file nor folder, is to be read like a file.
    ///
    /// Reading a pipe would wait for somebody to write into it, and what is read is gone.
    private static func isToBeRead(_ path: String) throws(Failure) -> Bool {
        var status = stat()
        // A link that leads nowhere is told by whoever reads it.
        guard stat(path, &status) == 0 else { return true }
        let what: String
        switch status.st_mode & S_IFMT {
        case S_IFREG: return true
        case S_IFDIR: return false
        case S_IFIFO: what = "a pipe"
        case S_IFSOCK: what = "a socket"
        default: what = "a device"
        }
        // Beside the files there may be anything, as long as it is not called like one.
        guard isOurs(path) else { return false }
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
