/// How another tool lays its migrations out in a folder.
///
/// A reader makes of the tool's files what ours are: a number, a name, a text that leads there, and
/// perhaps one that leads back. The files stay as they are. What is not meant is blanked out, so that
/// every place in a message is a place in the file, and the checksum is that of the whole file.
///
/// The next format is one file with a ``FileFormat`` or a ``FolderFormat``, a line in ``Formats/all``,
/// and its tests.
protocol MigrationFormat: SendableMetatype {
    /// The tool's name, as `--format` takes it.
    static var name: String { get }

    /// Whether the migrations run as they are listed, instead of by their numbers: the files in the order
    /// of their names' bytes, those of a ``FolderFormat`` as it returns them.
    static var isListed: Bool { get }

    /// Files that only this tool's folders have, by their paths in it.
    static var signs: [String] { get }

    /// Whether a comment at the top of a file is one that only this tool's files have.
    static func isMark(_ line: CommentLine) -> Bool

    /// Whether the tool also keeps folders of other tools, whose marks then count.
    static var yields: Bool { get }

    /// The format itself, where each migration is one file. To ask for its type would cost a look
    /// through all conformances of the program, as long as the reading of a dozen files.
    static var perFile: (any FileFormat.Type)? { get }

    /// Whether a folder with these files may be this tool's, whatever comments they begin with.
    static func mayHave(_ files: [String]) -> Bool

    /// What in the names of a folder shows that it is this tool's, as it follows "because"; `nil` where
    /// nothing does.
    static func reason(in folder: FormatFolder) throws(Failure) -> String?
}

extension MigrationFormat {
    static var isListed: Bool { false }
    static var signs: [String] { [] }
    static var yields: Bool { false }
    static var perFile: (any FileFormat.Type)? { nil }
    static func isMark(_ line: CommentLine) -> Bool { false }
    static func mayHave(_ files: [String]) -> Bool { true }
    static func reason(in folder: FormatFolder) throws(Failure) -> String? { sign(in: folder) }

    /// That one of its ``signs`` is there, as ``reason(in:)`` says it.
    static func sign(in folder: FormatFolder) -> String? {
        signs.first(where: folder.hasFile).map { "it has a file \($0)" }
    }
}

/// What a tool's folder holds.
struct FormatContents {
    var migrations: [Migration] = []
    /// What runs around them.
    var hooks = Hooks()
    /// What is worth saying of files that are left out.
    var notes: [String] = []
}

/// A format in which a migration is a folder, or several files.
protocol FolderFormat: MigrationFormat {
    /// The folder's migrations, in any order unless it ``isListed``; 65 for a file that the tool itself would refuse.
    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration]

    /// All that is in the folder; a format that knows more than migrations has its own.
    static func contents(of folder: FormatFolder) throws(Failure) -> FormatContents
}

extension FolderFormat {
    static func contents(of folder: FormatFolder) throws(Failure) -> FormatContents {
        FormatContents(migrations: try migrations(in: folder))
    }
}

/// A format in which each migration is one file, with both directions in it.
protocol FileFormat: MigrationFormat {
    /// What stands in the name between its digits and the rest.
    static var separator: String { get }
    /// What the lines of a file mean.
    static var marks: MarkedFile { get }
    /// The files in the order in which they run, if it ``MigrationFormat/isListed``.
    static func ordered(_ files: [String]) -> [String]
    /// A file by its name; `nil` for what is none of a migration, 65 for one that the tool would refuse.
    static func file(_ name: String, at path: @autoclosure () -> String) throws(Failure)
        -> NumberedFile?
    /// Throws where a file in the folder, by its name, is a migration that cannot be run.
    static func check(_ name: String, at path: @autoclosure () -> String) throws(Failure)
}

extension FileFormat {
    static var separator: String { "" }
    static var perFile: (any FileFormat.Type)? { self }
    static func check(_ name: String, at path: @autoclosure () -> String) throws(Failure) {}
    static func ordered(_ files: [String]) -> [String] { files }

    /// Where the ways there and back are two files, such a comment is but a comment.
    static func mayHave(_ files: [String]) -> Bool {
        let ways = Set(files.lazy.filter { $0.hasSuffix(".down.sql") })
        return !files.contains {
            $0.hasSuffix(".up.sql") && ways.contains($0.dropLast(7) + ".down.sql")
        }
    }

    static func file(_ name: String, at path: @autoclosure () -> String) throws(Failure)
        -> NumberedFile?
    {
        try NumberedFile(name, until: separator, at: path())
    }

