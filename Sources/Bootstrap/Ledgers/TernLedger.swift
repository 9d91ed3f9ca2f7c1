/// tern: one row with the number of the newest migration, which all before it belong to.
/// <https://github.com/jackc/tern/blob/master/migrate/migrate.go>
enum TernLedger: Ledger {
    static let tool = "tern"
    static let tables = [
        TableName("schema_version"), TableName(schema: "public", "schema_version"),
    ]
    static let shape = LedgerShape(columns: ["version": LedgerShape.numbers], isWhole: true)

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        guard let version = rows.first?["version"].text, version != "0" else {
            return LedgerContents()
        }
        return LedgerContents(mark: LedgerEntry(version: Version.plain(version), name: version))
    }

    static func lock(for table: LedgerTable) -> LedgerLock? {
        LedgerLock(number: 9_628_173_550_095_224)
    }
}
