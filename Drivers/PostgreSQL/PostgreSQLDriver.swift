#if PostgreSQL
import Bootstrap
import CBootstrapPostgreSQL

/// PostgreSQL, by libpq, which is loaded when the first URL of this driver is read.
///
/// libpq's own environment counts as everywhere: what the URL does not say may come from `PGHOST`,
/// `PGPASSFILE`, `PGSERVICE` and the like.
/// <https://www.postgresql.org/docs/current/libpq-envars.html>
public struct PostgreSQLDriver: Driver {
    /// `postgres` and `postgresql`.
    public static let schemes = ["postgres", "postgresql"]
    /// The SQL of PostgreSQL's newest version.
    public static var dialect: Dialect { .postgreSQL(version: .max) }

    private let address: PostgreSQLAddress

    /// Reads the URL, with every option that libpq itself knows.
    ///
    /// Throws an error that names `libpq5` where the library cannot be loaded.
    public init(_ url: DatabaseURL) throws(DatabaseError) {
        let libpq = try loadedLibpq()
        var address = try PostgreSQLAddress(url, defaults: libpq.defaults())
        if address.parameters["service"] != nil,
            let database = libpq.databaseOfService(address.parameters)
        {
            address.database = database
        }
        self.address = address
    }

    /// The database's name; without one in the URL, the user's name, as libpq has it.
    public var databaseName: String { address.database }
    /// The URL in short, without options and without a password.
    public var target: String { address.target }

