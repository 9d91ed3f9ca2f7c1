/// How another tool's history compares with the files: what is taken for applied, and what is not.
public struct Takeover: Sendable, Equatable {
    /// The tool: `goose`.
    public var tool: String
    /// Its table.
    public var table: String
    /// The migrations in their order, then what has no file.
    public var rows: [Row] = []

    /// One migration.
    public struct Row: Sendable, Equatable {
        /// Its name, or the tool's word for it where it has no file.
        public var name: String
        /// What becomes of it.
        public var state: State
        /// Why, where that is worth a word: `its table note is not there`.
        public var detail: String?

        /// A migration.
        public init(_ name: String, _ state: State, _ detail: String? = nil) {
            (self.name, self.state, self.detail) = (name, state, detail)
        }
    }

    /// What becomes of a migration.
    public enum State: String, Sendable, CaseIterable {
        /// The tool has applied it, and so the history takes it for applied.
        case adopted
        /// The tool has not applied it: the next run does.
        case pending
        /// The tool has applied it, and there is no file of it.
        case missing
        /// The tool has applied it, and its file has changed since.
        case changed
        /// The tool counts it as applied, or as pending, and the database looks otherwise.
        case suspect
    }

    /// The rows in a state.
    func names(_ state: State) -> [String] { rows.filter { $0.state == state }.map(\.name) }
}

/// Compares a ledger with the files; pure but for the files' text, which checksums need.
struct LedgerComparison {
    /// What a person sees.
    private(set) var takeover: Takeover
    /// The migrations that the tool has applied, files that have changed among them.
    private(set) var applied: [Migration] = []
    /// Those that it has not.
    private(set) var pending: [Migration] = []
    /// The ledger's entries that no file has and that are newer than all of the files.
    private(set) var newer: [LedgerEntry] = []
    /// Why the tool itself would not go on; `nil` where it would.
    let problem: LedgerProblem?

    /// - `files`: all migrations in their order, with the body that each has on this server, if any.
    /// - `last`: the newest that is taken; `nil` for all.
    /// - `left`: those that a person says were not applied, whatever the tool's table says.
    init(
        _ found: LedgerTable, _ contents: LedgerContents,
        _ files: [(migration: Migration, body: MigrationBody?)], upTo last: Migration?,
        leaving left: [Migration]
    ) throws(Failure) {
        let ledger = found.ledger
        takeover = Takeover(tool: ledger.tool, table: "\(found.table.name)")
        let order = VersionOrder(files.lazy.map(\.migration))
        let bodies = files.compactMap { file in file.body.map { LedgerFile(file.migration, $0) } }
        let contents = try ledger.contents(contents, of: bodies)
        problem = contents.problem
        let matches = Matches(contents, files.map(\.migration), ledger)
        let mark = contents.mark.map { mark in
            files.first { ledger.names($0.migration, by: mark) }?.migration.identity.id
                ?? mark.version ?? ""
        }
        var checks = LedgerChecks(ledger, bodies, applied: Set(matches.entries.keys))
        for (migration, body) in files {
            let entry = matches.entries[migration.identity]
            guard let body else { continue }
            let isMarked =
                migration.kind == .versioned
                && mark.map { !order.isOlder($0, than: migration.identity.id) } ?? false
            guard entry != nil || isMarked else {
                pending.append(migration)
                takeover.rows.append(.init(migration.name, .pending))
                continue
            }
            if left.contains(where: { $0.identity == migration.identity }) {
                takeover.rows.append(.init(migration.name, .pending, "as you say"))
                continue
            }
            if let last,
                migration.kind == .repeatable
                    || order.isOlder(last.identity.id, than: migration.identity.id)
            {
                takeover.rows.append(.init(migration.name, .pending, "behind \(last.name)"))
                continue
            }
            let isSame = try checks.isUnchanged(LedgerFile(migration, body), entry)
            // A repeatable one that has changed runs again.
            guard isSame || migration.kind == .versioned else {
                takeover.rows.append(.init(migration.name, .pending, "it has changed"))
                continue
            }
            applied.append(migration)
            takeover.rows.append(.init(migration.name, isSame ? .adopted : .changed))
        }
        for (place, entry) in matches.strangers {
            takeover.rows.append(.init(entry.name, .missing))
            let isNewer =
                entry.version.map { order.isNewest(Applied.key($0)) }
                // By names alone: none that has a file was applied after it.
                ?? (entry.kind == .versioned && place > matches.lastPlace)
            if isNewer { newer.append(entry) }
        }
    }

    /// Which entries belong to which files.
    private struct Matches {
        var entries: [HistoryKey: LedgerEntry] = [:]
        /// Those that no file has, each with its place among all entries.
        var strangers: [(place: Int, entry: LedgerEntry)] = []
        /// The place of the last one that has a file.
        var lastPlace = -1

        init(_ contents: LedgerContents, _ migrations: [Migration], _ ledger: any Ledger.Type) {
            var places: [LedgerKey: [Int]] = [:]
            for (place, entry) in contents.entries.enumerated() {
                places[ledger.key(of: entry), default: []].append(place)
            }
            for migration in migrations {
                // Of several the last one counts.
                let found = ledger.keys(of: migration).compactMap { key in
                    places[key]?.last.map { (key, $0) }
                }
                guard let (key, place) = found.max(by: { $0.1 < $1.1 }) else { continue }
                places[key]?.removeLast()
                entries[migration.identity] = contents.entries[place]
                lastPlace = max(lastPlace, place)
            }
            strangers = places.values.flatMap(\.self).sorted()
                .map { (place: $0, entry: contents.entries[$0]) }
            if let mark = contents.mark, !migrations.contains(where: { ledger.names($0, by: mark) })
            {
                strangers.append((contents.entries.count, mark))
            }
        }
    }

    /// Marks migrations whose tables are there, or are not, against what the ledger says.
    mutating func suspect(_ details: [HistoryKey: String], among files: [Migration]) {
        for migration in files {
            guard let detail = details[migration.identity],
                let index = takeover.rows.firstIndex(where: { $0.name == migration.name })
            else { continue }
            takeover.rows[index].state = .suspect
            takeover.rows[index].detail = detail
        }
    }
}

extension MigrationBody {
    /// The whole file, as it is stored.
    func source() throws(Failure) -> SourceFile {
        switch text {
        case .whole(let source): source
        case .large(let file): try SourceFile.read(file.path)
        }
    }
}
