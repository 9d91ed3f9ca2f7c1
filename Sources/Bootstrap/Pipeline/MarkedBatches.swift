// What a marked migration sends: the file's statements with ours around them.

extension MarkedMigration {
    /// The statements before the file's next one.
    ///
    /// - `begins`: the statement, from 1, that is marked as begun together with the claim.
    private func opening(_ unfinished: Applied?, begins: Int?) -> [Element] {
        var row = row
        row.inFlight = begins
        row.done = unfinished?.done ?? 0
        let hashes = hashes.joined(separator: " ")
        let definitions = begins.flatMap { self.definitions(before: $0 - 1) }
        let claim = site.claims(
            row, hashes: hashes, definitions: definitions, if: site.condition
        ).map { Element($0, .claim) }
        var opening = claim
        // A claim proves the lock itself; what writes before it, or instead of it, does not.
        let stop = site.guardStatement.map { [Element($0, .guarding)] } ?? []
        if unfinished != nil {
            let reopened = site.history.reopen(
                row, owner: site.options.owner, hashes: hashes, definitions: definitions)
            opening = stop + [Element(reopened, .reopening)]
        } else if let old = application.replacedRow {
            opening = stop + [Element(site.history.remove(old))] + claim
        }
        return opening + preparation(from: unfinished?.done ?? 0)
    }

    /// What the session needs before the statement number `done`, from 0.
    private func preparation(from done: Int) -> [Element] {
        var preparation: [Element] = []
        if application.directives.contains(.portable) {
            preparation += site.dialect.portableMode.enter.map { Element($0) }
        }
        // What the statements before have left in the session, a new session has not.
        for unit in units where unit.kind == .session && unit.statements.upperBound <= done {
            preparation += unit.statements.map {
                Element(statements[$0], .file(statement: $0, unit: unit))
            }
        }
        return preparation
    }

    /// An expression for what is there before the statement at `index`.
    private func definitions(before index: Int) -> String? {
        guard statements.indices.contains(index) else { return nil }
        // The file's own statement, also where only what is left of it runs.
        return site.dialect.catalogue?.footprint(application.statements[index])?.state
    }

    /// The batches to run in their order, all in one where the engine's packets allow it.
    ///
    /// Each mark is a commit, so marks that follow each other are one: the claim and "begun",
    /// "done" and the next one's "begun", the last "done" and the end.
    func batches(_ unfinished: Applied?, from done: Int) -> [[Element]] {
        let rest = units.filter { $0.statements.lowerBound >= done && $0.kind != .left }
        let isCode = application.step.body.code != nil
        let beginsAtOnce =
            preparation(from: done).isEmpty && (isCode || rest.first?.begins(at: done) == true)
        var batches = [opening(unfinished, begins: beginsAtOnce ? done + 1 : nil)]
        if isCode, !beginsAtOnce { batches.append([mark(done: 0, begins: true)]) }
        var isBegun = beginsAtOnce
        for (index, unit) in rest.enumerated() {
            let next = index + 1 < rest.count ? rest[index + 1] : nil
            let end = unit.statements.upperBound
            let beginsNext = unit.isMarkedBehind && next?.begins(at: end) == true
            let mark =
                next == nil ? finish : mark(done: end, begins: beginsNext)
            batches += elements(of: unit, isBegun: isBegun, marked: mark)
            isBegun = beginsNext
        }
        var closing: [Element] = []
        // A statement that only changes the session has no mark of its own.
        if rest.last.map({ $0.kind == .session }) ?? true {
            closing.append(finish)
        }
        // Without it an owner that has lost the lease would take its last mark for written.
        closing += leaseGuard
        if application.directives.contains(.portable) {
            closing += site.dialect.portableMode.leave.map { Element($0) }
        }
        batches.append(closing)
        // Code runs between our own statements; only SQL can travel in one packet.
        let isPacked = !site.dialect.rollsBackDDL && !isCode
        return isPacked ? [Array(batches.joined())] : batches
    }

    private func mark(done: Int, begins: Bool) -> Element {
        let definitions = begins ? self.definitions(before: done) : nil
        return Element(
            site.history.mark(
                row, done: done, begins: begins, definitions: definitions, and: site.condition))
    }

    /// What says that all is done.
    private var finish: Element {
        Element(site.history.finish(row, and: site.lock?.lease?.condition))
    }

    /// What stops a batch whose lease has been taken over.
    ///
    /// A session's lock goes with its session, and is asked for by the marks; but the packet of a
    /// lease's owner may go on when another run is at work already.
    private var leaseGuard: [Element] {
        guard site.lock?.lease != nil, let stop = site.guardStatement else { return [] }
        return [Element(stop, .guarding)]
    }

    /// What a transaction ends with that holds a mark, before its COMMIT.
    private var fence: [Element] {
        site.lock?.lease.map { [Element($0.fence, .guarding)] } ?? []
    }

    /// - `mark`: what says that the unit is done.
    private func elements(of unit: Unit, isBegun: Bool, marked mark: Element) -> [[Element]] {
        let texts = unit.statements.map {
            Element(statements[$0], .file(statement: $0, unit: unit))
        }
        switch unit.kind {
        case .session: return [texts]
        case .left: return []
        case .repeatable: return [leaseGuard + texts, [mark]]
        case .atomic:
            let begin = [Element(site.dialect.begin)]
            let commit = [Element("COMMIT")]
            // The mark reads the lease's row, and would keep its beat waiting while the file's
            // statement runs.
            return site.lock?.lease == nil
                ? [begin + [mark] + texts + commit] : [begin + texts + fence + [mark] + commit]
        case .transaction: return [texts.dropLast() + fence + [mark] + texts.suffix(1)]
        case .alone:
            let first = unit.statements.lowerBound
            let begun = isBegun ? [] : [self.mark(done: first, begins: true)]
            guard let limit = site.lockLimit(of: statements[first]) else {
                return [begun, leaseGuard + texts, [mark]]
            }
            return [
                begun, [Element(limit.off)], leaseGuard, texts, [Element(limit.on)], [mark],
            ]
        }
    }
}
