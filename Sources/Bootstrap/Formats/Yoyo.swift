/// yoyo: any `name.sql` with `-- depends: other`, and `name.rollback.sql`.
/// <https://ollycope.com/software/yoyo/latest/#migrations-as-sql-scripts>
enum Yoyo: FolderFormat {
    static let name = "yoyo"
    /// Its migrations have names, and those that they depend on come before them.
    static let isListed = true

    private static let back = ".rollback.sql"

    static func isMark(_ line: CommentLine) -> Bool {
        line.first.hasPrefix("depends:")
    }

    static func reason(in folder: FormatFolder) throws(Failure) -> String? {
        folder.files.first { $0.hasSuffix(back) }.map { "it has a file \($0)" }
    }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        var found: [Found] = []
        for file in folder.files where file.hasSuffix(".sql") && !file.hasSuffix(back) {
            guard !file.hasPrefix("post-apply") else {
                throw Failure(
                    .rejected, "\(folder.path(of: file)) runs after each of yoyo's runs",
                    next: "Make it a repeatable migration, R_name.sql, in a folder of its own.")
            }
            found.append(try Found(file, in: folder))
        }
        return try ordered(found)
    }

    /// A file with what its leading comments say.
    private struct Found {
        let migration: Migration
        /// The names that come before it, each with its line.
        var needs: [(name: String, line: Int)] = []
        let source: SourceFile

        init(_ file: String, in folder: FormatFolder) throws(Failure) {
            let stem = String(file.dropLast(4))
            source = try folder.source(file)
            var isOutside = false
            var number = 0
            for line in TextLines(source.bytes[source.start...]) {
                number += 1
                let text = line.drop(while: Byte.isSpace)
                guard !text.isEmpty else { continue }
                guard let comment = CommentLine(text) else { break }
                // yoyo takes blanks before the colon, too.
                let content = comment.words.joined(separator: " ").split(
                    separator: ":", maxSplits: 1)
                let values = content.dropFirst().first?.split(separator: " ") ?? []
                switch content.first?.split(separator: " ").joined(separator: " ") {
                case "depends": needs += values.map { (String($0), number) }
                case "transactional":
                    switch values.map({ $0.lowercased() }) {
                    case ["true"]: isOutside = false
                    case ["false"]: isOutside = true
                    default:
                        throw source.failure(
                            "is neither -- transactional: true nor false", line: number)
                    }
                default: break
                }
            }
            var migration = folder.migration(
                stem, stem, up: try folder.body(.whole(source), isOutside: isOutside))
            if folder.hasFile(stem + back) {
                migration.waysBack[""] = .body(
                    try folder.body(folder.text(stem + back), isOutside: isOutside))
            }
            self.migration = migration
        }
    }

    /// By name, but each behind those that it needs.
    private static func ordered(_ found: [Found]) throws(Failure) -> [Migration] {
        let names = Set(found.map(\.migration.name))
        for one in found {
            for need in one.needs where !names.contains(need.name) {
                throw one.source.failure(
                    "needs \(need.name), which is no file here"
                        + didYouMean(need.name, in: names.sorted(), quote: ""), line: need.line)
            }
        }
        var waiting = found
        var done: Set<String> = []
        var migrations: [Migration] = []
        while !waiting.isEmpty {
            let next = waiting.firstIndex { $0.needs.allSatisfy { done.contains($0.name) } }
            guard let next else {
                let (first, line) = (waiting[0], waiting[0].needs[0].line)
                throw first.source.failure(
                    "needs \(first.needs[0].name), which in the end needs this", line: line)
            }
            let migration = waiting.remove(at: next).migration
            done.insert(migration.name)
            migrations.append(migration)
        }
        return migrations
    }
}
