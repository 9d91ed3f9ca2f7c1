import Crypto

/// sqitch: a row for each change that is deployed, with the SHA-1 of its script.
/// <https://sqitch.org/docs/manual/sqitch/>
enum SqitchLedger: Ledger {
    static let tool = "sqitch"
    static let tables = [TableName(schema: "sqitch", "changes")]
    static let shape = LedgerShape(
        columns: [
            "change_id": LedgerShape.words, "change": LedgerShape.words,
            "project": LedgerShape.words, "committed_at": LedgerShape.moments,
            "planned_at": LedgerShape.moments, "planner_name": LedgerShape.words,
        ])

    /// Called like the database's, with everything behind the first dot.
    static func file(beside database: String) -> String? { "sqitch" + database.drop { $0 != "." } }

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        let sorted = rows.sorted {
            ($0["committed_at"].text ?? "") < ($1["committed_at"].text ?? "")
        }
        return LedgerContents(
            entries: sorted.compactMap { row in
                guard let change = row["change"].text else { return nil }
                // Before its table had hashes they were filled with the change's own id.
                let hash = row["script_hash"].text
                return LedgerEntry(
                    name: "\(row["project"].text ?? ""):\(change)",
                    checksum: hash == row["change_id"].text ? nil : hash,
                    identifier: row["change_id"].text)
            })
    }

    /// Rows of the project whose changes these are; a change that was reworked has several rows, the
    /// oldest of which belongs to the file `name@tag`.
    static func contents(
        _ contents: LedgerContents, of files: [LedgerFile]
    ) throws(Failure) -> LedgerContents {
        var versions: [String: [String]] = [:]
        for migration in files.lazy.map(\.migration) {
            versions[String(migration.name.prefix { $0 != "@" }), default: []]
                .append(migration.name)
        }
        let parts = contents.entries.map { entry in
            let parts = entry.name.split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (project: String(parts[0]), change: String(parts[parts.count - 1]))
        }
        let known = parts.filter { versions[$0.change] != nil }.map(\.project)
        let counts = Dictionary(known.map { ($0, 1) }, uniquingKeysWith: +)
        let project = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        var result = contents
        result.entries = []
        for (entry, part) in zip(contents.entries, parts)
        where project == nil || part.project == project {
            var entry = entry
            entry.name = part.change
            if let names = versions[part.change], let first = names.first {
                entry.name = first
                versions[part.change] = Array(names.dropFirst())
            }
            result.entries.append(entry)
        }
        result.problem = problem(of: result.entries, files)
        return result
    }

    /// Where the newest change of these files is not deployed as the plan has it: a change's id is made of
    /// all lines of the plan up to its own.
    private static func problem(
        of entries: [LedgerEntry], _ files: [LedgerFile]
    ) -> LedgerProblem? {
        let listings = Dictionary(
            files.map { ($0.migration.name, $0.migration.listing as? SqitchListing) },
            uniquingKeysWith: { first, _ in first })
        guard let newest = entries.last(where: { listings[$0.name] != nil }),
            let listing = listings[newest.name] ?? nil, listing.id != newest.identifier
        else { return nil }
        return LedgerProblem(
            headline:
                "its plan has no change \(newest.name) as it was deployed: the line of it, or one "
                + "before it, was changed since",
            remedy: "restore sqitch.plan as it was then")
    }

    static func checksums(of text: [UInt8], _ migration: Migration) -> [String] {
        [Checksums.hexadecimal(Insecure.SHA1.hash(data: text))]
    }

    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        guard let change = mirrored.migration.listing as? SqitchListing else { return nil }
        return SqitchRows(change, by: mirrored.owner, with: pen).record(mirrored.text)
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        guard let change = mirrored.migration.listing as? SqitchListing else { return nil }
        return SqitchRows(change, by: mirrored.owner, with: pen).erase()
    }

    /// `try_lock` of its engines `pg` and `mysql`.
    static func lock(for table: LedgerTable) -> LedgerLock? {
        LedgerLock(number: 75_474_063, name: "sqitch working on \(table.database)")
    }
}
