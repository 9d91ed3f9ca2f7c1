/// Looking without touching: what is applied, and what a run would do.
struct Inspection {
    let run: Run

    /// What is applied, pending, changed, missing or unknown.
    func status() throws(Failure) -> Status {
        var status = Status(
            target: run.driver.target, database: run.driver.databaseName, server: nil,
            exists: false, lock: nil, entries: [])
        guard let connection = try run.find() else {
            status.entries = try entries(type(of: run.driver).dialect, [], [:])
            return status
        }
        defer { run.disconnect(connection) }
        status.exists = true
        status.server = connection.server
        let lock = Lock(
            run: run, connection: connection,
            history: run.history(on: connection))
        status.lock = try lock.holder()
        status.mayBeAtWork = status.lock != nil || run.options.lock == Options.LockMode.none
        let snapshot = try lock.history.read(on: connection)
        let details = snapshot.exists ? try details(lock.history, connection) : [:]
        if !snapshot.exists, !run.source.migrations.isEmpty {
            let found = try LedgerSearch(run: run, connection: connection).filled().first
            status.foreign = found.map { .init(tool: $0.ledger.tool, table: "\($0.table.name)") }
        }
        status.entries = try entries(connection.dialect, snapshot.rows, details)
        // What a run is at work on has no outcome yet.
        guard status.lock == nil else { return status }
        try judge(&status.entries, snapshot.rows, lock.history, connection)
        return status
    }

    /// Adds what the catalogue tells of statements in which migrations were interrupted.
    private func judge(
        _ entries: inout [Status.Entry], _ rows: [Applied], _ history: History,
        _ connection: any Connection
    ) throws(Failure) {
        for row in rows where row.kind == .migration && row.state != .done {
            guard let statement = row.inFlight,
                let migration = run.source.migrations.first(where: { $0.identity == row.identity }),
                let body = migration.body(for: connection.dialect),
                let index = entries.firstIndex(where: {
                    $0.kind == row.kind.rawValue && $0.name == migration.name
                })
            else { continue }
            // The look at a statement may have to enter another database.
            let site = Site(
                run: run, connection: connection, history: try history.resolved(on: connection),
                lock: nil)
            let step = Plan.Step(migration, body, row, run.options)
            entries[index].outcome = try Repairs.Outcome(of: statement, in: row, step, at: site)
        }
    }

    /// What a run toward `goal` would do, or the refusal that it would end with; nothing is locked
    /// and nothing is written.
    func preview(of goal: Run.Goal) throws(Failure) -> Preview {
        guard let connection = try run.find() else { return try previewAnew(goal) }
        defer { run.disconnect(connection) }
        var rows: [Applied] = []
        var outlook: Adoption.Outlook?
        if goal.readsHistory {
            let snapshot = try run.history(on: connection).read(on: connection)
            if !snapshot.exists {
                try LedgerSearch(run: run, connection: connection).checkNoneIsFilled()
            }
            try snapshot.rows.checkNoneIsUndoing(isExclusive: false)
            try run.checkSecrets(snapshot, toward: goal)
            rows = snapshot.rows
            outlook = try run.foresee(&rows, exists: snapshot.exists, on: connection)
        }
        var preview = try preview(of: goal, connection.dialect, rows, on: connection)
        outlook.map { preview.show($0) }
        return preview
    }

    private func preview(
        of goal: Run.Goal, _ dialect: Dialect, _ history: [Applied],
        on connection: (any Connection)?
    ) throws(Failure) -> Preview {
        let creates = connection == nil
        guard goal.readsHistory else {
            return Preview(
                target: run.driver.target, creates: creates, migrations: [], seeds: [], notes: [])
        }
        let plan = try run.plan(toward: goal, history, dialect)
        if !goal.contains(.migrate) { try plan.checkThatSeedsAreNext() }
        var files = PendingFiles(dialect, run.options, run.source.hooks)
        let applications = try files.applications(of: plan)
        if let connection {
            try run.checkMirroring(of: applications, beside: history, on: connection)
        }
        let seeds = plan.seeds.map {
            Preview.Seed(name: $0.seed.name, lines: $0.seed.preview(run.options.settings))
        }
        var preview = Preview(
            target: run.driver.target, creates: creates,
            migrations: applications.map(Preview.Migration.init), seeds: seeds,
            notes: plan.notes + applications.notes
                + plan.seeds.compactMap(\.seed.note),
            before: files.hooks[.beforeMigrate]?.preview,
            after: files.hooks[.afterMigrate]?.preview)
        if let connection, applications.isEmpty {
            try rehearse(plan.seeds.map(\.seed), on: connection, &preview)
        }
        return preview
    }

