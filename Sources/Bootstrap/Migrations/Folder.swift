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
    ///
    /// Flyway's locations are such a text: `filesystem:db/common,filesystem:db/{vendor}`.
    package static func names(in text: String, exists: (String) -> Bool = isFolder) -> [String] {
        guard !exists(text) else { return [text] }
        let names = text.split(separator: ",").map { name in
            location(String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
        }.filter { !$0.isEmpty }
        return names.isEmpty ? [text] : names
    }

    /// One of Flyway's locations as a path of ours; other names as they are.
    private static func location(_ name: String) -> String {
        let path = name.hasPrefix("filesystem:") ? String(name.dropFirst(11)) : name
        return path.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0 == "{vendor}" ? mark : String($0) }.joined(separator: "/")
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
        let names = variants.flatMap { EngineNames.folders(for: $0) }
        let candidates = names.map { name in
            path.split(separator: "/", omittingEmptySubsequences: false).map { part in
                guard part.hasSuffix(mark) else { return String(part) }
                return part.dropLast(mark.count) + name
            }.joined(separator: "/")
        }
        guard let generic = variants.last, let place = names.firstIndex(of: generic) else {
            return path
        }
        return candidates.first(where: exists) ?? candidates[place]
    }

    /// `path`, with `{engine}` behind it where the folder has no scripts but folders that are called like
    /// engines.
    package static func perEngine(_ path: String) -> String {
        guard !isPerEngine(path), let folder = try? OpenFolder(path) else { return path }
        return folder.isPerEngine ? folder.prefix + mark : path
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

    /// The first byte of a path's last part, by which most of thousands of names tell what they are not.
    static func initial(of path: String) -> UInt8? {
        path.utf8.withContiguousStorageIfAvailable { bytes in
            let slash = bytes.lastIndex(of: Byte.slash)
            return bytes[(slash.map { $0 + 1 } ?? 0)...].first
        } ?? lastName(of: path).utf8.first
    }

    /// The last part of a path.
    static func lastName(of path: String) -> Substring {
        // By bytes, for a folder may have thousands of files.
        let start = path.utf8.withContiguousStorageIfAvailable { bytes in
            var start = bytes.endIndex
            while start > 0, bytes[start - 1] != Byte.slash { start -= 1 }
            return start
        }
        let place = start.map { path.utf8.index(path.startIndex, offsetBy: $0) }
        return place.map { path[$0...] } ?? path.split(separator: "/").last ?? ""
    }

    /// The names of the files in a folder, and of links to files, in the order of their bytes;
    /// without folders and names that begin with a dot.
    static func files(in path: String) throws(Failure) -> [String] {
        try OpenFolder(path).files
    }
}
