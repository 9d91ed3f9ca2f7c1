/// Prisma: a row for each attempt at a migration, with the SHA-256 of its file.
/// <https://github.com/prisma/prisma-engines>
enum PrismaLedger: Ledger {
    static let tool = "prisma"
    static let tables = [TableName("_prisma_migrations")]
    static let shape = LedgerShape(
        columns: [
            "checksum": LedgerShape.words, "finished_at": LedgerShape.moments,
            "migration_name": LedgerShape.words, "rolled_back_at": LedgerShape.moments,
            "started_at": LedgerShape.moments, "applied_steps_count": LedgerShape.numbers,
        ])

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        var contents = LedgerContents()
        let attempts = rows.filter { $0["rolled_back_at"] == .null }
            .sorted { ($0["migration_name"].text ?? "") < ($1["migration_name"].text ?? "") }
        for row in attempts {
            guard let name = row["migration_name"].text else { continue }
            guard row["finished_at"] != .null else {
                contents.problem = LedgerProblem(
                    headline: "the migration \(name) began and did not end",
                    remedy: "look what is there of it, make it whole or undo it, and tell Prisma: "
                        + "prisma migrate resolve --applied \(name), or --rolled-back \(name)")
                continue
            }
            contents.entries.append(LedgerEntry(name: name, checksum: row["checksum"].text))
        }
        return contents
    }

    static func checksums(of text: [UInt8], _ migration: Migration) -> [String] {
        [SourceFile.sha256(text)]
    }

    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        // It reads the rows in the order of their beginnings.
        let moment = pen.later(than: "started_at", inMilliseconds: true)
        return [
            pen.insert(
                [
                    "id": .expression(pen.dialect.portable.uuid.new),
                    "checksum": .text(SourceFile.sha256(mirrored.text)),
                    "migration_name": .text(mirrored.migration.name), "started_at": moment,
                    "finished_at": moment, "applied_steps_count": .number("1"),
                ], unless: isApplied(mirrored, pen))
        ]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        [pen.delete(where: isApplied(mirrored, pen))]
    }

    /// The condition that a row is about a migration's last attempt; those that were rolled back stay.
    private static func isApplied(_ mirrored: Mirrored, _ pen: LedgerPen) -> String {
        pen.condition(["migration_name": .text(mirrored.migration.name)])
            + " AND \(pen.column("rolled_back_at")) IS NULL"
    }

    /// On MySQL a name of the whole server.
    static func lock(for table: LedgerTable) -> LedgerLock? {
        LedgerLock(number: 72_707_369, name: "prisma_migrate")
    }
}
