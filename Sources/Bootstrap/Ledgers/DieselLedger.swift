/// Diesel: a row for each migration, by the digits of its folder's name.
/// <https://docs.rs/diesel_migrations/latest/diesel_migrations/>
enum DieselLedger: Ledger {
    static let tool = "diesel"
    static let tables = [TableName("__diesel_schema_migrations")]
    static let shape = LedgerShape(
        columns: ["version": LedgerShape.words, "run_on": LedgerShape.moments])

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        let versions = rows.compactMap { $0["version"].text }.sorted(by: Version.isLess)
        return LedgerContents(
            entries: versions.map { LedgerEntry(version: Version.plain($0), name: $0) })
    }

    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let version = version(of: mirrored.migration)
        return [pen.insert(["version": version], unless: pen.condition(["version": version]))]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        [pen.delete(where: pen.condition(["version": version(of: mirrored.migration)]))]
    }

    /// What stands before the first underscore, without its dashes.
    private static func version(of migration: Migration) -> LedgerPen.Cell {
        .text(migration.name.prefix { $0 != "_" }.filter { $0 != "-" })
    }
}