    /// Adds what the seeds would do to the rows that are there, up to the first that would be refused.
    private func rehearse(
        _ seeds: [Seed], on connection: any Connection, _ preview: inout Preview
    ) throws(Failure) {
        var rows = RehearsedRows()
        for (index, seed) in seeds.enumerated() {
            do throws(Failure) {
                let rehearsed = try rehearse(seed, on: connection, &rows)
                preview.seeds[index].changes = rehearsed?.changes
                preview.refusal = rehearsed?.refusal
            } catch {
                switch error.cause?.kind {
                case nil: preview.refusal = error
                case .interrupted, .lost, .unavailable: throw error
                // The server does not let this user ask: no reason to show less than the files tell.
                case .missingDatabase, .denied, .busy, .readOnly, .rejected:
                    rows.openAll()
                    let words = error.cause?.message ?? error.headline
                    preview.notes.append(
                        "what \(seed.name) would change cannot be told: "
                            + "\(connection.server.product) says: \(words)")
                }
            }
            guard preview.refusal == nil else { break }
        }
        preview.refusal?.state = "Nothing was changed."
    }

    private func rehearse(
        _ seed: Seed, on connection: any Connection, _ rows: inout RehearsedRows
    ) throws(Failure) -> (changes: Preview.Seed.Changes, refusal: Failure?)? {
        let settings = run.options.settings
        let rehearsed = try run.cancellation.interruptible(connection.interrupter) {
            () throws(Failure) in
            try seed.rehearse(on: connection, settings: settings, after: &rows)
        }
        try run.cancellation.check(state: "Nothing was changed.")
        return rehearsed ?? nil
    }

    /// What a run would do after the database was dropped, or the refusal that it would end with.
    func previewAnew(_ goal: Run.Goal) throws(Failure) -> Preview {
        let creation = Creation(run: run, goal: goal)
        try creation.checkRights()
        try creation.checkHistory()
        return try preview(of: goal, type(of: run.driver).dialect, [], on: nil)
    }

    /// The rest of each row, by kind and id.
    private func details(
        _ history: History, _ connection: any Connection
    ) throws(Failure) -> [String: [Value]] {
        do throws(DatabaseError) {
            let rows = try run.look(on: connection) { () throws(DatabaseError) in
                try connection.run(history.details)
            }
            return Dictionary(
                rows.map { ("\($0[0].text ?? "") \($0[1].text ?? "")", $0) },
                uniquingKeysWith: { first, _ in first })
        } catch {
            throw Failure(
                .unavailable, "cannot read the history \(history.table)", cause: error,
                product: connection.server.product, next: "run the same command again")
        }
    }

