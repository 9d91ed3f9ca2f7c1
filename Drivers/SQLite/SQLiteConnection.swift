#if SQLite
import Bootstrap
import CBootstrapSQLite
import Glibc
import Synchronization

/// One session with an SQLite database.
final class SQLiteConnection: Connection {
    let sqlite: bootstrap_sqlite
    /// The open database; `nil` once it is closed.
    private(set) var handle: OpaquePointer?
    let location: SQLiteLocation
    let settings: SessionSettings
    let server: Server
    let lock: SQLiteLock
    /// The settings of the library's own, as they were at the start.
    private var defaults: [(pragma: String, value: Value)] = []
    /// What other threads may reach: the handle as a number, and 0 once it is closed.
    let interruptible: Interruptible
    /// When the running statement is to be stopped; SQLite reads it through its address.
    private let limit: UnsafeMutablePointer<Int64>

    init(
        _ sqlite: bootstrap_sqlite, _ location: SQLiteLocation, _ settings: SessionSettings,
        before deadline: Deadline
    ) throws(DatabaseError) {
        let handle = try SQLiteConnection.open(sqlite, location)
        self.sqlite = sqlite
        self.handle = handle
        self.location = location
        self.settings = settings
        server = SQLiteConnection.server(sqlite, handle, location)
        lock = SQLiteLock(location)
        interruptible = Interruptible(handle)
        limit = .allocate(capacity: 1)
        limit.initialize(to: .max)
        do throws(DatabaseError) {
            try begin(before: deadline)
        } catch {
            close()
            throw error
        }
    }

    deinit {
        close()
        limit.deallocate()
    }

    /// How SQLite's SQL differs.
    var dialect: Dialect { .sqlite }
    /// That nothing outlives the process, or that there is no lock.
    var notes: [String] { lock.notes }
    /// Whether a transaction is open.
    var isInTransaction: Bool { handle.map { sqlite.get_autocommit($0) == 0 } ?? false }

    /// Stops the running statement.
    ///
    /// Any thread may, as long as the connection is not closed meanwhile, which a lock sees to.
    /// <https://www.sqlite.org/c3ref/interrupt.html>
    var interrupter: Interrupter { Interrupter { [interruptible] in interruptible.interrupt() } }

    /// Gives the lock back and closes the file, which rolls an open transaction back.
    func close() {
        lock.release()
        interruptible.forget()
        guard let handle else { return }
        self.handle = nil
        _ = sqlite.close_v2(handle)
    }
}

// MARK: - The start

extension SQLiteConnection {
    /// Opens the file, never creating it.
    private static func open(
        _ sqlite: bootstrap_sqlite, _ location: SQLiteLocation
    ) throws(DatabaseError) -> OpaquePointer {
        // Without SQLite's own mutex: one thread at a time uses a connection, and the one function
        // that another one calls, `sqlite3_interrupt`, takes none.
        // <https://www.sqlite.org/threadsafe.html>
        var flags = SQLITE_OPEN_NOMUTEX
        switch location.mode {
        case .readOnly: flags |= SQLITE_OPEN_READONLY
        case .readWrite, .readWriteCreate: flags |= SQLITE_OPEN_READWRITE
        case .memory: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY
        }
        let name = location.name
        if name.isURI { flags |= SQLITE_OPEN_URI }
        var handle: OpaquePointer?
        let status = sqlite.open_v2(name.text, &handle, flags, nil)
        guard let handle, status == SQLITE_OK else {
            let error = DatabaseError(sqlite, handle)
            _ = sqlite.close_v2(handle)
            throw error
        }
        return handle
    }

    private static func server(
        _ sqlite: bootstrap_sqlite, _ handle: OpaquePointer, _ location: SQLiteLocation
    ) -> Server {
        var server = Server(
            product: "SQLite", version: sqlite.libversion().map { String(cString: $0) } ?? "",
            identity: identity(location),
            isReadOnly: sqlite.db_readonly(handle, "main") == 1)
        server.isReadOnlyForGood = server.isReadOnly
        return server
    }

    /// What tells the file that has the name now from one that had it before.
    static func identity(_ location: SQLiteLocation) -> String {
        var status = stat()
        guard let path = location.path, stat(path, &status) == 0 else {
            return "memory of process \(getpid())"
        }
        return "\(status.st_dev):\(status.st_ino)"
    }

