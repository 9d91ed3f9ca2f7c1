#if MariaDB
import Bootstrap
import CBootstrapMariaDB

/// One session with a MariaDB or MySQL server.
final class MariaDBConnection: Connection {
    /// The server that answered at login.
    let server: Server
    /// The SQL of this server and version.
    let dialect: Dialect
    /// KILL QUERY, sent over a second connection.
    let interrupter: Interrupter
    private let cord = Cord()
    let handle: MariaDBHandle
    /// Whether the URL lets LOAD DATA LOCAL INFILE read this machine's files.
    let allowsLocalInfile: Bool
    let details: MariaDBServer
    let settings: SessionSettings
    let activity: MariaDBActivity
    /// The names that locks have on the server, by the names that the core gives them.
    var lockNames: [String: String] = [:]
    /// What a migration has left in the session.
    var leftovers = MariaDBLeftovers()
    /// What stands before each statement, for others to see.
    private(set) var prefix = ""

    /// Takes over a handle that is logged in, and sets its session up.
    init(
        _ handle: MariaDBHandle, _ settings: SessionSettings, killer: MariaDBKiller
    ) throws(DatabaseError) {
        let isMariaDB = MariaDBServer.isMariaDB(handle.serverVersion)
        let packet =
            MariaDBSession.statements(settings, isMariaDB: isMariaDB)
            + MariaDBServer.questions(isMariaDB: isMariaDB)
        let results = try handle.results(of: packet.joined(separator: ";\n"))
        guard let details = MariaDBServer(results, isMariaDB: isMariaDB) else {
            throw DatabaseError(.rejected, "the server did not answer what it is")
        }
        try Self.joinCluster(handle, details)
        MariaDBHandshake.settle(handle)
        self.handle = handle
        allowsLocalInfile = killer.options.allowsLocalInfile
        self.details = details
        self.settings = settings
        var server = details.server
        server.isPooled = details.session & 0xFFFF_FFFF != Int64(handle.session)
        if server.isPooled { server.hasSessionLocks = false }
        self.server = server
        dialect = .mariaDB(isMariaDB: details.isMariaDB, version: details.version)
        let activity = MariaDBActivity()
        self.activity = activity
        let session = server.isPooled ? Int64(handle.session) : details.session
        let identity = server.identity
        cord.hold(handle.socket)
        interrupter = Interrupter(abandoning: { [cord] in cord.cut() }) {
            activity.whileRunning { killer.kill(session, onServer: identity) }
        }
    }

    /// Makes each statement see what the other nodes have committed before it.
    ///
    /// A Galera node that is cut off from its cluster answers `SELECT 1` and refuses all tables.
    private static func joinCluster(
        _ handle: MariaDBHandle, _ details: MariaDBServer
    ) throws(DatabaseError) {
        for statement in MariaDBSession.causality(details) {
            do throws(DatabaseError) { _ = try handle.results(of: statement) } catch {
                // A right that is lacking in a group: its members are then asked as they are.
                guard error.kind == .denied, details.isInGroup else { throw error }
            }
        }
        guard details.isGalera else { return }
        let status = try handle.results(of: "SHOW STATUS LIKE 'wsrep_ready'")
        guard let value = status.first?.first?.last?.text, value.uppercased() != "ON" else {
            return
        }
        throw DatabaseError(
            .unavailable, code: "1047", "the node is not ready (wsrep_ready is \(value))")
    }

    /// As the server's last answer said.
    var isInTransaction: Bool {
        handle.serverStatus & UInt32(SERVER_STATUS_IN_TRANS) != 0
    }