    private func entries(
        _ dialect: Dialect, _ rows: [Applied], _ details: [String: [Value]]
    ) throws(Failure) -> [Status.Entry] {
        var left = Dictionary(
            rows.map { ($0.identity, $0) },
            uniquingKeysWith: { first, _ in first })
        var entries: [(key: String, entry: Status.Entry)] = []
        let covered = run.source.migrations.covered(by: rows)
        for migration in run.source.migrations {
            let kind: Applied.Kind = migration.kind == .versioned ? .migration : .repeatable
            let row = left.removeValue(forKey: migration.identity)
            guard let body = migration.body(for: dialect),
                row != nil || kind == .repeatable || !covered.contains(migration.id)
            else { continue }
            let step = Plan.Step(migration, body, row, run.options)
            let isEqual = row.map {
                $0.checksum == step.checksum
                    || (kind == .migration && $0.fingerprint == body.fingerprint(dialect.lexical))
            }
            entries.append(
                (migration.identity.id, entry(kind, migration.name, row, isEqual: isEqual, details))
            )
        }
        let order = VersionOrder(run.source.migrations)
        for seed in run.source.seeds {
            let row = left.removeValue(forKey: seed.identity)
            var isEqual: Bool?
            if let row { isEqual = try seed.isSettled(by: row.checksum, run.options.settings) }
            var found = entry(.seed, seed.name, row, isEqual: isEqual, details)
            for missing in seed.missingFromChecksum(run.options.settings)
            where !found.missingSettings.contains(missing.name) {
                found.missingSettings.append(missing.name)
            }
            entries.append((seed.name, found))
        }
        for row in left.values {
            let isNewer = row.kind == .migration && order.isNewest(row.id)
            var found = entry(row.kind, row.name, row, isEqual: true, details)
            if found.state == .applied { found.state = isNewer ? .unknown : .missing }
            entries.append((row.id, found))
        }
        return entries.sorted { Self.isBefore($0, $1, order) }.map(\.entry)
    }

    private static func isBefore(
        _ left: (key: String, entry: Status.Entry), _ right: (key: String, entry: Status.Entry),
        _ order: VersionOrder
    ) -> Bool {
        guard left.entry.kind == right.entry.kind else { return left.entry.kind < right.entry.kind }
        guard left.entry.kind == Applied.Kind.migration.rawValue else {
            return left.key < right.key
        }
        return order.isOlder(left.key, than: right.key)
    }

    private func entry(
        _ kind: Applied.Kind, _ name: String, _ row: Applied?, isEqual: Bool?,
        _ details: [String: [Value]]
    ) -> Status.Entry {
        let state: Status.State
        switch (row?.state, isEqual) {
        case (nil, _): state = .pending
        case (.running, _): state = .running
        case (.failed, _): state = .failed
        case (.undoing, _): state = .undoing
        case (.done, true): state = .applied
        case (.done, _): state = .changed
        }
        let more = row.flatMap { details["\(kind.rawValue) \($0.id)"] }
        let isDone = row?.state == .done
        return Status.Entry(
            kind: kind.rawValue, name: name, state: state, appliedAt: isDone ? more?[2].text : nil,
            appliedBy: more?[3].text,
            progress: isDone ? nil : row.map { "\($0.done) of \($0.total)" },
            undecided: isDone ? nil : row?.inFlight, error: more?[4].text)
    }
}

extension Run {
    /// What `--mirror` would take in from the other tool's table first, which `rows` then have; `nil`
    /// without that option, or for nothing.
    ///
    /// - `exists`: whether there is a history of ours.
    func foresee(
        _ rows: inout [Applied], exists: Bool, on connection: any Connection
    ) throws(Failure) -> Adoption.Outlook? {
        guard let mirror = try LedgerMirror(wantedBy: self, connection), exists,
            let outlook = try mirror.foresee(rows)
        else { return nil }
        if let refusal = outlook.refusal { throw refusal }
        rows += outlook.applications.map { $0.row(done: true) }
        return outlook
    }

    /// Throws, as the run would, where the other tool's table cannot have what would be done.
    func checkMirroring(
        of applications: [Application], beside rows: [Applied], on connection: any Connection
    ) throws(Failure) {
        var applications = applications
        try LedgerMirror(wantedBy: self, connection)?.prepare(&applications, beside: rows)
    }
}

extension Preview {
    /// Adds what would be taken in from another tool's table first.
    mutating func show(_ outlook: Adoption.Outlook) {
        let names = Set(outlook.applications.map(\.name))
        takeover = outlook.takeover
        takeover?.rows.removeAll { !names.contains($0.name) }
        notes = outlook.notes + notes
    }
}

extension Preview.Migration {
    /// A migration, or a way back, that would run.
    init(_ application: Application) {
        self.init(
            name: application.name, path: application.step.body.path,
            statements: application.script?.shownStatements ?? [], count: application.count,
            before: application.before?.preview,
            after: application.after?.preview)
    }
}
