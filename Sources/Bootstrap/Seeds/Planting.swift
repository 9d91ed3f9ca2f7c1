/// What planting a seed did.
package struct SeedOutcome: Sendable, Equatable {
    /// How many rows were made, changed and left.
    package var counts = SeedCounts()
    /// What a person should know, one sentence each; never with a secret.
    package var notes: [String] = []
    /// Passwords that were made: to be shown once, after the seed is committed.
    package var generated: [Generated] = []

    /// A password that was made with a row.
    package struct Generated: Sendable, Equatable {
        /// Whose it is: `user email=admin@example.com, hashed_password`.
        package var owner: String
        /// The password.
        package var password: Secret
    }

    /// Nothing done.
    package init() {}
}

extension Seed {
    /// Plants the seed in the transaction that the caller has opened, and will roll back when this
    /// throws.
    ///
    /// Rows are found by their key *in the database*, whose collation decides what is equal. One
    /// that is missing is inserted; one that is there is left alone, or updated by an `upsert`
    /// where it differs.
    ///
    /// - `progress`: is told how far a data file was read.
    package func plant(
        on connection: any Connection, settings: Settings, chance: Chance = Chance(now: Moment.now),
        progress: @escaping SeedProgress = { _ in }
    ) throws(Failure) -> SeedOutcome {
        if let script { return try plant(script, on: connection, settings: settings) }
        var preparation = Preparation(self, on: connection, settings: settings)
        let tables = try preparation.tables()
        var planting = Planting(
            seed: self, connection: connection, chance: chance, secrets: preparation.secrets,
            progress: progress)
        try planting.plant(tables, in: steps(settings))
        return planting.outcome
    }
}

/// Writes prepared rows.
struct Planting {
    let seed: Seed
    let connection: any Connection
    let chance: Chance
    let progress: SeedProgress
    /// Whether it is only worked out what would be planted: then no row is locked, and one that is not
    /// there yet has no value.
    let isRehearsal: Bool
    var secrets: Set<String>
    var outcome = SeedOutcome()
    /// The keys of the rows so far.
    private var keys = SeedKeys<Value>()

    var dialect: Dialect { connection.dialect }

    init(
        seed: Seed, connection: any Connection, chance: Chance, secrets: Set<String>,
        progress: @escaping SeedProgress = { _ in }, isRehearsal: Bool = false
    ) {
        self.seed = seed
        self.connection = connection
        self.chance = chance
        self.secrets = secrets
        self.progress = progress
        self.isRehearsal = isRehearsal
    }

    /// Plants rows step by step; what is about a table as a whole comes behind all of them.
    mutating func plant(
        _ tables: [PreparedTable], in steps: [SeedFile.Step]
    ) throws(Failure) {
        for table in tables { try begin(table) }
        var inserted = Array(repeating: 0, count: tables.count)
        for step in steps {
            let (table, before) = (tables[step.table], outcome.counts.inserted)
            if let row = step.row {
                try plant(table.rows[row], in: table, number: step.table)
            } else if let data = table.data {
                try plant(data, in: table)
            }
            inserted[step.table] += outcome.counts.inserted - before
        }
        for (table, inserted) in zip(tables, inserted) {
            if table.seed.mode == .sync, table.data == nil { try deleteSurplus(of: table) }
            if inserted > 0 { try alignSequences(of: table) }
        }
    }

    private mutating func begin(_ table: PreparedTable) throws(Failure) {
        if table.seed.mode == .sync { try hold(table) }
        if !table.isKeyUnique, !table.rows.isEmpty || table.data != nil {
            outcome.notes.append(
                "\(table.table.name.name) has no unique index on "
                    + "\(table.keyNames.joined(separator: ", ")): only the lock keeps two runs from "
                    + "planting the same row")
        }
    }

    private mutating func plant(
        _ row: PreparedRow, in table: PreparedTable, number: Int
    ) throws(Failure) {
        let key = try bind(table.keyNames, of: row)
        let words = Self.words(key)
        let values = key.compactMap(\.operand.value)
        try checkThatNew(values, called: words, row, in: table, number: number)
        if let found = try find(key, row, in: table) {
            // The database may hold equal what Swift does not: `A@x` is `a@x` in many collations.
            try checkThatNew(found.key, called: words, row, in: table, number: number)
            return try keep(found, key, row, in: table)
        }
        let cells = try bind(row.cells, ofRow: row, key: key)
        let made = try insert(cells, row, into: table)
        guard made else {
            // Another run was faster: what it planted is there now, committed.
            guard let found = try find(key, row, in: table, locking: true) else {
                throw seed.shown(
                    Failure(
                        .busy, "another run planted this row and took it away again",
                        place: row.place))
            }
            return try keep(found, key, row, in: table)
        }
        outcome.counts.inserted += 1
    }

