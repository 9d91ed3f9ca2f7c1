/// Rails: a row for each migration, which is a program; told from dbmate's by a table of its own beside
/// it. <https://guides.rubyonrails.org/active_record_migrations.html>
enum RailsLedger: Ledger {
    static let tool = "rails"
    static let language: String? = "Ruby"
    static let tables = [TableName("schema_migrations")]
    static let shape = LedgerShape(
        columns: ["version": LedgerShape.words], isWhole: true, companion: "ar_internal_metadata")

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        LedgerContents(
            entries: rows.compactMap { $0["version"].text }.map {
                LedgerEntry(version: Version.plain($0), name: $0)
            })
    }
}
