#if PostgreSQL
import Bootstrap
import CBootstrapPostgreSQL

/// A session with PostgreSQL, or with a pooler before it.
final class PostgreSQLConnection: Connection {
    /// Who answered at login.
    let server: Server
    /// How this server's version of SQL differs.
    let dialect: Dialect
    /// Stops the running statement by a cancel request of its own connection.
    let interrupter: Interrupter

    let wire: Wire
    /// As `PQserverVersion` counts.
    var version: Int { wire.version }
    private let script: SessionScript
    private let applicationName: String
    let canceller: Canceller
    private let cord = Cord()
    /// What holds our locks behind a pooler, where no session is ours.
    private let poolerLocks: PoolerLocks?
    /// What ``announce(_:)`` was given and no batch has carried yet.
    private var announcement: String?

    /// Tells a session that has just logged in its settings and asks who it is, in one round trip.
    init(
        _ wire: Wire, _ settings: SessionSettings, searchPath: String?,
        reconnect: @escaping (Deadline) throws(DatabaseError) -> Wire
    ) throws(DatabaseError) {
        self.wire = wire
        script = SessionScript(
            backend: wire.backend, version: wire.version, settings: settings,
            searchPath: searchPath,
            writesByDefault: wire.parameter("default_transaction_read_only") == "off")
        applicationName = settings.applicationName
        server = try Self.introduce(wire, script)
        poolerLocks = server.isPooled ? PoolerLocks(reconnect) : nil
        dialect = .postgreSQL(version: wire.version)
        let canceller = Canceller(wire)
        self.canceller = canceller
        cord.hold(wire.socket)
        interrupter = Interrupter(abandoning: { [cord] in cord.cut() }) { canceller.cancel() }
        wire.deadline = nil
        // The server's own timeout comes first; ours is for a server that cannot keep it.
        wire.patience = settings.statementTimeout.map { $0 + .seconds(10) }
    }

    deinit { close() }

    /// Sends the settings and reads who answered; a second time where the first cannot succeed.
    private static func introduce(_ wire: Wire, _ script: SessionScript) throws(DatabaseError)
        -> Server
    {
        let rows: [[Value]]
        do throws(DatabaseError) {
            rows = try wire.query(script.introduction)
        } catch {
            guard wire.isAlive else { throw error }
            switch error.kind {
            case .interrupted:
                // The role's own statement_timeout is so short that it was over before ours counted.
                _ = try wire.query([script.noTimeout])
                rows = try wire.query(script.introduction)
            case .rejected, .denied:
                // A server that is only like PostgreSQL lacks a setting or a function, or a provider
                // has taken a right away: what is left is asked for alone.
                rows = try wire.query(script.lesserIntroduction)
            case .unavailable, .missingDatabase, .busy, .lost, .readOnly: throw error
            }
        }
        guard let answer = rows.first, let server = Server(answer, backend: wire.backend) else {
            throw DatabaseError(.rejected, "the server gives no version of PostgreSQL")
        }
        return server
    }

    /// That a pooler stands between.
    var notes: [String] {
        guard server.isPooled else { return [] }
        return [
            "a pooler stands before the server: no session is this run's for longer than a transaction"
        ]
    }

    /// Whether a transaction is open, as the server last reported it.
    var isInTransaction: Bool { wire.isInTransaction }

    // MARK: Statements

