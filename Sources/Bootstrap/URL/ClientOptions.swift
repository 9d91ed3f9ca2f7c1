/// Options that applications put into the URL for their own client libraries.
///
/// `DATABASE_URL` belongs to the application, so what only its library understands is left out with
/// one note. Nothing stands in these lists that changes which rows are reached, or how safely: such
/// options are translated into libpq's words, which all drivers take, or left to the driver.
enum ClientOptions {
    /// Settings of pools, caches, data types and texts, in lower case; values do not matter.
    static let leftOut: Set<String> = [
        // Pools: Rails, Django (dj-database-url), Ecto, Sequelize, Knex, SQLAlchemy, pgx, HikariCP.
        "pool", "pool_size", "pool_timeout", "pool_recycle", "pool_pre_ping", "pool_max_conns",
        "pool_min_conns", "pool_max_conn_lifetime", "pool_max_conn_lifetime_jitter",
        "pool_max_conn_idle_time", "pool_health_check_period", "max_overflow", "max_pool_size",
        "min_pool_size", "maxpoolsize", "minpoolsize", "max_connections", "min_connections",
        "maxconnections", "connectionlimit", "connection_limit", "max_idle_connections",
        "max_open_connections", "max_lifetime", "checkout_timeout", "reaping_frequency",
        "idle_timeout", "queue_target", "queue_interval", "queuelimit", "waitforconnections",
        "conn_max_age", "conn_health_checks", "disable_server_side_cursors", "atomic_requests",
        "keepalive", "max_age", "min_threads", "max_threads", "max_queue",
        // Prisma: https://www.prisma.io/docs/orm/overview/databases/postgresql
        "pgbouncer", "socket_timeout", "statement_cache_size", "single_use_connections",
        // Statement caches and protocols: asyncpg, pgx, JDBC, sqlx, Rails, Ecto, Psycopg.
        "prepared_statements", "prepared_statement_cache_size", "prepared_statement_name_func",
        "prepare_threshold", "preparethreshold", "preparedstatementcachequeries",
        "preparedstatementcachesizemib", "default_query_exec_mode", "prefer_simple_protocol",
        "binary_parameters", "statement_cache_capacity", "statement-cache-capacity",
        "description_cache_capacity", "statement_limit", "prefetch", "prepare", "disable_prepared",
        "command_timeout", "async_fallback", "defaultrowfetchsize", "rewritebatchedstatements",
        "cacheprepstmts", "prepstmtcachesize", "prepstmtcachesqllimit", "useserverprepstmts",
        "cacheserverconfiguration", "rewritebatchedinserts", "binarytransfer",
        "assumeminserverversion", "autosave", "cleanupsavepoints",
        // Character sets: we always speak UTF-8.
        "charset", "encoding", "characterencoding", "useunicode", "use_unicode", "collation",
        "connectioncollation", "characterset", "character_set",
        // Data types in the application's language: Go, JDBC, PyMySQL, node.
        "parsetime", "loc", "interpolateparams", "multistatements", "clientfoundrows",
        "columnswithalias", "allowoldpasswords", "allownativepasswords",
        "checkconnliveness", "maxallowedpacket", "rejectreadonly", "timetruncate",
        "connectionattributes", "servertimezone", "connectiontimezone", "uselegacydatetimecode",
        "forceconnectiontimezonetosession", "zerodatetimebehavior", "tinyint1isbit",
        "yearisdatetype",
        "usejdbccomplianttimezoneshift", "allowmultiqueries", "nullcatalogmeanscurrent",
        "allowpublickeyretrieval", "autoreconnect", "failoverreadonly", "maxreconnects",
        "useinformationschema", "stringtype", "reconnect", "strict", "datestrings",
        "supportbignumbers", "bignumberstrings", "multiplestatements", "timezone", "decimalnumbers",
        "insecureauth", "debug", "trace", "logger", "logunclosedconnections", "profilesql",
        "raise_on_warnings", "get_warnings", "buffered", "autocommit", "isolation_level", "echo",
        "future", "local_infile", "binary_prefix", "init_command", "cursorclass",
        // Timeouts of the application's queries; ours are options of our own.
        "timeout", "readtimeout", "writetimeout", "read_timeout", "write_timeout", "sockettimeout",
        "logintimeout", "query_timeout", "idle_in_transaction_session_timeout", "statement_timeout",
        "lock_timeout", "connecttimeout", "connect_timeout_ms", "conntimeout", "acquiretimeout",
        // Doctrine, Symfony and other frameworks: what the server is, for their own use.
        "serverversion", "driver", "driverclass", "wrapperclass", "driveroptions", "adapter",
        "default_table_options", "mapping_types", "engine", "dialect", "variables", "migrations",
        "migrations_paths", "schema_dump", "replica", "database_tasks", "query_cache", "prefix",
        "x-migrations-table", "x-migrations-table-quoted", "x-statement-timeout", "x-no-lock",
        "x-multi-statement", "x-multi-statement-max-size", "x-lock-strategy",
        // SQLite clients: how the application's own threads share a connection.
        "check_same_thread", "cached_statements", "uri", "detect_types", "_loc", "_txlock",
        "_journal_mode", "_journal", "_busy_timeout", "_timeout", "_foreign_keys", "_fk",
        "_synchronous", "_sync", "_cache_size", "_mutex", "_pragma", "_time_format",
    ]

