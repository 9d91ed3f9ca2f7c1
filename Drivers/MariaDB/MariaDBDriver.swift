#if MariaDB
import Bootstrap
import CBootstrapMariaDB

/// The driver for MariaDB and MySQL servers, over libmariadb, which is loaded at the first connection.
public struct MariaDBDriver: Driver {
    /// `mariadb://`, and the names that URLs for MySQL have.
    public static let schemes = ["mariadb", "mysql", "mysql2"]

    /// The SQL of MariaDB's newest servers.
    public static let dialect = Dialect.mariaDB(isMariaDB: true, version: [12, 0])

    /// MariaDB's, and that of MySQL's newest servers.
    public static let dialects = [dialect, .mariaDB(isMariaDB: false, version: [9, 0])]

    private let options: MariaDBOptions

    /// Reads hosts, ports, `socket`, `sslmode`, `sslrootcert`, `sslcert`, `sslkey`,
    /// `connect_timeout` and `local_infile`.
    public init(_ url: DatabaseURL) throws(DatabaseError) {
        options = try MariaDBOptions(url)
    }

    /// The database's name as the URL spells it.
    public var databaseName: String { options.database }

    /// `mariadb://user@host:port/database`, or the socket's path in place of the host.
    public var target: String {
        let user = options.user.map { $0 + "@" } ?? ""
        let places = options.endpoints.map(\.description).joined(separator: ",")
        return "mariadb://\(user)\(places)/\(options.database)"
    }

    /// Opens one session on the first of the URL's servers that takes writes; on the first that
    /// answers at all when none does.
    public func connect(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> any Connection {
        try connect(session, to: options.database, before: deadline)
    }

    /// Creates the database with utf8mb4, the only character set that takes every character.
    public func create(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool {
        try withoutDatabase(session, deadline, unless: "1007") { quoted in
            "CREATE DATABASE \(quoted) CHARACTER SET utf8mb4"
        }
    }

    /// Drops the database.
    public func drop(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool {
        try withoutDatabase(session, deadline, unless: "1008") { quoted in
            "DROP DATABASE \(quoted)"
        }
    }

    /// Refuses the server's own databases.
    public func checkDrop() throws(DatabaseError) {
        let own = ["mysql", "information_schema", "performance_schema", "sys"]
        guard own.contains(options.database.lowercased()) else { return }
        var error = DatabaseError(
            .rejected, "\(options.database) is one of the server's own databases")
        error.remedy = "use a database of your own"
        throw error
    }

    /// Asks the server, whose other databases are the schemas.
    public func willHave(
        schema: String, _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool {
        guard schema != options.database else { return true }
        let connection = try connect(session, to: nil, before: deadline)
        defer { connection.close() }
        return try !connection.run(connection.dialect.history.schema, [.text(schema)]).isEmpty
    }

    /// Runs one statement outside the database; false when the server answers `code`.
    private func withoutDatabase(
        _ session: SessionSettings, _ deadline: Deadline, unless code: String,
        _ statement: (String) -> String
    ) throws(DatabaseError) -> Bool {
        try checkDrop()
        let connection = try connect(session, to: nil, before: deadline)
        defer { connection.close() }
        do throws(DatabaseError) {
            try connection.run(statement(connection.dialect.quoted(options.database)))
            return true
        } catch {
            // ER_DB_CREATE_EXISTS, ER_DB_DROP_EXISTS
            guard error.code == code else { throw error }
            return false
        }
    }

    private func connect(
        _ session: SessionSettings, to database: String?, before deadline: Deadline
    ) throws(DatabaseError) -> MariaDBConnection {
        let deadline = options.connectTimeout.map { min(deadline, .now + $0) } ?? deadline
        var readOnly: MariaDBConnection?
        var failure: DatabaseError?
        for (index, endpoint) in options.endpoints.enumerated() {
            // A host that swallows packets must not eat the time of those behind it.
            let hosts = options.endpoints.count - index
            let share = ContinuousClock.now + (deadline - .now) / hosts
            do throws(DatabaseError) {
                let connection = try connect(session, to: database, at: endpoint, before: share)
                guard connection.server.isReadOnly, hosts > 1 || readOnly != nil else {
                    readOnly?.close()
                    return connection
                }
                if readOnly == nil { readOnly = connection } else { connection.close() }
            } catch {
                guard error.kind == .unavailable else { throw error }
                failure = failure ?? error
            }
        }
        if let readOnly { return readOnly }
        throw failure ?? DatabaseError(.rejected, "the URL names no server")
    }

    private func connect(
        _ session: SessionSettings, to database: String?, at endpoint: MariaDBOptions.Endpoint,
        before deadline: Deadline
    ) throws(DatabaseError) -> MariaDBConnection {
        let handshake = MariaDBHandshake(
            options: options, endpoint: endpoint, database: database,
            applicationName: session.applicationName, watch: session.watch)
        // Inside TLS libmariadb waits by itself.
        let cord = handshake.cord
        return try session.watch.interruptible(Interrupter { cord.cut() }) {
            () throws(DatabaseError) in
            try MariaDBConnection(
                try handshake.open(before: deadline), session,
                killer: MariaDBKiller(options: options, endpoint: endpoint))
        }
    }
}
#endif
