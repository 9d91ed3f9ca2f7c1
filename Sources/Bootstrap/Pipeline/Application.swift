/// One pending migration, or one way back, cut and checked for this server before the first one runs.
struct Application {
    let step: Plan.Step
    /// `nil` for a migration in code.
    let script: Script?
    let dialect: Dialect
    /// The row that a way back takes away; `nil` for a migration that is applied.
    let undoes: Applied?
    /// What runs before it, in its transaction.
    var before: HookScript?
    /// What runs after it, in its transaction.
    var after: HookScript?

    init(_ step: Plan.Step, _ script: Script?, _ dialect: Dialect, undoing row: Applied? = nil) {
        self.step = step
        self.script = script
        self.dialect = dialect
        undoes = row
    }

    var name: String { step.migration.name }
    var statements: [Statement] { script?.statements ?? [] }
    /// The statements as they may be shown.
    var shownStatements: [String] {
        script.map { script in script.statements.map(script.shownText) } ?? []
    }
    var directives: Set<Directive> { step.body.directives }

    /// What is worth saying before it is applied, or `nil`.
    var note: String? {
        guard undoes == nil, step.migration.kind == .versioned, let script,
            script.statements.isEmpty,
            step.body.isEmpty(dialect.lexical)
        else { return nil }
        return "\(step.body.path) holds no statement: once it is applied, what is added to it does "
            + "not run"
    }

    /// Its row in the history: not done yet, or done by the transaction that writes it.
    ///
    /// Costs a hash over the file's tokens.
    func row(done isDone: Bool = false) -> Applied {
        let total = max(1, statements.count)
        if var row = undoes {
            (row.state, row.done, row.total, row.inFlight) = (.undoing, 0, total, nil)
            return row
        }
        return Applied(
            kind: step.migration.kind == .versioned ? .migration : .repeatable,
            id: Applied.key(step.migration.id), name: name, checksum: step.checksum,
            fingerprint: step.body.fingerprint(dialect.lexical), state: isDone ? .done : .running,
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
        let statement = index.flatMap { $0 < application.statements.count ? $0 : nil }
            .map { application.statements[$0] }
        let place = statement.flatMap { statement in
            error.position.flatMap { application.script?.place(of: $0, in: statement) }
                ?? statement.place
        }
        let status = ExitStatus(working: error.kind)
        let failure = Failure(
            status, place == nil ? "\(application.step.body.path) failed" : "failed", place: place,
            cause: error, product: product, state: state,
            next: next ?? error.remedy ?? Self.next(status))
        // With the source line, passwords in it masked.
        self = application.script?.shown(failure) ?? failure
    }

    private static func next(_ status: ExitStatus) -> String {
        switch status {
        case .denied:
            "give this user the right, or use another user, and run the same command again"
        case .busy: "run the same command again when the application holds no lock on the table"
        case .unavailable: "run the same command again; it goes on where this run stopped"
        default: "correct the file and run the same command again"
        }
    }
}

extension ExitStatus {
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
