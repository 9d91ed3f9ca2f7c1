/// Taking migrations for applied that somebody else has applied: their rows of the history are
/// written, and nothing runs.
struct Adoption {
    let run: Run
    let request: AdoptionRequest

    /// Writes the rows, inside the lock.
    func execute() throws(Failure) -> Report {
        try run.execute(.adopt) { (connection) throws(Failure) in try work(on: connection) }
    }

    /// Whose rows would be written, or the refusal; nothing is locked and nothing is written.
    func preview() throws(Failure) -> Preview {
        guard let connection = try run.find() else {
            throw Creation(run: run, goal: .adopt).nothingThere
        }
        defer { run.disconnect(connection) }
        let rows = try run.history(on: connection).read(on: connection).rows
        let word = try Word(request, run, connection)
        let proposal = try proposal(word, rows, connection, beside: .others)
        var preview = Preview(
            target: run.driver.target, creates: false, migrations: [], seeds: [],
            notes: proposal.plan.notes, takeover: proposal.takeover)
        preview.refusal = proposal.refusal
        guard preview.refusal == nil else { return preview }
        var files = PendingFiles(connection.dialect, run.options)
        let applications = try files.applications(of: proposal.plan)
        preview.migrations = applications.map {
            Preview.Migration(name: $0.name, path: $0.step.body.path, statements: [])
        }
        preview.notes += applications.compactMap(\.note)
        return preview
    }

    /// Writes them on a connection that is there.
    func work(on connection: any Connection) throws(Failure) {
        let snapshot = try run.history(on: connection).read(on: connection)
        let word = try Word(request, run, connection)
        let proposal = try proposal(word, snapshot.rows, connection, beside: .unknown)
        if let refusal = proposal.refusal { throw tell(proposal, then: refusal) }
        guard !proposal.isSettled || (word.isNobodys && !snapshot.exists) else {
            return count(snapshot.rows)
        }
        // Before the lock: a wrong file waits for nobody.
        var files = PendingFiles(connection.dialect, run.options)
        _ = try files.applications(of: proposal.plan)
        if snapshot.isReadOnly || connection.server.isReadOnly {
            throw Work(run: run, connection: connection, goal: .adopt).readOnly()
        }
        for note in connection.notes { run.report(.note(note)) }
        let lock = Lock(
            run: run, connection: connection,
            history: History(run.options.history, connection.dialect))
        try lock.hold(
            orFinish: { () throws(Failure) in
                let rows = try lock.history.read(on: connection).rows
                count(rows)
                return try self.proposal(word, rows, connection, beside: .unknown).isSettled
            },
            { (hold) throws(Failure) in
                var history = lock.history
                try word.hold { () throws(Failure) in
                    while try !adopt(word, &files, on: connection, &history, hold) {}
                }
            })
    }

    /// - Returns: false when another run has adopted or applied some of it, or the tool has, so that the
    ///   rest has to be planned anew.
    private func adopt(
        _ word: Word, _ files: inout PendingFiles, on connection: any Connection,
        _ history: inout History, _ lock: Hold?
    ) throws(Failure) -> Bool {
        let snapshot = try history.read(on: connection)
        let company: Company = lock == nil ? .others : .nobody
        let proposal = try proposal(word, snapshot.rows, connection, beside: company)
        if let refusal = proposal.refusal { throw tell(proposal, then: refusal) }
        guard !proposal.isSettled else {
            if !snapshot.exists {
                try Work(run: run, connection: connection, goal: .adopt)
                    .prepare(&history, exists: false)
                run.report(
                    .note("the history \(run.options.history) begins here, without a migration"))
            }
            count(snapshot.rows)
            return true
        }
        let applications = try files.applications(of: proposal.plan)
        for note in proposal.plan.notes + applications.compactMap(\.note) {
            run.report(.note(note))
        }
        try Work(run: run, connection: connection, goal: .adopt)
            .prepare(&history, exists: snapshot.exists)
        let site = Site(run: run, connection: connection, history: history, lock: lock)
        site.announce("the adoption up to \(applications.last?.name ?? "the newest")")
        var rows = AdoptedRows(site: site, applications, word: word, contents: proposal.contents)
        rows.corrections =
            proposal.removals.map { Statement(history.remove($0)) } + proposal.recordings
        guard try rows.write() else { return false }
        tell(proposal, adopting: applications)
        count(try history.read(on: connection).rows)
        return true
    }

