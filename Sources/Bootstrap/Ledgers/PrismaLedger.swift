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

    /// On MySQL a name of the whole server.
    static func lock(for table: LedgerTable) -> LedgerLock? {
        LedgerLock(number: 72_707_369, name: "prisma_migrate")
    }
}
