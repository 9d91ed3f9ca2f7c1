// In which order a seed's rows are planted: one that another row points at comes before it.

extension SeedFile {
    /// A row of the seed itself, or all rows of a table's data file.
    struct Step: Hashable {
        /// The table's entry in the file.
        var table: Int
        /// The row in the entry; `nil` for a data file.
        var row: Int?
    }

    /// Every row behind those that its references mean, and else in the order of the file.
    ///
    /// A reference means the first row of the file that has what it asks for; one that asks for what
    /// no row of the file has means a row of the database. Rows that point at each other in a circle
    /// are a failure with its path.
    func steps(_ settings: Settings) throws(Failure) -> [Step] {
        var order = StepOrder(file: self, settings: settings)
        for (table, entry) in tables.enumerated() {
            guard entry.data == nil else {
                try order.visit(Step(table: table, row: nil))
                continue
            }
            for row in entry.rows.indices { try order.visit(Step(table: table, row: row)) }
        }
        return order.steps
    }
}

/// The steps so far, and those that wait for others.
private struct StepOrder {
    let file: SeedFile
    let settings: Settings
    private(set) var steps: [SeedFile.Step] = []
    private var done: Set<SeedFile.Step> = []
    /// The steps that wait for each other, each with what it still waits for.
    private var path: [(step: SeedFile.Step, targets: ArraySlice<SeedFile.Step>)] = []
    private var isWaiting: Set<SeedFile.Step> = []
    private var entries: [TableName: [Int]] = [:]
    private var indexes: [Index: [[String]: Int]] = [:]

    init(file: SeedFile, settings: Settings) {
        (self.file, self.settings) = (file, settings)
        for (number, table) in file.tables.enumerated() {
            entries[table.name, default: []].append(number)
        }
    }

    /// Adds a step behind all that it waits for.
    ///
    /// Without recursion: rows of a file may point at each other thousands deep.
    mutating func visit(_ step: SeedFile.Step) throws(Failure) {
        try begin(step)
        while let last = path.last {
            if let target = last.targets.first {
                path[path.count - 1].targets.removeFirst()
                try begin(target)
            } else {
                path.removeLast()
                isWaiting.remove(last.step)
                done.insert(last.step)
                steps.append(last.step)
            }
        }
    }

    private mutating func begin(_ step: SeedFile.Step) throws(Failure) {
        guard !done.contains(step) else { return }
        guard isWaiting.insert(step).inserted else {
            throw circle(path.map(\.step).drop { $0 != step } + [step])
        }
        var targets: [SeedFile.Step] = []
        for reference in references(of: step) {
            if let target = target(of: reference), target != step { targets.append(target) }
        }
        path.append((step, targets[...]))
    }

    private func references(of step: SeedFile.Step) -> [SeedReference] {
        let table = file.tables[step.table]
        let cells = step.row.map { table.rows[$0].cells.map(\.expression) } ?? table.expressions
        return cells.flatMap(\.references)
    }

    /// The row that a reference means, if the file has it.
    private mutating func target(of reference: SeedReference) -> SeedFile.Step? {
        let wanted = reference.conditions.compactMap { $0.literal(settings)?.text }
        let columns = reference.conditions.map(\.column.text)
        var dataFile: SeedFile.Step?
        for number in entries[TableName(parsing: reference.table.text)] ?? [] {
            if wanted.count == columns.count, let row = rows(of: number, by: columns)[wanted] {
                return SeedFile.Step(table: number, row: row)
            }
            if file.tables[number].data != nil, dataFile == nil {
                dataFile = SeedFile.Step(table: number, row: nil)
            }
        }
        return dataFile
    }

    /// The rows of an entry by what they have in some columns, as far as texts tell; the first of those
    /// that have the same.
    private mutating func rows(of number: Int, by columns: [String]) -> [[String]: Int] {
        let index = Index(table: number, columns: columns)
        if let known = indexes[index] { return known }
        var rows: [[String]: Int] = [:]
        for (row, values) in file.tables[number].rows.enumerated() {
            let texts = columns.compactMap { values[$0]?.literal(settings)?.text }
            if texts.count == columns.count, rows[texts] == nil { rows[texts] = row }
        }
        indexes[index] = rows
        return rows
    }

    private struct Index: Hashable {
        var table: Int
        var columns: [String]
    }

    private func circle(_ steps: [SeedFile.Step]) -> Failure {
        let words = steps.map { step in
            let table = file.tables[step.table]
            guard let row = step.row else { return "the file of \(table.name)" }
            return "\(table.name) \(table.rows[row].keyWords(of: table, settings))"
        }
        let first = file.tables[steps[0].table]
        return Failure(
            .rejected, "points at itself in a circle: " + words.joined(separator: " → "),
            place: steps[0].row.map { first.rows[$0].place } ?? first.place,
            next: "Leave one of the references out, and set it in a second entry of its table "
                + "below, with `mode: upsert`.")
    }
}

extension SeedRow {
    /// Its key, as it may be shown: `email=a@x`.
    func keyWords(of table: SeedTable, _ settings: Settings) -> String {
        table.key.map { word in
            "\(word.text)=\(self[word.text]?.literal(settings)?.shown ?? "…")"
        }.joined(separator: ", ")
    }
}

extension SeedExpression {
    /// The references inside, the outer ones first.
    fileprivate var references: [SeedReference] {
        guard case .reference(let reference) = kind else { return [] }
        return [reference] + reference.conditions.flatMap(\.expression.references)
    }
}
