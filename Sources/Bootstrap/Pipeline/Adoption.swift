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
        let outlook = try foresee(rows, on: connection)
        return Preview(
            target: run.driver.target, creates: false,
            migrations: outlook.applications.map {
                Preview.Migration(name: $0.name, path: $0.step.body.path, statements: [])
            },
            seeds: [], notes: outlook.notes, refusal: outlook.refusal, takeover: outlook.takeover)
    }

    /// What would be taken for applied, on whose word, or why it would be refused.
    struct Outlook {
        var takeover: Takeover?
        var refusal: Failure?
        var applications: [Application] = []
        var notes: [String]
    }

    /// Looks on a connection that is there; nothing is written.
    ///
    /// - `rows`: what the history has.
    func foresee(_ rows: [Applied], on connection: any Connection) throws(Failure) -> Outlook {
        let word = try AdoptionWord(request, run, connection)
        defer { word.search.detach() }
        let proposal = try proposal(word, rows, connection, beside: .others)
        var outlook = Outlook(
            takeover: proposal.takeover, refusal: proposal.refusal, notes: proposal.plan.notes)
        guard outlook.refusal == nil else { return outlook }
        var files = PendingFiles(connection.dialect, run.options)
        outlook.applications = try files.applications(of: proposal.plan)
        outlook.notes += outlook.applications.notes
        return outlook
    }

    /// Writes them on a connection that is there.
    func work(on connection: any Connection) throws(Failure) {
        let snapshot = try run.history(on: connection).read(on: connection)
        let word = try AdoptionWord(request, run, connection)
        defer { word.search.detach() }
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
        _ word: AdoptionWord, _ files: inout PendingFiles, on connection: any Connection,
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
        for note in proposal.plan.notes + applications.notes {
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
        _ word: AdoptionWord, _ rows: [Applied], _ connection: any Connection,
        beside company: Company
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
            takeover: comparison.takeover, refusal: comparison.refusal(request))
        let left = Set(request.pending.compactMap { files.map(\.0).named($0)?.identity })
        proposal.removals = rows.filter { $0.state == .done && left.contains($0.identity) }
        if request.mirrors {
            let mirror = LedgerMirror(run: run, connection: connection, table: ledger)
            proposal.recordings = try mirror.record(
                comparison.lacking(rows).filter { !left.contains($0.identity) })
        }
        return proposal
    }

    private func compare(
        _ ledger: LedgerTable, _ contents: LedgerContents,
        _ files: [(migration: Migration, body: MigrationBody?)], _ word: AdoptionWord,
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
