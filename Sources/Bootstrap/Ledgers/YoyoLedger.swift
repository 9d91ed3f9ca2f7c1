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

    /// A table with one row: that of the process at work.
    static func lock(for table: LedgerTable) -> LedgerLock? {
        LedgerLock(table: TableName(schema: table.table.name.schema, "yoyo_lock"))
    }
}
