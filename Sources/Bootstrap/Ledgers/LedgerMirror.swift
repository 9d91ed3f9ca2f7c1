/// Keeps another tool's table in step with the history, so that both tools can go on side by side: what
/// either has applied, the other finds applied.
struct LedgerMirror {
    let run: Run
    let connection: any Connection
    let table: LedgerTable
    private let search: LedgerSearch

    /// Finds the only table that can be written; 78 where there is none, or more than one in use.
    init(run: Run, connection: any Connection) throws(Failure) {
        self.run = run
        self.connection = connection
        search = LedgerSearch(run: run, connection: connection)
        let tables = try search.tables()
        guard let found = tables.count > 1 ? try search.onlyFilled() : tables.first else {
            throw Failure(
                .configuration, "there is no other tool's table to mirror into",
                state: "Nothing was changed.",
                next: "let that tool make its table first, or leave --mirror out")
        }
        table = found
    }

    /// For a table that was found before.
    init(run: Run, connection: any Connection, table: LedgerTable) {
        (self.run, self.connection, self.table) = (run, connection, table)
        search = LedgerSearch(run: run, connection: connection)
    }

    private var tool: String { table.ledger.tool }

    private var files: [(migration: Migration, body: MigrationBody?)] {
        run.source.migrations.map { ($0, $0.body(for: connection.dialect)) }
    }

    /// Takes for applied what the tool has applied since, and refuses what only one of both has.
    func takeIn() throws(Failure) {
        // The first time is a person's to say: `adopt`.
        let snapshot = try run.history(on: connection).read(on: connection)
        guard snapshot.exists else { return }
        let contents = try search.contents(of: table)
        let comparison = try LedgerComparison(table, contents, files, upTo: nil, leaving: [])
        guard let first = comparison.lacking(snapshot.rows).first else {
            let known = Set(snapshot.rows.map(\.identity))
            let isNew = comparison.applied.contains { !known.contains($0.identity) }
            guard isNew || comparison.problem != nil else { return }
            var request = AdoptionRequest(from: .tool(tool, table: table.table.name))
            request.leavesNewer = true
            return try Adoption(run: run, request: request).work(on: connection)
        }
        let version = Version.leading(first.name) ?? first.name
        throw Failure(
            .configuration, "\(first.name) is in our history and not in \(tool)'s table",
            state: "Nothing was changed.",
            next:
                "if \(tool) took it back, say bootstrap adopt --pending \(version); if it was applied "
                + "without --mirror, bootstrap adopt --mirror writes it there")
    }

    /// Adds to what is applied, or undone, what writes that into the tool's table.
    ///
    /// - `rows`: what is applied before.
    func prepare(_ applications: inout [Application], beside rows: [Applied]) throws(Failure) {
        let done = Set(rows.filter { $0.state == .done || $0.state == .undoing }.map(\.identity))
        var applied = run.source.migrations.filter {
            $0.kind == .versioned && done.contains($0.identity)
        }
        for index in applications.indices {
            let application = applications[index]
            let migration = application.step.migration
            if application.undoes != nil { applied.removeAll { $0.identity == migration.identity } }
            applications[index].mirrored = try statements(
                migration, migration.body(for: connection.dialect),
                isUndone: application.undoes != nil, previous: applied.last)
        }
    }

    /// What writes that a migration was applied.
    func record(_ migration: Migration) throws(Failure) -> [Statement] {
        try statements(
            migration, migration.body(for: connection.dialect), isUndone: false, previous: nil)
    }

    private func statements(
        _ migration: Migration, _ body: MigrationBody?, isUndone: Bool, previous: Migration?
    ) throws(Failure) -> [Statement] {
        let mirrored = Mirrored(
            migration: migration, text: try body?.source().bytes ?? [], previous: previous)
        let pen = LedgerPen(table: table.table, dialect: connection.dialect)
        let sql =
            isUndone
            ? table.ledger.erase(mirrored, with: pen) : table.ledger.record(mirrored, with: pen)
        guard let sql else {
            throw Failure(
                .configuration, "\(migration.name) cannot be written into \(tool)'s table",
                state: "Nothing was changed.",
                next: "leave --mirror out: from here on this tool alone migrates the database")
        }
        return sql.map { Statement($0) }
    }

    /// Does `body` while no other process of the tool is at work.
    func hold(_ body: () throws(Failure) -> Void) throws(Failure) {
        try LedgerHold(run: run, connection: connection, table: table).hold(body)
    }
}

extension LedgerComparison {
    /// The migrations that our history has as applied and the tool has not.
    func lacking(_ rows: [Applied]) -> [Migration] {
        let done = Set(rows.filter { $0.state == .done }.map(\.identity))
        return pending.filter { $0.kind == .versioned && done.contains($0.identity) }
    }
}
