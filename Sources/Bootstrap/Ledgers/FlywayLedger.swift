/// Flyway: a row for each run, with the CRC-32 of the file's lines.
enum FlywayLedger: Ledger {
    static let tool = "flyway"
    // The second is its name before version 5.
    static let tables = [TableName("flyway_schema_history"), TableName("schema_version")]
    static let shape = LedgerShape(
        columns: [
            "installed_rank": LedgerShape.numbers, "version": LedgerShape.words,
            "description": LedgerShape.words, "type": LedgerShape.words,
            "script": LedgerShape.words, "checksum": LedgerShape.numbers,
            "success": LedgerShape.truths,
        ])

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        var contents = LedgerContents()
        let ranked = rows.sorted {
            ($0["installed_rank"].integer ?? 0) < ($1["installed_rank"].integer ?? 0)
        }
        for row in ranked {
            let script = row["script"].text ?? ""
            guard row["success"].isTrue else {
                contents.problem = LedgerProblem(
                    headline: "\(script) failed in the middle (success is false)",
                    remedy: "look what is there of it, undo that, and say flyway repair")
                continue
            }
            add(row, script, to: &contents)
        }
        return contents
    }

    private static func add(_ row: LedgerRow, _ script: String, to contents: inout LedgerContents) {
        let version = row["version"].text.map { Version.plain($0.replacing("_", with: ".")) }
        switch row["type"].text {
        case "SCHEMA"?: break
        // A schema that was there before Flyway: all that it has up to this version.
        case "BASELINE"?: contents.mark = LedgerEntry(version: version, name: script)
        case "DELETE"?: contents.entries.removeAll { $0.version == version && $0.name == script }
        case let type? where type.hasPrefix("UNDO_"):
            contents.entries.removeAll { $0.version == version }
        default:
            // A repeatable one runs again and again: its last run counts.
            if version == nil { contents.entries.removeAll { $0.name == script } }
            contents.entries.append(
                LedgerEntry(
                    version: version, name: script, checksum: row["checksum"].text,
                    kind: version == nil ? .repeatable : .versioned))
        }
    }

    /// A script is told by its path from the folder that it was found in.
    static func key(of entry: LedgerEntry) -> LedgerKey {
        if let version = entry.version { return .version(version, entry.kind) }
        return .name(entry.name.split(separator: "/").last.map(String.init) ?? "", entry.kind)
    }

    static func keys(of migration: Migration) -> [LedgerKey] {
        [.version(migration.id, migration.kind), .name(migration.name + ".sql", migration.kind)]
    }

    static func checksums(of text: [UInt8], _ migration: Migration) -> [String] {
        [String(Checksums.crc32(lines: text))]
    }

    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let (migration, script) = (mirrored.migration, mirrored.migration.name + ".sql")
        guard let separator = migration.name.firstRange(of: "__") else { return nil }
        let version = String(migration.name[..<separator.lowerBound].dropFirst())
            .replacing("_", with: ".")
        let description = String(migration.name[separator.upperBound...])
            .replacing("_", with: " ")
        let checksum = String(Checksums.crc32(lines: mirrored.text))
        let rank = pen.column("installed_rank")
        let newest =
            "SELECT max(n.\(rank)) FROM \(pen.name) AS n WHERE n."
            + pen.condition(["script": .text(script)])
        return [
            pen.insert(
                [
                    "installed_rank": .expression(
                        "(SELECT coalesce(max(n.\(rank)), 0) + 1 FROM \(pen.name) AS n)"),
                    "version": migration.kind == .versioned ? .text(version) : .expression("NULL"),
                    "description": .text(description),
                    "type": .text("SQL"), "script": .text(script), "checksum": .number(checksum),
                    "installed_by": .expression(pen.dialect.history.currentUser),
                    "execution_time": .number("0"), "success": .truth(true),
                ],
                unless: pen.condition(["script": .text(script), "checksum": .number(checksum)])
                    + " AND \(rank) = (\(newest))")
        ]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        [pen.delete(where: pen.condition(["script": .text(mirrored.migration.name + ".sql")]))]
    }

    /// Both are of Java's hash of the table's name as it is quoted on the engine.
    ///
    /// `PostgreSQLAdvisoryLockTemplate` and `MySQLNamedLockTemplate` of
    /// <https://github.com/flyway/flyway>, which are given `table.toString().hashCode()`.
    static func lock(for table: LedgerTable) -> LedgerLock? {
        let parts = [table.table.name.schema, table.table.name.name].compactMap { $0 }
        func hash(_ quote: String) -> Int32 {
            Checksums.javaHash(parts.map { quote + $0 + quote }.joined(separator: "."))
        }
        return LedgerLock(
            number: 77_431_708_279_161 + Int64(hash("\"")), name: "Flyway-\(hash("`"))")
    }
}
