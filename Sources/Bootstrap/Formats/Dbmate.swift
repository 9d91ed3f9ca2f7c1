/// dbmate: `20240131120000_name.sql` with `-- migrate:up` and `-- migrate:down`.
/// <https://github.com/amacneil/dbmate#creating-migrations>
enum Dbmate: MigrationFormat {
    static let name = "dbmate"

    static func isMark(_ line: String) -> Bool { words(of: line) != nil }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        let marks = MarkedFile(mark: "-- migrate:up", meaning: meaning)
        return try folder.numberedFiles().map { (file) throws(Failure) in
            let source = try folder.source(file.name)
            return try folder.migration(
                file.version, file.stem, marks.sections(of: source, file.name, in: folder),
                of: source)
        }
    }

    /// The words behind `-- migrate:`; `nil` for other lines.
    ///
    /// The dashes stand at the line's beginning.
    private static func words(of line: String) -> [Substring]? {
        guard line.hasPrefix("--") else { return nil }
        let text = Substring(line.dropFirst(2).drop { $0 == " " || $0 == "\t" })
        guard text.hasPrefix("migrate:") else { return nil }
        return text.dropFirst("migrate:".count).split { $0 == " " || $0 == "\t" }
    }

    private static func meaning(of line: String) -> MarkedFile.Line? {
        guard let words = words(of: line) else { return nil }
        guard let direction = words.first, direction == "up" || direction == "down" else {
            return .wrong("is neither -- migrate:up nor -- migrate:down")
        }
        var isOutside = false
        for option in words.dropFirst() {
            switch option {
            case "transaction:false": isOutside = true
            case "transaction:true": isOutside = false
            default:
                let near = didYouMean(
                    String(option), in: ["transaction:false", "transaction:true"], quote: "")
                return .wrong("has an option that dbmate does not know, \(option)\(near)")
            }
        }
        return .begins(up: direction == "up", isOutside: isOutside)
    }
}
