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

    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let version = LedgerPen.Cell.number(mirrored.migration.id)
        return [
            pen.delete(where: "\(pen.column("version")) < \(pen.value(version))"),
            pen.insert(
                ["version": version],
                unless: "\(pen.column("version")) >= \(pen.value(version))"),
        ]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let previous = LedgerPen.Cell.number(mirrored.previous?.id ?? "0")
        return [
            pen.delete(where: pen.condition(["version": .number(mirrored.migration.id)])),
            pen.insert(["version": previous], unless: "1 = 1"),
        ]
    }

    static func lock(for table: LedgerTable) -> LedgerLock? {
        LedgerLock(number: 9_628_173_550_095_224)
    }
}