    /// Runs one statement: as plain text without parameters, else prepared.
    func run(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> [[Value]] {
        try one(sql, parameters).rows
    }

    /// Runs `body`; a server that does not answer in time costs the session.
    func look<Result>(
        _ watch: Watch, before deadline: Deadline, _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        (handle.watch, handle.deadline) = (watch, deadline)
        handle.silence = "the server has not answered a query yet"
        defer { (handle.watch, handle.deadline) = (Watch(), nil) }
        return try body()
    }

    /// Runs one statement and counts its rows; CLIENT_FOUND_ROWS makes an UPDATE count what it found.
    func change(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> Int {
        try one(sql, parameters).changed
    }

    private func one(
        _ sql: String, _ parameters: [Value]
    ) throws(DatabaseError) -> (rows: [[Value]], changed: Int) {
        note(leftoversOf: [Statement(sql)])
        activity.begin()
        defer { activity.end() }
        do throws(DatabaseError) {
            guard parameters.isEmpty else {
                return try MariaDBStatement(prefix + sql, on: handle).run(parameters)
            }
            return try text(sql)
        } catch {
            throw refined(error, in: sql)
        }
    }

    private func text(
        _ sql: String
    ) throws(DatabaseError) -> (rows: [[Value]], changed: Int) {
        try refuseSeveral(sql)
        try handle.send(Array((prefix + sql).utf8))
        let rows = try handle.rows()
        let changed = rows == nil ? handle.changedRows : 0
        // A CALL sends its status after its rows, and may fail after them.
        while try handle.next() { _ = try handle.rows() }
        return (rows ?? [], changed)
    }

    /// The session takes packets of several statements, for ``runAll(_:)``: a text that holds more
    /// than one is refused here.
    ///
    /// One that our scanner cannot read is the server's to judge.
    private func refuseSeveral(_ sql: String) throws(DatabaseError) {
        guard sql.utf8.dropLast().contains(UInt8(ascii: ";")),
            let script = try? Script(sql, file: "", rules: dialect.lexical),
            script.statements.count > 1
        else { return }
        throw DatabaseError(.rejected, "a text of \(script.statements.count) statements is not one")
    }

    /// Sends the statements in as few packets as the server takes.
    func runAll(_ statements: [Statement]) throws(BatchError) {
        let marker = "bootstrap-\(UInt64.random(in: .min ... .max))"
        let batch = MariaDBBatch(
            statements, prefix: prefix, marker: marker, maximum: details.maximumPacket - 1024)
        note(leftoversOf: statements)
        activity.begin()
        defer { activity.end() }
        for packet in batch.packets {
            var index = 0
            do throws(DatabaseError) {
                try run(packet, marker, &index)
            } catch {
                handle.drain()
                let failed = packet.answers[min(index, packet.answers.count - 1)].statement
                var failure = refined(error, in: statements[failed].text)
                failure.isWithoutEffect = failure.isWithoutEffect(statements[failed], dialect)
                throw BatchError(failure, at: failed)
            }
        }
        if let index = batch.tooLarge {
            throw BatchError(
                DatabaseError(
                    .rejected, code: "1153",
                    "the statement is larger than the server's max_allowed_packet of "
                        + "\(details.maximumPacket) bytes"), at: index)
        }
    }

    /// Runs one packet; `index` is whose answer is awaited, or whose failed.
    private func run(
        _ packet: MariaDBBatch.Packet, _ marker: String, _ index: inout Int
    ) throws(DatabaseError) {
        try handle.send(packet.text)
        repeat {
            let rows = try handle.rows()
            let isOver: Bool
            switch packet.answers[min(index, packet.answers.count - 1)] {
            case .one: isOver = true
            case .many: isOver = rows == [[.text(marker)]]
            }
            if isOver { index += 1 }
        } while try handle.next()
    }

    /// Puts a comment before each statement from now on: the process list shows it while one runs;
    /// an empty text ends that.
    func announce(_ doing: String) {
        guard !doing.isEmpty else { return prefix = "" }
        let text = "\(settings.applicationName) since \(details.began): \(doing)"
        prefix = "/* " + MariaDBAnnouncement.text(text) + " */ "
    }

    /// Ends the session; the server gives its locks back.
    func close() {
        activity.close()
        cord.letGo()
        handle.close()
    }
}

extension MariaDBBatch.Answer {
    /// The statement that answers.
    var statement: Int {
        switch self {
        case .one(let index), .many(let index): index
        }
    }
}

extension MariaDBHandle {
    /// The version that the server sent in its greeting.
    var serverVersion: String {
        guard let mysql, let version = client.mysql_get_server_info(mysql) else { return "" }
        return String(cString: version)
    }

    /// The session's number as the greeting had it.
    var session: UInt32 {
        mysql.map { UInt32(truncatingIfNeeded: client.mysql_thread_id($0)) } ?? 0
    }

    /// How many rows the last statement changed.
    var changedRows: Int {
        guard let mysql else { return 0 }
        return Int(exactly: client.mysql_affected_rows(mysql)) ?? 0
    }
}
#endif
