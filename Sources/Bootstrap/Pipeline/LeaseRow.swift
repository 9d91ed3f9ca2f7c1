/// The SQL of `bootstrap_lease`: a table beside the history, with a row for each history of its
/// schema.
struct LeaseRow: Sendable {
    private var own: OwnTable
    private let name: String
    private var dialect: Dialect { own.dialect }

    init(_ history: History) {
        own = OwnTable(
            TableName(schema: history.table.schema, "bootstrap_lease"), history.dialect)
        name = own.dialect.literal(Applied.key(history.table.name))
    }

    /// What the row says.
    struct State: Equatable {
        /// Grows with each owner.
        var token: Int64
        /// Grows while its owner lives.
        var beat: Int64
        /// `bootstrap/17@web-1`; empty when nobody has it.
        var owner: String
        /// The database's number of the session that took it.
        var session: String
        /// How long it may stand still before others may take it over, by its owner's settings.
        var lasts: Duration
        /// When it was taken, for people.
        var since: String
        /// What its owner is doing, for people.
        var doing: String

        var isFree: Bool { owner.isEmpty }

        /// Whether nothing has happened between two looks.
        func isStill(since other: State) -> Bool { (token, beat) == (other.token, other.beat) }
    }

    private var quoted: String { own.quoted }

    /// The table's declaration; upgrades of it must be additive, as the history's.
    private var declaration: String {
        let types = dialect.history
        let columns = [
            "name \(types.key) NOT NULL PRIMARY KEY", "token \(types.integer) NOT NULL",
            "beat \(types.integer) NOT NULL", "owner \(types.text) NOT NULL",
            "session \(types.text) NOT NULL",
            // In milliseconds.
            "lasts \(types.integer) NOT NULL", "since \(types.timestamp) NOT NULL",
            "doing \(types.text) NOT NULL",
        ]
        return "CREATE TABLE \(quoted) (\(columns.joined(separator: ", ")))" + types.tableOptions
    }

    /// The row as it is now; `nil` where there is none.
    ///
    /// - `creating`: whether a table that is missing is created; else there is no row.
    mutating func read(
        on connection: any Connection, creating: Bool
    ) throws(DatabaseError) -> State? {
        do throws(DatabaseError) { return try select(on: connection) } catch {
            guard error.kind == .rejected else { throw error }
            guard creating else { return nil }
        }
        try own.create(declaration, on: connection)
        try own.resolve(on: connection)
        return try select(on: connection)
    }

    private mutating func select(on connection: any Connection) throws(DatabaseError) -> State? {
        let since = dialect.history.timestampText.replacing("{}", with: "since")
        let rows = try connection.run(
            "SELECT token, beat, owner, session, lasts, \(since), doing FROM \(quoted) "
                + "WHERE name = \(name)")
        // Migrations may change where a name without its schema leads.
        try own.resolve(on: connection)
        guard let row = rows.first, row.count == 7, let token = row[0].integer,
            let beat = row[1].integer
        else { return nil }
        return State(
            token: token, beat: beat, owner: row[2].text ?? "", session: row[3].text ?? "",
            lasts: .milliseconds(row[4].integer ?? 0), since: row[5].text ?? "",
            doing: row[6].text ?? "")
    }

    /// Puts the row there, with the token 1.
    ///
    /// - Returns: false where another run was faster.
    mutating func insert(
        on connection: any Connection, _ owner: Owner, lasts: Duration
    ) throws(DatabaseError) -> Bool {
        do throws(DatabaseError) {
            try connection.run(
                "INSERT INTO \(quoted) (name, token, beat, owner, session, lasts, since, doing) "
                    + "VALUES (\(name), 1, 0, \(text(owner)), \(dialect.history.session), "
                    + "\(lasts.wholeMilliseconds), \(dialect.history.now), '')")
            return true
        } catch {
            guard error.kind == .rejected, try select(on: connection) != nil else { throw error }
            return false
        }
    }

    /// Makes the row ours if it is still as `state`.
    ///
    /// - Returns: false where it is not.
    func take(
        from state: State, on connection: any Connection, _ owner: Owner, lasts: Duration
    ) throws(DatabaseError) -> Bool {
        let changed = try connection.change(
            "UPDATE \(quoted) SET token = token + 1, beat = 0, owner = \(text(owner)), "
                + "session = \(dialect.history.session), lasts = \(lasts.wholeMilliseconds), "
                + "since = \(dialect.history.now), doing = '' "
                + "WHERE name = \(name) AND token = \(state.token) AND beat = \(state.beat)")
        return changed == 1
    }

    /// Counts the beat up; changes no row where the token is another's.
    func beat(_ token: Int64, doing: String) -> String {
        "UPDATE \(quoted) SET beat = beat + 1, doing = \(dialect.literal(doing)) "
            + "WHERE name = \(name) AND token = \(token)"
    }

    /// Gives the row back.
    ///
    /// The token grows here too: what the owner's session may still be at fails at it.
    func release(_ token: Int64) -> String {
        "UPDATE \(quoted) SET owner = '', doing = '', token = token + 1 "
            + "WHERE name = \(name) AND token = \(token)"
    }

    /// True while the token is `token`, as far as the session sees.
    func condition(_ token: Int64) -> String {
        "(SELECT token FROM \(quoted) WHERE name = \(name)) = \(token)"
    }

    /// Writes the row, or fails where the token is another's, which the write sees whatever the
    /// transaction's snapshot is.
    func fence(_ token: Int64) -> String {
        let one = dialect.guardStatement.replacing("{}", with: "token = \(token)")
            .dropFirst("SELECT ".count)
        return "UPDATE \(quoted) SET beat = beat + \(one) WHERE name = \(name)"
    }

    private func text(_ owner: Owner) -> String { dialect.literal(owner.applicationName) }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int { Int(milliseconds) }
}
