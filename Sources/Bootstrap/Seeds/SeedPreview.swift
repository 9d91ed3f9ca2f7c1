extension Seed {
    /// What the seed would do, a line for each table and row, with secrets masked; worked out
    /// without any database, so that it does not know which rows are there.
    package func preview(_ settings: Settings) -> [String] {
        guard script == nil else { return ["runs \(source.path)"] }
        let settings = marked(settings)
        var lines: [String] = []
        for table in file.tables {
            let count = counted(table.rows.count, "row")
            let what = table.data.map { "the rows of \($0.file.text) into" } ?? "\(count) of"
            let key = table.key.map(\.text).joined(separator: ", ")
            lines.append("\(table.mode.rawValue) \(what) \(table.name) by \(key)")
            for row in table.rows {
                let cells = row.cells.map { cell in
                    "\(cell.column.text): \(cell.expression.shown(settings))"
                }
                lines.append("    " + cells.joined(separator: ", "))
            }
        }
        return lines
    }
}

extension SeedExpression {
    /// The value as a person may see it.
    fileprivate func shown(_ settings: Settings) -> String {
        switch kind {
        case .null: "null"
        case .text(let template): Self.shown(template, settings)
        case .hash(let hash, _): "\(hash.tag) ***"
        case .generatedHash(let hash, _): "\(hash.tag) ***"
        case .sha256: "!sha256 ***"
        case .secret: "***"
        case .generated: "!generate ***"
        case .uuid(let version): "!uuid \(version.rawValue)"
        case .now: "!now"
        case .sequence(let number): String(number)
        case .reference(let reference):
            "!ref \(reference.table.text) "
                + reference.conditions.map { "\($0.column.text)=\($0.expression.shown(settings))" }
                .joined(separator: ", ")
        case .sql: "!sql"
        case .json: "JSON"
        case .base64: "!base64"
        case .file(let word): "!file \(word.text)"
        case .field(let header, _): "!from \(header)"
        }
    }

    private static func shown(_ template: Template, _ settings: Settings) -> String {
        guard let resolved = try? template.resolve(settings) else { return "?" }
        return resolved.isSecret ? "***" : resolved.text
    }
}
