/// A table of ours in the user's database: where it is, and how it comes to be.
struct OwnTable: Sendable {
    /// The table's name, with its schema once that is known.
    private(set) var table: TableName
    let dialect: Dialect

    init(_ table: TableName, _ dialect: Dialect) {
        self.table = table
        self.dialect = dialect
    }

    var quoted: String { dialect.quoted(table) }

    /// The schemas that have a table of this name; only the named one when the name has a schema.
    func schemas(on connection: any Connection) throws(DatabaseError) -> [String] {
        let rows = try connection.run(dialect.history.schemasOfTable, [.text(table.name)])
        let found = rows.compactMap { $0.first?.text }
        guard let schema = table.schema else { return found }
        return found.filter { $0 == schema }
    }

    /// Puts the schema to the name, so that a migration which moves search_path loses nothing.
    mutating func resolve(on connection: any Connection) throws(DatabaseError) {
        guard table.schema == nil else { return }
        table.schema = try schemas(on: connection).first
    }

    /// Creates the table by `declaration`.
    ///
    /// Another run may have been faster.
    func create(_ declaration: String, on connection: any Connection) throws(DatabaseError) {
        do throws(DatabaseError) {
            try connection.run(declaration)
        } catch {
            // Without a lock two runs create it at once; the loser's error differs by engine.
            guard error.kind == .rejected, try !schemas(on: connection).isEmpty else { throw error }
        }
    }
}