    /// What is to be written, and what it rests on.
    private struct Proposal {
        var plan: AdoptionPlan
        /// What the tool's table says, and how the files compare with it; `nil` without a tool.
        var contents: LedgerContents?
        var takeover: Takeover?
        /// Why nothing of it may be written.
        var refusal: Failure?
        /// Rows of ours that were not applied, as a person says.
        var removals: [Applied] = []
        /// What writes into the tool's table what our history has.
        var recordings: [Statement] = []

        /// Whether there is nothing to write, and nothing in the way of it.
        var isSettled: Bool { plan.isSettled && removals.isEmpty && recordings.isEmpty }
    }

    private func proposal(
        _ word: Word, _ rows: [Applied], _ connection: any Connection, beside company: Company
    ) throws(Failure) -> Proposal {
        let dialect = connection.dialect
        let files = run.source.migrations.map { ($0, $0.body(for: dialect)) }
        func plan(_ selection: AdoptionPlan.Selection) throws(Failure) -> AdoptionPlan {
            try AdoptionPlan(
                selection, files, history: rows, options: run.options, dialect: dialect,
                beside: company)
        }
        guard case .ledger(let ledger) = word.source else {
            let selection = request.version.map(AdoptionPlan.Selection.upTo) ?? .these([])
            return Proposal(plan: try plan(selection))
        }
        let contents = try word.search.contents(of: ledger)
        let comparison = try compare(ledger, contents, files, word, beside: rows)
        var proposal = Proposal(
            plan: try plan(.these(comparison.applied)), contents: contents,
            takeover: comparison.takeover, refusal: refusal(of: comparison, ledger))
        let left = Set(request.pending.compactMap { files.map(\.0).named($0)?.identity })
        proposal.removals = rows.filter { $0.state == .done && left.contains($0.identity) }
        if request.mirrors {
            let mirror = LedgerMirror(run: run, connection: connection, table: ledger)
            for migration in comparison.lacking(rows) where !left.contains(migration.identity) {
                proposal.recordings += try mirror.record(migration)
            }
        }
        return proposal
    }

    private func compare(
        _ ledger: LedgerTable, _ contents: LedgerContents,
        _ files: [(migration: Migration, body: MigrationBody?)], _ word: Word,
        beside rows: [Applied]
    ) throws(Failure) -> LedgerComparison {
        let migrations = files.map(\.migration)
        func migration(_ text: String) throws(Failure) -> Migration {
            guard let found = migrations.named(text) else {
                throw Failure(nothingToAdopt: text, among: migrations)
            }
            return found
        }
        let last = try request.version.map(migration)
        let left = try request.pending.map(migration)
        var comparison = try LedgerComparison(ledger, contents, files, upTo: last, leaving: left)
        guard !request.acceptsDoubts else { return comparison }
        let doubts = LedgerDoubts(run: run, search: word.search)
        comparison.suspect(
            try doubts.details(of: comparison, files, beside: rows), among: migrations)
        return comparison
    }

