// Planting the rows of a data file: into the table itself while it is empty, else through a stage.

extension Planting {
    /// Plants the rows of a table's data file.
    mutating func plant(
        _ data: PreparedData, in table: PreparedTable
    ) throws(Failure) {
        let rows = try rows(of: data, in: table)
        guard !data.columns.isEmpty else { return try checkNotEmpty(0, rows) }
        try checkNoneMissing(data.columns.map(\.column), at: data.data.file.place, in: table)
        if rows.isPlain, table.isKeyUnique, try isEmpty(table), let count = try load(rows) {
            outcome.counts.inserted += count
            return try checkNotEmpty(count, rows)
        }
        try plantStaged(rows)
    }

    // MARK: What is loaded

    mutating func rows(
        of data: PreparedData, in table: PreparedTable
    ) throws(Failure) -> DataRows {
        var rows = DataRows(prepared: data, table: table)
        for column in data.columns {
            switch column.value {
            case .sql(let sql): rows.computed.append((column, "(\(sql))"))
            case .reference(let reference): try add(reference, of: column, to: &rows)
            case .field, .constant, .uuid, .sequence:
                rows.loaded.append(
                    (column, try source(column.value, column.column, table, column.place)))
            }
        }
        return rows
    }

    private mutating func add(
        _ reference: DataReference, of column: DataColumn, to rows: inout DataRows
    ) throws(Failure) {
        var staged = StagedReference(reference: reference, place: column.place)
        for condition in reference.conditions {
            let name = "bootstrap_ref_\(rows.conditions.count + 1)"
            let source = try source(condition.value, condition.column, nil, column.place)
            rows.conditions.append(
                (
                    Stage.Condition(
                        name: name, table: reference.table.name, column: condition.column),
                    source
                ))
            staged.names.append(name)
            if case .field = condition.value { staged.fields.append(name) }
        }
        rows.references.append(staged)
        rows.computed.append((column, staged.value(rows.stage(dialect))))
    }

    /// - `table`: the one whose column it is, if it is the seed's.
    private mutating func source(
        _ value: DataValue, _ column: Column, _ table: PreparedTable?, _ place: Place
    ) throws(Failure) -> RecordFiller.Source {
        let isKey = table?.keyNames.contains(column.name) ?? false
        let use: RecordFiller.Place = table == nil ? .condition : isKey ? .key : .column
        switch value {
        case .field(let index, let form):
            return .field(index, ColumnFit(column, on: dialect, isBase64: form == .base64), use)
        case .constant(let cell):
            let bound = try bind(cell, PreparedRow(place: cell.place, cells: []))
            return .constant(bound.operand.value?.loaded)
        case .uuid(let version): return .uuid(version, asBytes: column.meaning == .bytes, chance)
        case .sequence(let start): return .sequence(start)
        case .sql, .reference:
            throw failure(
                "looks for \(column.name) by what the database would have to work out first", place,
                next: "Write !from HEADER, or a text.")
        }
    }

    /// Refuses an empty file where every row of the scope would go.
    func checkNotEmpty(_ count: Int, _ rows: DataRows) throws(Failure) {
        guard count == 0, rows.table.seed.mode == .sync else { return }
        throw failure(
            "has no rows, and sync would delete every row there is", rows.prepared.data.file.place,
            next: "Put the rows back; delete them in a migration if that is meant.")
    }
}

// MARK: Into the empty table

extension Planting {
    private func isEmpty(_ table: PreparedTable) throws(Failure) -> Bool {
        var sql = SeedSQL(dialect)
        sql += "SELECT 1 FROM \(dialect.quoted(table.table.name)) LIMIT 1"
        return try run(sql, at: table.seed.place).isEmpty
    }

    /// Loads the file straight into the table; `nil` where that does not work, and nothing is left of it.
    private func load(_ rows: DataRows) throws(Failure) -> Int? {
        let reader = try rows.reader(progress)
        try control("SAVEPOINT bootstrap_table", rows)
        let count: Int
        do throws(LoadError) {
            count = try connection.load(
                into: rows.table.table.name, rows.loaded.map(\.column.column)
            ) { (block) throws(LoadError) in try reader.fill(&block) }
        } catch {
            if let failure = reader.failure { throw failure }
            guard error.error.kind == .rejected, connection.isInTransaction else {
                throw try failure(error, rows)
            }
            try control("ROLLBACK TO SAVEPOINT bootstrap_table", rows)
            // With a row's number the engine's words say it all, unless others were planted meanwhile.
            guard error.row != nil, try isEmpty(rows.table) else { return nil }
            throw try failure(error, rows)
        }
        try control("RELEASE SAVEPOINT bootstrap_table", rows)
        return count
    }

