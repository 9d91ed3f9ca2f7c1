/// Liquibase: a row for each change set; a changelog has many.
/// <https://docs.liquibase.com/concepts/tracking-tables/databasechangelog-table.html>
enum LiquibaseLedger: Ledger {
    static let tool = "liquibase"
    static let language: String? = "changelogs"
    static let tables = [TableName("DATABASECHANGELOG")]
    static let shape = LedgerShape(
        columns: [
            "id": LedgerShape.words, "author": LedgerShape.words, "filename": LedgerShape.words,
            "dateexecuted": LedgerShape.moments, "orderexecuted": LedgerShape.numbers,
            "exectype": LedgerShape.words, "md5sum": LedgerShape.words,
        ])

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        LedgerContents(
            entries: rows.map {
                LedgerEntry(name: "\($0["filename"].text ?? "")::\($0["id"].text ?? "")")
            })
    }
}
