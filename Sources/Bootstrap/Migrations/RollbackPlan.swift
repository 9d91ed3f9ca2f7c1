/// Which ways back to take, worked out from files and history alone: no database, no clock.
struct RollbackPlan {
    /// The applied migrations to undo, the newest first, each with its way back.
    private(set) var steps: [(step: Plan.Step, row: Applied)] = []
    /// What is worth saying about the plan.
    private(set) var notes: [String] = []

    /// Finds the way back of each of `rows`, or throws for the first that has none.
    ///
    /// - `rows`: What to undo, the newest first.
    init(
        _ rows: [Applied], files: [Migration], options: Options, dialect: Dialect,
        beside company: Company
    ) throws(Failure) {
        guard !rows.isEmpty else { return }
        let migrations = Dictionary(
            files.map { ($0.identity, $0) }, uniquingKeysWith: { first, _ in first })
        var empty: [String] = []
        for row in rows {
            let isUnfinished = row.state == .running || row.state == .failed
            guard !isUnfinished || company == .unknown else {
                throw Failure(
                    unfinished: row, beside: company,
                    next: "run bootstrap up, which goes on with it, and then roll it back")
            }
            guard let migration = migrations[row.identity] else { throw Failure(withoutFile: row) }
            let body = try Self.wayBack(of: migration, dialect)
            if Self.undoesNothing(body, of: migration, dialect) {
                guard Self.mayUndoNothing(migration, dialect) else {
                    throw Failure(withEmpty: body, of: migration)
                }
                empty.append(body.path)
            }
            let isUndoing = row.state == .undoing
            let step = Plan.Step(migration, body, isUndoing ? row : nil, options)
            if !isUndoing, let note = Self.note(migration, row, dialect) { notes.append(note) }
            steps.append((step, row))
        }
        if let first = empty.first { notes.append(Self.note(empty: first, of: empty.count)) }
    }

    private static func wayBack(
        of migration: Migration, _ dialect: Dialect
    ) throws(Failure) -> MigrationBody {
        guard let back = try migration.wayBack(for: dialect) else {
            throw Failure(withoutWayBack: migration, migration.body(for: dialect), dialect)
        }
        return back
    }

    /// Whether nothing leads back from a migration that has done something.
    private static func undoesNothing(
        _ back: MigrationBody, of migration: Migration, _ dialect: Dialect
    ) -> Bool {
        back.isEmpty(dialect.lexical)
            && migration.body(for: dialect)?.isEmpty(dialect.lexical) == false
    }

    /// Whether a way back without any statement is meant so.
    ///
    /// It is in other tools' files, golang-migrate's among them, whose pairs are ours but for the `.up`;
    /// `name.down.sql` beside `name.sql` is as `new --down` writes it, and nobody has filled it in.
    private static func mayUndoNothing(_ migration: Migration, _ dialect: Dialect) -> Bool {
        migration.hasForeignWayBack(for: dialect)
            || migration.body(for: dialect)?.path.hasSuffix(".up.sql") == true
    }

    private static func note(empty path: String, of count: Int) -> String {
        let others =
            switch count {
            case 1: ""
            case 2: ", nor does another way back"
            default: ", nor do \(count - 1) other ways back"
            }
        return "\(path) holds no statement\(others): what was applied stays, and its row goes"
    }

    /// That the way back may be another text's than the one that was applied.
    private static func note(
        _ migration: Migration, _ row: Applied, _ dialect: Dialect
    ) -> String? {
        guard let body = migration.body(for: dialect), body.checksum != row.checksum,
            body.fingerprint(dialect.lexical) != row.fingerprint
        else { return nil }
        return "\(body.path) has changed since it was applied; its way back is taken as it is now"
    }
}

