/// One pending migration, or one way back, cut and checked for this server before the first one runs.
struct Application {
    let step: Plan.Step
    /// `nil` for a migration in code.
    let file: CutFile?
    let dialect: Dialect
    /// The row that a way back takes away; `nil` for a migration that is applied.
    let undoes: Applied?
    /// What runs before it, in its transaction.
    var before: HookScript?
    /// What runs after it, in its transaction.
    var after: HookScript?
    /// What writes it into another tool's table, together with its row.
    var mirrored: [Statement] = []
    /// The file that the table is in, where that is not the database's own.
    var attachment: LedgerAttachment?
    /// What puts it into such a file again, when a way back has failed.
    var restored: [Statement] = []

    init(_ step: Plan.Step, _ file: CutFile?, _ dialect: Dialect, undoing row: Applied? = nil) {
        self.step = step
        self.file = file
        self.dialect = dialect
        undoes = row
    }

    var name: String { step.migration.name }
    /// How many statements it has; none in code.
    var count: Int {
        switch file {
        case nil: 0
        case .whole(let script): script.statements.count
        case .long(let script): script.count
        }
    }
    /// The script whose statements are in memory; `nil` for code and for a large file.
    var script: Script? {
        guard case .whole(let script)? = file else { return nil }
        return script
    }
    /// The large file that it is.
    var long: LongScript? {
        guard case .long(let script)? = file else { return nil }
        return script
    }
    /// Reads its statements from the first on.
    func reader() throws(Failure) -> StatementReader { try StatementReader(file) }
    /// The statement at `index`, from 0; `nil` where there is none.
    func statement(at index: Int) throws(Failure) -> Statement? {
        if let long { return try long.statement(at: index) }
        return script.flatMap { $0.statements.indices.contains(index) ? $0.statements[index] : nil }
    }
    var directives: Set<Directive> { step.body.directives }

    /// Whether it has no statement, and will not run again once it has some.
    fileprivate var isEmpty: Bool {
        undoes == nil && step.migration.kind == .versioned && file != nil && count == 0
            && step.body.isEmpty(dialect.lexical)
    }

    /// Its row in the history: not done yet, or done by the transaction that writes it.
    ///
    /// Costs a hash over the file's tokens.
    func row(done isDone: Bool = false) -> Applied {
        let total = max(1, count)
        if var row = undoes {
            (row.state, row.done, row.total, row.inFlight) = (.undoing, 0, total, nil)
            return row
        }
        return Applied(
            kind: step.migration.kind == .versioned ? .migration : .repeatable,
            id: Applied.key(step.migration.id), name: name, checksum: step.checksum,
            fingerprint: long?.fingerprint ?? step.body.fingerprint(dialect.lexical),
            state: isDone ? .done : .running,
            done: isDone ? total : 0, total: total)
    }

    /// Whether it only adds definitions, in next to no time whatever the database holds, and is short
    /// enough to share a packet of any server's.
    var definesOnly: Bool {
        guard undoes == nil, before == nil, after == nil, let script,
            !directives.contains(.noTransaction),
            !directives.contains(.foreignKeysOff),
            script.statements.reduce(0, { $0 + $1.text.utf8.count }) < 16_384
        else { return false }
        return !script.changesSession && script.definesOnly(dialect.lexical)
    }

    /// The row that must go before the claim: a repeatable's older text.
    var replacedRow: Applied? { step.row?.state == .done ? step.row : nil }

    /// Whether its row in the history, `nil` where there is none, says that all of it is done.
    func isDone(by row: Applied?) -> Bool {
        undoes == nil ? row?.state == .done : row == nil
    }
}

extension Failure {
    /// A migration's statement that the engine refused.
    ///
    /// - `index`: the statement's number in the file, from 0; `nil` where it is not known.
    init(
        _ application: Application, statement index: Int?, _ error: DatabaseError, product: String,
        state: String?, next: String? = nil
    ) {
        let script = application.script
        let statement = index.flatMap { index in
            script.flatMap { index < $0.statements.count ? $0.statements[index] : nil }
        }
        let place = statement.flatMap { statement in
            error.position.flatMap { script?.place(of: $0, in: statement) } ?? statement.place
        }
        let status = ExitStatus(working: error.kind)
        var failure = Failure(
            status, "failed", place: place,
            cause: error, product: product, state: state,
            next: next ?? error.remedy ?? status.next(after: "file"))
        if let index, let long = application.long {
            failure = long.shown(failure, at: index, position: error.position)
        }
        if failure.place == nil { failure.headline = "\(application.step.body.path) failed" }
        // With the source line, passwords in it masked.
        self = script?.shown(failure) ?? failure
    }
}

extension ExitStatus {
    /// What to do when work that is written in `source`, a file or a seed, ended so.
    func next(after source: String) -> String {
        switch self {
        case .denied:
            "give this user the right, or use another user, and run the same command again"
        case .busy: "run the same command again when the application holds no lock on the table"
        case .unavailable: "run the same command again; it goes on where this run stopped"
        default: "correct the \(source) and run the same command again"
        }
    }

    /// What an error in the middle of a migration's or a seed's work comes to.
    init(working kind: DatabaseError.Kind) {
        switch kind {
        case .denied: self = .denied
        case .busy: self = .busy
        case .lost, .unavailable, .readOnly: self = .unavailable
        case .interrupted, .rejected, .missingDatabase: self = .rejected
        }
    }
}

extension [Application] {
    /// What is worth saying before they are applied.
    ///
    /// Some projects have hundreds of empty files, one for each engine that has nothing to do.
    var notes: [String] {
        let paths = lazy.filter(\.isEmpty).map(\.step.body.path)
        guard let first = paths.first else { return [] }
        let (what, them) =
            switch paths.count {
            case 1: ("\(first) holds no statement: once it is applied", "it")
            case 2: ("\(first) and another file hold no statement: once they are applied", "them")
            case let count:
                (
                    "\(first) and \(count - 1) other files hold no statement: once they are applied",
                    "them"
                )
            }
        return ["\(what), what is added to \(them) does not run"]
    }
}
