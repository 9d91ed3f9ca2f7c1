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
