/// yoyo: a row for each migration, by its file's name.
/// <https://hg.sr.ht/~olly/yoyo>
enum YoyoLedger: Ledger {
    static let tool = "yoyo"
    static let tables = [TableName("_yoyo_migration")]
    static let shape = LedgerShape(
        columns: [
            "migration_hash": LedgerShape.words, "migration_id": LedgerShape.words,
            "applied_at_utc": LedgerShape.moments,
        ])
    /// Before version 6.
    static let formerShape: LedgerShape? = LedgerShape(
        columns: ["id": LedgerShape.words, "ctime": LedgerShape.moments], isWhole: true)

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        func moment(_ row: LedgerRow) -> String {
            row["applied_at_utc"].text ?? row["ctime"].text ?? ""
        }
        return LedgerContents(
            entries: rows.sorted { moment($0) < moment($1) }.compactMap { row in
                (row["migration_id"].text ?? row["id"].text).map { LedgerEntry(name: $0) }
            })
    }

    /// In the table's older form too, which yoyo itself brings up to date when it runs.
    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let name = mirrored.migration.name
        guard isCurrent(pen) else {
            return [
                pen.insert(
                    ["id": .text(name), "ctime": .now], unless: pen.condition(["id": .text(name)]))
            ]
        }
        let hash = LedgerPen.Cell.text(SourceFile.sha256(Array(name.utf8)))
        return [
            pen.insert(
                ["migration_hash": hash, "migration_id": .text(name), "applied_at_utc": .now],
                unless: pen.condition(["migration_hash": hash]))
        ]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let name = LedgerPen.Cell.text(mirrored.migration.name)
        let condition =
            isCurrent(pen) ? pen.condition(["migration_id": name]) : pen.condition(["id": name])
        return [pen.delete(where: condition)]
    }

    private static func isCurrent(_ pen: LedgerPen) -> Bool {
        pen.table.columns.contains { $0.name.lowercased() == "migration_id" }
    }

    /// A table with one row: that of the process at work.
    static func lock(for table: LedgerTable) -> LedgerLock? {
        LedgerLock(table: TableName(schema: table.table.name.schema, "yoyo_lock"))
    }
}
