/// goose: `00001_name.sql` with `-- +goose Up` and `-- +goose Down`.
/// <https://pressly.github.io/goose/documentation/annotations/>
enum Goose: MigrationFormat {
    static let name = "goose"

    static func isMark(_ line: String) -> Bool { command(in: line) != nil }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        // goose runs these itself, in the same order of numbers.
        for name in folder.files where name.hasSuffix(".go") && !name.hasSuffix("_test.go") {
            guard FormatFolder.number(of: name) != nil else { continue }
            throw Failure(
                .rejected,
                "\(folder.path(of: name)) is a migration in Go, which only goose can run",
                next: "Write it in SQL or as a migration in Swift; no file of this folder was run.")
        }
        let marks = MarkedFile(mark: "-- +goose", meaning: meaning)
        return try folder.numberedFiles(until: "_").map { (file) throws(Failure) in
            let source = try folder.source(file.name)
            return try folder.migration(
                file.version, file.stem, marks.sections(of: source, file.name, in: folder),
                of: source)
        }
    }

    /// The command behind `-- +goose`, in small letters with single blanks; `nil` for other lines.
    ///
    /// The dashes stand at the line's beginning.
    private static func command(in line: String) -> String? {
        guard line.hasPrefix("--") else { return nil }
        let words = line.dropFirst(2).split { $0 == " " || $0 == "\t" }
        guard words.first == "+goose" else { return nil }
        return words.dropFirst().joined(separator: " ").lowercased()
    }

    private static func meaning(of line: String) -> MarkedFile.Line? {
        guard let command = command(in: line) else { return nil }
        switch command {
        case "up": return .begins(up: true, isOutside: false)
        case "down": return .begins(up: false, isOutside: false)
        case "no transaction": return .outside
        case "statementbegin": return .blockBegins
        case "statementend": return .blockEnds
        case "envsub on", "envsub off":
            return .wrong("asks for ENVSUB, which puts variables of the environment into the SQL")
        default:
            let known = ["Up", "Down", "NO TRANSACTION", "StatementBegin", "StatementEnd"]
            let near = didYouMean(command, in: known, quote: "")
            return .wrong("is no annotation of goose\(near)")
        }
    }
}