    /// Refuses a second row with one key, which would be dropped or written over in each run.
    mutating func checkThatNew(
        _ values: [Value], called words: String, _ row: PreparedRow, in table: PreparedTable,
        number: Int
    ) throws(Failure) {
        guard values.count == table.keyNames.count else { return }
        let failure = keys.add(
            values, called: words, of: row.place, in: table.seed, number: number)
        if let failure { throw seed.shown(failure) }
    }
}

// MARK: Binding

/// A column and what is written into it.
struct BoundCell {
    var column: Column
    var operand: Operand
    var shown: String

    /// A bound parameter, or an expression of the seed's own.
    enum Operand {
        case value(Value)
        case sql(String)
    }
}

extension Planting {
    /// The key's columns with their values; a reference that finds nothing is a failure.
    mutating func bind(
        _ names: [String], of row: PreparedRow
    ) throws(Failure) -> [BoundCell] {
        var cells: [BoundCell] = []
        for name in names {
            guard let cell = row[name] else { continue }
            let bound = try bind(cell, row)
            guard !bound.operand.isNull else { throw nullInKey(cell) }
            cells.append(bound)
        }
        return cells
    }

    func nullInKey(_ cell: PreparedCell) -> Failure {
        failure(
            "is NULL in the key column \(cell.column.name)", cell.place,
            next: "NULL equals nothing, so the row would be planted again each time.")
    }

    /// All columns of a row that is about to be made: only now are passwords hashed.
    mutating func bind(
        _ cells: [PreparedCell], ofRow row: PreparedRow, key: [BoundCell]
    ) throws(Failure) -> [BoundCell] {
        var bound: [BoundCell] = []
        for cell in cells {
            if let known = key.first(where: { $0.column.name == cell.column.name }) {
                bound.append(known)
            } else {
                bound.append(try bind(cell, row, owner: owner(key)))
            }
        }
        return bound
    }

    mutating func bind(
        _ cell: PreparedCell, _ row: PreparedRow, owner: String = ""
    ) throws(Failure) -> BoundCell {
        let column = cell.column
        var shown = cell.shown
        let operand: BoundCell.Operand
        switch cell.value {
        case .value(let value): operand = .value(value)
        case .sql(let expression): operand = .sql(expression)
        case .hash(let hash, let secret):
            operand = .value(.text(try make(hash, secret.reveal(), at: cell.place)))
        case .generatedHash(let hash, let length):
            let password = generate(length, for: "\(owner), \(column.name)")
            operand = .value(.text(try make(hash, password, at: cell.place)))
        case .generated(let length):
            operand = .value(.text(generate(length, for: "\(owner), \(column.name)")))
        case .uuid(let version):
            let uuid = UUIDBytes(version, chance)
            operand = .value((try? column.value(of: uuid)) ?? .text(uuid.text))
        case .now:
            let moment = chance.now()
            let value = try? column.value(of: moment, on: dialect)
            operand = .value(value ?? .text(moment.text(dialect.seeds.moment)))
        case .reference(let reference):
            let value = try find(reference, row)
            operand = .value(value)
            shown = value.text ?? shown
        }
        return BoundCell(column: column, operand: operand, shown: shown)
    }

    private mutating func generate(_ length: Int, for owner: String) -> String {
        let password = chance.password(length: length)
        secrets.insert(password)
        outcome.generated.append(.init(owner: owner, password: Secret(password)))
        return password
    }

    private func make(
        _ hash: PasswordHash, _ password: String, at place: Place
    ) throws(Failure) -> String {
        guard let text = hash.hash(password, salt: chance.bytes(PasswordHash.saltSize)) else {
            throw Failure(
                .internalError, "cannot hash a password: \(hash.tag) needs 64 MB of memory",
                place: place)
        }
        return text
    }

    /// Looks for the one row that a `!ref` means.
    private mutating func find(
        _ reference: PreparedReference, _ row: PreparedRow
    ) throws(Failure) -> Value {
        var conditions: [BoundCell] = []
        for cell in reference.conditions { conditions.append(try bind(cell, row)) }
        let found = try values(of: reference, conditions)
        // A row that is not there yet: the rehearsal has seen that it would be.
        if isRehearsal, found.isEmpty { return .null }
        guard found.count == 1 else {
            throw failure(
                found.count, of: reference.table, Self.words(conditions), at: reference.place)
        }
        return found[0]
    }