    /// Reads a file; `nil` for what is no `.sql` file.
    static func migration(
        _ name: String, by reader: borrowing FileReader, at path: @autoclosure () -> String,
        known: [String]
    ) throws(Failure) -> Migration? {
        try check(name, at: path())
        let place = EngineNames.inFolder(name, known: known)
        // A file for an engine that is not known here runs nowhere.
        if let place, !known.contains(place.engine) { return nil }
        guard let file = try file(place.map { $0.folder + ".sql" } ?? name, at: path()) else {
            return nil
        }
        let source = try reader.read(name)
        try source.checkEncoding()
        let sections = try marks.sections(of: source)
        let up = try MigrationBody(source, sections.up, source.checksum, known: known)
        var down: MigrationBody?
        if let section = sections.down {
            down = try MigrationBody(source, section, up.checksum, known: known)
        }
        return Migration(file, for: place?.engine ?? "", known: known, up: up, down: down)
    }
}

/// The formats that a folder may have.
package enum Formats {
    static let all: [any MigrationFormat.Type] = [
        Atlas.self, Dbmate.self, Diesel.self, Drizzle.self, Flyway.self, Goose.self, Prisma.self,
        Refinery.self, SQLMigrate.self, Sqitch.self, Sqlx.self, Tern.self, VersionFolders.self,
        Yoyo.self,
    ]

    /// Lines that only one tool's files have, wherever in them they stand.
    static let dividers = [(format: Tern.name, line: Tern.divider, ByteSearch(Tern.divider))]

    /// The ``MigrationFormat/signs`` of all.
    private static let signs = all.flatMap { $0.signs }

    /// Whether a folder has a file that only other tools' folders have.
    ///
    /// - `names`: the names of its files, in the order of their bytes.
    static func haveSign(in folder: String, _ names: [String]) -> Bool {
        signs.contains { sign in
            guard !sign.utf8.contains(Byte.slash) else { return Folder.isFile(folder + sign) }
            var (low, high) = (0, names.count)
            while low < high {
                let middle = (low + high) / 2
                if names[middle].utf8.lexicographicallyPrecedes(sign.utf8) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return low < names.count && names[low] == sign
        }
    }

    /// Their names, and that of our own.
    package static var names: [String] { [ours] + all.map { $0.name } }

    /// The name of our own format.
    static let ours = "bootstrap"

    static func named(_ name: String) -> (any MigrationFormat.Type)? {
        all.first { $0.name == name }
    }
}

/// Which tool's a folder is, and what shows it.
package struct FormatChoice: Sendable, Equatable {
    /// The tool's name.
    package var name: String
    /// Why, as it follows "because": `0001_a.sql has the line "-- +goose Up"`.
    package var reason: String
    /// What is worth saying of files that are left out.
    package var notes: [String] = []
}

extension FormatChoice {
    /// What a mark shows that is in the file at `path`.
    init(_ mark: FormatMark, in path: String) {
        self.init(name: mark.format, reason: "\(path) has the line \"\(mark.line)\"")
    }

    /// What a mark shows, as far as each file is read by itself and no other evidence can outweigh it;
    /// `nil` where the whole folder has to be looked at first.
    init?(fileOf found: (mark: FormatMark, path: String)) {
        guard let format = Formats.named(found.mark.format)?.perFile, !format.yields else {
            return nil
        }
        self.init(found.mark, in: found.path)
    }
}

/// A line that only one tool's files have.
struct FormatMark: Sendable, Equatable {
    /// The tool's name.
    var format: String
    /// The line as it is written.
    var line: String

    /// Looks for one among the comments at the top of a text, and for one in the middle of it; `files` are
    /// those that lie beside it.
    init?(in text: borrowing FileText, among files: [String]) throws(Failure) {
        var mark: FormatMark?
        switch text {
        case .whole(let source):
            mark =
                FormatMark(atTopOf: source.bytes[source.start...], among: files)
                ?? FormatMark(inside: source.bytes)
        case .large:
            let window = try text.window()
            mark =
                FormatMark(atTopOf: window.bytes[...], among: files)
                ?? FormatMark(inside: window.bytes)
            while mark == nil, !window.isLast {
                try window.move(past: window.bytes.count - Self.overlap)
                mark = FormatMark(inside: window.bytes)
            }
        }
        guard let mark else { return nil }
        self = mark
    }

    /// As much of a line as may stand before the end of a window.
    private static let overlap = 256

    private init?(inside bytes: [UInt8]) {
        for (format, line, search) in Formats.dividers where search.isIn(bytes) {
            (self.format, self.line) = (format, line)
            return
        }
        return nil
    }

    private init?(atTopOf bytes: ArraySlice<UInt8>, among files: [String]) {
        // Without a comment at its beginning, as most files are, there is nothing to look for.
        let bytes = bytes.afterBlockComments
        guard bytes.first == Byte.dash else { return nil }
        var yielding: FormatMark?
        for line in TextLines(bytes) {
            guard let first = line.first(where: { $0 > Byte.space }) else { continue }
            guard first == Byte.dash else { break }
            guard let comment = CommentLine(line) else { continue }
            for format in Formats.all where format.isMark(comment) && format.mayHave(files) {
                let text = String(decoding: line, as: UTF8.self)
                (self.format, self.line) = (format.name, text)
                guard format.yields else { return }
                yielding = yielding ?? self
            }
        }
        guard let yielding else { return nil }
        self = yielding
    }
}
