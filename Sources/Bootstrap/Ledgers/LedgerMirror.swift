/// Keeps another tool's table in step with the history, so that both tools can go on side by side: what
/// either has applied, the other finds applied.
struct LedgerMirror {
    let run: Run
    let connection: any Connection
    let table: LedgerTable
    private let search: LedgerSearch

    /// Finds the table that the options name, or else the only one that can be written; `nil` where none
    /// is wanted, 78 where there is none, or more than one in use.
    init?(wantedBy run: Run, _ connection: any Connection) throws(Failure) {
        guard run.options.mirror || run.options.mirrorInto != nil else { return nil }
        let search = LedgerSearch(run: run, connection: connection)
        defer { search.detach() }
        if let name = run.options.mirrorInto {
            self.init(run: run, connection: connection, table: try search.table(of: name))
            return
        }
        let tables = try search.tables()
        let found =
            tables.count > 1
            ? try search.onlyFilled(of: tables, naming: "--mirror-into TOOL") : tables.first
        guard let found else {
            throw Failure(
                .configuration, "there is no other tool's table to mirror into",
                state: "Nothing was changed.",
                next:
                    "let that tool make its table first, name it with --mirror-into TOOL:TABLE where it "
                    + "has a name of its own, or leave --mirror out")
        }
        self.init(run: run, connection: connection, table: found)
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
        guard snapshot.exists, let adoption = try adoption(beside: snapshot.rows) else { return }
        try adoption.work(on: connection)
    }

    /// What ``takeIn()`` would take for applied, or refuse; `nil` for nothing.
    func foresee(_ rows: [Applied]) throws(Failure) -> Adoption.Outlook? {
        try adoption(beside: rows)?.foresee(rows, on: connection)
    }

    /// Taking over what the tool has applied since; `nil` where that is nothing.
    private func adoption(beside rows: [Applied]) throws(Failure) -> Adoption? {
        try search.attach(table)
        defer { search.detach() }
        let contents = try search.contents(of: table)
        let comparison = try LedgerComparison(table, contents, files, upTo: nil, leaving: [])
        guard let first = comparison.lacking(rows).first else {
            let known = Set(rows.map(\.identity))
            let isNew = comparison.applied.contains { !known.contains($0.identity) }
            guard isNew || comparison.problem != nil else { return nil }
            var request = AdoptionRequest(from: .tool(tool, table: table.table.name))
            request.leavesNewer = true
            return Adoption(run: run, request: request)
        }
        let version = Version.leading(first.name) ?? first.name
        throw Failure(
            .configuration, "\(first.name) is in our history and not in \(tool)'s table",
            state: "Nothing was changed.",
            next:
                "if \(tool) took it back, say \(table.adopting) --pending \(version); if it was applied "
                + "without --mirror, \(table.adopting) --mirror writes it there")
    }

    /// Adds to what is applied, or undone, what writes that into the tool's table.
    ///
    /// - `rows`: what is applied before.
    func prepare(_ applications: inout [Application], beside rows: [Applied]) throws(Failure) {
        let done = Set(rows.filter { $0.state == .done || $0.state == .undoing }.map(\.identity))
        var applied = run.source.migrations.filter {
            $0.kind == .versioned && done.contains($0.identity)
        }
        let checksums = applications.isEmpty ? [:] : try checksums()
        for index in applications.indices {
            let application = applications[index]
            let migration = application.step.migration
            if application.undoes != nil { applied.removeAll { $0.identity == migration.identity } }
            var mirrored = try mirrored(migration, checksums)
            mirrored.previous = applied.last
            mirrored.count = application.count
            applications[index].mirrored = try statements(
                mirrored, isUndone: application.undoes != nil)
            applications[index].attachment = table.attachment
            if application.undoes != nil, table.attachment != nil {
                applications[index].restored = try statements(mirrored, isUndone: false)
            }
        }
    }

    /// What writes that migrations were applied.
    func record(_ migrations: [Migration]) throws(Failure) -> [Statement] {
        let checksums = migrations.isEmpty ? [:] : try checksums()
        var statements: [Statement] = []
        for migration in migrations {
            var mirrored = try mirrored(migration, checksums)
            mirrored.count = try count(migration)
            statements += try self.statements(mirrored, isUndone: false)
        }
        return statements
    }

    private func checksums() throws(Failure) -> [HistoryKey: String] {
        try LedgerChecks.running(
            table.ledger,
            files.compactMap { file in file.body.map { LedgerFile(file.migration, $0) } })
    }

    /// How many statements a migration has.
    private func count(_ migration: Migration) throws(Failure) -> Int {
        let cut = try migration.body(for: connection.dialect)?
            .cut(for: connection.dialect, settings: run.options.settings)
        switch cut {
        case nil: return 0
        case .whole(let script)?: return script.statements.count
        case .long(let script)?: return script.count
        }
    }

    private func mirrored(
        _ migration: Migration, _ checksums: [HistoryKey: String]
    ) throws(Failure) -> Mirrored {
        Mirrored(
            migration: migration,
            text: try migration.body(for: connection.dialect)?.source().bytes ?? [],
            runningChecksum: checksums[migration.identity], owner: run.options.owner)
    }

    private func statements(
        _ mirrored: Mirrored, isUndone: Bool
    ) throws(Failure) -> [Statement] {
        let pen = LedgerPen(table: table.table, dialect: connection.dialect)
        let sql =
            isUndone
            ? table.ledger.erase(mirrored, with: pen) : table.ledger.record(mirrored, with: pen)
        guard let sql else {
            throw Failure(
                .configuration, "\(mirrored.migration.name) cannot be written into \(tool)'s table",
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
