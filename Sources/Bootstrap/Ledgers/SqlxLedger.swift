import Crypto

/// sqlx: a row for each migration, with the SHA-384 of its file's bytes.
enum SqlxLedger: Ledger {
    static let tool = "sqlx"
    static let tables = [TableName("_sqlx_migrations")]
    static let shape = LedgerShape(
        columns: [
            "version": LedgerShape.numbers, "description": LedgerShape.words,
            "installed_on": LedgerShape.moments, "success": LedgerShape.truths,
            "checksum": LedgerShape.bytes, "execution_time": LedgerShape.numbers,
        ])

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        var contents = LedgerContents()
        for row in rows.sorted(by: { ($0["version"].integer ?? 0) < ($1["version"].integer ?? 0) })
        {
            guard let version = row["version"].text else { continue }
            let name = "\(version)_\(row["description"].text ?? "")"
            guard row["success"].isTrue else {
                contents.problem = LedgerProblem(
                    headline: "the migration \(name) failed in the middle (success is false)",
                    remedy:
                        "look what is there of it, make it whole or undo it, and delete its row "
                        + "from _sqlx_migrations or set success to true")
                continue
            }
            var checksum: String?
            if case .bytes(let bytes) = row["checksum"] { checksum = Checksums.hexadecimal(bytes) }
            contents.entries.append(
                LedgerEntry(version: Version.plain(version), name: name, checksum: checksum))
        }
        return contents
    }

    static func checksums(of text: [UInt8], _ migration: Migration) -> [String] {
        [Checksums.hexadecimal(SHA384.hash(data: text))]
    }

    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let description = String(mirrored.migration.name.dropFirst(mirrored.digits.count + 1))
            .replacing("_", with: " ")
        let version = LedgerPen.Cell.number(mirrored.migration.id)
        return [
            pen.insert(
                [
                    "version": version,
                    "description": .text(description),
                    "success": .truth(true),
                    "checksum": .bytes(Array(SHA384.hash(data: mirrored.text))),
                    // In nanoseconds; how long it took is not known yet.
                    "execution_time": .number("0"),
                ], unless: pen.condition(["version": version]))
        ]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        [pen.delete(where: pen.condition(["version": .number(mirrored.migration.id)]))]
    }

    static func lock(for table: LedgerTable) -> LedgerLock? {
        let sum = Int64(Checksums.crc32(Array(table.database.utf8)))
        let id = 0x3d32_ad9e &* sum
        return LedgerLock(number: id, name: Checksums.hexadecimal(id))
    }
}