    /// Sets the session up, and reads the file's header: until then SQLite has not looked at it.
    private func begin(before deadline: Deadline) throws(DatabaseError) {
        guard let handle else { return }
        _ = sqlite.extended_result_codes(handle, 1)
        try readHeader(before: deadline)
        setBusyTimeout(settings.lockTimeout)
        if settings.statementTimeout != nil {
            // The documentation lets the handler live until it is replaced or the file closed.
            withUnsafePointer(to: sqlite) { bootstrap_sqlite_limit($0, handle, limit) }
        }
        for pragma in SQLiteConnection.pragmas {
            // A pragma that this library was built without answers with no row.
            guard let value = try run("PRAGMA \(pragma)").first?.first else { continue }
            defaults.append((pragma, value))
        }
        try run("PRAGMA foreign_keys = ON")
    }

    /// Reads the file's header as soon as no other connection keeps all others out.
    ///
    /// SQLite's own wait can be neither told of nor ended, so that we wait in its place.
    private func readHeader(before deadline: Deadline) throws(DatabaseError) {
        _ = sqlite.busy_timeout(handle, 0)
        do throws(DatabaseError) {
            try settings.watch.retry(before: deadline) { () throws(DatabaseError) in
                do throws(DatabaseError) {
                    _ = try run("SELECT count(*) FROM sqlite_master")
                } catch {
                    throw named(error)
                }
            }
        } catch {
            var error = error
            if error.kind == .busy {
                error.remedy = "let the program that has the file end, or wait longer with --wait"
            }
            throw error
        }
    }

    /// The error, with who keeps the file where that is one of us: SQLite itself does not know.
    private func named(_ error: DatabaseError) -> DatabaseError {
        guard error.kind == .busy, let holder = lock.holder() else { return error }
        var error = error
        error.message += " " + holder.sentence
        return error
    }

    /// How long SQLite waits for other connections; zero in the settings is for ever.
    private func setBusyTimeout(_ duration: Duration) {
        let milliseconds = duration / .milliseconds(1)
        let isForever = settings.lockTimeout == .zero && duration == .zero
        let bounded = isForever ? Int32.max : Int32(max(1, min(milliseconds, Double(Int32.max))))
        _ = sqlite.busy_timeout(handle, bounded)
    }
}

// MARK: - Between migrations

extension SQLiteConnection {
    /// Settings of the connection that a migration may change; each answers with its value.
    private static let pragmas = [
        "synchronous", "cache_size", "locking_mode", "temp_store", "query_only",
        "recursive_triggers", "ignore_check_constraints", "legacy_alter_table", "writable_schema",
        "reverse_unordered_selects", "automatic_index", "read_uncommitted", "cell_size_check",
        "fullfsync", "checkpoint_fullfsync", "defer_foreign_keys", "trusted_schema",
    ]

    /// Rolls back what is open, drops temporary objects, detaches databases, and sets each pragma
    /// of the connection as it was at the start, foreign keys on.
    func resetSession() throws(DatabaseError) {
        if isInTransaction { try run("ROLLBACK") }
        for (pragma, value) in defaults {
            try run("PRAGMA \(pragma) = \(value.text ?? "0")")
        }
        setBusyTimeout(settings.lockTimeout)
        try run("PRAGMA foreign_keys = ON")
        let temporary = try run(
            """
            SELECT type, name FROM sqlite_temp_master
            WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
            ORDER BY type = 'table'
            """)
        for object in temporary {
            guard let type = object[0].text, let name = object[1].text else { continue }
            // A trigger goes with its table, and may be gone by now.
            try run("DROP \(type) IF EXISTS temp.\(dialect.quoted(name))")
        }
        for database in try run("PRAGMA database_list") {
            guard let name = database[1].text, name != "main", name != "temp" else { continue }
            try run("DETACH \(dialect.quoted(name))")
        }
    }
}

// MARK: - Statements

