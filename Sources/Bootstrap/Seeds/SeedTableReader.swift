// What a seed says about one table.

extension SeedReader {
    private static let tableKeys = [
        "table", "key", "mode", "where", "max_deletes", "columns", "rows", "file", "null",
    ]
    private static let columnKeys = ["value", "on"]

    func table(_ node: YAMLNode) throws(Failure) -> SeedTable {
        try refuseTag(node)
        guard let pairs = node.pairs else {
            throw node.failure(
                "is \(node.kind) where a table belongs", next: "Write `table: NAME`.")
        }
        try check(pairs, known: Self.tableKeys, of: "A table")
        guard let name = node["table"] else { throw node.failure("has no key \"table\"") }
        var table = SeedTable(
            name: TableName(parsing: try self.name(of: "a table", name).text), place: name.place)
        guard let key = node["key"] else {
            throw node.failure(
                "has no key \"key\"",
                next: "Name the columns by which a row is found again: `key: [email]`.")
        }
        table.key = try self.key(key)
        if let mode = node["mode"] { table.mode = try word(mode, "mode", SeedMode.self) }
        try readScope(of: &table, node)
        if let columns = node["columns"] { table.columns = try self.columns(columns) }
        table.data = try data(node)
        if table.data == nil { try readRows(of: &table, node) } else { try checkColumns(of: table) }
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
}

// MARK: What sync may delete

extension SeedReader {
    /// `where` and `max_deletes`, which belong to `sync`, and the first of which it must have.
    private func readScope(of table: inout SeedTable, _ node: YAMLNode) throws(Failure) {
        guard table.mode == .sync else {
            for key in ["where", "max_deletes"] {
                guard let node = node[key] else { continue }
                throw node.failure(
                    "is a \"\(key)\", which goes with `mode: sync`",
                    next: "Take it away, or write `mode: sync`.")
            }
            return
        }
        guard let scope = node["where"] else {
            throw (node["mode"] ?? node).failure(
                "is sync without \"where\"",
                next: "Say which rows the seed may delete: `where: { managed_by: seed }`; "
                    + "`where: {}` for all rows of the table, those of the application included.")
        }
        guard let pairs = scope.pairs else {
            throw scope.failure("is \(scope.kind) where columns with their values belong")
        }
        for (key, value) in pairs {
            let cell = try SeedTag.condition(key, value)
            try refuseField(cell.expression)
            table.scope.append(cell)
        }
        guard let node = node["max_deletes"] else { return }
        guard let text = node.text, let number = Int(text), number >= 0 else {
            throw node.failure("is no number of rows", next: "Write `max_deletes: 5`.")
        }
        table.maxDeletes = number
    }
}

// MARK: Columns

extension SeedReader {
    private func columns(_ node: YAMLNode) throws(Failure) -> [SeedColumn] {
        guard let pairs = node.pairs else {
            throw node.failure("is \(node.kind) where columns with their rules belong")
        }
        var columns: [SeedColumn] = []
        for (key, value) in pairs { columns.append(try column(key, value)) }
        return columns
    }

    /// `name: { value: …, on: … }`, or the value alone.
    private func column(_ key: YAMLNode, _ node: YAMLNode) throws(Failure) -> SeedColumn {
        var column = SeedColumn(name: SeedWord(text: key.text ?? "", place: key.place))
        guard node.tag == nil, node.text == nil else {
            column.value = try SeedTag.expression(node)
            return column
        }
        guard let rules = node.pairs else {
            throw node.failure(
                "is \(node.kind) where the rules of a column belong",
                next: "Write `\(column.name.text): { value: … }`.")
        }
        try check(rules, known: Self.columnKeys, of: "A column")
        if let value = node["value"] { column.value = try SeedTag.expression(value) }
        guard let node = node["on"] else { return column }
        column.policy = try word(node, "on", WritePolicy.self)
        if column.policy != .insert, column.value?.isMadeOnce == true {
            throw node.failure(
                "says on: \(node.text ?? ""), but the value is made once, with the row",
                next: "Leave `on` out, or write `on: insert`.")
        }
        return column
    }
}

// MARK: Data files

extension SeedReader {
    private func data(_ node: YAMLNode) throws(Failure) -> SeedData? {
        guard let file = node["file"] else {
            if let null = node["null"] {
                throw null.failure("is a \"null\", which goes with a data file: `file: …`")
            }
            return nil
        }
        if let rows = node["rows"] {
            throw rows.failure(
                "are rows beside a data file",
                next: "Make two tables of them: one with `rows`, "
                    + "one with `file`.")
        }
        var data = SeedData(file: try name(of: "a data file", file))
        guard let format = DataFormat(path: data.file.text) else {
            throw file.failure(
                "names the file \(data.file.text), whose ending is not known",
                next: "Data files end in .csv, .tsv or .jsonl, or in one of these and .gz.")
        }
        guard let null = node["null"] else { return data }
        guard format != .jsonLines else {
            throw null.failure("is a \"null\", but JSON lines have a null of their own")
        }
        guard let text = null.text, null.tag == nil, !text.isEmpty || !null.isNullWord else {
            throw null.failure(
                "is \(null.kind) where the text belongs that means NULL",
                next: "Write `null: \"\"` for empty fields.")
        }
        data.null = text
        return data
    }

