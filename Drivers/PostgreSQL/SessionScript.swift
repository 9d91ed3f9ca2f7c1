#if PostgreSQL
import Bootstrap

/// What a session is told at its start and what it is asked, as SQL: pure text.
struct SessionScript {
    /// The process that libpq was told of at login: another one answers behind a pooler.
    let backend: Int32
    /// As `PQserverVersion` counts: 150004 is 15.4.
    let version: Int
    let settings: SessionSettings
    let searchPath: String?
    /// Whether the server has said at login that its sessions write by default, as it does from
    /// version 14 on: then nothing is to be taken back.
    var writesByDefault = false

    /// An expression that is true on a server which takes no writes.
    static let isReadOnly =
        "pg_catalog.pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean"

    /// Each setting with its value, as `pg_settings` names them.
    ///
    /// All may be set by any role.
    /// <https://www.postgresql.org/docs/current/runtime-config-client.html>
    private var values: [(name: String, value: String)] {
        var values = [
            ("lock_timeout", Self.milliseconds(settings.lockTimeout)),
            ("statement_timeout", settings.statementTimeout.map(Self.milliseconds) ?? "0"),
            ("idle_in_transaction_session_timeout", "60000"),
            ("default_transaction_isolation", "read committed"),
            ("timezone", "UTC"),
            ("standard_conforming_strings", "on"),
            ("bytea_output", "hex"),
        ]
        // A session that waits for a lock, or holds one, may be idle for long.
        if version >= 14_00_00 { values.append(("idle_session_timeout", "0")) }
        if version >= 17_00_00 { values.append(("transaction_timeout", "0")) }
        if let searchPath { values.append(("search_path", searchPath)) }
        return values
    }

    /// Ends the statement of a client that is gone: without it an orphan runs on for hours.
    /// <https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL>
    private var watchesClient: [(name: String, value: String)] {
        version >= 14_00_00 ? [("client_connection_check_interval", "2000")] : []
    }

    /// Applies the settings, in one statement.
    ///
    /// Behind a pooler they would stay in a session that other clients get next. There they hold for
    /// the transaction only, and each transaction is told again (``local``).
    var apply: String { call(values + watchesClient, isLocal: "pg_backend_pid() <> \(backend)") }

    /// Applies the settings until the end of the transaction.
    var local: String { call(values + watchesClient, isLocal: "true") }

    /// What a session begins with: it is told its settings, and asked who answered.
    var introduction: [String] {
        // Asking pg_settings takes a new session longer than all the rest together.
        writesByDefault ? [apply, Self.ask] : [apply, allowWrites, Self.ask]
    }

    /// The same without anything that a server like PostgreSQL may lack.
    var lesserIntroduction: [String] {
        [call(values, isLocal: "pg_backend_pid() <> \(backend)"), Self.askLess]
    }

    /// Takes back the role's own limit on a statement, in a statement as short as can be.
    var noTimeout: String {
        "SELECT set_config('statement_timeout', '0', pg_backend_pid() <> \(backend))"
    }

    /// Takes back a read-only default that was given to the role, not to the server or the database:
    /// such a default guards against mistakes by hand, and migrations are what this role is for.
    var allowWrites: String {
        """
        SELECT set_config('default_transaction_read_only', 'off', false) \
        WHERE pg_backend_pid() = \(backend) \
        AND current_setting('default_transaction_read_only')::boolean \
        AND EXISTS (SELECT FROM pg_catalog.pg_settings \
        WHERE name = 'default_transaction_read_only' AND source IN ('user', 'database user'))
        """
    }

    private func call(_ values: [(name: String, value: String)], isLocal: String) -> String {
        let calls = values.map { "set_config('\($0.name)', \(Self.literal($0.value)), \(isLocal))" }
        return "SELECT " + calls.joined(separator: ", ")
    }

    /// Asks who answered: the columns of ``Answer``.
    ///
    /// The system's identifier is the same on a standby and on its primary, and another after a
    /// restore by pg_dump; with the database's own number it tells a copied database apart.
    static let ask = """
        SELECT pg_backend_pid(), current_setting('server_version'), version(), \
        pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean, \
        (pg_catalog.pg_control_system()).system_identifier::text || '/' || \
        (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())::text, \
        pg_postmaster_start_time()::text
        """

    /// The same for servers that have neither control file nor start time to show.
    static let askLess = """
        SELECT pg_backend_pid(), current_setting('server_version'), version(), \
        current_setting('transaction_read_only') = 'on', 'unknown/' || current_database(), NULL
        """

    /// Undoes what a migration may have left, without `DISCARD ALL`, which drops the locks.
    /// <https://www.postgresql.org/docs/current/sql-discard.html>
    static let reset = [
        "RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL", "DEALLOCATE ALL", "CLOSE ALL",
        "UNLISTEN *", "DISCARD TEMP", "DISCARD SEQUENCES",
    ]

    static func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return String(max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    /// `text` as a literal; standard-conforming strings have no escapes but the doubled quote.
    static func literal(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            + "'"
    }
}

extension Server {
    /// Reads the answer to ``SessionScript/ask``.
    init?(_ answer: [Value], backend: Int32) {
        guard answer.count == 6, let version = answer[1].text else { return nil }
        let isPooled = answer[0].integer != Int64(backend)
        self.init(
            product: "PostgreSQL",
            version: version.split(separator: " ").first.map(String.init) ?? "",
            flavour: Self.flavour(answer[2].text ?? "", isPooled: isPooled),
            identity: answer[4].text ?? "", isReadOnly: answer[3].isTrue, isPooled: isPooled,
            started: answer[5].text)
    }

    private static func flavour(_ version: String, isPooled: Bool) -> String? {
        if version.contains("CockroachDB") { return "CockroachDB" }
        if version.contains("-YB-") { return "YugabyteDB" }
        return isPooled ? "PgBouncer" : nil
    }
}
#endif
