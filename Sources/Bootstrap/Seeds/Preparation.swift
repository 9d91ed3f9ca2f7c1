/// Reads a seed's values as the database's columns mean them, before anything is written.
struct Preparation {
    let seed: Seed
    let connection: any Connection
    let settings: Settings
    private var known: [TableName: Table] = [:]
    /// Every secret that was put in, so that the engine's own words can be masked.
    private(set) var secrets: Set<String> = []

    init(_ seed: Seed, on connection: any Connection, settings: Settings) {
        self.seed = seed
        self.connection = connection
        self.settings = seed.marked(settings)
    }

    mutating func tables() throws(Failure) -> [PreparedTable] {
        var tables: [PreparedTable] = []
        for table in seed.file.tables { tables.append(try prepare(table)) }
        return tables
    }

    private mutating func prepare(_ seedTable: SeedTable) throws(Failure) -> PreparedTable {
        let table = try describe(seedTable.name, at: seedTable.place)
        var prepared = PreparedTable(seed: seedTable, table: table)
        for word in seedTable.key { _ = try column(word, of: table) }
        for rule in seedTable.columns { _ = try column(rule.name, of: table) }
        for cell in seedTable.scope { prepared.scope.append(try prepare(cell, of: table)) }
        if let data = seedTable.data { prepared.data = try prepare(data, of: seedTable, table) }
        for row in seedTable.rows {
            var cells: [PreparedCell] = []
            for cell in row.cells {
                var prepared = try prepare(cell, of: table)
                let policy = seedTable.policy(of: cell.column.text) ?? .always
                prepared.policy = cell.expression.isMadeOnce ? .insert : policy
                cells.append(prepared)
            }
            prepared.rows.append(PreparedRow(place: row.place, cells: cells))
        }
        return prepared
    }

    func failure(_ headline: String, _ place: Place, next: String? = nil) -> Failure {
        seed.shown(Failure(.rejected, headline, place: place, next: next))
    }
}

// MARK: Tables and columns

extension Preparation {
    /// Whether the seed's tables are all there.
    mutating func findsTables() throws(Failure) -> Bool {
        for table in seed.file.tables where try find(table.name, at: table.place) == nil {
            return false
        }
        return true
    }

    private mutating func find(_ name: TableName, at place: Place) throws(Failure) -> Table? {
        if known[name] == nil { known[name] = try look(for: name, at: place) }
        return known[name]
    }

    mutating func describe(_ name: TableName, at place: Place) throws(Failure) -> Table {
        if let table = try find(name, at: place) { return table }
        // The usual slips, each tried in the database since no list of its tables is at hand.
        let base = name.name
        let singular = base.hasSuffix("s") ? String(base.dropLast()) : base + "s"
        for slip in [singular, base.lowercased(), singular.lowercased()] where slip != base {
            let other = TableName(schema: name.schema, slip)
            guard try look(for: other, at: place) != nil else { continue }
            throw failure(
                "names the table \(name), which is not there; did you mean \"\(other)\"?", place)
        }
        throw failure(
            "names the table \(name), which is not there", place,
            next: "Create it in a migration, or correct its name.")
    }

    private func look(for name: TableName, at place: Place) throws(Failure) -> Table? {
        do throws(DatabaseError) {
            return try connection.describe(name)
        } catch {
            throw Failure(seed: error, at: place, product: connection.server.product)
        }
    }

    func column(_ word: SeedWord, of table: Table) throws(Failure) -> Column {
        if let column = table.column(word.text) { return column }
        let names = table.columns.map(\.name)
        throw failure(
            "names the column \(word.text), which the table \(table.name.name) does not have"
                + didYouMean(word.text, in: names), word.place,
            next: "Its columns are \(names.joined(separator: ", ")).")
    }
}

// MARK: Values

