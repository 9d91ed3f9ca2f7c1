/// What one engine needs to be reached: its URL schemes, and how to connect, create and drop.
///
/// A driver is chosen by its URL's scheme and holds no connection. Everything that engines share
/// (history, plan, transactions, checksums, waiting, seeds) is written once, over this protocol and
/// ``Connection``. `Drivers/README.md` says how to add an engine.
public protocol Driver: Sendable {
    /// The URL schemes of this engine, the canonical one first, without any `+driver` suffix.
    static var schemes: [String] { get }
    /// How the SQL of this engine's newest servers differs, for work without a server.
    static var dialect: Dialect { get }
    /// The same for each engine that files can be written for and this driver reaches, `dialect`
    /// first: MariaDB's driver reaches MySQL too.
    static var dialects: [Dialect] { get }

    /// Reads the parts of the URL that are this engine's own, without any input or output.
    ///
    /// Throws `.rejected` for an option that it does not know, naming it and the nearest known one.
    init(_ url: DatabaseURL) throws(DatabaseError)

    /// What the database is called when messages name it: a database's name, or a file's path.
    var databaseName: String { get }
    /// Where the database is, as the first line of the output shows it; never with a password.
    var target: String { get }

    /// Opens one session, logs in and applies `session`, or throws at `deadline` at the latest.
    ///
    /// A driver that waits by ``SessionSettings/watch`` throws `.interrupted` at once when the run is
    /// stopped; the same holds for ``create(_:before:)`` and ``drop(_:before:)``.
    func connect(_ session: SessionSettings, before deadline: Deadline) throws(DatabaseError)
        -> any Connection

    /// Creates the database; false when it was there already, or another process was faster.
    func create(_ session: SessionSettings, before deadline: Deadline) throws(DatabaseError) -> Bool

    /// Drops the database with all that is in it; false when there was none.
    func drop(_ session: SessionSettings, before deadline: Deadline) throws(DatabaseError) -> Bool

    /// Throws what ``drop(_:before:)`` would refuse whatever the server says; no I/O.
    func checkDrop() throws(DatabaseError)

    /// Whether this schema will be there once the missing database is created; true where that is
    /// not known before.
    ///
    /// On MariaDB and MySQL a schema is another database of the server.
    func willHave(
        schema: String, _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool

    /// Why no database is ever created by way of this URL, or `nil`: SQLite's `mode=ro`.
    var reasonNeverToCreate: String? { get }

    /// Why this database should not be created unless that was asked for by name, or `nil`.
    ///
    /// SQLite answers for a file directly in `/`: a container's missing volume, mostly.
    var reasonNotToCreate: String? { get }
}

extension Driver {
    /// The SQL of the engine's newest servers is all that there is.
    public static var dialects: [Dialect] { [dialect] }
    /// Every database may be dropped.
    public func checkDrop() throws(DatabaseError) {}
    /// Not known before the database is there.
    public func willHave(
        schema: String, _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool { true }
    /// Every missing database can be created.
    public var reasonNeverToCreate: String? { nil }
    /// Nothing speaks against creating a database on a server.
    public var reasonNotToCreate: String? { nil }
}

/// What every session is told at its start, whatever the role's own defaults are.
public struct SessionSettings: Sendable {
    /// Who we are, where the engine shows it to others: `bootstrap/17@web-1`, 63 bytes at most.
    public var applicationName: String
    /// How long a statement waits for a lock before it fails as `.busy`; zero waits for ever.
    public var lockTimeout: Duration
    /// How long one statement may run before it fails as `.interrupted`; `nil` is for ever.
    public var statementTimeout: Duration?
    /// How to wait for the server until the session is open; no longer than the run goes on.
    public var watch: Watch

    /// Settings of a session.
    public init(
        applicationName: String = "bootstrap", lockTimeout: Duration = .seconds(5),
        statementTimeout: Duration? = nil, watch: Watch = Watch()
    ) {
        self.applicationName = applicationName
        self.lockTimeout = lockTimeout
        self.statementTimeout = statementTimeout
        self.watch = watch
    }
}
