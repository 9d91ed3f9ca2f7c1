/// dbmate: `20240131120000_name.sql` with `-- migrate:up` and `-- migrate:down`.
/// <https://github.com/amacneil/dbmate#creating-migrations>
enum Dbmate: FileFormat {
    static let name = "dbmate"
    /// Its versions are text: 10 comes before 2.
    static let isListed = true

    static func isMark(_ line: CommentLine) -> Bool {
        line.words.first?.utf8.starts(with: "migrate:".utf8) == true
    }

    static let marks = MarkedFile(mark: "-- migrate:up", meaning: meaning)

    @Sendable private static func meaning(of line: CommentLine) -> MarkedFile.Line? {
        guard isMark(line) else { return nil }
        let isUp = line.words[0] == "migrate:up"
        guard isUp || line.words[0] == "migrate:down" else {
            return .wrong("is neither -- migrate:up nor -- migrate:down")
        }
        var isOutside = false
        for option in line.words.dropFirst() {
            switch option {
            case "transaction:false": isOutside = true
            case "transaction:true": isOutside = false
            default:
                let near = didYouMean(
                    option, in: ["transaction:false", "transaction:true"], quote: "")
                return .wrong("has an option that dbmate does not know, \(option)\(near)")
            }
        }
        return .begins(up: isUp, isOutside: isOutside)
    }
}
