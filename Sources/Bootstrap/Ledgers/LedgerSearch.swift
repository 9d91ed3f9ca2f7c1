/// Looks for the tables in which other tools keep what they have applied.
struct LedgerSearch {
    let run: Run
    let connection: any Connection

    /// The ledgers in the session's own schema, and in the schemas that tools have for themselves.
    ///
    /// - `tool`: whose; `nil` for any.
    /// - `table`: its table's name, where it is not the usual one.
    func tables(
        of tool: String? = nil, named table: TableName? = nil
    ) throws(Failure) -> [LedgerTable] {
        let ledgers = Ledgers.all.filter { tool == nil || $0.tool == tool }
        return try looking { () throws(DatabaseError) in
            let found = try names(
                (table.map { [$0] } ?? ledgers.flatMap { $0.tables }).map(\.name) + Self.companions)
            let others = Set(found.map { $0.table.name.lowercased() })
            var tables: [LedgerTable] = []
            for (name, isOwn) in found {
                let candidates = ledgers.filter { ledger in
                    (table.map { [$0] } ?? ledger.tables).contains { name.fits($0, isOwn: isOwn) }
                }
                guard !candidates.isEmpty, let table = try connection.describe(name) else {
                    continue
                }
                for ledger in candidates where ledger.shape.fits(table, beside: others) {
                    tables.append(
                        LedgerTable(
                            ledger: ledger, table: table, database: run.driver.databaseName))
                }
            }
            return tables
        }
    }

    /// Refuses a database that another tool has migrated, before there is a history of ours: all that it
    /// has applied would run again.
    func checkNoneIsFilled() throws(Failure) {
        guard !run.source.migrations.isEmpty, let found = try filled().first else { return }
        let tool = found.ledger.tool
        throw Failure(
            .configuration,
            "\(tool) has migrated this database (its table \(found.table.name) says so), and there is no "
                + "history of ours",
            state: "Nothing was changed.",
            next:
                "say bootstrap adopt --dry-run, which shows what it would take over, and bootstrap adopt; "
                + "where that table is another application's, bootstrap adopt --from none")
    }

    /// The only table that says that something was applied; `nil` where none does, 78 where several do.
    func onlyFilled() throws(Failure) -> LedgerTable? {
        let filled = try filled()
        guard filled.count > 1 else { return filled.first }
        let names = filled.map { "\($0.ledger.tool) (\($0.table.name))" }
        throw Failure(
            .configuration,
            "several tools have applied migrations here: \(names.joined(separator: " and "))",
            state: "Nothing was changed.", next: "say whose history counts with adopt --from TOOL")
    }

    /// The tables that say that something was applied.
    func filled() throws(Failure) -> [LedgerTable] {
        var filled: [LedgerTable] = []
        for table in try tables() where try !contents(of: table).isEmpty { filled.append(table) }
        return filled
    }

    /// Those of some tables, by their names in lower case, that are there.
    func present(_ tables: [String]) throws(Failure) -> Set<String> {
        guard !tables.isEmpty else { return [] }
        return try looking { () throws(DatabaseError) in
            Set(try names(tables).map { $0.table.name.lowercased() })
        }
    }

    /// What a ledger says.
    ///
    /// - `isLocking`: whether others may not change it until this transaction ends.
    func contents(
        of found: LedgerTable, locking isLocking: Bool = false
    ) throws(Failure) -> LedgerContents {
        let columns = found.table.columns.map(\.name)
        let dialect = connection.dialect
        let list = columns.map(dialect.quoted).joined(separator: ", ")
        let rows = try looking { () throws(DatabaseError) in
            try connection.run(
                "SELECT \(list) FROM \(dialect.quoted(found.table.name))"
                    + (isLocking ? dialect.seeds.lockRows : ""))
        }
        let names = columns.map { $0.lowercased() }
        return found.ledger.contents(
            of: rows.map { row in
                LedgerRow(Dictionary(zip(names, row), uniquingKeysWith: { first, _ in first }))
            })
    }

    /// Which tables of these names there are, and whether the session finds them without a schema.
    private func names(
        _ names: [String]
    ) throws(DatabaseError) -> [(table: TableName, isOwn: Bool)] {
        let dialect = connection.dialect
        guard !dialect.ledgers.tables.isEmpty else { return [] }
        let list = Set(names.map { $0.lowercased() }).sorted().map { dialect.literal($0) }
            .joined(separator: ", ")
        let rows = try connection.run(dialect.ledgers.tables.replacing("{}", with: list))
        return rows.compactMap { row in
            guard row.count == 3, let schema = row[0].text, let name = row[1].text else {
                return nil
            }
            return (TableName(schema: schema, name), row[2].isTrue)
        }
    }

    private static let companions = Ledgers.all.flatMap {
        [$0.shape.companion, $0.shape.stranger].compactMap { $0 }
    }

    private func looking<Result>(
        _ body: () throws(DatabaseError) -> Result
    ) throws(Failure) -> Result {
        do throws(DatabaseError) {
            return try run.look(on: connection, body)
        } catch {
            throw Failure(
                ExitStatus(working: error.kind),
                "cannot read what other tools have applied to this database", cause: error,
                product: connection.server.product, state: "Nothing was changed.",
                next: error.kind == .denied
                    ? "give this user SELECT on that tool's table, and run the same command again"
                    : "run the same command again")
        }
    }
}

extension TableName {
    /// Whether this table, which was found, is where a tool has its own.
    ///
    /// - `isOwn`: whether the session finds it without a schema.
    fileprivate func fits(_ usual: TableName, isOwn: Bool) -> Bool {
        guard name.lowercased() == usual.name.lowercased() else { return false }
        return usual.schema.map { $0 == schema } ?? isOwn
    }
}
