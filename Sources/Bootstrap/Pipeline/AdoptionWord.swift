/// On whose word migrations are taken for applied.
struct AdoptionWord {
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
        case .tool(let tool, let table):
            source = .ledger(try search.table(of: LedgerName(tool, table: table)))
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

    /// Does `body` while no other process of the tool is at work.
    func hold(_ body: () throws(Failure) -> Void) throws(Failure) {
        guard case .ledger(let table) = source else { return try body() }
        try LedgerHold(run: run, connection: search.connection, table: table).hold(body)
    }
}
