// Rehearsing as a set: data files, and what `sync` would delete.

extension Rehearsal {
    /// Works out what the rows of a table's data file would do, through the stage that plants them.
    mutating func rehearse(
        _ data: PreparedData, in table: PreparedTable
    ) throws(Failure) {
        try enter(.reading, for: table)
        let row = PreparedRow(place: data.data.file.place, cells: [])
        // Throws for a reference to a row that is not there and would not be.
        for cell in data.columns.compactMap(\.constant) { _ = try foresee(cell, row) }
        let file = try planting.rows(of: data, in: table)
        guard !data.columns.isEmpty else { return try planting.checkNotEmpty(0, file) }
        try planting.checkNoneMissing(
            data.columns.map(\.column), at: data.data.file.place, in: table)
        note(rows.hasTouched(table.table.name), table, data)
        try enter(.staging, for: table)
        var stage = file.stage(dialect)
        stage.isSearched = table.seed.mode == .sync
        let count = try planting.loadStage(&stage, file)
        try planting.checkNotEmpty(count, file)
        if stage.isSearched, let index = stage.index { try planting.control(index, file) }
        try stopWriting(for: table)
        if !stage.isUnique { try planting.checkKeys(stage, file) }
        for reference in file.references
        where !rows.hasTouched(reference.reference.table.name) {
            try planting.check(reference, stage, file)
        }
        let inserted = try insert(file, stage)
        let updated = try update(file, stage)
        changes.counts.unchanged += count - inserted - updated
        if table.seed.mode == .sync { try delete(from: table, stage) }
        try end(stage, for: table)
        rows.open(table.table.name)
    }

    /// Says where rows that are not there yet would count.
    private mutating func note(_ isTouched: Bool, _ table: PreparedTable, _ data: PreparedData) {
        guard isTouched else { return }
        changes.notes.append(
            "\(data.data.file.text) meets rows of \(table.seed.name) that are planted before it: they "
                + "are not counted as there")
    }

    private mutating func insert(
        _ file: DataRows, _ stage: Stage
    ) throws(Failure) -> Int {
        let count = try self.count(stage.countOfMissing, file)
        guard count > 0 else { return 0 }
        let keys = stage.key
        let others = file.prepared.columns.filter { column in
            !keys.contains { $0.name == column.column.name }
        }
        // What the database works out is not asked for: it may count something up.
        let values =
            keys.map(stage.value)
            + others.map { $0.isField ? stage.staged($0.column.name) : "NULL" }
        let found = try planting.ask(stage.missing(values, limit: Preview.Seed.Changes.shown), file)
        let rows = found.map { values in
            Preview.Seed.Row(
                key: key(of: Array(values.prefix(keys.count)), file.table),
                columns: zip(others, values.dropFirst(keys.count)).map { column, value in
                    .init(name: column.column.name, new: shown(value, of: column, file.table))
                })
        }
        changes.add(.insert, file.table.seed.name, count: count, rows)
        return count
    }

    private mutating func update(
        _ file: DataRows, _ stage: Stage
    ) throws(Failure) -> Int {
        let updates = file.updates(stage)
        guard !updates.isEmpty else { return 0 }
        let count = try self.count(stage.countOfDifferent(updates), file)
        guard count > 0 else { return 0 }
        let found = try planting.ask(
            stage.different(updates, limit: Preview.Seed.Changes.shown), file)
        let keys = stage.key.count
        let rows = found.map { values in
            var columns: [Preview.Seed.Column] = []
            for (index, update) in updates.enumerated() {
                let (old, new) = (values[keys + 3 * index], values[keys + 3 * index + 1])
                guard !values[keys + 3 * index + 2].isTrue else { continue }
                let isSecret = isSecret(update.column.name, in: file.table)
                let column = file.prepared.columns.first { $0.column.name == update.column.name }
                let isToBeMade = new == .null && column?.constant?.isReference ?? false
                columns.append(
                    .init(
                        name: update.column.name,
                        old: shown(old, of: update.column, isSecret: isSecret),
                        new: isToBeMade
                            ? column?.constant?.shown
                            : shown(new, of: update.column, isSecret: isSecret)))
            }
            return Preview.Seed.Row(
                key: key(of: Array(values.prefix(keys)), file.table), columns: columns)
        }
        changes.add(.update, file.table.seed.name, count: count, rows)
        return count
    }

