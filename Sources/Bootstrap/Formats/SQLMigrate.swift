/// sql-migrate: any `name.sql` with `-- +migrate Up` and `-- +migrate Down`.
/// <https://github.com/rubenv/sql-migrate#writing-migrations>
enum SQLMigrate: FileFormat {
    static let name = "sql-migrate"

    static func isMark(_ line: CommentLine) -> Bool {
        line.isSpaced && line.words.first == "+migrate"
    }

    static let marks = MarkedFile(mark: "-- +migrate", meaning: meaning)

    @Sendable private static func meaning(of line: CommentLine) -> MarkedFile.Line? {
        guard isMark(line) else { return nil }
        let words = line.words.dropFirst()
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
