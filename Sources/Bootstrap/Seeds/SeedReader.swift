/// Reads a seed's YAML into a ``SeedFile``; every wrong key, tag or shape is a failure that names
/// its place and the nearest word that is known.
struct SeedReader {
    private static let fileKeys = ["environments", "run", "tables"]
    private static let tableKeys = ["table", "key", "mode", "columns", "rows"]
    private static let laterTableKeys = ["file", "null", "where", "max_deletes"]
    private static let columnKeys = ["value", "on"]

    /// Reads a whole file; an empty one, as `bootstrap new` writes it, has no tables.
    static func read(_ bytes: [UInt8], file path: String) throws(Failure) -> SeedFile {
        guard let root = try YAMLNode.parse(bytes, file: path) else { return SeedFile() }
        do throws(Failure) {
            let file = try SeedReader().file(root)
            try file.checkKeys(Settings())
            return file
        } catch {
            guard let place = error.place else { throw error }
            var shown = error
            let source = YAMLSource(bytes, file: path, status: .rejected)
            shown.excerpt = error.excerpt == "" ? nil : source.excerpt(place.line)
            throw shown
        }
    }

    private func file(_ root: YAMLNode) throws(Failure) -> SeedFile {
        try refuseTag(root)
        var file = SeedFile()
        guard let pairs = root.pairs else {
            file.tables = try tables(root)
            return file
        }
        if root["table"] != nil, root["tables"] == nil {
            throw root.failure(
                "is a table where a list of tables belongs", next: "Begin with `- table: NAME`.")
        }
        try check(pairs, known: Self.fileKeys, of: "A seed")
        if let node = root["environments"] { file.environments = try environments(node) }
        if let node = root["run"] { file.run = try word(node, "run", SeedRun.self) }
        guard let node = root["tables"] else {
            throw root.failure(
                "has no key \"tables\"", next: "Put the list of tables below `tables:`.")
        }
        file.tables = try tables(node)
        return file
    }

    private func environments(_ node: YAMLNode) throws(Failure) -> [String] {
        let nodes = node.elements ?? [node]
        var names: [String] = []
        for node in nodes {
            guard let name = node.text, !name.isEmpty, node.tag == nil else {
                throw node.failure("is \(node.kind) where the name of an environment belongs")
            }
            names.append(name)
        }
        guard !names.isEmpty else {
            throw node.failure(
                "names no environment", next: "Leave the key out for all environments.")
        }
        return names
    }

    private func tables(_ node: YAMLNode) throws(Failure) -> [SeedTable] {
        guard let elements = node.elements else {
            throw node.failure("is \(node.kind) where a list of tables belongs")
        }
        guard !elements.isEmpty else { throw node.failure("is a list without tables") }
        var tables: [SeedTable] = []
        for element in elements { tables.append(try table(element)) }
        return tables
    }
}

// MARK: Tables

extension SeedReader {
    private func table(_ node: YAMLNode) throws(Failure) -> SeedTable {
        try refuseTag(node)
        guard let pairs = node.pairs else {
            throw node.failure(
                "is \(node.kind) where a table belongs", next: "Write `table: NAME`.")
        }
        try check(pairs, known: Self.tableKeys, later: Self.laterTableKeys, of: "A table")
        guard let name = node["table"] else { throw node.failure("has no key \"table\"") }
        var table = SeedTable(
            name: TableName(parsing: try self.name(of: "a table", name).text), place: name.place)
        guard let key = node["key"] else {
            throw node.failure(
                "has no key \"key\"",
                next: "Name the columns by which a row is found again: `key: [email]`.")
        }
        table.key = try self.key(key)
        if let mode = node["mode"] {
            if mode.text == "sync" {
                throw mode.failure("uses the mode \"sync\", which is not in this version")
            }
            table.mode = try word(mode, "mode", SeedMode.self)
        }
        if let columns = node["columns"] { table.columns = try self.columns(columns) }
        guard let rows = node["rows"] else { throw node.failure("has no key \"rows\"") }
        guard let elements = rows.elements else {
            throw rows.failure("is \(rows.kind) where a list of rows belongs")
        }
        for element in elements {
            table.rows.append(try row(element, number: table.rows.count, of: table))
        }
        return table
    }

    private func key(_ node: YAMLNode) throws(Failure) -> [SeedWord] {
        var words: [SeedWord] = []
        for element in node.elements ?? [node] {
            let word = try name(of: "a column", element)
            guard !words.contains(where: { $0.text == word.text }) else {
                throw element.failure("names the key column \(word.text) twice")
            }
            words.append(word)
        }
        guard !words.isEmpty else { throw node.failure("names no key column") }
        return words
    }

    private func columns(_ node: YAMLNode) throws(Failure) -> [SeedColumn] {
        guard let pairs = node.pairs else {
            throw node.failure("is \(node.kind) where columns with their rules belong")
        }
        var columns: [SeedColumn] = []
        for (key, value) in pairs {
            var column = SeedColumn(name: SeedWord(text: key.text ?? "", place: key.place))
            if let tag = value.tag, let later = SeedTag.later[tag] {
                throw value.failure("uses \(tag), \(later)")
            }
            guard let rules = value.pairs, value.tag == nil else {
                throw value.failure(
                    "is \(value.kind) where the rules of a column belong",
                    next: "Write `\(column.name.text): { value: … }`.")
            }
            try check(rules, known: Self.columnKeys, of: "A column")
            if let node = value["value"] { column.value = try SeedTag.expression(node) }
            if let node = value["on"] {
                column.policy = try word(node, "on", WritePolicy.self)
                if column.policy != .insert, column.value?.isMadeOnce == true {
                    throw node.failure(
                        "says on: \(node.text ?? ""), but the value is made once, with the row",
                        next: "Leave `on` out, or write `on: insert`.")
                }
            }
            columns.append(column)
        }
        return columns
    }

