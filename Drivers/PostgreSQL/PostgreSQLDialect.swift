#if PostgreSQL
import Bootstrap

extension Dialect {
    /// How PostgreSQL's SQL differs.
    ///
    /// - `version`: as `PQserverVersion` counts: 150004 is 15.4.
    static func postgreSQL(version: Int) -> Dialect {
        Dialect(
            engine: "postgres", variants: ["postgres"], identifierQuote: "\"",
            placeholder: .dollar, lexical: .postgreSQL, rollsBackDDL: true, begin: "BEGIN",
            history: .postgreSQL, portable: .postgreSQL(version: version),
            setLockTimeout: "SET lock_timeout = {ms}",
            readOnlyExpression: "(\(SessionScript.isReadOnly))",
            seeds: SeedForms(
                same: "{column} IS NOT DISTINCT FROM CAST({value} AS {type})",
                sameFor: [
                    // `json` has no equality, and `jsonb` has one by meaning.
                    .json: "CAST({column} AS jsonb) IS NOT DISTINCT FROM CAST({value} AS jsonb)",
                    // A collation that ignores case (or citext) must not hide a change of case.
                    .text: "CAST({column} AS text) COLLATE \"C\" "
                        + "IS NOT DISTINCT FROM CAST({value} AS text)",
                ], staging: .postgreSQL), ledgers: .postgreSQL,
            catalogue: .postgreSQL(rebuilds: version >= 12_00_00))
    }
}

extension Dialect.LedgerForms {
    fileprivate static let postgreSQL = Self(
        tables: """
            SELECT n.nspname::text, c.relname::text, pg_table_is_visible(c.oid) \
            FROM pg_catalog.pg_class c \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE lower(c.relname) IN ({}) AND c.relkind IN ('r', 'p') \
            AND n.nspname NOT LIKE 'pg\\_%'
            """,
        takeLock: "SELECT pg_try_advisory_lock({number})",
        giveLock: "SELECT pg_advisory_unlock({number})", bytes: "decode('{}', 'hex')",
        later: "greatest(clock_timestamp(), {} + interval '1 microsecond')", hasArrays: true)
}

extension Dialect.SeedForms.Staging {
    /// Temporary tables come before all others in the search path, and are named so when one is dropped.
    ///
    /// A sequence goes on where the largest value stands, and never back: another session may have
    /// taken values that it has not committed yet.
    fileprivate static let postgreSQL = Self(
        create: "CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS",
        right: "TEMPORARY on the database",
        drop: "DROP TABLE pg_temp.{stage}",
        sameFor: [
            .json: "CAST({column} AS jsonb) IS NOT DISTINCT FROM CAST({value} AS jsonb)",
            .text:
                "CAST({column} AS text) COLLATE \"C\" IS NOT DISTINCT FROM CAST({value} AS text)",
        ],
        override: " OVERRIDING SYSTEM VALUE",
        // Readers go on; writers, and a second one of these locks, wait.
        lockTable: "LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE",
        alignSequence: """
            SELECT setval(own.sequence::regclass, own.top)
            FROM (
                SELECT pg_get_serial_sequence({name}, {text}) AS sequence,
                    (SELECT max({column}) FROM {table}) AS top
            ) own
            WHERE own.sequence IS NOT NULL
                AND own.top > coalesce(pg_sequence_last_value(own.sequence::regclass), 0)
            """,
        // Also `nextval` in an expression of the seed's own is refused then.
        beginReading: "BEGIN READ ONLY", stopWriting: "SET TRANSACTION READ ONLY")
}

extension LexicalRules {
    /// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html>, with standard-conforming
    /// strings, which every session is told to have.
    static var postgreSQL: LexicalRules {
        var rules = LexicalRules()
        rules.nestedComments = true
        rules.dollarQuotes = true
        rules.escapeStrings = true
        rules.copyData = true
        rules.metaCommands = true
        rules.carriageReturnEndsComment = true
        rules.foldsCase = true
        rules.customOperators = true
        rules.bodies = .atomicFunctions
        return rules
    }
}

extension Dialect.HistoryTypes {
    static var postgreSQL: Self {
        Self(
            key: "text COLLATE \"C\"", text: "text", integer: "bigint", timestamp: "timestamptz",
            // now() stands still within a transaction, and a migration takes its time.
            now: "clock_timestamp()",
            timestampText: """
                to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                """,
            schemasOfTable: """
                SELECT n.nspname::text FROM pg_catalog.pg_class c \
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                WHERE c.relname = $1 AND c.relkind IN ('r', 'p') \
                AND n.nspname NOT LIKE 'pg\\_%' \
                ORDER BY array_position(current_schemas(false), n.nspname) NULLS LAST, n.nspname
                """,
            schema: "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1",
            currentUser: "session_user::text", session: "pg_backend_pid()::text")
    }
}

extension Dialect.PortableTypes {
    static func postgreSQL(version: Int) -> Self {
        Self(
            identity: "bigint generated by default as identity primary key",
            identity32: "integer generated by default as identity primary key",
            uuid: ("uuid", version >= 13_00_00 ? "gen_random_uuid()" : uuidBeforeVersion13),
            timestamp: ("timestamptz", "(now())"), json: "jsonb", text: "text", bytes: "bytea")
    }

    /// A UUID of version 4 without any extension; gen_random_uuid() is built in from 13 on.
    private static let uuidBeforeVersion13 =
        "overlay(overlay(md5(random()::text || clock_timestamp()::text) placing '4' from 13) "
        + "placing substr('89ab', 1 + floor(random() * 4)::int, 1) from 17)::uuid"
}
#endif
