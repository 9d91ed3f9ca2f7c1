#if MariaDB
import Bootstrap

extension DatabaseError {
    /// When an error happened, which decides what a broken link means.
    enum MariaDBPhase: Sendable {
        /// Before the login was complete: nothing of ours can have run.
        case connecting
        /// While a session was open: a broken link leaves the outcome unknown.
        case connected
    }

    /// An error as the server or libmariadb reports it.
    static func mariaDB(
        _ code: UInt32, _ message: String, during phase: MariaDBPhase
    ) -> DatabaseError {
        var error = DatabaseError(Kind(mariaDB: code, during: phase), code: String(code), message)
        // ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED
        if [1040, 1203, 1226].contains(code) {
            error.remedy = "end other sessions, or raise max_connections or the user's own limit"
        }
        return error
    }
}

extension DatabaseError {
    /// A server of another kind answers, which no waiting changes.
    static func otherServer(at endpoint: MariaDBOptions.Endpoint) -> DatabaseError {
        .missingPrerequisite(
            "a PostgreSQL server answers at \(endpoint)",
            remedy: "begin the URL with postgres://, or give the port of MariaDB or MySQL")
    }
}

extension DatabaseError.Kind {
    /// What to do about an error number.
    ///
    /// - Server errors, MariaDB: <https://mariadb.com/docs/server/reference/error-codes>
    /// - Server errors, MySQL: <https://dev.mysql.com/doc/mysql-errors/9.0/en/server-error-reference.html>
    /// - Client errors, 2000 and up: <https://dev.mysql.com/doc/mysql-errors/9.0/en/client-error-reference.html>
    init(mariaDB code: UInt32, during phase: DatabaseError.MariaDBPhase) {
        if let kind = Self.brokenLinks.contains(code) ? Self.brokenLink(during: phase) : nil {
            self = kind
            return
        }
        self = Self.known[code] ?? .rejected
        // A migration that names another database is wrong; only the login finds ours missing.
        if self == .missingDatabase && phase == .connected { self = .rejected }
    }

    private static func brokenLink(during phase: DatabaseError.MariaDBPhase) -> Self {
        switch phase {
        case .connecting: .unavailable
        case .connected: .lost
        }
    }

    /// The session is gone, or the server is going.
    private static let brokenLinks: Set<UInt32> = [
        1053,  // ER_SERVER_SHUTDOWN
        1077,  // ER_NORMAL_SHUTDOWN
        1079,  // ER_SHUTDOWN_COMPLETE
        1080,  // ER_FORCING_CLOSE
        1152,  // ER_ABORTING_CONNECTION
        1158, 1159, 1160, 1161,  // ER_NET_READ_ERROR … ER_NET_WRITE_INTERRUPTED
        1184,  // ER_NEW_ABORTING_CONNECTION
        1927,  // ER_CONNECTION_KILLED (MariaDB)
        2006,  // CR_SERVER_GONE_ERROR
        2013,  // CR_SERVER_LOST: in the handshake also a port that is open and silent
        2055,  // CR_SERVER_LOST_EXTENDED
        3032,  // ER_SERVER_OFFLINE_MODE (MySQL)
        3169,  // ER_SESSION_WAS_KILLED (MySQL)
        4031,  // ER_CLIENT_INTERACTION_TIMEOUT: wait_timeout ran out (MySQL)
    ]

    private static let known: [UInt32: Self] = [
        2002: .unavailable,  // CR_CONNECTION_ERROR: refused, or no socket file
        2003: .unavailable,  // CR_CONN_HOST_ERROR
        2005: .unavailable,  // CR_UNKNOWN_HOST: a container's name may come late
        1040: .unavailable,  // ER_CON_COUNT_ERROR
        1021: .unavailable,  // ER_DISK_FULL
        1041: .unavailable,  // ER_OUT_OF_RESOURCES
        1047: .unavailable,  // ER_UNKNOWN_COM_ERROR: "WSREP has not yet prepared node" (Galera)
        1203: .unavailable,  // ER_TOO_MANY_USER_CONNECTIONS
        1226: .unavailable,  // ER_USER_LIMIT_REACHED

        1049: .missingDatabase,  // ER_BAD_DB_ERROR

        1044: .denied,  // ER_DBACCESS_DENIED_ERROR: sent whether or not the database exists
        1045: .denied,  // ER_ACCESS_DENIED_ERROR
        1129: .denied,  // ER_HOST_IS_BLOCKED: FLUSH HOSTS lifts it
        1130: .denied,  // ER_HOST_NOT_PRIVILEGED
        1142: .denied,  // ER_TABLEACCESS_DENIED_ERROR
        1143: .denied,  // ER_COLUMNACCESS_DENIED_ERROR
        1227: .denied,  // ER_SPECIFIC_ACCESS_DENIED_ERROR
        1370: .denied,  // ER_PROCACCESS_DENIED_ERROR
        1698: .denied,  // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
        1820: .denied,  // ER_MUST_CHANGE_PASSWORD
        1862: .denied,  // ER_MUST_CHANGE_PASSWORD_LOGIN
        3118: .denied,  // ER_ACCOUNT_HAS_BEEN_LOCKED (MySQL)
        4151: .denied,  // ER_ACCOUNT_HAS_BEEN_LOCKED (MariaDB)

        1205: .busy,  // ER_LOCK_WAIT_TIMEOUT
        1213: .busy,  // ER_LOCK_DEADLOCK, also Galera's certification
        1614: .busy,  // ER_XA_RBDEADLOCK
        1684: .busy,  // ER_WARN_I_S_SKIPPED_TABLE: a mark's look at a table that is being defined
        3058: .busy,  // ER_USER_LOCK_DEADLOCK
        3101: .busy,  // ER_TRANSACTION_ROLLBACK_DURING_COMMIT (Group Replication)
        3572: .busy,  // ER_LOCK_NOWAIT (MySQL)

        1290: .readOnly,  // ER_OPTION_PREVENTS_STATEMENT: see `refined(_:in:)`
        1792: .readOnly,  // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
        1836: .readOnly,  // ER_READ_ONLY_MODE

        1317: .interrupted,  // ER_QUERY_INTERRUPTED: KILL QUERY
        1969: .interrupted,  // ER_STATEMENT_TIMEOUT: max_statement_time (MariaDB)
        3024: .interrupted,  // ER_QUERY_TIMEOUT: max_execution_time (MySQL)
    ]
}
#endif