extension RollbackPlan {
    /// The rows of `history` that are to be undone, the newest first.
    ///
    /// - `target`: How many, or the version that is to be the newest one afterwards.
    static func rows(
        toward target: Options.Target, in history: [Applied], _ order: VersionOrder
    ) throws(Failure) -> [Applied] {
        let rows = newestFirst(history, order)
        switch target {
        case .count(let count):
            guard count > 0 else {
                throw Failure(
                    .usage, "there is nothing to do for a rollback of \(count)",
                    next: "say how many migrations are to be rolled back, 1 or more")
            }
            guard count <= rows.count || rows.isEmpty else {
                throw Failure(
                    .configuration, "\(rows.count) of \(count) migrations are applied",
                    state: "Nothing was changed.",
                    next: "say bootstrap rollback \(rows.count), or --to VERSION for a version")
            }
            return Array(rows.prefix(count))
        case .version(let text):
            let version = Version.leading(text)
            let last =
                rows.first { $0.name == text }
                ?? version.flatMap { id in rows.first { $0.id == id } }
            if let last { return rows.filter { order.isOlder(last.id, than: $0.id) } }
            // Before the first one.
            if version == "0", text.utf8.allSatisfy({ $0 == Byte.zero }) { return rows }
            throw Failure(
                .configuration, "the migration \(text) is not applied",
                state: "Nothing was changed.",
                next: "name an applied version with --to, or 0 to roll all of them back; "
                    + "bootstrap status lists them")
        }
    }

    /// What is left of the rows that a run has `chosen`, the newest first.
    ///
    /// Throws where something newer was applied since.
    static func rest(
        of chosen: [Applied], in history: [Applied], _ order: VersionOrder
    ) throws(Failure) -> [Applied] {
        let known = Set(chosen.map(\.identity))
        let rows = newestFirst(history, order)
        let rest = rows.filter { known.contains($0.identity) }
        guard let oldest = rest.last else { return [] }
        for row in rows where !known.contains(row.identity) {
            guard order.isOlder(row.id, than: oldest.id) else {
                throw Failure(
                    .configuration, "\(row.name) was applied while this rollback began",
                    state: "Nothing was changed.",
                    next: "look at bootstrap status, and say again how far to go back")
            }
        }
        return rest
    }

    private static func newestFirst(_ history: [Applied], _ order: VersionOrder) -> [Applied] {
        history.filter { $0.kind == .migration }.sorted { order.isOlder($1.id, than: $0.id) }
    }
}

extension Failure {
    fileprivate init(withoutFile row: Applied) {
        self.init(
            .configuration, "the history has \(row.name), which these files have not",
            state: "Nothing was changed.",
            next: "restore its files, or roll it back with the release that has them")
    }

    fileprivate init(withEmpty back: MigrationBody, of migration: Migration) {
        self.init(
            .configuration,
            "\(back.path) holds no statement, and \(migration.name) cannot be rolled back",
            state: "Nothing was changed.",
            next: "write into it what undoes \(migration.name), or SELECT 1 if nothing has to")
    }

    /// - `body`: What leads there; `nil` where nothing does on this server.
    fileprivate init(
        withoutWayBack migration: Migration, _ body: MigrationBody?, _ dialect: Dialect
    ) {
        let engine = migration.waysBack.isEmpty ? "" : " for \(dialect.engine)"
        let remedy = body.flatMap { $0.remedy(for: migration.name) }.map { $0 + ", or " } ?? ""
        let digits = String(migration.name.prefix { $0.isNumber })
        // Other tools' names may begin with digits that are no version.
        let version = Version.plain(digits) == migration.id ? digits : migration.name
        self.init(
            .configuration, "\(migration.name) has no way back\(engine)",
            state: "Nothing was changed.",
            next: "\(remedy)go back no further than to it: bootstrap rollback --to "
                + version)
    }
}

extension MigrationBody {
    /// How a migration of this name, to which this leads, gets a way back; `nil` where its tool knows none,
    /// or has a file of another name for it.
    fileprivate func remedy(for name: String) -> String? {
        if code != nil { return "give it a way back in Swift" }
        if isPart { return "write one into \(path)" }
        if path.hasSuffix(".up.sql") { return "write \(path.dropLast(7)).down.sql" }
        guard !manner.isForeign else { return nil }
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        return "write \(folder)\(name).down.sql"
    }
}
