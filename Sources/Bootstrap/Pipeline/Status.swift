/// What is applied and what is not, as `bootstrap status` shows it.
public struct Status: Sendable, Equatable {
    /// Where, without a password.
    public var target: String
    /// The database's name, or the file's path.
    public var database: String
    /// Who answered; `nil` when the database does not exist.
    public var server: Server?
    /// Whether the database exists.
    public var exists: Bool
    /// Who holds the lock, or `nil`.
    public var lock: LockHolder?
    /// Whether a run may be at work now: one holds the lock, or runs are told to take none.
    public var mayBeAtWork = false
    /// Migrations, then repeatables, then seeds, each in their order.
    public var entries: [Entry]
    /// The other tool that has migrated this database, where there is no history of ours; else `nil`.
    public var foreign: Foreign?

    /// Another tool's history.
    public struct Foreign: Sendable, Equatable {
        /// The tool: `goose`.
        public var tool: String
        /// Its table.
        public var table: String
    }

    /// One migration, repeatable or seed.
    public struct Entry: Sendable, Equatable {
        /// `migration`, `repeatable` or `seed`.
        public var kind: String
        /// The name, as its file has it.
        public var name: String
        /// How files and history compare.
        public var state: State
        /// When it was finished, as RFC 3339 in UTC; `nil` where it was not.
        public var appliedAt: String?
        /// The database's user who applied it.
        public var appliedBy: String?
        /// Statements done, of all, where it is not finished.
        public var progress: String?
        /// The statement, from 1, of which the history does not say whether it took effect.
        public var undecided: Int?
        /// What the catalogue tells of that statement; `nil` where a person has to look, and where a
        /// run is at work.
        public var outcome: Repairs.Outcome?
        /// What the engine said when it failed.
        public var error: String?
        /// Settings that a seed names and that are not set here: whether it has changed since it was
        /// planted is not known without them.
        public var missingSettings: [String] = []
    }

    /// How one file and its row in the history compare.
    public enum State: String, Sendable, CaseIterable {
        /// Applied, and the file is as it was.
        case applied
        /// A file that is not applied.
        case pending
        /// Applied, and the file has changed since; a seed or repeatable that runs again.
        case changed
        /// Applied, without a file, and older than the newest file.
        case missing
        /// Applied, without a file, and newer than all files.
        case unknown
        /// Begun and not finished: at work now, or left so by a crash.
        case running
        /// Begun and stopped by an error.
        case failed
        /// Its way back is at work now, or was interrupted; ``Entry/progress`` counts its statements.
        case undoing
    }

    /// The whole in one word.
    public enum Summary: String, Sendable {
        /// Nothing to do.
        case ready
        /// Something of these files is not applied.
        case pending
        /// The database is newer than the files.
        case ahead
        /// An applied migration's file has changed or is gone.
        case changed
        /// A migration is at work or was interrupted.
        case running
        /// There is no database.
        case absent
        /// Another tool has migrated it, and there is no history of ours.
        case foreign
    }

    /// The whole in one word.
    public var state: Summary {
        guard exists else { return .absent }
        guard foreign == nil else { return .foreign }
        let versioned = entries.filter { $0.kind == Applied.Kind.migration.rawValue }.map(\.state)
        if !Set(versioned).isDisjoint(with: [.running, .failed, .undoing]) { return .running }
        if versioned.contains(.changed) || versioned.contains(.missing) { return .changed }
        if versioned.contains(.unknown) { return versioned.contains(.pending) ? .changed : .ahead }
        let isPending = entries.contains { $0.state != .applied }
        return isPending ? .pending : .ready
    }

    /// How many entries are in `state`.
    public func count(_ state: State) -> Int { entries.count { $0.state == state } }
}

/// What a run would do, as `bootstrap plan` shows it.
public struct Preview: Sendable, Equatable {
    /// Where, without a password.
    public var target: String
    /// Whether the database would be created.
    public var creates: Bool
    /// The pending migrations with their SQL, in their order; for a rollback its ways back.
    public var migrations: [Migration]
    /// The seeds with what they would do, one line each, secrets masked.
    public var seeds: [Seed]
    /// What is worth saying about the plan.
    public var notes: [String]
    /// Why a seed would be refused, and with it what follows; what comes before it would be done.
    ///
    /// Of an adoption: why nothing would be adopted.
    public var refusal: Failure?
    /// The hook that would run before the migrations.
    public var before: Hook?
    /// The hook that would run after the migrations.
    public var after: Hook?
    /// How another tool's history compares with the files, where it would be adopted.
    ///
    /// Of a plan: what would be taken in from its table first, with ``Options/mirror``.
    public var takeover: Takeover?

    /// A file that would run around migrations.
    public struct Hook: Sendable, Equatable {
        /// Its name: `before_each`.
        public var name: String
        /// Its file.
        public var path: String
        /// Its statements as they would be sent.
        public var statements: [String]
    }

    /// One pending migration.
    public struct Migration: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Its file.
        public var path: String
        /// Its statements as they would be sent; empty for a migration in code, and for a file that is
        /// too large to be shown.
        public var statements: [String]
        /// How many statements it has, shown or not.
        public var count = 0
        /// The hook that would run before it.
        public var before: Hook?
        /// The hook that would run after it.
        public var after: Hook?
    }

    /// One seed to plant.
    public struct Seed: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// What it would do, a line per table, as far as the files tell.
        public var lines: [String]
        /// What it would do to the rows that are there; `nil` while that cannot be told: migrations are
        /// pending, a table is not there, the seed is in SQL, or the database cannot be asked.
        public var changes: Changes?
    }

    /// Whether there is nothing to do.
    public var isEmpty: Bool { !creates && migrations.isEmpty && seeds.isEmpty }
}
