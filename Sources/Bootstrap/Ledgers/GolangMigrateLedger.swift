/// golang-migrate: one row with the newest version, and whether it failed in the middle.
///
/// A file that is older than that version and was added later never ran, and nothing tells.
enum GolangMigrateLedger: Ledger {
    static let tool = "golang-migrate"
    static let tables = [TableName("schema_migrations")]
    static let shape = LedgerShape(
        columns: ["version": LedgerShape.numbers, "dirty": LedgerShape.truths], isWhole: true)

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        guard let row = rows.first, let version = row["version"].text else {
            return LedgerContents()
        }
        var contents = LedgerContents()
        // Before the first one it writes -1.
        if !version.hasPrefix("-") {
            contents.mark = LedgerEntry(version: Version.plain(version), name: version)
        }
        if row["dirty"].isTrue {
            contents.problem = LedgerProblem(
                headline: "the migration \(version) failed in the middle (dirty)",
                remedy:
                    "look what is there of it, make it whole or undo it, and tell golang-migrate: "
                    + "migrate force \(version), or the version before it")
        }
        return contents
    }

    /// One that is older than the mark changes nothing: it counts already.
    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let version = LedgerPen.Cell.number(mirrored.migration.id)
        return [
            pen.delete(where: "\(pen.column("version")) < \(pen.value(version))"),
            pen.insert(
                ["version": version, "dirty": .truth(false)],
                unless: "\(pen.column("version")) >= \(pen.value(version))"),
        ]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let gone = pen.delete(where: pen.condition(["version": .number(mirrored.migration.id)]))
        guard let previous = mirrored.previous else { return [gone] }
        return [
            gone,
            pen.insert(
                ["version": .number(previous.id), "dirty": .truth(false)], unless: "1 = 1"),
        ]
    }

    /// PostgreSQL's has the schema and the table before the database, MySQL's the table behind it.
    ///
    /// <https://github.com/golang-migrate/migrate/blob/master/database/util.go>
    static func lock(for table: LedgerTable) -> LedgerLock? {
        let name = table.table.name
        let parts = [name.schema, name.name, table.database].compactMap { $0 }
        return LedgerLock(
            number: Int64(id(of: parts.joined(separator: "\0"))),
            name: String(id(of: "\(table.database):\(name.name)")))
    }

    /// `GenerateAdvisoryLockId`, which counts in 32 bits.
    static func id(of name: String) -> UInt32 {
        Checksums.crc32(Array(name.utf8)) &* 1_486_364_155
    }
}