    /// What may be shown of a column of a row that would be made.
    private func shown(_ value: Value, of column: DataColumn, _ table: PreparedTable) -> String? {
        switch column.value {
        case .field, .sequence:
            shown(value, of: column.column, isSecret: isSecret(column.column.name, in: table))
        case .constant(let cell): cell.isNull ? nil : cell.shown
        case .uuid(let version): "!uuid \(version.rawValue)"
        case .sql: "!sql"
        case .reference(let reference): "!ref \(reference.table.name.name)"
        }
    }

    private func key(of values: [Value], _ table: PreparedTable) -> [Preview.Seed.Column] {
        zip(table.key, values).map { column, value in
            .init(
                name: column.name,
                new: shown(value, of: column, isSecret: isSecret(column.name, in: table)))
        }
    }

    private func count(_ query: String, _ file: DataRows) throws(Failure) -> Int {
        Int(try planting.ask(query, file).first?.first?.integer ?? 0)
    }

    private mutating func end(_ stage: Stage, for table: PreparedTable) throws(Failure) {
        leave()
        guard dialect.seeds.staging.outlivesRollback else { return }
        try planting.execute(stage.removal, at: table.seed.place)
    }
}

extension DataColumn {
    /// What all rows have.
    fileprivate var constant: PreparedCell? {
        guard case .constant(let cell) = value else { return nil }
        return cell
    }

    /// Whether the stage holds its values.
    fileprivate var isField: Bool {
        switch value {
        case .field, .sequence: true
        case .constant, .uuid, .sql, .reference: false
        }
    }
}

extension PreparedCell {
    fileprivate var isReference: Bool {
        guard case .reference = value else { return false }
        return true
    }

    fileprivate var isNull: Bool {
        guard case .value(.null) = value else { return false }
        return true
    }
}

// MARK: What sync would delete

extension Rehearsal {
    /// The rows that a table's own rows do not name.
    mutating func rehearseDeletes(of table: PreparedTable) throws(Failure) {
        try enter(.reading, for: table)
        var keys: [[Value?]] = []
        for row in table.rows {
            var values: [Value?] = []
            for name in table.keyNames {
                guard let cell = row[name] else { continue }
                values.append(try foresee(cell, row).bound?.operand.value)
            }
            keys.append(values)
        }
        try enter(.staging, for: table)
        let stage = try planting.stage(keys, of: table)
        try stopWriting(for: table)
        try delete(from: table, stage)
        try end(stage, for: table)
    }

    private mutating func delete(
        from table: PreparedTable, _ stage: Stage
    ) throws(Failure) {
        var scope: [BoundCell] = []
        for cell in table.scope {
            let row = PreparedRow(place: cell.place, cells: [])
            // In the scope of a row that would be made, there is nothing yet.
            guard let bound = try foresee(cell, row).bound else { return }
            scope.append(bound)
        }
        let surplus = Surplus(stage: stage, table: table, scope: scope)
        let count = try planting.count(surplus)
        guard count.rows > 0 else { return }
        let keys = try planting.run(
            surplus.keys(limit: Preview.Seed.Changes.shown), at: table.seed.place)
        changes.add(
            .delete, table.seed.name, count: count.rows,
            keys.map { .init(key: key(of: $0, table)) })
        changes.notes += count.others.map { $0.forecast(table.table.name.name) }
        refusal = refusal ?? planting.refusal(of: count, table)
    }
}
