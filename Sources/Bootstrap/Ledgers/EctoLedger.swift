/// Ecto: a row for each migration, which is a program. <https://hexdocs.pm/ecto_sql/Ecto.Migration.html>
enum EctoLedger: Ledger {
    static let tool = "ecto"
    static let language: String? = "Elixir"
    static let tables = [TableName("schema_migrations")]
    static let shape = LedgerShape(
        columns: ["version": LedgerShape.numbers, "inserted_at": LedgerShape.moments],
        isWhole: true)

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        LedgerContents(
            entries: rows.compactMap { $0["version"].text }.map {
                LedgerEntry(version: Version.plain($0), name: $0)
            })
    }
}
