/// A statement that had begun when a run ended, or that failed after it may have done something: what
/// became of it is asked of the catalogue.
struct Interruption {
    let site: Site
    let application: Application
    /// The migration's row.
    let row: Applied
    /// The statement's number in the file, from 0.
    let index: Int
    let recollection: Recollection

    /// The statement as the file has it now; `nil` where the file has no such statement, and for code.
    private var statement: Statement? { try? application.statement(at: index) }

    /// Whether it is the statement that had begun.
    private var isSame: Bool { statement.map { recollection.isSame($0, at: index) } ?? false }

    /// Where to go on.
    enum Finding: Equatable {
        /// Behind it.
        case done
        /// At it.
        case untouched
        /// With this one, which does what is left of it.
        case partly(Statement)
    }

    /// Looks at what is there now.
    func finding() throws(Failure) -> Finding {
        let outcome: Footprint.Outcome
        do throws(DatabaseError) {
            outcome = try self.outcome()
        } catch {
            throw Failure(
                application, statement: nil, error, product: site.product,
                state: "Nothing was changed now.")
        }
        switch outcome {
        case .done: return .done
        case .untouched: return .untouched
        case .partly(let rest): return .partly(Statement(rest, place: statement?.place))
        // A repeatable is there to be run again.
        case .unknown where row.kind == .repeatable: return .untouched
        case .unknown(let found):
            throw Failure(
                interrupted: application.step, row, at: index + 1,
                found.isEmpty ? "" : " \(found)")
        }
    }

    /// What became of it, without a word to anybody.
    func outcome() throws(DatabaseError) -> Footprint.Outcome {
        try enterDatabase()
        guard let catalogue = site.dialect.catalogue, let before = recollection.definitions else {
            return .unknown("")
        }
        guard isSame, let statement else {
            guard let state = catalogue.stateAgain(before) else { return .unknown("") }
            // Whoever corrects a statement that has failed was told what has become of it.
            if row.state == .failed { return .untouched }
            if try now(state) == before { return .untouched }
            return .unknown(
                "It has changed in the file since, and what it named is not as it was before it.")
        }
        guard let footprint = catalogue.footprint(statement) else { return .unknown("") }
        return footprint.judge(before, try now(footprint.state))
    }

    private func now(_ state: String) throws(DatabaseError) -> String {
        try site.connection.run("SELECT \(state)").first?.first?.text ?? ""
    }

    /// Names without a database mean the one that the statements before have chosen.
    private func enterDatabase() throws(DatabaseError) {
        guard var statements = try? application.reader() else { return }
        for _ in 0..<index {
            // A large file that cannot be read any more is told of when the run goes on.
            guard let statement = try? statements.next() else { return }
            if statement.words.first == "USE" { try site.connection.run(statement.text) }
        }
    }
}

extension Repairs.Outcome {
    /// What the catalogue tells of the statement number `statement`, from 1, in which a migration was
    /// interrupted; `nil` where a person has to look.
    init?(
        of statement: Int, in row: Applied, _ step: Plan.Step, at site: Site
    ) throws(Failure) {
        // A file that cannot be read as it is now says nothing of its statements.
        let isWayBack = row.state == .undoing
        let body = isWayBack ? try? step.migration.wayBack(for: site.dialect) : step.body
        let script = try? body?.cut(for: site.dialect, settings: site.options.settings)
        let application = Application(step, script, site.dialect, undoing: isWayBack ? row : nil)
        let interruption = Interruption(
            site: site, application: application, row: row, index: statement - 1,
            recollection: try Recollection(of: row, application, at: site))
        switch try? interruption.outcome() {
        case .done: self = .done
        case .untouched: self = .untouched
        case .partly: self = .partly
        case .unknown, nil: return nil
        }
    }
}

extension Failure {
    /// A statement of which nobody knows whether it took effect.
    ///
    /// - `statement`: its number, from 1.
    /// - `found`: what is known of it, as a sentence behind a space, or nothing.
    init(
        interrupted step: Plan.Step, _ row: Applied, at statement: Int, _ found: String = ""
    ) {
        let before: String
        switch statement {
        case ...1: before = ""
        case 2: before = "Statement 1 took effect. "
        default: before = "Statements 1 to \(statement - 1) took effect. "
        }
        self.init(
            .rejected,
            "\(step.body.path) was interrupted in statement \(statement) of \(row.total)",
            state: before + "Whether statement \(statement) took effect is not known.\(found) "
                + "Nothing was changed now.",
            next: "look whether it took effect, and answer with bootstrap repair --statement done, "
                + "or with bootstrap repair --statement again; then run the same command again")
    }
}
