/// goose: a log of what was applied and what was taken back; the newest row of a version counts.
enum GooseLedger: Ledger {
    static let tool = "goose"
    static let tables = [TableName("goose_db_version")]
    static let shape = LedgerShape(
        columns: [
            "id": LedgerShape.numbers, "version_id": LedgerShape.numbers,
            "is_applied": LedgerShape.truths, "tstamp": LedgerShape.moments,
        ])

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        var isApplied: [String: Bool] = [:]
        var versions: [String] = []
        for row in rows.sorted(by: { ($0["id"].integer ?? 0) < ($1["id"].integer ?? 0) }) {
            // Version 0 is a row that goose begins the table with.
            guard let version = row["version_id"].text, version != "0" else { continue }
            if isApplied[version] == nil { versions.append(version) }
            isApplied[version] = row["is_applied"].isTrue
        }
        return LedgerContents(
            entries: versions.filter { isApplied[$0] == true }.map {
                LedgerEntry(version: $0, name: $0)
            })
    }

    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let version = pen.condition(["version_id": .number(mirrored.migration.id)])
        let newest = "SELECT max(n.\(pen.column("id"))) FROM \(pen.name) AS n WHERE n.\(version)"
        return [
            pen.insert(
                ["version_id": .number(mirrored.migration.id), "is_applied": .truth(true)],
                unless: "\(pen.column("is_applied")) AND \(version) "
                    + "AND \(pen.column("id")) = (\(newest))")
        ]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        [pen.delete(where: pen.condition(["version_id": .number(mirrored.migration.id)]))]
    }

    /// Taken by programs that ask goose for its session locker, not by its command line.
    static func lock(for table: LedgerTable) -> LedgerLock? { LedgerLock(number: 4_097_083_626) }
}
