import Crypto
import FoundationEssentials

/// Atlas: a row for each migration, with the hash that `atlas.sum` has for its file, which is one of all
/// files before it too. <https://github.com/ariga/atlas/blob/master/sql/migrate/dir.go>
enum AtlasLedger: Ledger {
    static let tool = "atlas"
    // A tool that is not told a schema takes one of its own.
    static let tables = [
        TableName("atlas_schema_revisions"),
        TableName(schema: "atlas_schema_revisions", "atlas_schema_revisions"),
    ]
    static let shape = LedgerShape(
        columns: [
            "version": LedgerShape.words, "description": LedgerShape.words,
            "type": LedgerShape.numbers, "applied": LedgerShape.numbers,
            "total": LedgerShape.numbers, "hash": LedgerShape.words,
            "operator_version": LedgerShape.words,
        ])

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        var contents = LedgerContents()
        let revisions = rows.compactMap { row in row["version"].text.map { ($0, row) } }
            // A row of the table's own: `.atlas_cloud_identifier`.
            .filter { !$0.0.hasPrefix(".") }
            .sorted { Version.isLess($0.0, $1.0) }
        for (text, row) in revisions {
            let version = text.utf8.allSatisfy(Byte.isDigit) ? Version.plain(text) : text
            let name = row["description"].text.map { $0.isEmpty ? text : "\(text)_\($0)" } ?? text
            let (applied, total) = (row["applied"].integer ?? 0, row["total"].integer ?? 0)
            guard applied >= total, (row["error"].text ?? "").isEmpty else {
                contents.problem = LedgerProblem(
                    headline: "\(applied) of \(total) statements of \(name) have run",
                    remedy: "look what is there of it, make it whole or undo it, and say "
                        + "atlas migrate set with the version that the database has then")
                continue
            }
            // A schema that was there before Atlas: all that it has up to this version.
            if row["type"].integer == 1 {
                contents.mark = LedgerEntry(version: version, name: name)
            } else {
                contents.entries.append(
                    LedgerEntry(version: version, name: name, checksum: row["hash"].text))
            }
        }
        return contents
    }

    /// That of `atlas.sum`, which its reader has checked: ways back may be in it or not.
    static func checksums(of text: [UInt8], _ migration: Migration) -> [String] {
        (migration.listing as? AtlasHash).map { [$0.text] } ?? []
    }

    static func checksums(over texts: [(name: String, text: [UInt8])]) -> [String]? {
        var hash = SHA256()
        return texts.map { name, text in
            hash.update(data: Array(name.utf8))
            // Such a file has no hash of its own.
            if isIgnored(text) { return "" }
            hash.update(data: text)
            return Data(hash.finalize()).base64EncodedString()
        }
    }

    /// Whether a file begins with `-- atlas:sum ignore`.
    private static func isIgnored(_ text: [UInt8]) -> Bool {
        let line = text.prefix { $0 != Byte.newline && $0 != Byte.carriageReturn }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard let name = words.firstIndex(where: { $0.hasSuffix("atlas:sum") }) else {
            return false
        }
        return words[(name + 1)...].elementsEqual(["ignore"])
    }

    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        let listed = mirrored.migration.listing as? AtlasHash
        guard let hash = listed?.text ?? mirrored.runningChecksum else { return nil }
        let parts = mirrored.migration.name.split(
            separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
        let count = LedgerPen.Cell.number(String(mirrored.count))
        return [
            pen.insert(
                [
                    "version": version(of: mirrored),
                    "description": .text(parts.count > 1 ? String(parts[1]) : ""),
                    // A file that was executed, in contrast to one that was only set.
                    "type": .number("2"), "applied": count, "total": count, "executed_at": .now,
                    // In nanoseconds; how long it took is not known yet.
                    "execution_time": .number("0"), "error": .text(""), "error_stmt": .text(""),
                    "hash": .text(hash), "operator_version": .text("bootstrap \(toolVersion)"),
                ], unless: pen.condition(["version": version(of: mirrored)]))
        ]
    }

    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? {
        [pen.delete(where: pen.condition(["version": version(of: mirrored)]))]
    }

    /// With its leading zeros.
    private static func version(of mirrored: Mirrored) -> LedgerPen.Cell {
        .text(String(mirrored.migration.name.prefix { $0 != "_" }))
    }

    /// `Driver.Lock` of its packages `postgres` and `mysql`, for `atlas migrate apply`.
    static func lock(for table: LedgerTable) -> LedgerLock? {
        let name = "atlas_migrate_execute"
        return LedgerLock(number: Int64(Checksums.fnv1(name)), name: name)
    }
}
