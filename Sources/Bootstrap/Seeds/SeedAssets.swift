import Glibc

/// The files that seeds may name: those inside the seeds folder, and no others.
package struct SeedAssets: Sendable {
    private enum Source {
        case none
        case folder(String)
        case embedded([String: [UInt8]])
    }
    private let source: Source

    /// The files of a folder, or those that are part of the program.
    init(_ seeds: SeedSource) {
        switch seeds {
        case .none: source = .none
        case .folder(let path):
            source = .folder(path.hasSuffix("/") ? String(path.dropLast()) : path)
        case .embedded(let files): source = .embedded(files)
        }
    }

    /// No files.
    package static let none = SeedAssets(.none)

    /// Finds a file by its path inside the seeds folder, or throws 78 where it is not there, and 65
    /// where it lies outside.
    func find(_ word: SeedWord) throws(Failure) -> DataSource {
        let parts = word.text.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw outside(word)
        }
        switch source {
        case .none: throw missing(word, in: "the seeds")
        case .embedded(let files):
            guard let bytes = files[word.text] else { throw missing(word, in: "the seeds") }
            return DataSource(path: word.text, bytes: bytes)
        case .folder(let folder):
            let path = folder + "/" + word.text
            guard let real = Self.realPath(path) else { throw missing(word, in: folder) }
            // A link that leads out of the folder is refused as `..` is.
            guard let base = Self.realPath(folder), real.hasPrefix(base + "/") else {
                throw outside(word)
            }
            guard !Folder.isFolder(path) else {
                throw Failure(.configuration, "\(path) is a folder", place: word.place)
            }
            return try DataSource(file: path)
        }
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private func outside(_ word: SeedWord) -> Failure {
        Failure(
            .rejected, "names the file \(word.text), which is not inside the seeds folder",
            place: word.place, next: "Move the file there, and write its path from that folder on.")
    }

    private func missing(_ word: SeedWord, in folder: String) -> Failure {
        Failure(
            .configuration, "names the file \(word.text), which is not in \(folder)",
            place: word.place, next: "Put it there: paths count from the seeds folder.")
    }
}
