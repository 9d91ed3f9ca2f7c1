/// Which migrations and seeds to run, worked out from files and history alone: no database, no clock.
struct Plan {
    /// One migration's file for this server.
    struct Step {
        var migration: Migration
        var body: MigrationBody
        /// What the history compares: with a repeatable's settings, since they change what it does.
        var checksum: String
        /// The row that an earlier run has left, where this one goes on or applies anew.
        var row: Applied?

        init(_ migration: Migration, _ body: MigrationBody, _ row: Applied?, _ options: Options) {
            self.migration = migration
            self.body = body
            self.row = row
            checksum = Step.checksum(of: body, as: migration.kind, options)
        }

        static func checksum(
            of body: MigrationBody, as kind: Migration.Kind, _ options: Options
        ) -> String {
            kind == .versioned ? body.checksum : body.checksum(with: options.settings)
        }
    }

    /// Versioned migrations to apply, in their order.
    private(set) var migrations: [Step] = []
    /// Repeatables that changed, in the order of their names.
    private(set) var repeatables: [Step] = []
    /// Seeds to plant, in their order, each with its checksum and the row that it replaces.
    private(set) var seeds: [(seed: Seed, checksum: String, row: Applied?)] = []
    /// What is worth saying about the plan.
    private(set) var notes: [String] = []
    /// The applied migrations that these files have not, where that is accepted.
    private(set) var ahead: [String] = []
    /// Whether the database is newer than the files.
    var isAhead: Bool { !ahead.isEmpty }
    /// How many migrations are applied and how many seeds are planted, before this plan.
    private(set) var applied = (migrations: 0, seeds: 0)
    /// Whether `to` leaves versioned migrations pending.
    private(set) var isPartial = false

    /// Nothing to run.
    var isEmpty: Bool { migrations.isEmpty && repeatables.isEmpty && seeds.isEmpty }
    /// All migrations to run: versioned ones first.
    var steps: [Step] { migrations + repeatables }

    /// Says whose the files are, where any of them is to run.
    mutating func tell(of format: FormatChoice) {
        guard !steps.isEmpty else { return }
        notes.insert(
            contentsOf: ["the migrations are read as \(format.name)'s, because \(format.reason)"]
                + format.notes, at: 0)
    }

    /// Compares the files that this server runs with what is applied.
    ///
    /// - `files`: All migrations, with the body that each has on this server, if any.
    /// - `isExclusive`: Whether no other run can be at work, so that an unfinished row is one that a
    ///   run has left behind, and not one that is being worked on now.
    init(
        _ files: [(migration: Migration, body: MigrationBody?)], seeds: [Seed], history: [Applied],
        options: Options, dialect: Dialect, isExclusive: Bool
    ) throws(Failure) {
        var rows: [HistoryKey: Applied] = [:]
        for row in history { rows[row.identity] = row }
        applied = (history.done(.migration), history.done(.seed))
        let covered = files.lazy.map(\.migration).covered(by: history, to: options.to)
        for (migration, body) in files {
            guard let body, !covered.contains(migration.id) else { continue }
            let kind: Applied.Kind = migration.kind == .versioned ? .migration : .repeatable
            let row = rows[migration.identity]
            let step = Step(migration, body, row, options)
            switch kind {
            case .migration:
                try add(versioned: step, dialect, isExclusive: isExclusive)
            default: add(repeatable: step, dialect)
            }
        }
        if let baseline = migrations.first(where: \.migration.isBaseline), baseline.row == nil,
            !covered.isEmpty
        {
            notes.append("\(baseline.migration.name) is run in the place of those before it")
        }
        try checkAhead(files.map(\.migration), history, options)
        try checkOrder(history, options, VersionOrder(files.lazy.map(\.migration)))
        try stop(at: options.to, among: files.map(\.migration))
        if isAhead || isPartial {
            repeatables = []
        } else if options.seed {
            try plant(seeds, rows, options)
        }
    }

    private mutating func add(
        versioned step: Step, _ dialect: Dialect, isExclusive: Bool
    ) throws(Failure) {
        guard let row = step.row else { return migrations.append(step) }
        guard row.state == .done else {
            // Whoever applies it looks what became of the statement, unless it is one transaction now.
            guard isExclusive, let statement = row.inFlight, dialect.rollsBackDDL,
                !step.body.directives.contains(.noTransaction)
            else { return migrations.append(step) }
            throw Failure(interrupted: step, row, at: statement)
        }
        guard row.checksum != step.checksum else { return }
        guard row.fingerprint != step.body.fingerprint(dialect.lexical) else { return }
        guard step.body.isEmptyFingerprint(row.fingerprint, dialect.lexical) else {
            throw Failure(changed: step)
        }
        // A directive alone changes nothing in a file without statements.
        guard step.body.isEmpty(dialect.lexical) else { throw Failure(filled: step) }
    }

