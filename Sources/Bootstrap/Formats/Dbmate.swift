/// dbmate: `20240131120000_name.sql` with `-- migrate:up` and `-- migrate:down`.
/// <https://github.com/amacneil/dbmate#creating-migrations>
enum Dbmate: FileFormat {
    static let name = "dbmate"
    /// Its versions are text: 10 comes before 2.
    static let isListed = true

    static func isMark(_ line: CommentLine) -> Bool {
        line.first.hasPrefix("migrate:")
    }

    static let marks = MarkedFile(mark: "-- migrate:up", meaning: meaning)

    @Sendable private static func meaning(of line: CommentLine) -> MarkedFile.Line? {
        let isUp = line.first == "migrate:up"
        guard isUp || line.first == "migrate:down" else {
            guard isMark(line) else { return nil }
            return .wrong("is neither -- migrate:up nor -- migrate:down")
        }
        var isOutside = false
        for option in line.others {
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