    /// Why what a tool's table says cannot be taken over as it is; `nil` where it can.
    private func refusal(
        of comparison: LedgerComparison, _ ledger: LedgerTable
    ) -> Failure? {
        let tool = ledger.ledger.tool
        func refusal(_ headline: String, _ next: String) -> Failure {
            Failure(.configuration, headline, state: "Nothing was changed.", next: next)
        }
        if let problem = comparison.problem {
            return refusal(
                "\(tool) would not go on either: \(problem.headline)",
                "\(problem.remedy); then run the same command again")
        }
        if let newest = comparison.newer.first, request.version == nil, !request.leavesNewer {
            let others = comparison.newer.count > 1 ? " and \(comparison.newer.count - 1) more" : ""
            return refusal(
                "\(tool) has applied \(newest.name)\(others), which is newer than all of these files",
                "adopt with the release that has its file; or say with --to which is the newest one "
                    + "to take")
        }
        guard !request.acceptsDoubts else { return nil }
        let changed = comparison.takeover.names(.changed)
        if let first = changed.first {
            let others = changed.count > 1 ? " and \(changed.count - 1) more" : ""
            return refusal(
                "\(first)\(others) changed since \(tool) applied it, by its own checksum",
                "restore the files; or take them as they are with adopt --accept")
        }
        let suspects = comparison.takeover.rows.filter { $0.state == .suspect }
        if let first = suspects.first {
            let others = suspects.count > 1 ? ", and \(suspects.count - 1) more do not fit" : ""
            return refusal(
                "\(first.name): \(first.detail ?? "")\(others)",
                "look whether it has run: if not, say adopt --pending "
                    + "\(Version.leading(first.name) ?? first.name); if the database is right as it "
                    + "is, adopt --accept")
        }
        return nil
    }

    /// Tells what stands in the way of it.
    private func tell(_ proposal: Proposal, then refusal: Failure) -> Failure {
        for row in proposal.takeover?.rows ?? []
        where [.changed, .suspect, .missing].contains(row.state) {
            run.report(.compared(row))
        }
        return refusal
    }

    /// Tells what was adopted and what was not, in the order of the files.
    private func tell(_ proposal: Proposal, adopting applications: [Application]) {
        let names = Set(applications.map(\.name))
        for application in applications { run.note(adopted: application.name) }
        guard let takeover = proposal.takeover else {
            for application in applications { run.report(.adopted(name: application.name)) }
            return
        }
        for row in takeover.rows {
            if names.contains(row.name) {
                run.report(.adopted(name: row.name))
            } else if row.state != .adopted {
                run.report(.compared(row))
            }
        }
    }

    private func count(_ rows: [Applied]) {
        run.count(migrations: rows.done(.migration), seeds: rows.done(.seed))
    }
}

/// On whose word migrations are taken for applied.
private struct Word {
    /// Whose it is.
    enum Source {
        case ledger(LedgerTable)
        case nobody
    }

    let run: Run
    let search: LedgerSearch
    let source: Source

    /// Whether it is the caller's alone.
    var isNobodys: Bool {
        if case .nobody = source { true } else { false }
    }

    init(_ request: AdoptionRequest, _ run: Run, _ connection: any Connection) throws(Failure) {
        self.run = run
        search = LedgerSearch(run: run, connection: connection)
        switch request.origin {
        case .nobody: source = .nobody
        case .tool(let tool, let table): source = .ledger(try Self.only(tool, table, search))
        case .found:
            let isVersionGiven = request.version != nil
            if let found = try search.onlyFilled(orIgnoringPrograms: isVersionGiven) {
                source = .ledger(found)
            } else if isVersionGiven {
                source = .nobody
            } else {
                throw Failure(
                    .configuration, "no other tool's history was found in \(run.driver.target)",
                    state: "Nothing was changed.",
                    next: "name the newest migration that the database has with --to; or the tool "
                        + "and its table with --from TOOL:TABLE")
            }
        }
    }

    /// The table of a tool that was named.
    private static func only(
        _ tool: String, _ table: TableName?, _ search: LedgerSearch
    ) throws(Failure) -> LedgerTable {
        guard let ledger = Ledgers.named(tool) else {
            throw Failure(
                .usage,
                "there is no tool \(tool) whose history could be adopted"
                    + didYouMean(tool, in: Ledgers.names, quote: ""),
                next: "name one of \(Ledgers.names.joined(separator: ", ")), or none")
        }
        if let found = try search.tables(of: tool, named: table).first {
            if let language = ledger.language { throw Failure(notSQL: found, language) }
            return found
        }
        let names = (table.map { [$0] } ?? ledger.tables).map { "\($0)" }
        throw Failure(
            .configuration,
            "there is no table \(names.joined(separator: " or ")) that looks like \(tool)'s",
            state: "Nothing was changed.",
            next: "check the URL; or name the tool's table with --from \(tool):TABLE")
    }

