/// The one table that we own in the user's database, in SQL that every engine takes.
struct History {
    private var own: OwnTable
    /// How long a question may take before anything was done; `nil` where all are waited for, since
    /// the answer decides what became of the work.
    var patience: Patience?

    /// How a question is waited for, and how long.
    struct Patience {
        var watch: () -> Watch
        var time: Duration
    }

    /// What the table held when it was read.
    struct Snapshot {
        /// False where there is no history yet.
        var exists: Bool
        var rows: [Applied]
        /// Whether the server takes no writes, as far as a row could tell.
        var isReadOnly = false

        /// Whether anything here was applied in production.
        var isProduction: Bool { rows.contains { $0.environment == "production" } }
    }

    /// The checksums of rows, to be taken one by one; quickest in the order in which they came.
    struct Glance {
        private var rows: [(key: HistoryKey, checksum: String)] = []
        /// The first row that was not taken, as long as all were taken in their order.
        private var next = 0
        /// The rows that are left, once one was taken out of its order.
        private var others: [HistoryKey: String]?

        init(minimumCapacity: Int) { rows.reserveCapacity(minimumCapacity) }

        mutating func append(_ key: HistoryKey, _ checksum: String) { rows.append((key, checksum)) }

        /// The checksum of the row with this key, which is then gone; `nil` where there is none.
        mutating func take(_ key: HistoryKey) -> String? {
            if others == nil, next < rows.count, rows[next].key == key {
                defer { next += 1 }
                return rows[next].checksum
            }
            let rest = rows[next...].lazy.map { ($0.key, $0.checksum) }
            var others = self.others ?? Dictionary(rest) { _, last in last }
            defer { self.others = others }
            self.others = nil
            return others.removeValue(forKey: key)
        }

        /// The keys of the rows that were not taken.
        var keys: [HistoryKey] {
            others.map { Array($0.keys) } ?? rows[next...].map(\.key)
        }
    }

    init(_ table: TableName, _ dialect: Dialect) {
        own = OwnTable(table, dialect)
    }

    /// The table's name, with its schema once that is known.
    var table: TableName { own.table }
    var dialect: Dialect { own.dialect }
    var quoted: String { own.quoted }

    /// The columns that a run reads; a table from a newer version may have more.
    var selection: String {
        "SELECT \(Self.columns.joined(separator: ", ")), (\(dialect.readOnlyExpression)) FROM \(quoted)"
    }

    private static let columns = [
        "kind", "id", "name", "checksum", "fingerprint", "state", "done", "total", "statement",
        "environment",
    ]

    /// What `status` shows beside ``selection``: when, who, and what went wrong.
    var details: String {
        let finished = dialect.history.timestampText.replacing("{}", with: "finished_at")
        return "SELECT kind, id, \(finished), applied_by, error FROM \(quoted)"
    }

    /// The table's declaration.
    ///
    /// Changes to it must be additive: an old image meets newer tables.
    var declaration: String {
        let (key, text, long) = (dialect.history.key, dialect.history.text, dialect.portable.text)
        let (integer, timestamp) = (dialect.history.integer, dialect.history.timestamp)
        let columns = [
            "kind \(key) NOT NULL", "id \(key) NOT NULL", "name \(text) NOT NULL",
            "checksum \(key) NOT NULL", "fingerprint \(key) NOT NULL", "state \(key) NOT NULL",
            // Statements done of total, the one in flight, and what it was compared with.
            "done \(integer) NOT NULL", "total \(integer) NOT NULL", "statement \(integer)",
            "hashes \(long)", "definitions \(long)",
            "started_at \(timestamp) NOT NULL", "finished_at \(timestamp)",
            // Who: the database's user, our process and host, the database's session, our version.
            "applied_by \(text) NOT NULL", "process \(text) NOT NULL", "session \(text) NOT NULL",
            "version \(key) NOT NULL", "environment \(text) NOT NULL", "server \(text) NOT NULL",
            "error \(long)", "PRIMARY KEY (kind, id)",
        ]
        return "CREATE TABLE \(quoted) (\(columns.joined(separator: ", ")))"
            + dialect.history.tableOptions
    }

    /// Reads the history, or finds out that there is none.
    ///
    /// A missing right, or a history that only another schema has, is a failure: taking either for
    /// "nothing applied yet" would run every migration again.
    func read(on connection: any Connection) throws(Failure) -> Snapshot {
        do throws(DatabaseError) {
            return try select(on: connection)
        } catch {
            guard error.kind == .rejected else { throw Failure(reading: self, error, connection) }
            return try confirmAbsence(error, on: connection)
        }
    }

    /// The checksums of all rows by their keys, in one round trip.
    ///
    /// `nil` where there is more to it: a row that is not done, no table, or one that cannot be
    /// read. ``read(on:)`` then finds out and says why.
    ///
    /// Throws where waiting may help: the server does not answer, or the table is locked.
    func glance(on connection: any Connection) throws(DatabaseError) -> Glance? {
        let rows: [[Value]]
        do throws(DatabaseError) {
            rows = try ask("SELECT kind, id, checksum, state FROM \(quoted)", on: connection)
        } catch {
            switch error.kind {
            case .unavailable, .lost, .busy, .interrupted, .readOnly: throw error
            case .rejected, .denied, .missingDatabase: return nil
            }
        }
        var glance = Glance(minimumCapacity: rows.count)
        for row in rows {
            guard row.count == 4, let kind = row[0].text.flatMap(Applied.Kind.init),
                let id = row[1].text, let checksum = row[2].text,
                row[3].text == Applied.State.done.rawValue
            else { return nil }
            glance.append(HistoryKey(kind: kind, id: id), checksum)
        }
        return glance
    }

