/// sql-migrate: a row for each migration, by its file's name.
/// <https://github.com/rubenv/sql-migrate>
enum SQLMigrateLedger: Ledger {
    static let tool = "sql-migrate"
    static let tables = [TableName("gorp_migrations")]
    static let shape = LedgerShape(
        columns: ["id": LedgerShape.words, "applied_at": LedgerShape.moments], isWhole: true)

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        let names = rows.compactMap { $0["id"].text }.sorted(by: Version.isLess)
        return LedgerContents(
            entries: names.map { name in
                LedgerEntry(name: name.hasSuffix(".sql") ? String(name.dropLast(4)) : name)
            })
    }

    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let id = LedgerPen.Cell.text(mirrored.migration.name + ".sql")
        return [pen.insert(["id": id, "applied_at": .now], unless: pen.condition(["id": id]))]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        [pen.delete(where: pen.condition(["id": .text(mirrored.migration.name + ".sql")]))]
    }
}