    /// Runs one statement by the extended protocol, which takes exactly one.
    func run(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> [[Value]] {
        try execute(sql, parameters).rows()
    }

    /// Runs `body`; a server that does not answer in time costs the session.
    func look<Result>(
        _ watch: Watch, before deadline: Deadline, _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        wire.lookout = (watch, deadline)
        defer { wire.lookout = nil }
        return try body()
    }

    /// Runs one statement and returns the count in its command tag.
    func change(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> Int {
        try execute(sql, parameters).changes
    }

    private func execute(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> Reply {
        if server.isPooled, parameters.isEmpty, Batch.opensTransaction(sql) {
            return try begin(sql)
        }
        try wire.send(sql, parameters)
        guard let reply = try wire.next() else { throw wire.lost() }
        defer { wire.drain() }
        guard reply.isDone else {
            if reply.status == PGRES_COPY_IN || reply.status == PGRES_COPY_OUT {
                if reply.status == PGRES_COPY_IN { wire.stopCopy("no data") }
                if reply.status == PGRES_COPY_OUT { try wire.skipCopyOut() }
                throw DatabaseError(.rejected, "COPY from or to the client runs in a script only")
            }
            throw wire.error(in: reply, isPrivate: !parameters.isEmpty)
        }
        return reply
    }

    /// Behind a pooler a transaction begins with our settings: no session keeps them.
    private func begin(_ sql: String) throws(DatabaseError) -> Reply {
        try wire.send(sql + ";" + script.local)
        guard let reply = try wire.next() else { throw wire.lost() }
        defer { wire.drain() }
        guard reply.isDone else { throw wire.error(in: reply, isPrivate: false) }
        return reply
    }

    /// Runs statements as simple-query strings of a megabyte at most, each in one round trip.
    ///
    /// A string without a BEGIN is one transaction by itself, and statements that stand before a
    /// BEGIN in it belong to that BEGIN's transaction.
    /// <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT>
    func runAll(_ statements: [Statement]) throws(BatchError) {
        let announcing = takeAnnouncement(isLocal: false).map { "SELECT " + $0 }
        // A statement that must be alone may not share its string with an announcement.
        let isAlone = statements.count == 1
        if isAlone, let announcing {
            for message in Batch([], prefix: [announcing]).messages { try run(message) }
        }
        let batch = Batch(
            statements, prefix: isAlone ? [] : [announcing].compactMap(\.self),
            inTransaction: server.isPooled ? script.local : nil)
        for message in batch.messages {
            do throws(BatchError) {
                try run(message)
            } catch {
                var failure = Self.explained(error, in: statements)
                if let index = failure.index {
                    failure.error.tellInvalidIndex(after: statements[index], on: self)
                }
                throw failure
            }
        }
        guard isAlone, !isInTransaction else { return }
        do throws(DatabaseError) {
            try checkIndex(after: statements[0])
        } catch {
            throw BatchError(error, at: 0)
        }
    }

    private func run(_ message: Batch.Message) throws(BatchError) {
        var done = 0
        let countsBytes = wire.parameter("server_encoding") == "SQL_ASCII"
        do throws(DatabaseError) {
            try wire.send(message.text)
            defer { wire.drain() }
            while let reply = try wire.next() {
                switch reply.status {
                case PGRES_COPY_IN: try feed(message.input)
                case PGRES_COPY_OUT: try wire.skipCopyOut()
                case _ where reply.isDone: done += 1
                default: throw wire.error(in: reply, isPrivate: false)
                }
            }
        } catch {
            throw message.attribute(error, done: done, countsBytes: countsBytes)
        }
    }

    private func feed(_ input: Statement.Input?) throws(DatabaseError) {
        guard let input else {
            wire.stopCopy("no data")
            throw DatabaseError(.rejected, "COPY FROM STDIN has no data after it")
        }
        try wire.copyIn(input)
    }

    /// The claim of ``transactionLock(_:)`` fails by a division, which says nothing to anybody.
    private static func explained(_ failure: BatchError, in statements: [Statement]) -> BatchError {
        guard failure.error.code == "22012", let index = failure.index,
            statements[index].text.hasPrefix("SELECT "), statements[index].text.contains(Self.claim)
        else { return failure }
        let error = DatabaseError(
            .busy, code: "55P03", "another session works on this: its lock is taken")
        return BatchError(error, at: index)
    }

    // MARK: Locks

    private static let claim = "1 / pg_catalog.pg_try_advisory_xact_lock("

    /// The lock's number; the database's own function, so that scripts can take the same lock.
    private func key(_ name: String) -> String {
        "pg_catalog.hashtextextended(\(SessionScript.literal(name)), 0)"
    }

    /// Rows of `pg_locks` for the lock called `name` in this database.
    /// <https://www.postgresql.org/docs/current/view-pg-locks.html>
    private func isLock(_ name: String) -> String {
        """
        l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d \
        WHERE d.datname = current_database()) \
        AND (l.classid::bigint << 32) | l.objid::bigint = \(key(name))
        """
    }

    /// Takes a session's advisory lock, which the server gives back when the session ends.
    /// <https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS>
    func tryLock(_ name: String) throws(DatabaseError) -> Bool {
        if let poolerLocks { return try poolerLocks.take(name, key: key(name)) }
        let rows = try run("SELECT pg_catalog.pg_try_advisory_lock(\(key(name)))")
        return rows.first?.first?.isTrue ?? false
    }

    /// Finds the holder among the server's locks and sessions.
    ///
    /// Of another role's session a normal role sees neither address nor start.
    func holder(of name: String) throws(DatabaseError) -> LockHolder? {
        let rows = try run(
            """
            SELECT l.pid, a.usename, a.application_name, \
            coalesce(a.client_hostname, host(a.client_addr)), \
            to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') \
            FROM pg_catalog.pg_locks l \
            LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
            WHERE \(isLock(name)) ORDER BY l.pid = pg_backend_pid() LIMIT 1
            """)
        return rows.first.map(LockHolder.init(row:))
    }

    /// True while this very session holds the lock, or behind a pooler the session that we pinned.
    func lockCondition(_ name: String) -> String? {
        var backend = "pg_backend_pid()"
        if let poolerLocks { backend = poolerLocks.backend(of: name).map(String.init) ?? "NULL" }
        return "EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid = \(backend) "
            + "AND \(isLock(name)))"
    }

    /// A division by zero while another transaction or session has the lock; ``runAll(_:)`` turns
    /// that into `.busy`.
    ///
    /// It shares its number with the session's lock of the same name, and shows what was announced
    /// until the transaction ends: one statement less for each migration.
    func transactionLock(_ name: String) -> String? {
        let announcing = takeAnnouncement(isLocal: true).map { $0 + ", " } ?? ""
        return "SELECT \(announcing)\(Self.claim)\(key(name)))::int"
    }

    /// Gives a session's advisory lock back.
    func unlock(_ name: String) {
        if let poolerLocks { return poolerLocks.release(name) }
        // A session that is gone has given its locks back, and one in a failed transaction cannot.
        _ = try? run("SELECT pg_catalog.pg_advisory_unlock(\(key(name)))")
    }

    // MARK: Session

    /// Remembers what `pg_stat_activity` shows from the next batch on, behind our name.
    func announce(_ doing: String) { announcement = doing }

    /// A call that shows the announcement, until the transaction ends or for good.
    private func takeAnnouncement(isLocal: Bool) -> String? {
        guard let doing = announcement else { return nil }
        announcement = nil
        // Behind a pooler the name would stay with a session that others use.
        guard !server.isPooled else { return nil }
        let name = Self.shortened(doing.isEmpty ? applicationName : "\(applicationName) \(doing)")
        return "set_config('application_name', \(SessionScript.literal(name)), \(isLocal))"
    }

    /// The first 63 bytes, which is what the server keeps, cut at a character.
    /// <https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-APPLICATION-NAME>
    static func shortened(_ name: String) -> String {
        var result = name
        while result.utf8.count > 63 { result.removeLast() }
        return result
    }

    /// Undoes a migration's settings, roles, cursors and temporary tables, but not the locks.
    ///
    /// Behind a pooler there is no session that would be ours to reset.
    func resetSession() throws(DatabaseError) {
        let rollback = isInTransaction ? ["ROLLBACK"] : []
        let ours = [script.apply, script.allowWrites]
        let all = server.isPooled ? rollback : rollback + SessionScript.reset + ours
        guard !all.isEmpty else { return }
        _ = try wire.query(all)
    }

    /// Ends the session, and with it its locks.
    func close() {
        poolerLocks?.releaseAll()
        canceller.close()
        cord.letGo()
        wire.close()
    }
}

extension Wire {
    /// Runs statements of our own in one round trip, and returns the rows of the last one.
    func query(_ statements: [String]) throws(DatabaseError) -> [[Value]] {
        try send(statements.joined(separator: ";"))
        var rows: [[Value]] = []
        while let reply = try next() {
            guard reply.isDone else {
                let error = error(in: reply, isPrivate: false)
                drain()
                throw error
            }
            rows = reply.rows()
        }
        return rows
    }
}

extension LockHolder {
    /// Reads pid, role, application name, address and start.
    ///
    /// Our own application name is `bootstrap/17@web-1 0006_backfill, …`: what runs where, and what
    /// it is doing. Another program's is shown as it is.
    fileprivate init(row: [Value]) {
        let name = row[2].text ?? ""
        let parts = name.split(separator: " ", maxSplits: 1).map(String.init)
        let isOurs = parts.first?.contains("/") == true && parts.first?.contains("@") == true
        let host =
            isOurs ? parts.first?.split(separator: "@").last.map(String.init) : row[3].text
        let role = row[1].text ?? "another role"
        let doing = isOurs ? (parts.count > 1 ? parts[1] : nil) : (name.isEmpty ? nil : name)
        self.init(
            who: role + (host.map { "@" + $0 } ?? ""), session: row[0].text, since: row[4].text,
            doing: doing)
    }
}
#endif
