/// Which migrations to take for applied, worked out from files and history alone: no database, no
/// clock.
struct AdoptionPlan {
    /// The migrations that have no row, in their order.
    let steps: [Plan.Step]
    /// What is worth saying about the plan.
    let notes: [String]
    /// Whether there is nothing to write, and nothing that would be in the way of it.
    let isSettled: Bool

    /// Which migrations are meant.
    enum Selection {
        /// The versioned ones up to this version, included.
        case upTo(String)
        /// These, repeatable ones among them.
        case these([Migration])
    }

    /// Finds which of the selected are pending, where the history is in order.
    ///
    /// - `files`: All migrations, with the body that each has on this server, if any.
    init(
        _ selection: Selection, _ files: [(migration: Migration, body: MigrationBody?)],
        history: [Applied], options: Options, dialect: Dialect, beside company: Company
    ) throws(Failure) {
        let migrations = files.map(\.migration)
        if case .upTo(let version) = selection, migrations.named(version) == nil {
            throw Failure(nothingToAdopt: version, among: migrations)
        }
        let unfinished = history.first { $0.kind == .migration && $0.state != .done }
        if company != .unknown, let unfinished {
            try history.checkNoneIsUndoing(isExclusive: company == .nobody)
            throw Failure(unfinished: unfinished, beside: company, next: Self.remedy(unfinished))
        }
        var options = options
        // Gaps are what this is for; the plan is not applied, in whatever transaction.
        (options.to, options.order, options.seed) = (nil, .any, false)
        if case .upTo(let version) = selection { options.to = .version(version) }
        let plan = try Plan(
            files, seeds: [], history: history, options: options, dialect: dialect,
            isExclusive: false)
        switch selection {
        case .upTo: steps = plan.migrations.filter { $0.row == nil }
        case .these(let chosen):
            let identities = Set(chosen.map(\.identity))
            steps = plan.steps.filter {
                $0.row == nil && identities.contains($0.migration.identity)
            }
        }
        notes = plan.notes
        isSettled = steps.isEmpty && unfinished == nil
    }

    private static func remedy(_ row: Applied) -> String {
        let up = "run bootstrap up, which goes on with it, and then the same command again"
        guard row.inFlight != nil else { return up }
        return "let bootstrap repair show what became of its statement, \(up)"
    }
}

extension Failure {
    /// A version that none of the files has.
    init(nothingToAdopt version: String, among files: [Migration]) {
        let versions = files.filter { $0.kind == .versioned }
        let id = Version.leading(version) ?? ""
        // The newest that is not newer: whoever counts too far means the last one.
        let nearest = versions.last { !Version.isLess(id, $0.id) } ?? versions.first
        self.init(
            .configuration, "there is no migration \(version) to adopt",
            state: "Nothing was changed.",
            next: nearest.map { "name one of the files' versions with --to; \($0.name) is nearest" }
                ?? "write the migrations first: these files have no version")
    }
}
