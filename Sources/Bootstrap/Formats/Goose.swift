/// goose: `00001_name.sql` with `-- +goose Up` and `-- +goose Down`.
/// <https://pressly.github.io/goose/documentation/annotations/>
enum Goose: FileFormat {
    static let name = "goose"

    static func isMark(_ line: CommentLine) -> Bool { line.first == "+goose" }

    static let separator = "_"
    static let marks = MarkedFile(mark: "-- +goose", meaning: meaning)

    /// goose runs these itself, in the same order of numbers.
    static func check(_ name: String, at path: @autoclosure () -> String) throws(Failure) {
        guard name.hasSuffix(".go"), !name.hasSuffix("_test.go"),
            NumberedFile.number(of: name) != nil
        else { return }
        throw Failure(
            .rejected, "\(path()) is a migration in Go, which only goose can run",
            next: "Write it in SQL or as a migration in Swift; no file of this folder was run.")
    }

    /// goose does not mind the case.
    @Sendable private static func meaning(of line: CommentLine) -> MarkedFile.Line? {
        guard isMark(line) else { return nil }
        let command = line.others.joined(separator: " ").lowercased()
        switch command {
        case "up": return .begins(up: true, isOutside: false)
        case "down": return .begins(up: false, isOutside: false)
        case "no transaction": return .outside
        case "statementbegin": return .blockBegins
        case "statementend": return .blockEnds
        case "envsub on": return .substitutes(true)
        case "envsub off": return .substitutes(false)
        default:
            let known = [
                "Up", "Down", "NO TRANSACTION", "StatementBegin", "StatementEnd", "ENVSUB ON",
                "ENVSUB OFF",
            ]
            let near = didYouMean(command, in: known, quote: "")
            return .wrong("is no annotation of goose\(near)")
        }
    }
}
