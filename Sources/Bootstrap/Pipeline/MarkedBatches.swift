// What a marked migration sends: the file's statements with ours around them.

extension MarkedMigration {
    /// - `done`: how many statements are done: those are not put together with others.
    func units(from done: Int = 0) throws(Failure) -> UnitReader {
        var rules = rules
        rules.sharesFrom = max(rules.sharesFrom, done)
        return UnitReader(try application.reader(), rules)
    }

    /// What the session needs before the next statement: what the ones before have left in it, a new
    /// session has not.
    private struct Preparation {
        var elements: [Element] = []
        /// What tells the statements before from others.
        var chain = StatementChain()
        /// The unit that comes next.
        var next: UnitReader.Piece?
    }

    /// Reads up to the statement number `done`, from 0.
    private func prepare(_ units: inout UnitReader, from done: Int) throws(Failure) -> Preparation {
        var preparation = Preparation()
        if application.directives.contains(.portable) {
            preparation.elements += site.dialect.portableMode.enter.map { Element($0) }
        }
        while let piece = try units.next() {
            guard piece.unit.statements.lowerBound < done else {
                preparation.next = piece.unit.kind == .left ? try nextSent(&units) : piece
                break
            }
            preparation.chain = piece.chain
            if piece.unit.kind == .session { preparation.elements += texts(of: piece) }
        }
        return preparation
    }

    /// The next unit that is sent at all.
    private func nextSent(_ units: inout UnitReader) throws(Failure) -> UnitReader.Piece? {
        while let piece = try units.next() {
            if piece.unit.kind != .left { return piece }
        }
        return nil
    }

    /// The statements before the file's next one.
    ///
    /// - `next`: the file's statements that are marked as begun together with the claim.
    /// - `isCode`: whether that is code.
    private func opening(
        _ unfinished: Applied?, _ preparation: Preparation, begins next: [Statement], isCode: Bool
    ) -> [Element] {
        var row = row
        row.done = unfinished?.done ?? 0
        row.inFlight = !next.isEmpty || isCode ? row.done + 1 : nil
        let hashes = Recollection.text(preparation.chain, begins: next)
        let definitions = definitions(before: next)
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
        return opening + preparation.elements
    }

    /// An expression for what is there before statements of the file that begin together.
    private func definitions(before statements: [Statement]) -> String? {
        guard let catalogue = site.dialect.catalogue, let first = statements.first else {
            return nil
        }
        guard statements.count > 1 else { return catalogue.footprint(first)?.state }
        return catalogue.state(statements.compactMap { catalogue.footprint($0)?.addition })
    }

    /// Hands over the batches of one attempt in their order.
    ///
    /// Each mark is a commit, so marks that follow each other are one: the claim and "begun",
    /// "done" and the next one's "begun", the last "done" and the end.
    func forEachBatch(
        _ unfinished: Applied?, _ send: ([Element]) throws(Halt) -> Void
    ) throws(Halt) {
        let done = unfinished?.done ?? 0
        var units = try reading { () throws(Failure) in try self.units(from: done) }
        let preparation = try reading { () throws(Failure) in try prepare(&units, from: done) }
        let isCode = application.step.body.code != nil
        var coming = preparation.next
        var last = coming?.unit.kind
        let isPrepared = preparation.elements.isEmpty
        var isBegun = isPrepared && coming?.unit.begins(at: done) == true
        try send(
            opening(
                unfinished, preparation, begins: isBegun ? coming?.begun ?? [] : [],
                isCode: isPrepared && isCode))
        if isCode, !isPrepared { try send([mark(done: 0, preparation.chain, begins: [])]) }
        while let piece = coming {
            coming = try reading { () throws(Failure) in try nextSent(&units) }
            let end = piece.unit.statements.upperBound
            let begins = piece.unit.isMarkedBehind && coming?.unit.begins(at: end) == true
            let mark =
                coming == nil
                ? finish
                : [mark(done: end, piece.chain, begins: begins ? coming?.begun ?? [] : [])]
            for batch in elements(of: piece, isBegun: isBegun, marked: mark) { try send(batch) }
            (isBegun, last) = (begins, piece.unit.kind)
        }
        var closing: [Element] = []
        // A statement that only changes the session has no mark of its own.
        if last.map({ $0 == .session }) ?? true {
            closing += finish
        }
        // Without it an owner that has lost the lease would take its last mark for written.
        closing += leaseGuard
        if application.directives.contains(.portable) {
            closing += site.dialect.portableMode.leave.map { Element($0) }
        }
        if let code = application.step.body.code { try run(code) }
        try send(closing)
    }

    /// - `next`: the file's statements that begin with the mark; of code there are none.
    private func mark(done: Int, _ chain: StatementChain, begins next: [Statement]) -> Element {
        Element(
            site.history.mark(
                row, done: done, begins: !next.isEmpty || application.file == nil,
                hashes: Recollection.text(chain, begins: next),
                definitions: definitions(before: next), and: site.condition))
    }

    /// The file's statements as they are sent.
    private func texts(of piece: UnitReader.Piece) -> [Element] {
        zip(piece.unit.statements, piece.statements).map { index, statement in
            let sent = rest?.index == index ? rest?.statement : nil
            return Element(sent ?? statement, .file(statement: index, unit: piece.unit))
        }
    }

    /// What says that all is done: another tool's table before our own, so that what is done here is done
    /// there.
    private var finish: [Element] {
        (application.attachment == nil ? application.mirrored : []).map { Element($0, .ours) }
            + [Element(site.history.finish(row, and: site.lock?.lease?.condition))]
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
    private func elements(
        of piece: UnitReader.Piece, isBegun: Bool, marked mark: [Element]
    ) -> [[Element]] {
        let (unit, texts) = (piece.unit, texts(of: piece))
        switch unit.kind {
        case .session: return [texts]
        case .left: return []
        case .repeatable: return [leaseGuard + texts, mark]
        case .atomic:
            let begin = [Element(site.dialect.begin)]
            let commit = [Element("COMMIT")]
            // The mark reads the lease's row, and would keep its beat waiting while the file's
            // statement runs.
            return site.lock?.lease == nil
                ? [begin + mark + texts + commit] : [begin + texts + fence + mark + commit]
        case .transaction where unit.goesOn: return [texts]
        case .transaction: return [texts.dropLast() + fence + mark + texts.suffix(1)]
        case .alone, .series:
            let isMarked = isBegun || unit.continues
            let begun =
                isMarked
                ? []
                : [self.mark(done: unit.statements.lowerBound, piece.before, begins: piece.begun)]
            let end = unit.goesOn ? [] : mark
            guard let limit = piece.statements.first.flatMap({ site.lockLimit(of: $0) }) else {
                return [begun, leaseGuard + texts, end]
            }
            return [begun, [Element(limit.off)], leaseGuard, texts, [Element(limit.on)], end]
        }
    }
}
