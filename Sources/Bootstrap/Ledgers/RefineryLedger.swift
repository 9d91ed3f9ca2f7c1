/// refinery: a row for each migration, with a SipHash of its name, version and text.
/// <https://github.com/rust-db/refinery/blob/main/refinery_core/src/runner.rs>
enum RefineryLedger: Ledger {
    static let tool = "refinery"
    static let tables = [TableName("refinery_schema_history")]
    static let shape = LedgerShape(
        columns: [
            "version": LedgerShape.numbers, "name": LedgerShape.words,
            "applied_on": LedgerShape.words, "checksum": LedgerShape.words,
        ])

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        let sorted = rows.sorted {
            ($0["version"].integer ?? 0) < ($1["version"].integer ?? 0)
        }
        return LedgerContents(
            entries: sorted.compactMap { row in
                guard let version = row["version"].text else { return nil }
                return LedgerEntry(
                    version: Version.plain(version), name: "\(version)__\(row["name"].text ?? "")",
                    checksum: row["checksum"].text)
            })
    }

    /// The version counts as 4 bytes, or as 8 where refinery was built for large ones.
    static func checksums(of text: [UInt8], _ migration: Migration) -> [String] {
        guard let version = Int64(migration.id), let bar = migration.name.firstRange(of: "__")
        else {
            return []
        }
        let name = Array(migration.name[bar.upperBound...].utf8)
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: version >> (8 * $0)) }
        return [4, 8].map { size in
            let hash = Checksums.sipHash13(name + [0xff] + bytes.prefix(size) + text + [0xff])
            return String(hash)
        }
    }

    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let checksums = checksums(of: mirrored.text, mirrored.migration)
        guard checksums.count == 2, let bar = mirrored.migration.name.firstRange(of: "__") else {
            return nil
        }
        let types = pen.dialect.history
        return [
            pen.insert(
                [
                    "version": .number(mirrored.migration.id),
                    "name": .text(String(mirrored.migration.name[bar.upperBound...])),
                    // It ends with a panic where this is not RFC 3339.
                    "applied_on": .expression(
                        types.timestampText.replacing("{}", with: types.now)),
                    "checksum": .text(checksums[isForLarge(pen) ? 1 : 0]),
                ], unless: isIt(mirrored, pen))
        ]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        [pen.delete(where: isIt(mirrored, pen))]
    }

    private static func isIt(_ mirrored: Mirrored, _ pen: LedgerPen) -> String {
        pen.condition(["version": .number(mirrored.migration.id)])
    }

    /// Whether the table was made by a refinery that was built for large versions: `INT8` then.
    private static func isForLarge(_ pen: LedgerPen) -> Bool {
        let type = pen.described("version")?.type.lowercased() ?? ""
        return type.hasPrefix("bigint") || type.hasPrefix("int8")
    }
}