    /// Leaves out what is not for us, and puts libpq's words for what means the same.
    static func settle(_ url: inout DatabaseURL) throws(URLProblem) {
        var kept: [DatabaseURL.Option] = []
        var names: [String] = []
        var mode: (word: String, source: String)?
        let asksForMode = url.options.contains { securityWords[$0.name.lowercased()] != nil }
        for option in url.options {
            let name = option.name.lowercased()
            let base = String(name.prefix { $0 != "[" })
            if leftOut.contains(base) {
                if !names.contains(option.name) { names.append(option.name) }
            } else if let synonym = synonyms[name] {
                kept.append(DatabaseURL.Option(synonym, option.value))
                // Where these names come from, an authority is given to be checked against.
                if synonym == "sslrootcert" && !asksForMode { mode = ("verify-ca", option.name) }
            } else if let words = securityWords[name] {
                let word = try word(for: option, among: words)
                if strength(word) >= strength(mode?.word) { mode = (word, option.name) }
            } else {
                kept.append(option)
            }
        }
        url.options = kept
        if let mode { require(mode.word, from: mode.source, in: &url) }
        guard let last = names.popLast() else { return }
        let list = names.isEmpty ? last : names.joined(separator: ", ") + " and " + last
        url.notes.append(
            "left out of the URL: \(list), for \(names.isEmpty ? "an option" : "options") "
                + "of other client libraries")
    }
}

extension ClientOptions {
    /// Other names for what libpq and our drivers know; in lower case.
    private static let synonyms = [
        "currentschema": "search_path", "schema": "search_path",
        "applicationname": "application_name",
        "targetservertype": "target_session_attrs",
        "unix_socket": "socket", "unixsocket": "socket", "socketpath": "socket",
        "ssl_ca": "sslrootcert", "ssl-ca": "sslrootcert", "sslca": "sslrootcert",
        "ssl_cert": "sslcert", "ssl-cert": "sslcert", "ssl_key": "sslkey", "ssl-key": "sslkey",
    ]

    /// How other libraries ask for TLS, and what libpq's `sslmode` calls it.
    private static let securityWords: [String: [String: String]] = {
        let modes = [
            "disabled": "disable", "disable": "disable", "preferred": "prefer", "prefer": "prefer",
            "required": "require", "require": "require", "trust": "require", "allow": "allow",
            "no-verify": "require", "verify-ca": "verify-ca", "verify-identity": "verify-full",
            "verify-full": "verify-full",
        ]
        let onOff = ["true": "require", "1": "require", "false": "disable", "0": "disable"]
        let either = modes.merging(onOff) { mode, _ in mode }
        let off = ["true": "disable", "1": "disable", "false": "prefer", "0": "prefer"]
        let certificate = ["true": "verify-ca", "1": "verify-ca", "false": "prefer", "0": "prefer"]
        let identity = [
            "true": "verify-full", "1": "verify-full", "false": "prefer", "0": "prefer",
        ]
        return [
            "ssl-mode": modes, "ssl_mode": modes, "sslmode": modes, "ssl": either,
            "usessl": onOff, "use_ssl": onOff, "require_ssl": onOff, "requiressl": onOff,
            "ssl_disabled": off, "verifyservercertificate": certificate,
            "ssl_verify_cert": certificate, "ssl_verify_identity": identity,
            "ssl_check_hostname": identity, "verify_identity": identity, "verify_ca": certificate,
            // Go: https://github.com/go-sql-driver/mysql#tls
            "tls": [
                "true": "verify-full", "false": "disable", "skip-verify": "require",
                "preferred": "prefer",
            ],
            // Prisma: https://www.prisma.io/docs/orm/overview/databases/mysql
            "sslaccept": ["strict": "verify-full", "accept_invalid_certs": "require"],
        ]
    }()

    private static func word(
        for option: DatabaseURL.Option, among words: [String: String]
    ) throws(URLProblem) -> String {
        let value = option.value.lowercased()
        // node's mysql2 takes JSON here: {"rejectUnauthorized":true}.
        if value.hasPrefix("{") {
            let isLax = value.filter { !$0.isWhitespace }.contains("\"rejectunauthorized\":false")
            return isLax ? "require" : "verify-full"
        }
        guard let word = words[value] ?? words[value.replacing("_", with: "-")] else {
            throw URLProblem(
                "has the option \(option.name) with a value that means nothing here",
                next: "Write sslmode=disable, prefer, require, verify-ca or verify-full.")
        }
        return word
    }

    /// The stricter of two wishes wins: what was asked for must not get lost.
    private static func require(_ word: String, from source: String, in url: inout DatabaseURL) {
        url.options.append(DatabaseURL.Option("sslmode", word))
        guard source != "sslmode" else { return }
        url.notes.append("read the URL's \(source) as sslmode=\(word)")
    }

    private static func strength(_ word: String?) -> Int {
        let order = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
        return word.flatMap(order.firstIndex) ?? -1
    }
}

extension DatabaseURL {
    /// Throws `.rejected` for the first option that is not in `known`, naming the nearest that is.
    ///
    /// For drivers: what other client libraries call their own has been left out before.
    public func refuseOptions(except known: [String]) throws(DatabaseError) {
        for option in options where !known.contains(option.name) {
            let advice =
                nearest(option.name, in: known).map { "; did you mean \($0)?" }
                ?? (known.isEmpty ? "" : "; known are " + known.joined(separator: ", "))
            throw DatabaseError(.rejected, "the URL has an unknown option \(option.name)" + advice)
        }
    }
}