extension Preparation {
    mutating func prepare(
        _ cell: SeedCell, of table: Table
    ) throws(Failure) -> PreparedCell {
        let column = try column(cell.column, of: table)
        let place = cell.expression.place
        var prepared = PreparedCell(
            column: column, place: place, value: .value(.null), shown: "NULL", policy: .always)
        switch cell.expression.kind {
        case .null: break
        case .text(let template): try fillText(&prepared, template, isSecret: false)
        case .secret(let template): try fillText(&prepared, template, isSecret: true)
        case .sha256(let template): try fillDigest(&prepared, template)
        case .base64(let template): try fillBytes(&prepared, template)
        case .file(let word): try fillContent(&prepared, word)
        case .field(let header, _):
            throw failure("names the header \(header), but there is no data file", place)
        case .json(let json): try fillJSON(&prepared, json)
        case .sequence(let number): try fillNumber(&prepared, number)
        case .hash(let hash, let template): try hide(&prepared, hash, of: template)
        case .generatedHash(let hash, let length):
            try hide(&prepared, .generatedHash(hash, length: length), "a hash")
        case .generated(let length):
            try hide(&prepared, .generated(length: length), "a password")
        case .uuid(let version): try promiseUUID(&prepared, version)
        case .now: try promiseNow(&prepared)
        case .reference(let reference):
            prepared.value = .reference(try prepare(reference, for: column, of: table, place))
            prepared.shown = "!ref \(reference.table.text)"
        case .sql(let expressions):
            prepared.value = .sql(
                try seed.expression(expressions, for: connection.dialect, at: place))
            prepared.shown = "!sql"
        }
        return prepared
    }

    // MARK: Values that the file holds

    private mutating func fillText(
        _ prepared: inout PreparedCell, _ template: Template, isSecret: Bool
    ) throws(Failure) {
        let column = prepared.column
        try fill(&prepared, template, isSecret: isSecret) { (text, dialect) throws(Misfit) in
            try column.value(of: text, on: dialect)
        }
    }

    private mutating func fillDigest(
        _ prepared: inout PreparedCell, _ template: Template
    ) throws(Failure) {
        let column = prepared.column
        try fill(&prepared, template, isSecret: true) { (text, dialect) throws(Misfit) in
            let digest = SHA256Text(of: text)
            guard column.meaning != .bytes else { return .bytes(digest.bytes) }
            return try column.value(of: digest.text, on: dialect)
        }
    }

    private mutating func fillBytes(
        _ prepared: inout PreparedCell, _ template: Template
    ) throws(Failure) {
        let column = prepared.column
        try fill(&prepared, template, isSecret: false) { (text, _) throws(Misfit) in
            guard let bytes = Base64.bytes(of: text) else {
                throw Misfit(message: "is no base 64")
            }
            return try column.value(of: bytes)
        }
    }

    private func fillContent(
        _ prepared: inout PreparedCell, _ word: SeedWord
    ) throws(Failure) {
        let column = prepared.column
        let content = try seed.source(of: word).content()
        prepared.shown = "!file \(word.text)"
        let value = try fit(prepared, "the file \(word.text)") { (_) throws(Misfit) in
            try column.value(of: content)
        }
        prepared.value = .value(value)
    }

    private func fillNumber(_ prepared: inout PreparedCell, _ number: Int64) throws(Failure) {
        let column = prepared.column
        prepared.value = .value(
            try fit(prepared, "\(number)") { (dialect) throws(Misfit) in
                try column.value(of: String(number), on: dialect)
            })
        prepared.shown = String(number)
    }

    private mutating func fill(
        _ prepared: inout PreparedCell, _ template: Template, isSecret: Bool,
        _ body: (String, Dialect) throws(Misfit) -> Value
    ) throws(Failure) {
        let resolved = try resolve(template, at: prepared.place)
        let isHidden = isSecret || resolved.isSecret
        if isHidden { secrets.insert(resolved.text) }
        prepared.shown = isHidden ? "***" : resolved.text
        let value = try fit(prepared, isHidden ? "***" : "\"\(resolved.text)\"") {
            (dialect) throws(Misfit) in
            try body(resolved.text, dialect)
        }
        prepared.value = .value(value)
    }

    private func fillJSON(
        _ prepared: inout PreparedCell, _ json: JSONTemplate
    ) throws(Failure) {
        let meaning = prepared.column.meaning
        guard [.json, .text, .other].contains(meaning) else {
            throw misfit(prepared, "JSON", "is JSON")
        }
        let text: String
        do throws(TemplateError) {
            text = try json.text(settings)
        } catch {
            throw failure(error.message, prepared.place)
        }
        if let offset = JSONText.mistake(in: text) {
            throw misfit(prepared, "the text", "is no JSON from its byte \(offset + 1) on")
        }
        prepared.shown = "JSON"
        let array = prepared.column.isArray ? ArrayLiteral.text(ofJSON: text) : nil
        prepared.value = .value(.text(array ?? text))
    }

