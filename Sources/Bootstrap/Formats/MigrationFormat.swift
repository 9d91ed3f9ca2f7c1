/// How another tool lays its migrations out in a folder.
///
/// A reader makes of the tool's files what ours are: a number, a name, a text that leads there, and
/// perhaps one that leads back. The files stay as they are. What is not meant is blanked out, so that
/// every place in a message is a place in the file, and the checksum is that of the whole file.
///
/// The next format is one file with one of these, a line in ``Formats/all``, and a folder of tests.
protocol MigrationFormat {
    /// The tool's name, as `--format` takes it.
    static var name: String { get }

    /// Whether a comment line at the top of a file is one that only this tool's files have.
    static func isMark(_ line: String) -> Bool

    /// What in the names of a folder shows that it is this tool's, as it follows "because"; `nil` where
    /// nothing does.
    static func reason(in folder: FormatFolder) throws(Failure) -> String?

    /// The folder's migrations, in any order; 65 for a file that the tool itself would refuse.
    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration]
}

extension MigrationFormat {
    static func isMark(_ line: String) -> Bool { false }
    static func reason(in folder: FormatFolder) throws(Failure) -> String? { nil }
}

/// The formats that a folder may have.
package enum Formats {
    static let all: [any MigrationFormat.Type] = [
        Dbmate.self, Diesel.self, Goose.self, Prisma.self, SQLMigrate.self, Sqlx.self,
    ]

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
}

/// A line that only one tool's files have.
struct FormatMark: Sendable, Equatable {
    /// The tool's name.
    var format: String
    /// The line as it is written.
    var line: String

    /// Looks for one among the comments at the top of a text.
    init?(in text: borrowing FileText) throws(Failure) {
        switch text {
        case .whole(let source): self.init(atTopOf: source.bytes[source.start...])
        case .large: self.init(atTopOf: try text.window().bytes[...])
        }
    }

    init?(atTopOf bytes: ArraySlice<UInt8>) {
        // Without a comment at its beginning, as most files are, there is nothing to look for.
        guard let first = bytes.first(where: { $0 > Byte.space }), first == Byte.dash else {
            return nil
        }
        for line in TextLines(bytes) {
            guard let first = line.first(where: { $0 > Byte.space }) else { continue }
            guard first == Byte.dash else { return nil }
            let text = String(decoding: line, as: UTF8.self)
            for format in Formats.all where format.isMark(text) {
                (self.format, self.line) = (format.name, text)
                return
            }
        }
        return nil
    }
}