    /// The values of all rows that have what a `!ref` asks for.
    func values(
        of reference: PreparedReference, _ conditions: [BoundCell]
    ) throws(Failure) -> [Value] {
        var sql = SeedSQL(dialect)
        sql +=
            "SELECT \(dialect.quoted(reference.column)) FROM \(dialect.quoted(reference.table.name))"
        sql.add(conditions: conditions)
        return try run(sql, at: reference.place).compactMap(\.first)
    }

    /// That a `!ref` means so many rows, and not one.
    func failure(_ count: Int, of table: Table, _ words: String, at place: Place) -> Failure {
        let name = table.name.name
        return failure(
            count == 0
                ? "finds no row of \(name) with \(words)"
                : "finds \(count) rows of \(name) with \(words), and needs one",
            place,
            next: count == 0 ? "Plant that row in a table or a seed before this one." : nil)
    }
}

extension BoundCell.Operand {
    /// The bound value; `nil` for an expression.
    var value: Value? {
        guard case .value(let value) = self else { return nil }
        return value
    }

    var isNull: Bool {
        guard case .value(.null) = self else { return false }
        return true
    }
}

// MARK: Words

extension Planting {
    /// Columns with their values, as `email=a@x, name=***`.
    static func words(_ cells: [BoundCell]) -> String {
        cells.map { "\($0.column.name)=\($0.shown)" }.joined(separator: ", ")
    }

    func owner(_ key: [BoundCell]) -> String { Self.words(key) }

    func failure(_ headline: String, _ place: Place, next: String? = nil) -> Failure {
        seed.shown(Failure(.rejected, headline, place: place, next: next))
    }

    func run(_ sql: SeedSQL, at place: Place) throws(Failure) -> [[Value]] {
        do throws(DatabaseError) {
            return try connection.run(sql.text, sql.parameters)
        } catch {
            throw failure(error, at: place)
        }
    }

    /// Runs a statement without parameters that is ours.
    func execute(_ sql: String, at place: Place) throws(Failure) {
        do throws(DatabaseError) { try connection.run(sql) } catch {
            throw failure(error, at: place)
        }
    }

    /// The engine's own error at a place of the seed, with every secret masked.
    func failure(_ error: DatabaseError, at place: Place) -> Failure {
        var error = error
        for secret in secrets where !secret.isEmpty {
            error.message = error.message.replacing(secret, with: "***")
        }
        // It counts characters of a statement that is ours, not the file's.
        error.position = nil
        return seed.shown(Failure(seed: error, at: place, product: connection.server.product))
    }
}

extension Failure {
    /// What the database said while a seed was planted.
    init(seed error: DatabaseError, at place: Place, product: String) {
        let status: ExitStatus
        switch error.kind {
        case .denied: status = .denied
        case .busy: status = .busy
        case .lost, .unavailable, .readOnly: status = .unavailable
        case .interrupted, .rejected, .missingDatabase: status = .rejected
        }
        self.init(status, "cannot be planted", place: place, cause: error, product: product)
    }
}

/// A statement while it is put together, with its parameters in their order.
struct SeedSQL {
    private let dialect: Dialect
    private(set) var text = ""
    private(set) var parameters: [Value] = []

    init(_ dialect: Dialect) { self.dialect = dialect }

    static func += (sql: inout SeedSQL, text: String) { sql.text += text }

    /// The placeholder of one more parameter, or the seed's own expression in parentheses.
    mutating func operand(_ operand: BoundCell.Operand) -> String {
        switch operand {
        case .sql(let expression): return "(\(expression))"
        case .value(let value):
            parameters.append(value)
            return dialect.placeholder(parameters.count)
        }
    }

    /// The condition that a column holds a value already.
    mutating func same(_ cell: BoundCell) -> String {
        let name = dialectName(cell.column)
        return dialect.seeds.same(cell.column, name: name, value: operand(cell.operand))
    }

    func dialectName(_ column: Column) -> String { dialect.quoted(column.name) }

    /// Adds a condition for each cell, as `WHERE a = ? AND b IS NULL`.
    mutating func add(conditions cells: [BoundCell]) {
        for (index, cell) in cells.enumerated() {
            text += (index == 0 ? " WHERE " : " AND ") + holds(cell)
        }
    }

    /// The condition that a row has a cell's value; `table` is what stands before the column's name.
    mutating func holds(_ cell: BoundCell, _ table: String = "") -> String {
        let name = table + dialect.quoted(cell.column.name)
        return name + (cell.operand.isNull ? " IS NULL" : " = " + operand(cell.operand))
    }
}
