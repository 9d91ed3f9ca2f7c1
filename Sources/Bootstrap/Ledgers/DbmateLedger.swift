/// dbmate: a row for each version, and nothing else.
enum DbmateLedger: Ledger {
    static let tool = "dbmate"
    static let tables = [TableName("schema_migrations")]
    static let shape = LedgerShape(
        columns: ["version": LedgerShape.words], isWhole: true, stranger: "ar_internal_metadata")

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        LedgerContents(
            entries: rows.compactMap { $0["version"].text }.map {
                LedgerEntry(version: Version.plain($0), name: $0)
            })
    }

    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let version = LedgerPen.Cell.text(mirrored.digits)
        return [pen.insert(["version": version], unless: pen.condition(["version": version]))]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        [pen.delete(where: pen.condition(["version": .text(mirrored.digits)]))]
    }
}
