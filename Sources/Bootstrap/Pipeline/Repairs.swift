/// Where files and history disagree, and what ``Pipeline/repair(refreshing:answer:)`` did about it.
public struct Repairs: Sendable, Equatable {
    /// The database, without its password.
    public var target: String
    /// The database's own name.
    public var database: String
    /// Whether there is a history to compare with.
    public var exists: Bool
    /// Each disagreement, in the order of the files.
    public var findings: [Finding] = []

    /// One disagreement.
    public struct Finding: Sendable, Equatable {
        /// The migration's name.
        public var name: String
        /// What disagrees.
        public var kind: Kind
        /// Whether this run has settled it.
        public var isRepaired = false
        /// The statement that is in question, from 1, and how many the file has.
        public var statement: Int?
        /// How many statements the file has, where one is in question.
        public var total: Int?
        /// Whether that statement is one of the migration's way back.
        public var isWayBack = false
        /// What the catalogue tells of that statement; `nil` where a person has to look.
        public var outcome: Outcome?
    }

    /// What disagrees.
    public enum Kind: String, Sendable, CaseIterable {
        /// The file's text has changed since it was applied, and its statements have not.
        case reformatted
        /// The file's statements have changed since they were applied.
        case changed
        /// It is applied, its file is gone, and it is older than the newest file.
        case missing
        /// A run stopped in the middle of one of its statements.
        case interrupted
    }

    /// What became of a statement, as far as the catalogue tells.
    public enum Outcome: String, Sendable {
        /// It took effect.
        case done
        /// It did nothing.
        case untouched
        /// It took effect in part, and the next run does what is left.
        case partly
    }

    /// What a person says of a statement of which nothing else tells whether it took effect.
    public enum Answer: String, Sendable, CaseIterable {
        /// It took effect: the next run goes on behind it.
        case done
        /// It did nothing: the next run begins with it again.
        case again
    }

    /// Whether anything is left to be repaired.
    public var isClean: Bool { findings.allSatisfy(\.isRepaired) }
}

/// Comparing files with the history, and making the history right where a person says so.
struct Repair {
    let run: Run
    /// Whether checksums are refreshed and rows of deleted files dropped.
    let refreshes: Bool
    let answer: Repairs.Answer?

    private var repairs: Repairs {
        Repairs(target: run.driver.target, database: run.driver.databaseName, exists: false)
    }

    /// Shows what disagrees, and settles what it was told to, while no other run is at work.
    func perform() throws(Failure) -> Repairs {
        guard let connection = try run.find() else { return try without(answer) }
        defer { run.disconnect(connection) }
        let unresolved = run.history(on: connection)
        guard try unresolved.read(on: connection).exists else { return try without(answer) }
        // The look at a statement may have to enter another database.
        let history = try unresolved.resolved(on: connection)
        guard refreshes || answer != nil else { return try compare(history, connection, nil) }
        guard !connection.server.isReadOnly else {
            throw Failure(
                .unavailable, "\(run.driver.target) takes no writes",
                state: "Nothing was changed.", next: "point the URL at the primary")
        }
        var result = repairs
        let lock = Lock(run: run, connection: connection, history: unresolved)
        try lock.hold(orFinish: { () throws(Failure) in false }) { (hold) throws(Failure) in
            result = try compare(history, connection, hold)
            try settle(&result, history, connection)
        }
        return result
    }

    /// There is nothing to compare with, and so nothing in question.
    private func without(_ answer: Repairs.Answer?) throws(Failure) -> Repairs {
        guard answer == nil else { throw noQuestion }
        return repairs
    }

    private var noQuestion: Failure {
        Failure(
            .configuration, "no migration was interrupted in the middle of a statement",
            state: "Nothing was changed.",
            next: "leave --statement out: bootstrap repair shows what disagrees")
    }

    // MARK: Looking