    func control(_ sql: String, _ rows: DataRows) throws(Failure) {
        try execute(sql, at: rows.prepared.data.file.place)
    }

    fileprivate func failure(_ error: LoadError, _ rows: DataRows) throws(Failure) -> Failure {
        guard let row = error.row, let line = try rows.line(ofRow: row + 1) else {
            return failure(error.error, at: rows.prepared.data.file.place)
        }
        return failure(error.error, at: rows.prepared.place(line: line))
    }
}

// MARK: Through the stage

extension Planting {
    private mutating func plantStaged(_ rows: DataRows) throws(Failure) {
        var stage = rows.stage(dialect)
        let isSync = rows.table.seed.mode == .sync
        stage.isSearched = isSync
        let count = try loadStage(&stage, rows)
        try checkNotEmpty(count, rows)
        if isSync, let index = stage.index { try control(index, rows) }
        if !stage.isUnique { try checkKeys(stage, rows) }
        for reference in rows.references { try check(reference, stage, rows) }
        let (inserted, updated) = try merge(stage, rows)
        outcome.counts.inserted += inserted
        outcome.counts.updated += updated
        outcome.counts.unchanged += count - inserted - updated
        if isSync {
            try deleteSurplus(of: rows.table, stage) { (row) throws(Failure) in
                try rows.line(ofRow: row).map(rows.prepared.place(line:))
            }
        }
        try control(stage.removal, rows)
    }

    /// Makes the stage, which not every user may.
    func create(_ stage: Stage, at place: Place) throws(Failure) {
        do throws(DatabaseError) {
            for sql in stage.creation { try connection.run(sql) }
        } catch {
            var error = error
            if error.kind == .denied {
                error.remedy =
                    "grant this user \(dialect.seeds.staging.right), for the rows are compared through a "
                    + "temporary table, and run the same command again"
            }
            throw failure(error, at: place)
        }
    }

    /// Makes the stage and loads the file into it.
    func loadStage(_ stage: inout Stage, _ rows: DataRows) throws(Failure) -> Int {
        stage.isUnique = rows.table.isKeyUnique && stage.canBeUnique
        while true {
            try create(stage, at: rows.prepared.data.file.place)
            let reader = try rows.stageReader(progress)
            do throws(LoadError) {
                return try connection.load(into: TableName(Stage.name), stage.loaded) {
                    (block) throws(LoadError) in try reader.fill(&block)
                }
            } catch {
                if let failure = reader.failure { throw failure }
                guard stage.isUnique, error.error.kind == .rejected, connection.isInTransaction
                else {
                    throw try failure(error, rows)
                }
                // Once more without the key, to tell which two rows have the same one.
                stage.isUnique = false
                try control(stage.removal, rows)
            }
        }
    }

    /// Refuses a key that stands twice, as the database compares.
    func checkKeys(_ stage: Stage, _ rows: DataRows) throws(Failure) {
        guard let twins = try twins(by: stage.key, stage, rows) else { return }
        throw failure(
            "has the key of the row in line \(twins.first): \(twins.words)",
            rows.prepared.place(line: twins.second),
            next: "Keep one of the two rows: a key means one row of \(rows.table.table.name.name).")
    }

    private func twins(
        by columns: [Column], _ stage: Stage, _ rows: DataRows
    ) throws(Failure) -> (first: Int, second: Int, words: String)? {
        guard let pair = try ask(stage.twins(by: columns), rows).first,
            let numbers = pair.map(\.integer) as? [Int64], numbers.count == 2,
            let first = try rows.line(ofRow: Int(numbers[0])),
            let second = try rows.line(ofRow: Int(numbers[1]))
        else { return nil }
        return (first, second, try words(columns, ofRow: numbers[1], stage, rows))
    }