extension SQLiteConnection {
    /// Runs exactly one statement and returns its rows.
    func run(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> [[Value]] {
        var rows: [[Value]] = []
        try step(sql, parameters) { rows.append($0) }
        return rows
    }

    /// Runs exactly one statement and returns how many rows it changed itself, not by triggers.
    func change(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> Int {
        guard let handle else { throw closed }
        let before = sqlite.total_changes(handle)
        try step(sql, parameters, nil)
        // sqlite3_changes keeps the number of the last INSERT, UPDATE or DELETE.
        return sqlite.total_changes(handle) == before ? 0 : Int(sqlite.changes(handle))
    }

    /// Runs one statement after the other.
    ///
    /// A batch that began a transaction and ends it with its last statement stops where the
    /// transaction ends earlier: the rest would run without one, each statement for itself.
    func runAll(_ statements: [Statement]) throws(BatchError) {
        let isAtomic =
            isInTransaction
            || statements.first?.opensTransaction == true
                && statements.last?.endsTransaction == true
        for index in statements.indices {
            do throws(DatabaseError) {
                guard statements[index].input == nil else {
                    throw DatabaseError(.rejected, "SQLite takes no data behind a statement")
                }
                try step(statements[index].text, [], nil)
            } catch {
                throw BatchError(error, at: index)
            }
            guard isAtomic, !isInTransaction, index + 1 < statements.count,
                !statements[index + 1].opensTransaction
            else { continue }
            let words = "the statement ended the transaction that the batch runs in"
            throw BatchError(DatabaseError(.rejected, words), at: index)
        }
    }

    private func step(
        _ sql: String, _ parameters: [Value], _ row: (([Value]) -> Void)?
    ) throws(DatabaseError) {
        guard let handle else { throw closed }
        try refuseSharedMemoryOnNetwork(sql)
        var patience: Deadline?
        while true {
            do throws(DatabaseError) {
                let statement = try SQLiteStatement(sql, sqlite, handle)
                try statement.bind(parameters)
                let wasInTransaction = isInTransaction
                try limited { () throws(DatabaseError) in
                    if let row { try statement.run(row) } else { try statement.run() }
                }
                if wasInTransaction, !isInTransaction, Statement(sql).endsTransaction {
                    try checkFile()
                }
                return
            } catch {
                // The switch to WAL does not ask the busy handler: it fails at once, measured.
                guard error.kind == .busy, !isInTransaction, sql.isPragma("journal_mode") else {
                    throw error
                }
                let end = patience ?? .now + settings.lockTimeout
                patience = end
                guard settings.lockTimeout == .zero || Deadline.now < end else { throw error }
                _ = sqlite.sleep(20)
            }
        }
    }

    /// Throws `.lost` when the file was removed or replaced: what was written is in no file that has
    /// the name now.
    ///
    /// SQLite looks for that itself, but only where a journal is begun.
    func checkFile() throws(DatabaseError) {
        guard SQLiteConnection.identity(location) != server.identity else { return }
        throw DatabaseError(.lost, "\(location.path ?? "the file") was removed or replaced")
    }

    private func moment(after duration: Duration) -> Int64 {
        bootstrap_sqlite_now() + Int64(duration / .nanoseconds(1))
    }

    /// Runs `body` as one statement, which the settings' timeout stops.
    func limited<Result, Problem: Error>(
        _ body: () throws(Problem) -> Result
    ) throws(Problem) -> Result {
        limit.pointee = settings.statementTimeout.map(moment) ?? .max
        defer { limit.pointee = .max }
        return try body()
    }

    /// What every call on a closed connection throws.
    var closed: DatabaseError { DatabaseError(.lost, "the connection is closed") }

    /// WAL needs memory that all its users share, which two machines do not have.
    /// <https://www.sqlite.org/wal.html#overview>
    private func refuseSharedMemoryOnNetwork(_ sql: String) throws(DatabaseError) {
        guard lock.isOnNetwork, sql.isPragma("journal_mode"), sql.lowercased().contains("wal")
        else { return }
        throw DatabaseError(.rejected, "WAL does not work on a network file system")
    }
}

/// The handle as other threads may use it.
final class Interruptible: Sendable {
    private let address: Mutex<UInt>
    /// Whether ``interrupt()`` was called since ``begin()``: SQLite drops it between two statements.
    private let wasCalled = Atomic(false)

    init(_ handle: OpaquePointer) { address = Mutex(UInt(bitPattern: handle)) }

    /// Whether a load is to end that has begun with ``begin()``.
    var isCalled: Bool { wasCalled.load(ordering: .acquiring) }

    func begin() { wasCalled.store(false, ordering: .releasing) }

    func interrupt() {
        wasCalled.store(true, ordering: .releasing)
        address.withLock { address in
            guard let handle = OpaquePointer(bitPattern: address),
                let sqlite = try? bootstrap_sqlite.load()
            else { return }
            sqlite.interrupt(handle)
        }
    }

    func forget() { address.withLock { $0 = 0 } }
}

extension Statement {
    fileprivate var firstWord: String {
        let word = text.drop { $0.isWhitespace }.prefix { $0.isLetter }
        return word.uppercased()
    }
    fileprivate var opensTransaction: Bool { ["BEGIN", "SAVEPOINT"].contains(firstWord) }
    fileprivate var endsTransaction: Bool { ["COMMIT", "END"].contains(firstWord) }
}

extension String {
    /// Whether this is `PRAGMA name …`.
    fileprivate func isPragma(_ name: String) -> Bool {
        let words = prefix(80).lowercased().split { !$0.isLetter && $0 != "_" }
        return words.first == "pragma" && words.dropFirst().prefix(2).contains { $0 == name }
    }
}
#endif