    private func compare(
        _ history: History, _ connection: any Connection, _ lock: Hold?
    ) throws(Failure) -> Repairs {
        var result = repairs
        result.exists = true
        let dialect = connection.dialect
        let site = Site(run: run, connection: connection, history: history, lock: lock)
        var rows: [HistoryKey: Applied] = [:]
        for row in try history.read(on: connection).rows where row.kind == .migration {
            rows[row.identity] = row
        }
        let order = VersionOrder(run.source.migrations)
        for migration in run.source.migrations where migration.kind == .versioned {
            guard let row = rows.removeValue(forKey: migration.identity),
                let body = migration.body(for: dialect)
            else { continue }
            let step = Plan.Step(migration, body, row, run.options)
            if let finding = try finding(step, row, site) { result.findings.append(finding) }
        }
        // Newer ones are not deleted: they are what these files do not know yet.
        let gone = rows.values.filter { !order.isNewest($0.id) }
        result.findings += gone.sorted { order.isOlder($0.id, than: $1.id) }.map {
            Repairs.Finding(name: $0.name, kind: .missing)
        }
        return result
    }

    private func finding(
        _ step: Plan.Step, _ row: Applied, _ site: Site
    ) throws(Failure) -> Repairs.Finding? {
        let name = step.migration.name
        guard row.state == .done else {
            guard let statement = row.inFlight else { return nil }
            return Repairs.Finding(
                name: name, kind: .interrupted, statement: statement, total: row.total,
                isWayBack: row.state == .undoing,
                outcome: try Repairs.Outcome(of: statement, in: row, step, at: site))
        }
        guard row.checksum != step.checksum else { return nil }
        let isSame = row.fingerprint == step.body.fingerprint(site.dialect.lexical)
        return Repairs.Finding(name: name, kind: isSame ? .reformatted : .changed)
    }

    // MARK: Settling

    private func settle(
        _ repairs: inout Repairs, _ history: History, _ connection: any Connection
    ) throws(Failure) {
        var rows: [String: Applied] = [:]
        for row in try history.read(on: connection).rows where row.kind == .migration {
            rows[row.name] = row
        }
        if answer != nil, !repairs.findings.contains(where: { $0.kind == .interrupted }) {
            throw noQuestion
        }
        var mayAnswer = true
        for index in repairs.findings.indices {
            let finding = repairs.findings[index]
            guard let row = rows[finding.name] else { continue }
            do throws(DatabaseError) {
                let change = try change(finding, row, history, connection, &mayAnswer)
                guard let change else { continue }
                repairs.findings[index].isRepaired = try connection.change(change) == 1
            } catch {
                throw Failure(
                    error.kind == .denied ? .denied : .unavailable,
                    "cannot write to the history \(history.table)", cause: error,
                    product: connection.server.product,
                    state: index == 0 ? "Nothing was changed." : nil,
                    next: "run bootstrap repair again: it shows what is left")
            }
        }
    }

    /// The statement that settles a finding; `nil` where nothing was asked for, or the catalogue knows.
    private func change(
        _ finding: Repairs.Finding, _ row: Applied, _ history: History,
        _ connection: any Connection, _ mayAnswer: inout Bool
    ) throws(DatabaseError) -> String? {
        let dialect = connection.dialect
        switch finding.kind {
        case .reformatted, .changed:
            guard refreshes,
                let migration = run.source.migrations.first(where: { $0.identity == row.identity }),
                let body = migration.body(for: dialect)
            else { return nil }
            let step = Plan.Step(migration, body, row, run.options)
            return history.refresh(
                row, checksum: step.checksum, fingerprint: body.fingerprint(dialect.lexical))
        case .missing: return refreshes ? history.remove(row) : nil
        case .interrupted:
            // One answer is for one question.
            guard let answer, mayAnswer, finding.outcome == nil, let statement = row.inFlight
            else { return nil }
            mayAnswer = false
            let done = answer == .done ? statement : statement - 1
            let recollection = try Recollection(of: row, history, connection)
            return history.answer(row, done: done, hashes: recollection.text(answering: done))
        }
    }
}
