/// What a run may decide for itself; every value has the default of the command line.
public struct Options: Sendable {
    /// `development`, `local`, `test`, `staging`, `production` or any other word.
    public var environment: String?
    /// How long to wait for the database; zero is one attempt.
    public var wait: Duration = .seconds(300)
    /// The cap on one attempt to connect, so that a silent port does not eat the whole wait.
    public var attemptTimeout: Duration = .seconds(5)
    /// How long a refused login may be a role that is about to be created.
    public var loginWait: Duration = .zero
    /// Whether to create a missing database; `nil` means yes, but not in production.
    public var create: Bool?
    /// Whether to plant seeds.
    public var seed = true
    /// Where to stop.
    public var to: Target?
    /// What to do with a file that is older than the newest applied one.
    public var order: Order = .any
    /// What to do with a database that is newer than the files.
    public var ahead: Ahead = .accept
    /// Whether each migration has a transaction of its own, or all share one.
    public var transaction: TransactionScope = .each
    /// Which lock keeps replicas apart; `nil` lets the server decide.
    public var lock: LockMode?
    /// How long to wait for another run's lock.
    public var lockWait: Duration = .seconds(600)
    /// How long a lease's row may stand still before others take it over.
    public var lease: Duration = .seconds(15)
    /// How long a statement waits for the application's locks; zero waits for ever.
    public var lockTimeout: Duration = .seconds(5)
    /// How long one statement may run; `nil` is for ever.
    public var statementTimeout: Duration?
    /// The history's table.
    public var history = TableName("bootstrap_history")
    /// Whose the folder of migrations is, where its files do not tell: `bootstrap`, `dbmate`, `diesel`,
    /// `flyway`, `goose`, `prisma`, `refinery`, `sql-migrate` or `sqlx`.
    public var format: String?
    /// Whether another tool's table is written too, and what that tool applies is taken over, so that both
    /// can go on side by side.
    public var mirror = false
    /// Whose table that is, where there are several or it has a name of its own; `nil` for the one that is
    /// found, if ``mirror`` wants one.
    public var mirrorInto: LedgerName?
    /// What seeds and portable files may name.
    public var settings = Settings()
    /// Who runs this, as other runs see it.
    public var owner = Owner.current

    /// The defaults.
    public init() {}

    /// Where to stop.
    public enum Target: Sendable, Equatable {
        /// With this version, included.
        case version(String)
        /// After this many migrations.
        case count(Int)
    }

    /// What to do with a file that is older than the newest applied one.
    public enum Order: String, Sendable, CaseIterable {
        /// Apply it, with a note.
        case any
        /// Stop with 78.
        case linear
    }

    /// What to do with a database that is newer than the files.
    public enum Ahead: String, Sendable, CaseIterable {
        /// Leave seeds and repeatables alone and call it ready.
        case accept
        /// Stop with 78.
        case refuse
    }

    /// How migrations share transactions.
    public enum TransactionScope: String, Sendable, CaseIterable {
        /// One each.
        case each
        /// One for all that are pending.
        case all
    }

    /// Which lock keeps replicas apart.
    public enum LockMode: String, Sendable, CaseIterable {
        /// The engine's own lock, which ends with its session.
        case session
        /// A row with a token and a beat.
        case lease
        /// None: correctness then rests on the history's claims alone.
        case none
    }

    /// Whether the environment is production, where nothing is created or dropped by surprise.
    public var isProduction: Bool { environment == "production" }
}
