/// sql-migrate: any `name.sql` with `-- +migrate Up` and `-- +migrate Down`.
/// <https://github.com/rubenv/sql-migrate#writing-migrations>
enum SQLMigrate: FileFormat {
    static let name = "sql-migrate"
    /// Its migrations are known by their names, which need no number.
    static let isListed = true

    /// By the numbers that names begin with; those without any come behind, and names of one number are
    /// in the order of their bytes, which the folder's are.
    static func ordered(_ files: [String]) -> [String] {
        let files = files.enumerated().map { ($0, $1, NumberedFile.number(of: $1)) }
        return files.sorted { left, right in
            switch (left.2, right.2) {
            case (let one?, let other?) where Version.plain(one) != Version.plain(other):
                Version.isLess(one, other)
            case (nil, _?), (_?, nil): left.2 != nil
            default: left.0 < right.0
            }
        }.map(\.1)
    }

    static func file(_ name: String, at path: @autoclosure () -> String) throws(Failure)
        -> NumberedFile?
    {
        guard name.hasSuffix(".sql") else { return nil }
        let stem = String(name.dropLast(4))
        return NumberedFile(version: stem, stem: stem)
    }

    static func isMark(_ line: CommentLine) -> Bool {
        line.isSpaced && line.first == "+migrate"
    }

    static let marks = MarkedFile(mark: "-- +migrate", meaning: meaning)

    @Sendable private static func meaning(of line: CommentLine) -> MarkedFile.Line? {
        guard isMark(line) else { return nil }
        let words = line.others
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