    /// The values of a staged row's columns, as `code=DE`.
    private func words(
        _ columns: [Column], ofRow row: Int64, _ stage: Stage, _ rows: DataRows
    ) throws(Failure) -> String {
        let names = columns.map(stage.value).joined(separator: ", ")
        let number = stage.staged(Stage.number)
        let values =
            try ask("SELECT \(names) FROM \(stage.quotedName) s WHERE \(number) = \(row)", rows)
            .first
            ?? []
        return rows.words(columns, values)
    }

    func check(
        _ reference: StagedReference, _ stage: Stage, _ rows: DataRows
    ) throws(Failure) {
        guard let found = try ask(reference.mistake(stage), rows).first,
            let row = found.first?.integer, let count = found.dropFirst().first?.integer,
            let line = try rows.line(ofRow: Int(row))
        else { return }
        let words = zip(reference.reference.conditions, found.dropFirst(2)).map {
            condition, value in
            "\(condition.column.name)=\(value.text ?? "NULL")"
        }.joined(separator: ", ")
        throw failure(
            Int(count), of: reference.reference.table, words, at: rows.prepared.place(line: line))
    }

    func ask(_ query: String, _ rows: DataRows) throws(Failure) -> [[Value]] {
        var sql = SeedSQL(dialect)
        sql += query
        return try run(sql, at: rows.prepared.data.file.place)
    }
}

// MARK: From the stage into the table

extension Planting {
    /// Updates what differs and inserts what is missing; both or nothing.
    private mutating func merge(
        _ stage: Stage, _ rows: DataRows
    ) throws(Failure) -> (inserted: Int, updated: Int) {
        let updates = rows.updates(stage)
        // Mostly a few rows of many have changed: one look tells whether there is anything to write.
        let found = try ask(stage.survey(updates), rows).first ?? []
        let isMissing = found.first?.isTrue ?? false
        let isDifferent = found.dropFirst().first?.isTrue ?? false
        guard isMissing || isDifferent else { return (0, 0) }
        let update = isDifferent ? stage.update(updates) : nil
        let insert = isMissing ? stage.insert(rows.inserts(stage)) : nil
        var isFirst = true
        while true {
            try control("SAVEPOINT bootstrap_rows", rows)
            do throws(DatabaseError) {
                let updated = try update.map { (sql) throws(DatabaseError) in
                    try connection.change(sql)
                }
                let inserted = try insert.map { (sql) throws(DatabaseError) in
                    try connection.change(sql)
                }
                try connection.run("RELEASE SAVEPOINT bootstrap_rows")
                return (inserted ?? 0, updated ?? 0)
            } catch {
                guard error.kind == .rejected, connection.isInTransaction else {
                    throw failure(error, at: rows.prepared.data.file.place)
                }
                try control("ROLLBACK TO SAVEPOINT bootstrap_rows", rows)
                if let reason = try reason(stage, rows) { throw reason }
                // Another run was faster with rows that are there now, committed.
                guard isFirst else { throw failure(error, at: rows.prepared.data.file.place) }
                isFirst = false
            }
        }
    }

    /// Why the rows cannot be written, as far as another unique key of the table tells.
    private func reason(_ stage: Stage, _ rows: DataRows) throws(Failure) -> Failure? {
        let table = rows.table.table
        for names in table.uniqueKeys where Set(names) != Set(rows.table.keyNames) {
            let columns = names.compactMap(table.column)
            guard columns.allSatisfy(stage.holds) else { continue }
            if let twins = try twins(by: columns, stage, rows) {
                return failure(
                    "has what the row in line \(twins.first) has, and \(table.name.name) takes once: "
                        + twins.words, rows.prepared.place(line: twins.second))
            }
            if let rival = try rival(by: columns, stage, rows) { return rival }
        }
        return nil
    }

    private func rival(
        by columns: [Column], _ stage: Stage, _ rows: DataRows
    ) throws(Failure) -> Failure? {
        guard let found = try ask(stage.rival(by: columns), rows).first,
            let row = found.first?.integer, let line = try rows.line(ofRow: Int(row))
        else { return nil }
        let key = try words(stage.key, ofRow: row, stage, rows)
        let taken = try words(columns, ofRow: row, stage, rows)
        let other = rows.words(stage.key, Array(found.dropFirst()))
        return failure(
            "wants \(key) in \(rows.table.table.name.name), but the row with \(other) has \(taken) "
                + "already",
            rows.prepared.place(line: line),
            next: "Decide which row is meant: the seed's key and that row name different ones.")
    }
}