    private func row(
        _ node: YAMLNode, number: Int, of table: SeedTable
    ) throws(Failure) -> SeedRow {
        try refuseTag(node)
        guard let pairs = node.pairs else {
            throw node.failure(
                "is \(node.kind) where a row belongs", next: "Write `column: value`.")
        }
        var row = SeedRow(place: node.place, cells: [])
        for (key, value) in pairs {
            let expression = try SeedTag.expression(value)
            let column = SeedWord(text: key.text ?? "", place: key.place)
            try checkPolicy(expression, of: column, in: table)
            row.cells.append(SeedCell(column: column, expression: expression))
        }
        for column in table.columns {
            guard let value = column.value, row[column.name.text] == nil else { continue }
            row.cells.append(SeedCell(column: column.name, expression: value))
        }
        for index in row.cells.indices {
            guard case .sequence(let start) = row.cells[index].expression.kind else { continue }
            let (value, isTooLarge) = start.addingReportingOverflow(Int64(number))
            guard !isTooLarge else { throw node.failure("counts !sequence beyond 64 bits") }
            row.cells[index].expression.kind = .sequence(value)
        }
        for column in table.key { try checkKey(column, in: row) }
        return row
    }

    private func checkPolicy(
        _ expression: SeedExpression, of column: SeedWord, in table: SeedTable
    ) throws(Failure) {
        guard expression.isMadeOnce, let policy = table.policy(of: column.text), policy != .insert
        else { return }
        throw Failure(
            .rejected,
            "is made once, with the row, but the column \(column.text) says on: \(policy.rawValue)",
            place: expression.place)
    }

    private func checkKey(_ column: SeedWord, in row: SeedRow) throws(Failure) {
        guard let cell = row[column.text] else {
            throw Failure(
                .rejected, "has no value for the key column \(column.text)", place: row.place)
        }
        switch cell.expression.kind {
        case .null:
            throw Failure(
                .rejected, "is NULL in the key column \(column.text)",
                place: cell.expression.place,
                next: "NULL equals nothing, so the row would be planted again each time; "
                    + "choose a key that has a value in every row.")
        case .sql:
            throw Failure(
                .rejected, "is !sql in the key column \(column.text)", place: cell.expression.place,
                next: "A key needs a value that is known before the row is looked for.")
        case .json:
            throw Failure(
                .rejected, "is JSON in the key column \(column.text)",
                place: cell.expression.place)
        default:
            guard cell.expression.isMadeOnce else { return }
            if case .sequence = cell.expression.kind { return }
            throw Failure(
                .rejected, "is made anew each time, in the key column \(column.text)",
                place: cell.expression.place,
                next: "A row is found again by its key; choose columns whose values stay.")
        }
    }
}

// MARK: Words

extension SeedReader {
    private func name(of what: String, _ node: YAMLNode) throws(Failure) -> SeedWord {
        guard let text = node.text, !node.isNull, !text.isEmpty, node.tag == nil else {
            throw node.failure("is \(node.kind) where the name of \(what) belongs")
        }
        guard !text.contains("${") else {
            throw node.failure("names a setting where the name of \(what) belongs")
        }
        return SeedWord(text: text, place: node.place)
    }

    private func word<Word: RawRepresentable<String> & CaseIterable>(
        _ node: YAMLNode, _ key: String, _ type: Word.Type
    ) throws(Failure) -> Word {
        let known = Word.allCases.map(\.rawValue)
        let list = known.dropLast().joined(separator: ", ") + " or " + (known.last ?? "")
        guard let text = node.text, node.tag == nil else {
            throw node.failure("is \(node.kind) where \(list) belongs")
        }
        guard let word = Word(rawValue: text) else {
            throw node.failure(
                "has the unknown \(key) \"\(text)\"" + didYouMean(text, in: known),
                next: "Write \(list).")
        }
        return word
    }

    /// Refuses keys that are not known; libyaml's reader has refused those given twice.
    private func check(
        _ pairs: [(key: YAMLNode, value: YAMLNode)], known: [String], later: [String] = [],
        of what: String
    ) throws(Failure) {
        for (key, _) in pairs {
            let text = key.text ?? ""
            if known.contains(text) { continue }
            if later.contains(text) {
                throw key.failure("uses the key \"\(text)\", which is not in this version")
            }
            throw key.failure(
                "has the unknown key \"\(text)\"" + didYouMean(text, in: known),
                next: "\(what) has the keys \(known.joined(separator: ", ")).")
        }
    }

    private func refuseTag(_ node: YAMLNode) throws(Failure) {
        guard let tag = node.tag else { return }
        throw node.failure("has the tag \(tag), which belongs to a value")
    }
}
