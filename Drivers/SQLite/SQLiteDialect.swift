#if SQLite
import Bootstrap
import Glibc

extension Dialect {
    /// How SQLite's SQL differs.
    ///
    /// It has no users and no sessions, so the process stands for both.
    static let sqlite = Dialect(
        engine: "sqlite", variants: ["sqlite"], identifierQuote: "\"", placeholder: .question,
        lexical: .sqlite, rollsBackDDL: true, isInProcess: true,
        // A deferred transaction that reads and then writes fails at once with 517, whatever the
        // timeout is: only one that means to write from its start can wait.
        begin: "BEGIN IMMEDIATE",
        history: HistoryTypes(
            key: "text", text: "text", integer: "integer", timestamp: "text", now: now,
            timestampText: "{}",
            schemasOfTable: """
                SELECT 'main' FROM main.sqlite_master
                WHERE type = 'table' AND name = ? COLLATE NOCASE
                """,
            schema: "SELECT 1 FROM pragma_database_list WHERE name = ? COLLATE NOCASE",
            currentUser: "'\(processOwner)'", session: "'\(getpid())'"),
        portable: PortableTypes(
            identity: "integer primary key autoincrement",
            identity32: "integer primary key autoincrement",
            uuid: ("char(36)", newUUID), timestamp: ("text", now), json: "text", text: "text",
            bytes: "blob"),
        setLockTimeout: "PRAGMA busy_timeout = {ms}",
        // A division by zero is NULL here; the only arithmetic that fails is this.
        guardStatement: "SELECT CASE WHEN ({}) THEN 1 ELSE abs(-9223372036854775807 - 1) END",
        foreignKeys: ForeignKeys(
            off: ["PRAGMA foreign_keys = OFF"],
            // Without it ALTER TABLE … RENAME rewrites the views and triggers that name the table:
            // <https://www.sqlite.org/lang_altertable.html#otheralter>.
            rebuilding: ["PRAGMA legacy_alter_table = ON"],
            on: ["PRAGMA legacy_alter_table = OFF", "PRAGMA foreign_keys = ON"],
            violations: "PRAGMA foreign_key_check"),
        seeds: SeedForms(
            // A collation that ignores case must not hide a change of case.
            same: "{column} IS {value} COLLATE BINARY", lockRows: "", moment: .rfc3339,
            // Whatever word the type is: <https://www.sqlite.org/datatype3.html#storage_classes_and_datatypes>.
            integerBits: ["": 64],
            staging: SeedForms.Staging(
                create: "CREATE TEMPORARY TABLE {stage} AS", drop: "DROP TABLE temp.{stage}",
                number: "CAST(0 AS integer)", same: "{column} IS {value} COLLATE BINARY")),
        // Whoever writes keeps all others from it.
        ledgers: LedgerForms(
            tables: "SELECT 'main', name, 1 FROM main.sqlite_master "
                + "WHERE type = 'table' AND lower(name) IN ({})",
            later: "max(strftime('%Y-%m-%d %H:%M:%f', 'now'), "
                + "coalesce(strftime('%Y-%m-%d %H:%M:%f', {}, '+0.001 seconds'), ''))",
            laterMilliseconds:
                "max(CAST(round((julianday('now') - 2440587.5) * 86400000) AS integer), "
                + "coalesce({} + 1, 0))",
            files: .init(
                own: "SELECT file FROM pragma_database_list WHERE name = 'main'",
                attach: "ATTACH {file} AS {schema}", detach: "DETACH {schema}")))

    /// RFC 3339 in UTC; SQLite's clock counts milliseconds.
    private static let now = "(strftime('%Y-%m-%dT%H:%M:%fZ','now'))"

    /// A UUID of version 4 (RFC 9562, section 5.4): 122 random bits, the version, and the variant.
    private static let newUUID = """
        (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' \
        || substr(hex(randomblob(2)), 2) || '-' || substr('89AB', 1 + (random() & 3), 1) \
        || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))
        """

    private static let processOwner = SQLiteAccount.name.filter { $0 != "'" }
}

extension LexicalRules {
    /// `` `name` ``, `[name]`, and triggers with statements inside.
    fileprivate static let sqlite: LexicalRules = {
        var rules = LexicalRules()
        rules.backquotedNames = true
        rules.bracketedNames = true
        rules.keepsComments = true
        rules.dotCommands = true
        rules.bodies = .triggers
        return rules
    }()
}
#endif
