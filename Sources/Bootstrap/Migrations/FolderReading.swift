import Synchronization

/// The files of one open folder, read one behind the other from the front; a second thread may join
/// in at any time, and reads from the back.
///
/// Whoever begins it must ``end()`` it before the folder is closed.
final class FolderReading: Sendable {
    /// What a file's name and bytes come to.
    enum File: Sendable {
        case leadsThere(FileName, MigrationBody)
        case leadsBack(FileName, path: String)
        /// A migration of another tool's, with both directions.
        case both(Migration)
        indirect case wrong(Failure)
        /// A file that another tool reads.
        indirect case foreign(FormatMark, path: String)
        /// Something else that lies in the folder.
        case noMigration
    }

    /// How many files the second thread takes at once: few enough that the first one does not wait
    /// for them at the end.
    private static let handful = 8

    private let names: [String]
    private let folder: Int32
    private let prefix: String
    private let known: [String]
    /// Whether files may be another tool's.
    private let looksForMarks: Bool
    /// Whose the files are; `nil` for ours.
    private let format: (any FileFormat.Type)?
    /// The files that nobody has taken yet.
    private let untaken: Mutex<Range<Int>>
    /// What the second thread has read, the last file first; locked while it reads.
    private let fromBack = Mutex<[File]>([])

    /// - `folder`: the open folder.
    /// - `prefix`: what stands before a name in the path that users see.
    init(
        _ names: [String], folder: Int32, prefix: String, known: [String],
        looksForMarks: Bool = true, format: (any FileFormat.Type)? = nil
    ) {
        self.format = format
        self.looksForMarks = looksForMarks
        self.names = names
        self.folder = folder
        self.prefix = prefix
        self.known = known
        untaken = Mutex(names.indices)
    }

    /// Hands out each file in the order of the names, as long as they are wanted, or throws what `body`
    /// throws.
    func forEach(
        while areWanted: () -> Bool = { true }, _ body: (consuming File) throws(Failure) -> Void
    ) throws(Failure) {
        let reader = FileReader(folder: folder, prefix: prefix)
        while areWanted(), let index = untaken.withLock({ $0.popFirst() }) {
            try body(read(names[index], by: reader))
        }
        guard areWanted() else { return }
        var rest = fromBack.withLock { files in
            defer { files = [] }
            return files
        }
        while let file = rest.popLast() { try body(file) }
    }

    /// Reads from the back until nothing is left; for a second thread.
    func join() {
        let reader = FileReader(folder: folder, prefix: prefix)
        let left = untaken.withLock { $0.count }
        fromBack.withLock { $0.reserveCapacity(left) }
        var isMore = true
        while isMore {
            isMore = fromBack.withLock { files in
                let taken = untaken.withLock { untaken in
                    let taken = untaken.suffix(Self.handful)
                    untaken.removeLast(taken.count)
                    return taken
                }
                for index in taken.reversed() { files.append(read(names[index], by: reader)) }
                return !taken.isEmpty
            }
        }
    }

    /// Leaves the files that nobody has taken, and returns once nobody reads any more.
    func end() {
        untaken.withLock { $0 = names.endIndex..<names.endIndex }
        fromBack.withLock { _ in }
    }

    private func read(_ name: String, by reader: borrowing FileReader) -> File {
        do throws(Failure) {
            if let format {
                let migration = try format.migration(
                    name, by: reader, at: prefix + name, known: known)
                return migration.map(File.both) ?? .noMigration
            }
            let path = prefix + name
            let parsed: FileName?
            do throws(Failure) {
                let place = EngineNames.inFolder(name, known: known)
                parsed = try FileName(
                    place.map { "\($0.folder).\($0.engine).sql" } ?? name, at: path, known: known)
            } catch {
                // Other tools allow other names.
                guard looksForMarks, name.hasSuffix(".sql"),
                    let mark = try FormatMark(in: reader.text(of: name), among: names)
                else { throw error }
                return .foreign(mark, path: path)
            }
            guard let parsed else { return .noMigration }
            if parsed.isDown { return .leadsBack(parsed, path: path) }
            let text = try reader.text(of: name)
            if looksForMarks, let mark = try FormatMark(in: text, among: names) {
                return .foreign(mark, path: path)
            }
            return .leadsThere(parsed, try MigrationBody(text, known: known, as: parsed.manner))
        } catch {
            return .wrong(error)
        }
    }
}