    private mutating func add(repeatable step: Step, _ dialect: Dialect) {
        if let row = step.row, row.state == .done, row.checksum == step.checksum { return }
        repeatables.append(step)
    }

    /// A database newer than the files is an old image after a roll-out; one whose history knows
    /// none of the files is another project's.
    private mutating func checkAhead(
        _ files: [Migration], _ history: [Applied], _ options: Options
    ) throws(Failure) {
        let known = Set(files.lazy.filter { $0.kind == .versioned }.map { Applied.key($0.id) })
        let unknown = history.filter { $0.kind == .migration && !known.contains($0.id) }
        guard let first = unknown.first else { return }
        let doneElsewhere = unknown.count { $0.state == .done }
        guard migrations.isEmpty && doneElsewhere < applied.migrations else {
            throw Failure(missing: first, of: unknown.count, pending: migrations.first)
        }
        guard options.ahead == .accept else { throw Failure(ahead: unknown) }
        ahead = unknown.map(\.name)
        notes.append(
            "the database is ahead of these files by \(unknown.count) "
                + "(\(first.name)\(unknown.count > 1 ? ", …" : "")): seeds and repeatables left alone"
        )
    }

    private mutating func checkOrder(
        _ history: [Applied], _ options: Options, _ order: @autoclosure () -> VersionOrder
    ) throws(Failure) {
        guard !migrations.isEmpty, !history.isEmpty else { return }
        let order = order()
        let newest =
            history.filter { $0.kind == .migration && $0.state == .done }
            .max { order.isOlder($0.id, than: $1.id) }
        guard let newest else { return }
        for step in migrations where order.isOlder(step.migration.identity.id, than: newest.id) {
            guard options.order == .any else { throw Failure(outOfOrder: step, newest: newest) }
            notes.append("\(step.migration.name) is older than \(newest.name), which is applied")
        }
    }

    private mutating func stop(
        at target: Options.Target?, among files: [Migration]
    ) throws(Failure) {
        let count = migrations.count
        switch target {
        case nil: return
        case .count(let limit): migrations = Array(migrations.prefix(limit))
        case .version(let text):
            guard let last = files.named(text) else {
                throw Failure(
                    .configuration, "there is no migration \(text) to stop at",
                    state: "Nothing was changed.",
                    next: "name one of the files' versions with --to, or a count as --to +1")
            }
            let order = VersionOrder(files)
            migrations = migrations.filter {
                !order.isOlder(last.identity.id, than: $0.migration.identity.id)
            }
        }
        isPartial = migrations.count < count
    }

    /// Seeds alone are not planted into a schema that is not there yet.
    func checkThatSeedsAreNext() throws(Failure) {
        guard let step = steps.first else { return }
        throw Failure(
            .configuration, "\(step.migration.name) is pending", state: "Nothing was changed.",
            next: "run bootstrap up, or bootstrap migrate first")
    }

    private mutating func plant(
        _ all: [Seed], _ rows: [HistoryKey: Applied], _ options: Options
    ) throws(Failure) {
        for seed in all {
            let row = rows[seed.identity]
            if let row, row.state == .done, seed.run != .always,
                try seed.isSettled(by: row.checksum, options.settings)
            {
                continue
            }
            let checksum = try seed.checksum(options.settings)
            seeds.append((seed, checksum, row))
        }
    }
}

extension Failure {
    fileprivate init(changed step: Plan.Step) {
        self.init(
            .configuration, "\(step.body.path) has changed since it was applied",
            state: "Nothing was changed.",
            next: "restore the file and put the change into a new migration; "
                + "bootstrap new NAME writes one")
    }

    fileprivate init(filled step: Plan.Step) {
        self.init(
            .configuration,
            "\(step.body.path) held no statement when it was applied, and holds some now",
            state: "Nothing was changed.",
            next: "put the statements into a new migration (bootstrap new NAME writes one), and "
                + "leave this file empty")
    }

    fileprivate init(missing row: Applied, of count: Int, pending: Plan.Step?) {
        let others = count > 1 ? " and \(count - 1) more" : ""
        let why =
            pending.map { ", while \($0.migration.name) is pending" }
            ?? ", and knows none of these files"
        self.init(
            .configuration,
            "the history has \(row.name)\(others), which these files have not\(why)",
            state: "Nothing was changed.",
            next: "check that the folder and the URL belong together, and restore the missing file")
    }

    fileprivate init(ahead unknown: [Applied]) {
        let names = unknown.prefix(3).map(\.name).joined(separator: ", ")
        self.init(
            .configuration, "the database is ahead of these files by \(unknown.count): \(names)",
            state: "Nothing was changed.",
            next: "deploy the newer files, or allow an older image with --ahead accept")
    }

    fileprivate init(outOfOrder step: Plan.Step, newest: Applied) {
        self.init(
            .configuration, "\(step.body.path) is older than \(newest.name), which is applied",
            state: "Nothing was changed.",
            next: "give the file a newer number, or allow it with --order any")
    }
}
