/// Drizzle: a row for each migration, with the SHA-256 of its file and the journal's time of it.
/// <https://github.com/drizzle-team/drizzle-orm/blob/main/drizzle-orm/src/migrator.ts>
enum DrizzleLedger: Ledger {
    static let tool = "drizzle"
    static let tables = [
        TableName(schema: "drizzle", "__drizzle_migrations"), TableName("__drizzle_migrations"),
    ]
    static let shape = LedgerShape(
        columns: ["hash": LedgerShape.words, "created_at": LedgerShape.numbers])

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        let sorted = rows.sorted {
            ($0["created_at"].integer ?? 0) < ($1["created_at"].integer ?? 0)
        }
        return LedgerContents(
            entries: sorted.map { row in
                // Version 1 has a column for the name.
                let moment = "created_at \(row["created_at"].text ?? "")"
                return LedgerEntry(
                    name: row["name"].text ?? moment, checksum: row["hash"].text)
            })
    }

    /// A row without a name belongs to the file of its hash, or else to the one in its place: rows and
    /// files have the journal's order.
    static func contents(
        _ contents: LedgerContents, of files: [LedgerFile]
    ) throws(Failure) -> LedgerContents {
        var contents = contents
        var named = Set(contents.entries.map(\.name))
        var places: [String: Int] = [:]
        for (place, file) in files.enumerated() {
            let checksum = SourceFile.sha256(
                SourceFile(path: "", bytes: try file.text()).normalised)
            if places[checksum] == nil { places[checksum] = place }
        }
        func give(_ index: Int, _ place: Int?) {
            guard let place, files.indices.contains(place) else { return }
            let name = files[place].migration.name
            guard named.insert(name).inserted else { return }
            contents.entries[index].name = name
        }
        let isNamed = Set(files.map(\.migration.name))
        for (index, entry) in contents.entries.enumerated() where !isNamed.contains(entry.name) {
            give(index, entry.checksum.flatMap { places[$0] })
        }
        for (index, entry) in contents.entries.enumerated() where !isNamed.contains(entry.name) {
            give(index, index)
        }
        return contents
    }

    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        guard let moment = mirrored.migration.listing as? DrizzleMoment else { return nil }
        var columns: [(key: String, value: LedgerPen.Cell)] = [
            ("hash", .text(SourceFile.sha256(mirrored.text))),
            ("created_at", .number(String(moment.milliseconds))),
        ]
        if hasNames(pen) { columns.append(("name", .text(mirrored.migration.name))) }
        // Elsewhere it has a default.
        if pen.described("applied_at")?.meaning == .text {
            let types = pen.dialect.history
            let now = types.timestampText.replacing("{}", with: types.now)
            columns.append(("applied_at", .expression(now)))
        }
        let condition = isIt(mirrored.migration, moment, pen)
        return [pen.insert(columns, where: "NOT " + pen.exists(condition))]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        guard let moment = mirrored.migration.listing as? DrizzleMoment else { return nil }
        return [pen.delete(where: isIt(mirrored.migration, moment, pen))]
    }

    /// The condition that a row is about a migration.
    private static func isIt(
        _ migration: Migration, _ moment: DrizzleMoment, _ pen: LedgerPen
    ) -> String {
        hasNames(pen)
            ? pen.condition(["name": .text(migration.name)])
            : pen.condition(["created_at": .number(String(moment.milliseconds))])
    }

    private static func hasNames(_ pen: LedgerPen) -> Bool { pen.described("name") != nil }

    static func checksums(of text: [UInt8], _ migration: Migration) -> [String] {
        [SourceFile.sha256(text)]
    }
}