    private func ask(
        _ query: String, on connection: any Connection
    ) throws(DatabaseError) -> [[Value]] {
        guard let patience else { return try connection.run(query) }
        return try connection.look(patience.watch(), before: .now + patience.time) {
            () throws(DatabaseError) in try connection.run(query)
        }
    }

    private func select(on connection: any Connection) throws(DatabaseError) -> Snapshot {
        let rows = try ask(selection, on: connection)
        return Snapshot(
            exists: true, rows: rows.compactMap(Self.applied),
            isReadOnly: rows.first?.last?.isTrue ?? false)
    }

    /// Tells a history that is missing from one that has come to be meanwhile, or is elsewhere.
    private func confirmAbsence(
        _ error: DatabaseError, on connection: any Connection
    ) throws(Failure) -> Snapshot {
        var schema = ""
        do throws(DatabaseError) {
            if let found = try own.schemas(on: connection).first {
                schema = found
                // Another run may have created it since.
                return try select(on: connection)
            }
            if try hasSchema(on: connection) { return Snapshot(exists: false, rows: []) }
        } catch {
            guard error.kind == .rejected else { throw Failure(reading: self, error, connection) }
        }
        guard !schema.isEmpty else { throw noSchema(error, connection.server.product) }
        throw unreadable(error, in: schema, connection)
    }

    /// Whether the schema that the name has is there.
    private func hasSchema(on connection: any Connection) throws(DatabaseError) -> Bool {
        guard let schema = table.schema, !dialect.history.schema.isEmpty else { return true }
        return try !connection.run(dialect.history.schema, [.text(schema)]).isEmpty
    }

    /// That the name's schema is missing: it is the user's to create, like the name is theirs.
    func noSchema(_ cause: DatabaseError? = nil, _ product: String? = nil) -> Failure {
        Failure(
            .configuration, "there is no schema \(table.schema ?? "") for the history \(table)",
            cause: cause, product: product, state: "Nothing was changed.",
            next: "create the schema, or correct the option --history")
    }

    /// Why a table of the history's name cannot be read as one: another application's, out of sight,
    /// or damaged.
    private func unreadable(
        _ error: DatabaseError, in schema: String, _ connection: any Connection
    ) -> Failure {
        var failure = Failure(
            .configuration, "cannot read the history \(table)", cause: error,
            product: connection.server.product, state: "Nothing was changed.",
            next: error.remedy ?? "correct what the engine says, and run the same command again")
        let found: Table?
        do throws(DatabaseError) { found = try connection.describe(table) } catch {
            return failure
        }
        guard let found else {
            failure.headline += ", and schema \(schema) has a table of that name"
            failure.next =
                "set the role's search_path, or name the table with --history "
                + "\(schema).\(table.name)"
            return failure
        }
        let names = Set(found.columns.map(\.name))
        let missing = Self.columns.filter { !names.contains($0) }
        guard !missing.isEmpty else { return failure }
        failure.headline = "the table \(table) is not a history of this tool's"
        failure.next = "name another table with --history, or rename this one"
        return failure
    }

    /// Puts the schema to the name, so that a migration which moves search_path loses nothing.
    mutating func resolve(on connection: any Connection) throws(DatabaseError) {
        try own.resolve(on: connection)
    }

    /// The history with its schema, for looks that enter other databases.
    func resolved(on connection: any Connection) throws(Failure) -> History {
        var history = self
        do throws(DatabaseError) { try history.resolve(on: connection) } catch {
            throw Failure(
                .unavailable, "cannot read the history \(table)", cause: error,
                product: connection.server.product, state: "Nothing was changed.",
                next: "run the same command again")
        }
        return history
    }

    /// Creates the table; must be called inside the lock.
    func create(on connection: any Connection) throws(DatabaseError) {
        try own.create(declaration, on: connection)
    }

    private static func applied(_ row: [Value]) -> Applied? {
        guard row.count >= 10, let kind = row[0].text.flatMap(Applied.Kind.init) else { return nil }
        return Applied(
            kind: kind, id: row[1].text ?? "", name: row[2].text ?? "",
            checksum: row[3].text ?? "", fingerprint: row[4].text ?? "",
            state: row[5].text.flatMap(Applied.State.init) ?? .running,
            done: Int(row[6].integer ?? 0), total: Int(row[7].integer ?? 0),
            inFlight: row[8].integer.map { Int($0) }, environment: row[9].text ?? "")
    }
}

extension Failure {
    fileprivate init(
        reading history: History, _ error: DatabaseError, _ connection: any Connection
    ) {
        let status: ExitStatus = error.kind == .denied ? .denied : .unavailable
        self.init(
            status, "cannot read the history \(history.table)", cause: error,
            product: connection.server.product, state: "Nothing was changed.",
            next: error.kind == .denied
                ? "give this user its rights on the database, SELECT on \(history.table) among "
                    + "them, or use the user that owns it"
                : "run the same command again")
    }
}
