/// Statements that had begun when a run ended, or of which one failed after it may have done something:
/// what became of them is asked of the catalogue.
struct Interruption {
    let site: Site
    let application: Application
    /// The migration's row.
    let row: Applied
    let recollection: Recollection

    /// Where to go on.
    enum Finding: Equatable {
        /// Behind the statement.
        case done
        /// At it.
        case untouched
        /// With this one, which does what is left of it.
        case partly(Statement)
    }

    /// Looks at what is there now.
    ///
    /// - `first`: the number, from 0, of the first statement that had begun.
    /// - Returns: the number of the statement that tells where to go on, and what became of it.
    func finding(from first: Int) throws(Failure) -> (index: Int, Finding) {
        let (index, outcome): (Int, Footprint.Outcome)
        do throws(DatabaseError) {
            (index, outcome) = try decisive(from: first)
        } catch {
            throw Failure(
                application, statement: nil, error, product: site.product,
                state: "Nothing was changed now.")
        }
        switch outcome {
        case .done: return (index, .done)
        case .untouched: return (index, .untouched)
        case .partly(let rest):
            return (index, .partly(Statement(rest, place: statement(index)?.place)))
        // A repeatable is there to be run again.
        case .unknown where row.kind == .repeatable: return (index, .untouched)
        case .unknown(let found):
            throw Failure(
                interrupted: application.step, row, at: index + 1,
                found.isEmpty ? "" : " \(found)")
        }
    }

    /// The statement that tells where to go on, and what became of it.
    ///
    /// Those that began together ran one behind the other, up to the last that is seen to be done.
    private func decisive(
        from first: Int
    ) throws(DatabaseError) -> (index: Int, Footprint.Outcome) {
        let end = recollection.begun.upperBound
        // One that was changed in the file since tells nothing of those behind it.
        let known = (first..<max(end, first + 1)).prefix { isSame($0) }
        for index in known.reversed() where try outcome(of: index) == .done {
            guard index + 1 < end else { return (index, .done) }
            return (index + 1, try outcome(of: index + 1))
        }
        return (first, try outcome(of: first))
    }

    /// What became of the statement at `index`, from 0, without a word to anybody.
    func outcome(of index: Int) throws(DatabaseError) -> Footprint.Outcome {
        try enterDatabase(before: index)
        guard let catalogue = site.dialect.catalogue, let before = recollection.definitions else {
            return .unknown("")
        }
        if isSame(index), let footprint = statement(index).flatMap(catalogue.footprint) {
            return footprint.judge(before, try now(footprint.state))
        }
        guard !isSame(index), let others = catalogue.others(before, additions(before: index)) else {
            return .unknown("")
        }
        // Whoever corrects a statement that has failed was told what has become of it.
        if row.state == .failed { return .untouched }
        if others.judge(before, try now(others.state)) == .untouched { return .untouched }
        return .unknown(
            "It has changed in the file since, and what it named is not as it was before it.")
    }

    /// What those added that began together with the statement at `index`, and before it.
    private func additions(before index: Int) -> Set<String> {
        let earlier = recollection.begun.prefix { $0 < index }
        return Set(
            earlier.compactMap { earlier in
                statement(earlier).flatMap { site.dialect.catalogue?.footprint($0)?.addition }
            })
    }

    /// The statement as the file has it now; `nil` where the file has no such statement, and for code.
    private func statement(_ index: Int) -> Statement? { try? application.statement(at: index) }

    /// Whether it is the statement that had begun there.
    private func isSame(_ index: Int) -> Bool {
        statement(index).map { recollection.isSame($0, at: index) } ?? false
    }

    private func now(_ state: String) throws(DatabaseError) -> String {
        try site.connection.run("SELECT \(state)").first?.first?.text ?? ""
    }

    /// Names without a database mean the one that the statements before have chosen.
    private func enterDatabase(before index: Int) throws(DatabaseError) {
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
            site: site, application: application, row: row,
            recollection: try Recollection(of: row, application, at: site))
        switch try? interruption.outcome(of: statement - 1) {
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