    /// Does `body` while no other process of the tool is at work.
    func hold(_ body: () throws(Failure) -> Void) throws(Failure) {
        guard case .ledger(let table) = source else { return try body() }
        try LedgerHold(run: run, connection: search.connection, table: table).hold(body)
    }
}

/// The rows of migrations that are taken for applied: one transaction, in which each is claimed, so
/// that all of them are there or none.
private struct AdoptedRows {
    let site: Site
    let rows: [Applied]
    /// The statements before the claims.
    let opening: [Statement]
    /// Which of them stops the transaction when the lock is gone; `nil` where none does.
    let guardIndex: Int?
    /// What else is written with them.
    var corrections: [Statement] = []
    private let word: Word
    /// What the tool's table said when the rows were planned.
    private let contents: LedgerContents?

    init(
        site: Site, _ applications: [Application], word: Word, contents: LedgerContents?
    ) {
        self.site = site
        (self.word, self.contents) = (word, contents)
        rows = applications.map { $0.row(done: true) }
        var opening = [Statement(site.dialect.begin)]
        if let lock = site.connection.transactionLock("\(site.history.table) adoption") {
            opening.append(Statement(lock))
        }
        let stop = site.guardStatement
        guardIndex = stop.map { _ in opening.count }
        opening += stop.map { [$0] } ?? []
        if case .ledger(let found) = word.source, let lock = site.dialect.seeds.staging.lockTable {
            let table = site.dialect.quoted(found.table.name)
            opening.append(Statement(lock.replacing("{table}", with: table)))
        }
        self.opening = opening
    }

    /// - Returns: false when another run has written one of them meanwhile, or the tool has applied
    ///   something.
    func write() throws(Failure) -> Bool {
        let claims = rows.flatMap { site.claims($0) } + corrections + [Statement("COMMIT")]
        var retry = BusyRetry(site.run)
        while true {
            do throws(BatchError) {
                guard case .ledger(let found) = word.source else {
                    try site.runAll(opening + claims)
                    return true
                }
                try site.runAll(opening)
                guard try isSame(found) else {
                    site.rollBack()
                    return false
                }
                try site.runAll(claims)
                return true
            } catch {
                site.rollBack()
                if let failure = error.failure { throw failure }
                if error.error.kind == .rejected {
                    guard error.index != guardIndex else { throw failure(site.lockLost) }
                    if try isAnyThere() { return false }
                }
                if error.error.kind == .interrupted {
                    try site.run.cancellation.check(state: Self.state)
                }
                guard retry.isDue(after: error.error) else { throw failure(error.error) }
            }
        }
    }

    /// Whether the tool's table still says what the rows rest on; until the transaction ends nobody else
    /// writes to it.
    private func isSame(_ found: LedgerTable) throws(BatchError) -> Bool {
        do throws(Failure) {
            return try word.search.contents(of: found, locking: true) == contents
        } catch { throw BatchError(error) }
    }

    /// Whether another run has written one of the rows.
    private func isAnyThere() throws(Failure) -> Bool {
        let wanted = Set(rows.map(\.identity))
        return try site.history.read(on: site.connection).rows.contains {
            wanted.contains($0.identity)
        }
    }

    private static let state = "No migration was adopted."

    private func failure(_ error: DatabaseError) -> Failure {
        // Only what was checked: a session that is gone cannot be asked.
        let isRolledBack = error.kind != .lost && !site.connection.isInTransaction
        let next = "run the same command again"
        return Failure(
            ExitStatus(working: error.kind), "cannot write to the history \(site.history.table)",
            cause: error, product: site.product, state: isRolledBack ? Self.state : nil,
            next: error.remedy
                ?? (error.kind == .denied
                    ? "give this user the right to write to \(site.history.table), and \(next)"
                    : next))
    }
}
