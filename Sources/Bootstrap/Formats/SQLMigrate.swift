/// sql-migrate: any `name.sql` with `-- +migrate Up` and `-- +migrate Down`.
/// <https://github.com/rubenv/sql-migrate#writing-migrations>
enum SQLMigrate: MigrationFormat {
    static let name = "sql-migrate"

    static func isMark(_ line: String) -> Bool { words(of: line) != nil }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        let marks = MarkedFile(mark: "-- +migrate", meaning: meaning)
        return try folder.numberedFiles().map { (file) throws(Failure) in
            let source = try folder.source(file.name)
            return try folder.migration(
                file.version, file.stem, marks.sections(of: source, file.name, in: folder),
                of: source)
        }
    }

    /// The words behind `-- +migrate`; `nil` for other lines.
    ///
    /// The dashes stand at the line's beginning.
    private static func words(of line: String) -> [Substring]? {
        guard line.hasPrefix("-- +") else { return nil }
        let words = line.dropFirst("-- +".count).split { $0 == " " || $0 == "\t" }
        return words.first == "migrate" ? Array(words.dropFirst()) : nil
    }

    private static func meaning(of line: String) -> MarkedFile.Line? {
        guard let words = words(of: line) else { return nil }
        let isOutside = words.dropFirst().first == "notransaction"
        switch words.first {
        case "Up" where words.count == (isOutside ? 2 : 1):
            return .begins(up: true, isOutside: isOutside)
        case "Down" where words.count == (isOutside ? 2 : 1):
            return .begins(up: false, isOutside: isOutside)
        case "StatementBegin" where words.count == 1: return .blockBegins
        case "StatementEnd" where words.count == 1: return .blockEnds
        default:
            let known = ["Up", "Down", "Up notransaction", "Down notransaction"]
            let near = didYouMean(
                words.joined(separator: " "), in: known + ["StatementBegin", "StatementEnd"],
                quote: "")
            return .wrong("is no command of sql-migrate\(near)")
        }
    }
}
