/// What happened, as a value; only a reporter prints.
public enum Event: Sendable, Equatable {
    /// The run began, for this target.
    case started(target: String)
    /// The database is not ready, and why; sent when the reason changes, not per attempt.
    case waiting(reason: String)
    /// A login and a query succeeded.
    case awake(server: Server, after: Duration)
    /// The database was missing and has been created.
    case created(database: String)
    /// The database has been dropped.
    case dropped(database: String)
    /// Another process holds the lock; sent at first and then every 30 s.
    case locked(by: LockHolder)
    /// A migration starts.
    case migrating(name: String)
    /// A migration is done and recorded.
    case migrated(name: String, took: Duration)
    /// A migration's way back starts.
    case rollingBack(name: String)
    /// A migration's way back is done and its row is gone.
    case rolledBack(name: String, took: Duration)
    /// A migration is taken for applied and recorded; it has not run.
    case adopted(name: String)
    /// What another tool's history says of a migration that is not adopted.
    case compared(Takeover.Row)
    /// A seed starts.
    case seeding(name: String)
    /// Where the work has come to: several migrations that travel together, or a statement of the
    /// migration that has started, where it is known which one runs. Sent often, and only of interest
    /// while it lasts.
    case running(name: String, statement: Position?)
    /// How far a seed has read a data file. Sent often, and only of interest while it lasts.
    case loading(name: String, load: Load)
    /// A seed is done and recorded.
    case seeded(name: String, counts: SeedCounts, took: Duration)
    /// Something worth knowing that needs no action.
    case note(String)
    /// Everything that was asked for is done.
    case ready(Report)

    /// How far a data file was read.
    public struct Load: Sendable, Equatable {
        /// The file.
        public var file: String
        /// How many of its rows were read.
        public var rows: Int
        /// Which part of its bytes, as they are stored, was read: 0 to 1.
        public var fraction: Double

        /// So many rows of a file.
        public init(_ file: String, rows: Int, fraction: Double) {
            self.file = file
            self.rows = rows
            self.fraction = fraction
        }
    }

    /// One statement among those of a migration.
    public struct Position: Sendable, Equatable {
        /// Which one, from 1.
        public var number: Int
        /// How many there are.
        public var count: Int

        /// The statement `number`, from 1, of `count`.
        public init(_ number: Int, of count: Int) {
            self.number = number
            self.count = count
        }
    }
}

/// What a seed did, in rows.
public struct SeedCounts: Sendable, Equatable {
    /// Rows that were not there.
    public var inserted = 0
    /// Rows that were there and have been changed.
    public var updated = 0
    /// Rows that were there and stayed as they were.
    public var unchanged = 0
    /// Rows that a `sync` took away.
    public var deleted = 0

    /// So many rows of each kind.
    public init(inserted: Int = 0, updated: Int = 0, unchanged: Int = 0, deleted: Int = 0) {
        self.inserted = inserted
        self.updated = updated
        self.unchanged = unchanged
        self.deleted = deleted
    }
}

/// The sum of a run.
public struct Report: Sendable, Equatable {
    /// Where, without a password.
    public var target: String
    /// Who answered.
    public var server: Server?
    /// Whether the database was created.
    public var created = false
    /// The migrations that this run applied, in their order.
    public var migrated: [String] = []
    /// The migrations whose ways back this run took, in their order.
    public var rolledBack: [String] = []
    /// The migrations that this run took for applied, in their order.
    public var adopted: [String] = []
    /// The seeds that this run planted, in their order.
    public var seeded: [String] = []
    /// How many migrations are applied in all.
    public var migrations = 0
    /// How many seeds are planted in all.
    public var seeds = 0
    /// The applied migrations that these files have not: the database is ahead of them.
    public var ahead: [String] = []
    /// How long it took.
    public var took: Duration = .zero

    /// A report about `target`.
    public init(target: String) { self.target = target }

    /// Whether the run found nothing to do.
    public var isNothing: Bool {
        !created && migrated.isEmpty && rolledBack.isEmpty && adopted.isEmpty && seeded.isEmpty
    }
}
