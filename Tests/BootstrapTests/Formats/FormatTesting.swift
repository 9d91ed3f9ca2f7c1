import FoundationEssentials
import Testing

@testable import Bootstrap

/// Tests of folders that are written for each of them.
protocol FormatTesting {}

extension FormatTesting {
    /// What is in a folder with these files, by their paths in it, and what was wrong with it.
    ///
    /// - `variants`: the names of the server's engine.
    /// - `parts`: the folders in it that are named together; itself without any.
    func read(
        _ files: [String: String], variants: [String] = [], format: String? = nil,
        in parts: [String] = []
    ) throws -> (folder: MigrationFolder?, problem: String?) {
        let path =
            FileManager.default.temporaryDirectory.path
            + "/format-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        for (name, text) in files {
            let file = "\(path)/\(name)"
            let parent = file[..<(file.lastIndex(of: "/") ?? file.startIndex)]
            try FileManager.default.createDirectory(
                atPath: String(parent), withIntermediateDirectories: true)
            #expect(FileManager.default.createFile(atPath: file, contents: Data(text.utf8)))
        }
        do throws(Failure) {
            let source: MigrationSource =
                parts.isEmpty
                ? .folder(path) : .several(parts.map { .folder("\(path)/\($0)") })
            let folder = try MigrationFolder(source, variants: variants, format: format)
            // The ways back are read while the files are there.
            for migration in folder.migrations { _ = try migration.wayBack(for: .testPostgres) }
            return (folder, nil)
        } catch {
            return (nil, "\(error)".replacing(path, with: "db"))
        }
    }

    /// The statements of a file with their lines, as `3: SELECT 1`.
    func lines(
        _ body: MigrationBody?, for dialect: Dialect = .testPostgres,
        _ settings: Settings = Settings()
    ) throws -> [Found]? {
        try body?.script(for: dialect, settings: settings).statements.map {
            Found($0.text, $0.place?.line ?? 0)
        }
    }
}

/// A statement with its line.
struct Found: Equatable, CustomStringConvertible {
    var text: String
    var line: Int
    init(_ text: String, _ line: Int) { (self.text, self.line) = (text, line) }
    var description: String { "\(line): \(text)" }
}