    // MARK: Values that are made when the row is written

    private mutating func hide(
        _ prepared: inout PreparedCell, _ hash: PasswordHash, of template: Template
    ) throws(Failure) {
        let text = try resolve(template, at: prepared.place).text
        secrets.insert(text)
        try seed.check(text, for: hash, in: prepared.column.name, at: prepared.place)
        try hide(&prepared, .hash(hash, Secret(text)), "a hash")
    }

    private func hide(
        _ prepared: inout PreparedCell, _ value: PreparedValue, _ subject: String
    ) throws(Failure) {
        guard [.text, .other].contains(prepared.column.meaning) else {
            throw misfit(prepared, subject, "is text")
        }
        (prepared.value, prepared.shown) = (value, "***")
    }

    /// Tries the column with a UUID of zeros; the row's own is made later.
    private func promiseUUID(
        _ prepared: inout PreparedCell, _ version: UUIDBytes.Version
    ) throws(Failure) {
        let column = prepared.column
        _ = try fit(prepared, "!uuid") { (_) throws(Misfit) in
            try column.value(of: UUIDBytes(bytes: [UInt8](repeating: 0, count: 16)))
        }
        (prepared.value, prepared.shown) = (.uuid(version), "!uuid \(version.rawValue)")
    }

    /// Tries the column with a moment; the row's own is taken later.
    private func promiseNow(_ prepared: inout PreparedCell) throws(Failure) {
        let column = prepared.column
        _ = try fit(prepared, "!now") { (dialect) throws(Misfit) in
            try column.value(of: Moment(seconds: 0), on: dialect)
        }
        (prepared.value, prepared.shown) = (.now, "!now")
    }

    // MARK: What all of them need

    private func resolve(
        _ template: Template, at place: Place
    ) throws(Failure) -> Template.Resolved {
        do throws(TemplateError) {
            return try template.resolve(settings)
        } catch {
            throw failure(error.message, place)
        }
    }

    private func fit<Result>(
        _ prepared: PreparedCell, _ subject: String,
        _ body: (Dialect) throws(Misfit) -> Result
    ) throws(Failure) -> Result {
        do throws(Misfit) {
            return try body(connection.dialect)
        } catch {
            throw misfit(prepared, subject, error.message)
        }
    }

    private func misfit(
        _ prepared: PreparedCell, _ subject: String, _ message: String
    ) -> Failure {
        let column = prepared.column
        return failure(
            "does not fit the column \(column.name), which is \(column.type): \(subject) \(message)",
            prepared.place)
    }
}

// MARK: References

extension Preparation {
    private mutating func prepare(
        _ reference: SeedReference, for column: Column, of table: Table, _ place: Place
    ) throws(Failure) -> PreparedReference {
        let name = TableName(parsing: reference.table.text)
        let target = try describe(name, at: reference.table.place)
        let wanted = try wanted(by: reference, in: target, for: column, of: table, place)
        var conditions: [PreparedCell] = []
        for cell in reference.conditions { conditions.append(try prepare(cell, of: target)) }
        return PreparedReference(
            table: target, column: wanted, conditions: conditions, place: place)
    }

    /// The column whose value a reference stands for.
    func wanted(
        by reference: SeedReference, in target: Table, for column: Column, of table: Table,
        _ place: Place
    ) throws(Failure) -> String {
        if let named = reference.column { return try self.column(named, of: target).name }
        if let pointed = Self.pointed(from: column.name, of: table, at: target) { return pointed }
        guard target.primaryKey.count == 1 else {
            throw failure(
                "does not say which column of \(target.name.name) it wants", place,
                next: "Add `column: NAME`: no foreign key says it, and the primary key has "
                    + "\(target.primaryKey.count) columns.")
        }
        return target.primaryKey[0]
    }

    /// The column that `table`'s foreign key on `column` points at, when it points at `target`.
    private static func pointed(
        from column: String, of table: Table, at target: Table
    ) -> String? {
        for key in table.foreignKeys where key.table.name == target.name.name {
            guard let index = key.columns.firstIndex(of: column) else { continue }
            return key.targets[index]
        }
        return nil
    }
}
