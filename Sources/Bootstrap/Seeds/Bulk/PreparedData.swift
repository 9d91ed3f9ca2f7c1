/// A data file beside its table: what each column gets of each record.
struct PreparedData {
    let data: SeedData
    let source: DataSource
    var columns: [DataColumn] = []

    /// The place of a line of the file.
    func place(line: Int) -> Place { Place(file: source.path, line: line, column: 1) }

    /// The file's records from the first on.
    func records() throws(Failure) -> DataRecords { try data.records(in: source) }
}

extension SeedData {
    /// The records of the file, which is `source`, from the first on.
    func records(in source: DataSource) throws(Failure) -> DataRecords {
        guard let format = DataFormat(path: file.text) else {
            preconditionFailure("the reader of seeds lets no other file pass")
        }
        return try DataRecords(source, format, null: null)
    }
}

/// One column that a data file's rows have.
struct DataColumn {
    var column: Column
    var value: DataValue
    /// When an existing row's column is written.
    var policy: WritePolicy
    /// Where the seed says what it holds: its rule, or the data file's name.
    var place: Place
}

/// How a column's value comes about.
enum DataValue {
    /// The record's field at an index.
    case field(Int, SeedExpression.FieldForm)
    /// The same for all rows.
    case constant(PreparedCell)
    /// A new UUID for each row.
    case uuid(UUIDBytes.Version)
    /// A number: this for the first row, one more for each row after it.
    case sequence(Int64)
    /// An expression in SQL.
    case sql(String)
    /// A row of another table, found by what the record holds.
    case reference(DataReference)
}

/// A row of another table that each record names.
struct DataReference {
    var table: Table
    var column: String
    var conditions: [(column: Column, value: DataValue)]
}

// MARK: Reading

extension Preparation {
    /// Reads the data file's header, and finds what each column of the table gets.
    mutating func prepare(
        _ data: SeedData, of seedTable: SeedTable, _ table: Table
    ) throws(Failure) -> PreparedData {
        var prepared = PreparedData(data: data, source: try seed.source(of: data.file))
        let headers = try prepared.records().header
        let header = headers.map(\.name)
        // JSON lines without a line: there is no row that could name a column.
        guard !header.isEmpty else { return prepared }
        var used: Set<String> = []
        for rule in seedTable.columns {
            guard let value = rule.value else { continue }
            // A field of the column's own name comes first, as a row's own value does.
            if header.contains(rule.name.text), !value.isField { continue }
            let column = try column(rule.name, of: table)
            prepared.columns.append(
                DataColumn(
                    column: column,
                    value: try prepare(value, for: column, of: table, header, data, &used),
                    policy: value.isMadeOnce ? .insert : rule.policy ?? .always,
                    place: value.place))
        }
        for (index, name) in header.enumerated() where !used.contains(name) {
            guard let column = table.column(name) else {
                throw unknown(headers[index], table)
            }
            prepared.columns.append(
                DataColumn(
                    column: column, value: .field(index, .plain),
                    policy: seedTable.policy(of: name) ?? .always, place: data.file.place))
        }
        for word in seedTable.key
        where !prepared.columns.contains(where: { $0.column.name == word.text }) {
            throw failure(
                "is a key column for which \(prepared.source.path) has no header", word.place,
                next: "Its headers are \(header.joined(separator: ", ")); "
                    + "`columns: { \(word.text): !from HEADER }` names another one.")
        }
        return prepared
    }

    private func unknown(_ header: DataRecords.Header, _ table: Table) -> Failure {
        let names = table.columns.map(\.name)
        return Failure(
            .rejected,
            "has the header \(header.name), which is no column of \(table.name.name)"
                + didYouMean(header.name, in: names),
            place: header.place,
            next: "Name it with !from below `columns:`, or delete the column from the file.")
    }

    private mutating func prepare(
        _ expression: SeedExpression, for column: Column, of table: Table, _ header: [String],
        _ data: SeedData, _ used: inout Set<String>
    ) throws(Failure) -> DataValue {
        switch expression.kind {
        case .field(let name, let form):
            guard let index = header.firstIndex(of: name) else {
                throw failure(
                    "names the header \(name), which \(data.file.text) does not have"
                        + didYouMean(name, in: header), expression.place,
                    next: "Its headers are \(header.joined(separator: ", ")).")
            }
            used.insert(name)
            return .field(index, form)
        case .uuid(let version):
            _ = try prepare(cell(expression, column), of: table)
            return .uuid(version)
        case .sequence(let start):
            _ = try prepare(cell(expression, column), of: table)
            return .sequence(start)
        case .reference(let reference) where reference.conditions.contains(where: \.namesField):
            let name = TableName(parsing: reference.table.text)
            let target = try describe(name, at: reference.table.place)
            var found = DataReference(
                table: target,
                column: try wanted(
                    by: reference, in: target, for: column, of: table, expression.place),
                conditions: [])
            for condition in reference.conditions {
                let column = try self.column(condition.column, of: target)
                let value = try prepare(
                    condition.expression, for: column, of: target, header, data, &used)
                found.conditions.append((column, value))
            }
            return .reference(found)
        default:
            let cell = try prepare(cell(expression, column), of: table)
            guard case .sql(let text) = cell.value else { return .constant(cell) }
            return .sql(text)
        }
    }

    private func cell(_ expression: SeedExpression, _ column: Column) -> SeedCell {
        SeedCell(
            column: SeedWord(text: column.name, place: expression.place), expression: expression)
    }
}

extension SeedExpression {
    fileprivate var isField: Bool {
        if case .field = kind { true } else { false }
    }
}

extension SeedCell {
    /// Whether a record's field says which row is meant.
    fileprivate var namesField: Bool { expression.isField }
}