    /// Opens a session with the first server that takes writes, or else the first that answers;
    /// where the URL has `target_session_attrs`, with the first that libpq accepts.
    ///
    /// Each server, and each address of a name, gets its share of the time, so that one that drops
    /// packets leaves time for the next. One that knows us and refuses ends the search.
    public func connect(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> any Connection {
        try open(nil, session, before: deadline)
    }

    /// Creates the database as a copy of the server's template, by way of another database.
    public func create(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool {
        try administer(session, before: deadline) { connection throws(DatabaseError) in
            let name = Value.text(databaseName)
            let there = try connection.run(
                "SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1", [name])
            guard there.isEmpty else { return false }
            do throws(DatabaseError) {
                try connection.run("CREATE DATABASE \(connection.dialect.quoted(databaseName))")
            } catch {
                // Another process was faster: duplicate_database, or, while that one has not yet
                // committed, a duplicate key of pg_database.
                guard error.code == "42P04" || error.code == "23505" else { throw error }
                return false
            }
            return true
        }
    }

    /// Refuses the server's own databases.
    public func checkDrop() throws(DatabaseError) {
        guard ["postgres", "template0", "template1"].contains(databaseName) else { return }
        var error = DatabaseError(
            .rejected, "\(databaseName) is one of the server's own databases")
        error.remedy = "use a database of your own"
        throw error
    }

    /// Drops the database and ends the sessions in it.
    /// <https://www.postgresql.org/docs/current/sql-dropdatabase.html>
    public func drop(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool {
        try checkDrop()
        return try administer(session, before: deadline) { connection throws(DatabaseError) in
            guard !connection.server.isPooled else {
                // A pooler's name for a database may stand for another one, on another server.
                throw DatabaseError(
                    .rejected, "a database is not dropped through a pooler: connect directly")
            }
            let name = Value.text(databaseName)
            let there = try connection.run(
                "SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1", [name])
            guard !there.isEmpty else { return false }
            try drop(over: connection)
            return true
        }
    }
}

extension PostgreSQLDriver {
    /// Drops the database, and the sessions in it that this role may end.
    ///
    /// FORCE takes an autovacuum worker for a stranger's session and refuses, except for superusers;
    /// a plain DROP sends such a worker home.
    private func drop(over connection: PostgreSQLConnection) throws(DatabaseError) {
        let statement = "DROP DATABASE IF EXISTS " + connection.dialect.quoted(databaseName)
        if connection.version >= 13_00_00 {
            do throws(DatabaseError) {
                try connection.run(statement + " WITH (FORCE)")
                return
            } catch {
                guard error.kind == .denied else { throw error }
            }
        }
        // A worker has no role, which makes the condition NULL.
        _ = try connection.run(
            """
            SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
            WHERE datname = $1 AND pg_has_role(usesysid, 'USAGE')
            """, [.text(databaseName)])
        try connection.run(statement)
    }

    /// Runs `body` in a session with one of the databases that every server has.
    private func administer<Result>(
        _ session: SessionSettings, before deadline: Deadline,
        _ body: (PostgreSQLConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        var refusal: DatabaseError?
        for database in ["postgres", "template1"] {
            let connection: PostgreSQLConnection
            do throws(DatabaseError) {
                connection = try open(database, session, before: deadline)
            } catch {
                // Missing, or no right to connect: the next one may do.
                guard error.kind == .missingDatabase || error.code == "42501" else { throw error }
                refusal = refusal ?? error
                continue
            }
            defer { connection.close() }
            return try body(connection)
        }
        throw refusal ?? DatabaseError(.rejected, "the server has no database to connect to")
    }

    private func open(
        _ database: String?, _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> PostgreSQLConnection {
        var search = ServerSearch(address, session, database: database)
        return try search.open(before: deadline)
    }
}

/// Looks for a server among those of the URL, one address after the other.
private struct ServerSearch {
    private let address: PostgreSQLAddress
    private let session: SessionSettings
    private let database: String?
    /// The first server that answered and takes no writes.
    private var standby: PostgreSQLConnection?
    private var failure: DatabaseError?

    init(_ address: PostgreSQLAddress, _ session: SessionSettings, database: String?) {
        self.address = address
        self.session = session
        self.database = database
    }

    mutating func open(before deadline: Deadline) throws(DatabaseError) -> PostgreSQLConnection {
        // Without a host the environment, a service file or libpq decides, all at once.
        let isLeftToLibpq = address.hosts.isEmpty || address.parameters["hostaddr"] != nil
        if isLeftToLibpq {
            try findOne(of: address.namesLeftToLibpq, before: deadline)
            return try connect(address.everyHost, before: share(of: deadline, among: 1))
        }
        for (number, host) in address.hosts.enumerated() {
            let share = share(of: deadline, among: address.hosts.count - number)
            do throws(DatabaseError) {
                if let connection = try open(host, before: share) { return connection }
            } catch {
                if error.isFinal { throw error }
                failure = .worse(failure, error)
            }
        }
        if let standby { return standby }
        throw failure ?? DatabaseError(.unavailable, "no server was tried")
    }

    /// Looks the names up that libpq will look up, so that its own lookup, for which no deadline
    /// holds and which nothing stops, has its answer at once.
    private func findOne(
        of names: [String], before deadline: Deadline
    ) throws(DatabaseError) {
        var failure: DatabaseError?
        for name in names {
            do throws(DatabaseError) {
                return _ = try session.watch.addresses(of: name, before: deadline)
            } catch {
                if error.isFinal { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// Tries every address of one host; `nil` when one answered that takes no writes.
    private mutating func open(
        _ host: PostgreSQLAddress.Host, before deadline: Deadline
    ) throws(DatabaseError) -> PostgreSQLConnection? {
        var parameters = ["host": host.name]
        parameters["port"] = host.port
        let addresses = try host.addresses(session.watch, before: deadline)
        var failure: DatabaseError?
        for (number, hostAddress) in addresses.enumerated() {
            parameters["hostaddr"] = hostAddress
            let share = share(of: deadline, among: addresses.count - number)
            do throws(DatabaseError) {
                let connection = try connect(parameters, before: share)
                guard connection.server.isReadOnly, !address.choosesServer else {
                    return connection
                }
                if standby == nil { standby = connection } else { connection.close() }
            } catch {
                if error.isFinal { throw error }
                failure = .worse(failure, error)
            }
        }
        if let failure { throw failure }
        return nil
    }

    private func connect(
        _ place: [String: String], before deadline: Deadline
    ) throws(DatabaseError) -> PostgreSQLConnection {
        // A peer that vanishes is noticed after half a minute, not after the system's two hours.
        // <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES>
        var parameters = [
            "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
            "tcp_user_timeout": "20000",
        ]
        parameters.merge(address.parameters) { _, url in url }
        parameters.merge(place) { _, place in place }
        parameters["client_encoding"] = "UTF8"
        parameters["application_name"] = PostgreSQLConnection.shortened(session.applicationName)
        if let database { parameters["dbname"] = database }
        let (libpq, chosen, watch) = (try loadedLibpq(), parameters, session.watch)
        let connect = { (deadline: Deadline) throws(DatabaseError) in
            try Wire(libpq, parameters: chosen, watch, before: deadline)
        }
        return try PostgreSQLConnection(
            try connect(deadline), session, searchPath: address.searchPath, reconnect: connect)
    }

    /// An equal part of the time that is left, or what the URL allows one server.
    private func share(of deadline: Deadline, among count: Int) -> Deadline {
        let now = Deadline.now
        let share = max(.zero, (deadline - now) / count)
        return now + min(share, address.connectTimeout ?? share)
    }
}
#endif
