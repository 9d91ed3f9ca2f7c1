import Bootstrap

extension Preview.Seed.Changes {
    /// A table of the rows that would not stay as they are, the notes, and the counts.
    var lines: [String] {
        let all = groups.flatMap { group in group.rows.map { ($0, group) } }
        let widths = (
            table: all.map(\.1.table.count).max() ?? 0, key: all.map(\.0.keyText.count).max() ?? 0
        )
        var lines: [String] = []
        for group in groups {
            let start = group.kind.rawValue.padded(to: 8) + group.table.padded(to: widths.table + 2)
            for row in group.rows {
                let key = row.keyText.padded(to: min(widths.key, Self.widestKey) + 2)
                lines.append(trimmed(start + key + row.text(group.kind)))
            }
            let rest = group.count - group.rows.count
            if rest > 0 { lines.append(start + "… and \(rest) more") }
        }
        return lines + notes + [counts.forecast]
    }

    /// How wide the column of keys may be; a longer one moves what stands behind it.
    private static let widestKey = 40

    /// The same as members of an object.
    var members: [JSON.Member] {
        counts.members + [
            .init("changes", .array(groups.map(\.json))),
            .init("notes", .array(notes.map(JSON.string))),
        ]
    }
}

extension SeedCounts {
    /// `2 inserted, 1 updated, 12 unchanged, 0 deleted`.
    fileprivate var forecast: String {
        "\(inserted) inserted, \(updated) updated, \(unchanged) unchanged, \(deleted) deleted"
    }
}

extension Preview.Seed.Group {
    fileprivate var json: JSON {
        .object([
            .init("change", .string(kind.rawValue)), .init("table", .string(table)),
            .init("count", .integer(count)), .init("rows", .array(rows.map { $0.json(kind) })),
        ])
    }
}

extension Preview.Seed.Row {
    fileprivate var keyText: String {
        key.map { "\($0.name)=\(($0.new ?? "NULL").onOneLine)" }.joined(separator: ", ")
    }

    /// The columns: `name: Austria` of a row that would be made, `name: Ostria -> Austria` of another.
    fileprivate func text(_ kind: Preview.Seed.Kind) -> String {
        columns.map { column in
            let new = (column.new ?? "NULL").onOneLine
            let old = (column.old ?? "NULL").onOneLine
            return "\(column.name): " + (kind == .update ? "\(old) -> \(new)" : new)
        }.joined(separator: ", ")
    }

    fileprivate func json(_ kind: Preview.Seed.Kind) -> JSON {
        let key = key.map { JSON.Member($0.name, JSON($0.new)) }
        let columns = columns.map { column in
            let old: [JSON.Member] = kind == .update ? [.init("old", JSON(column.old))] : []
            return JSON.Member(column.name, .object(old + [.init("new", JSON(column.new))]))
        }
        return .object([.init("key", .object(key)), .init("columns", .object(columns))])
    }
}

extension String {
    /// The text without line breaks, which would end a comment of SQL.
    fileprivate var onOneLine: String { escapingControls() }
}

/// The text without the spaces at its end.
private func trimmed(_ text: String) -> String {
    var text = text
    while text.last == " " { text.removeLast() }
    return text
}
