/// Alembic: a row for each head, which all revisions before it belong to.
///
/// Its files are what `alembic upgrade A:B --sql` prints: the comments in them tell which revisions each
/// holds, and what comes before those. <https://alembic.sqlalchemy.org/en/latest/offline.html>
enum AlembicLedger: Ledger {
    static let tool = "alembic"
    static let tables = [TableName("alembic_version")]
    static let shape = LedgerShape(columns: ["version_num": LedgerShape.words], isWhole: true)

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        LedgerContents(
            entries: rows.compactMap { $0["version_num"].text }.map {
                LedgerEntry(name: $0)
            })
    }

    static func contents(
        _ contents: LedgerContents, of files: [LedgerFile]
    ) throws(Failure) -> LedgerContents {
        var before: [String: [String]] = [:]
        var revisions: [(file: LedgerFile, names: [String])] = []
        for file in files {
            let steps = try file.text().split(separator: Byte.newline).compactMap(AlembicStep.init)
            for step in steps { before[step.revision] = step.before }
            if !steps.isEmpty { revisions.append((file, steps.map(\.revision))) }
        }
        var applied: Set<String> = []
        var heads = contents.entries.map(\.name)
        while let revision = heads.popLast() {
            guard let parents = before[revision], applied.insert(revision).inserted else {
                continue
            }
            heads += parents
        }
        var result = LedgerContents(problem: contents.problem)
        for (file, names) in revisions {
            let name = file.migration.name
            guard let last = names.lastIndex(where: applied.contains) else { continue }
            guard names.allSatisfy(applied.contains) else {
                result.problem = LedgerProblem(
                    headline: "the database is at \(names[last]), in the middle of \(name)",
                    remedy: "print two files instead of it, the first of which ends there: "
                        + "alembic upgrade START:\(names[last]) --sql")
                continue
            }
            result.entries.append(LedgerEntry(name: name))
        }
        // A head that no file holds is newer than all of them, as far as anybody can tell.
        result.entries += contents.entries.filter { before[$0.name] == nil }
        return result
    }

    /// The printed SQL does that itself.
    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? { [] }
    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? { [] }
}

/// A comment `-- Running upgrade 1975ea83b712 -> ae1027a6acf`, which begins a revision.
private struct AlembicStep {
    let revision: String
    /// Those that come before it: none for the first, several for a merge.
    let before: [String]

    init?(_ line: ArraySlice<UInt8>) {
        let words = String(decoding: line, as: UTF8.self)
            .split { $0 == " " || $0 == "," || $0 == "\r" }
        guard words.starts(with: ["--", "Running", "upgrade"]),
            let arrow = words.firstIndex(of: "->"), arrow + 1 < words.count
        else { return nil }
        revision = String(words[arrow + 1])
        before = words[3..<arrow].map(String.init)
    }
}
