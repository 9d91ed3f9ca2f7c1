/// One session with a server; one thread owns it.
///
/// A connection is deliberately not `Sendable`, so the compiler keeps it on its thread. Calls block.
/// Only its ``interrupter`` may be used from elsewhere.
public protocol Connection: AnyObject {
    /// Who answered.
    var server: Server { get }
    /// How this server's SQL differs: MariaDB is not MySQL, 10.6 is not 10.11.
    var dialect: Dialect { get }
    /// What a person should know about this session before it works, one sentence each: a lock that it
    /// cannot have.
    ///
    /// Nobody is told of it where there is nothing to do.
    var notes: [String] { get }
    /// Whether a transaction is open, as the server (or library) last reported it.
    var isInTransaction: Bool { get }

    /// Runs exactly one statement with its parameters bound, and returns its rows.
    func run(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> [[Value]]

    /// Runs exactly one statement with its parameters bound, and returns how many rows it changed.
    ///
    /// An UPDATE counts the rows that it found, whether or not their values differ from before.
    func change(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> Int

    /// Runs `body`, whose queries change nothing and find out what there is to do: they wait by
    /// `watch`, which ends them when the run is stopped, and throw `.unavailable` at `deadline`; the
    /// session may be gone then.
    ///
    /// Without an implementation it is `body` alone, for engines that always answer.
    func look<Result>(
        _ watch: Watch, before deadline: Deadline, _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result

    /// Runs statements in their order, in one round trip where the engine allows it, and stops at
    /// the first that fails, naming it. Rows are thrown away.
    ///
    /// A batch is no transaction by itself: one that must be atomic brings its own BEGIN and COMMIT.
    /// When it throws, a transaction that it had opened may still be open.
    func runAll(_ statements: [Statement]) throws(BatchError)

    /// Inserts rows into a table as fast as the engine takes them, and returns how many there were.
    ///
    /// A row that the table refuses ends the load; so does whatever `next` throws, unchanged. The caller
    /// has a transaction open, whose rollback takes the other rows away.
    ///
    /// Without an implementation each row is an INSERT of its own.
    ///
    /// - `columns`: those that get the rows' values, in their order; others take their defaults.
    /// - `next`: fills the block, which is empty, with some hundred kilobytes of whole rows; returns false
    ///   when there are no more, and has then put none into it.
    func load(
        into table: TableName, _ columns: [Column],
        _ next: (inout RowBlock) throws(LoadError) -> Bool
    ) throws(LoadError) -> Int

    /// Takes the lock called `name` for this session, or returns false at once while another
    /// session has it. Never waits: the core polls, times and reports.
    func tryLock(_ name: String) throws(DatabaseError) -> Bool
    /// Who holds the lock called `name`, as far as this user may know; `nil` when nobody does.
    func holder(of name: String) throws(DatabaseError) -> LockHolder?
    /// A condition in SQL that is true only while this session holds the lock called `name`.
    ///
    /// Every write to the history carries it, because migrations and proxies can drop a session's
    /// locks. `nil` where the lock is no part of the session (SQLite's is a file beside the database).
    func lockCondition(_ name: String) -> String?
    /// A statement for a transaction's beginning that takes the lock called `name` until the
    /// transaction ends, and fails at once as `.busy` while another transaction has it.
    ///
    /// It is what lets a successor find exactly the session that works on a migration, and it holds
    /// behind transaction poolers, where the session's own lock does not. It may carry what was
    /// announced (``announce(_:)``). `nil` where the engine has none.
    func transactionLock(_ name: String) -> String?
    /// Gives the lock called `name` back. A session that is gone has given it back already.
    func unlock(_ name: String)
    /// Lets other sessions see what this one is doing (``LockHolder/doing``), from the next
    /// statement on, without a round trip of its own. Engines without a place for it do nothing.
    /// An empty text: it does nothing worth telling any more.
    func announce(_ doing: String)

    /// What a table is made of, found as an unqualified name in SQL is; `nil` where there is none.
    func describe(_ table: TableName) throws(DatabaseError) -> Table?
    /// The foreign keys of all tables that point at one, its own included.
    func dependents(of table: TableName) throws(DatabaseError) -> [Dependent]
    /// Undoes what a migration may have left in the session (settings, roles, temporary tables),
    /// applies our own settings again, and keeps the locks.
    func resetSession() throws(DatabaseError)

    /// Stops the running statement from another thread.
    var interrupter: Interrupter { get }
    /// Ends the session. A second call does nothing.
    func close()
}

extension Connection {
    /// Runs exactly one statement without parameters, and returns its rows.
    @discardableResult
    public func run(_ sql: String) throws(DatabaseError) -> [[Value]] { try run(sql, []) }

    /// Runs exactly one statement without parameters, and returns how many rows it changed.
    @discardableResult
    public func change(_ sql: String) throws(DatabaseError) -> Int { try change(sql, []) }

    /// Runs `body`, and waits for as long as it takes.
    public func look<Result>(
        _ watch: Watch, before deadline: Deadline, _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result { try body() }

    /// None: the engine has no foreign keys.
    public func dependents(of table: TableName) throws(DatabaseError) -> [Dependent] { [] }
    /// None: the engine has no locks that end with a transaction.
    public func transactionLock(_ name: String) -> String? { nil }
    /// Nothing to note.
    public var notes: [String] { [] }

    /// Nothing to show: the engine has no place for it.
    public func announce(_ doing: String) {}

    /// Runs `body` in a transaction of its own, which is rolled back when `body` throws.
    public func transaction<Result>(
        _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        try run(dialect.begin)
        do throws(DatabaseError) {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // A rollback that fails too means that the session is gone, and the transaction with it.
            if isInTransaction { _ = try? run("ROLLBACK") }
            throw error
        }
    }
}

/// Stops a running call from another thread (`PQcancel`, `KILL QUERY`, `sqlite3_interrupt`).
///
/// It is never called from inside a signal handler. Interrupting a connection that is idle or
/// closed does nothing.
public struct Interrupter: Sendable {
    private let action: @Sendable () -> Void
    private let abandonment: @Sendable () -> Void

    /// An interrupter that runs `action`, and `abandonment` for a server that does not heed it; both
    /// must be safe to call from any thread.
    public init(
        abandoning abandonment: @escaping @Sendable () -> Void = {},
        _ action: @escaping @Sendable () -> Void
    ) {
        (self.action, self.abandonment) = (action, abandonment)
    }

    /// Asks the server to stop what it is doing; returns without waiting for it to do so.
    public func interrupt() { action() }

    /// Ends the wait for the server's answer, and with it the session as far as this side goes; what
    /// the server is doing goes on there.
    ///
    /// Engines inside this process cannot be left so, and do nothing.
    public func abandon() { abandonment() }
}

/// Who holds a lock, in words for the person who waits for it.
public struct LockHolder: Sendable, Equatable {
    /// A name that tells the holder from others: user and host, or a process.
    public var who: String
    /// The *database's* number of the session, since process ids in containers are all 1.
    public var session: String?
    /// When the session began, as RFC 3339 in UTC.
    public var since: String?
    /// What it announced that it is doing.
    public var doing: String?

    /// A holder.
    public init(who: String, session: String? = nil, since: String? = nil, doing: String? = nil) {
        self.who = who
        self.session = session
        self.since = since
        self.doing = doing
    }
}

extension LockHolder {
    /// `by app@web-1 (session 17) since 18:20:01 UTC, in 0006_backfill`.
    public var sentence: String {
        var text = "by \(who)"
        if let session { text += " (session \(session))" }
        if let since { text += " since \(Self.timeOfDay(since))" }
        if let doing { text += ", in \(doing)" }
        return text
    }

    /// The time of day in an RFC 3339 text; another text as it is.
    private static func timeOfDay(_ text: String) -> String {
        let parts = text.split(separator: "T")
        guard parts.count == 2, text.hasSuffix("Z"), parts[1].utf8.count >= 9 else { return text }
        return "\(parts[1].prefix(8)) UTC"
    }
}

/// Who answered: product, version, and a mark that tells two servers apart.
public struct Server: Sendable, Equatable {
    /// `PostgreSQL`, `MariaDB`, `MySQL`, `SQLite`: the word in "PostgreSQL says".
    public var product: String
    /// The version as people write it: `17.2`, `10.11.6`.
    public var version: String
    /// What kind of server it is beyond its product (`Galera`, `PgBouncer`, `Aurora`), or `nil`.
    public var flavour: String?
    /// Changes when another server, or another database on it, answers under the same address.
    public var identity: String
    /// Whether this server takes no writes: a standby, or one set to read-only.
    public var isReadOnly: Bool
    /// Whether no failover will change that: a file that this user may not write.
    public var isReadOnlyForGood = false
    /// Whether a pooler stands between: two statements may run in two sessions of the server, so
    /// that locks and settings of the session hold nothing.
    public var isPooled: Bool
    /// Whether a lock of a session keeps all other sessions of the database away: not in a cluster
    /// whose nodes have locks each of their own, nor behind a pooler.
    public var hasSessionLocks: Bool
    /// When the server process started, as its engine writes moments; `nil` where it does not tell.
    ///
    /// The same `identity` with another start is the same server after a restart.
    public var started: String?

    /// A server.
    public init(
        product: String, version: String, flavour: String? = nil, identity: String,
        isReadOnly: Bool = false, isPooled: Bool = false, hasSessionLocks: Bool? = nil,
        started: String? = nil
    ) {
        self.product = product
        self.version = version
        self.flavour = flavour
        self.identity = identity
        self.isReadOnly = isReadOnly
        self.isPooled = isPooled
        self.hasSessionLocks = hasSessionLocks ?? !isPooled
        self.started = started
    }
}