    /// The columns of a table whose rows are in a data file.
    private func checkColumns(of table: SeedTable) throws(Failure) {
        for column in table.columns {
            guard let value = column.value else { continue }
            if value.isPassword {
                throw Failure(
                    .rejected, "makes a password for every row of a data file", place: value.place,
                    next: "Put such rows below `rows:` in the seed itself.")
            }
            guard table.key.contains(where: { $0.text == column.name.text }) else { continue }
            try checkKey(value, of: column.name.text)
        }
    }

    private func refuseField(_ expression: SeedExpression) throws(Failure) {
        let failure = Failure(
            .rejected, "names a header, but this is no table with a data file",
            place: expression.place, next: "`!from` goes below `columns:` of a table with `file:`.")
        switch expression.kind {
        case .field: throw failure
        case .reference(let reference):
            for cell in reference.conditions { try refuseField(cell.expression) }
        default: break
        }
    }
}

// MARK: Rows

extension SeedReader {
    private func readRows(of table: inout SeedTable, _ node: YAMLNode) throws(Failure) {
        guard let rows = node["rows"] else {
            throw node.failure(
                "has neither rows nor a data file", next: "Write `rows:` or `file:`.")
        }
        guard let elements = rows.elements else {
            throw rows.failure("is \(rows.kind) where a list of rows belongs")
        }
        guard table.mode != .sync || !elements.isEmpty else {
            throw rows.failure(
                "is a list without rows, and sync would delete every row there is",
                next: "Delete them in a migration if that is meant.")
        }
        for element in elements {
            table.rows.append(try row(element, number: table.rows.count, of: table))
        }
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
        for cell in row.cells { try refuseField(cell.expression) }
        for index in row.cells.indices {
            guard case .sequence(let start) = row.cells[index].expression.kind else { continue }
            let (value, isTooLarge) = start.addingReportingOverflow(Int64(number))
            guard !isTooLarge else { throw node.failure("counts !sequence beyond 64 bits") }
            row.cells[index].expression.kind = .sequence(value)
        }
        for column in table.key {
            guard let cell = row[column.text] else {
                throw Failure(
                    .rejected, "has no value for the key column \(column.text)", place: row.place)
            }
            try checkKey(cell.expression, of: column.text)
        }
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

    /// Refuses a key's value that no row can be found by.
    private func checkKey(
        _ expression: SeedExpression, of column: String
    ) throws(Failure) {
        switch expression.kind {
        case .null:
            throw Failure(
                .rejected, "is NULL in the key column \(column)", place: expression.place,
                next: "NULL equals nothing, so the row would be planted again each time; "
                    + "choose a key that has a value in every row.")
        case .sql:
            throw Failure(
                .rejected, "is !sql in the key column \(column)", place: expression.place,
                next: "A key needs a value that is known before the row is looked for.")
        case .json:
            throw Failure(
                .rejected, "is JSON in the key column \(column)", place: expression.place)
        default:
            guard expression.isMadeOnce else { return }
            if case .sequence = expression.kind { return }
            throw Failure(
                .rejected, "is made anew each time, in the key column \(column)",
                place: expression.place,
                next: "A row is found again by its key; choose columns whose values stay.")
        }
    }
}
