#if MariaDB
import Bootstrap

/// What every session is told, whatever the server's defaults are.
///
/// MariaDB alone runs what stands in `/*M! … */`, and MySQL alone `/*!50708 … */`, for MariaDB
/// skips the versions from 50700 to 99999:
/// <https://mariadb.com/docs/server/reference/sql-structure/sql-language-structure/comment-syntax>.
/// So one text serves both, and a proxy that lies about its version does no harm.
enum MariaDBSession {
    /// The strict modes that MariaDB and MySQL set themselves when nobody has changed them.
    ///
    /// They are fixed because routines, triggers and events keep the mode they are created under.
    static func sqlMode(isMariaDB: Bool) -> String {
        isMariaDB
            ? "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,"
                + "NO_ENGINE_SUBSTITUTION"
            : "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
                + "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
    }

    /// The statements that set the session up, and set it right again after a migration.
    static func statements(_ settings: SessionSettings, isMariaDB: Bool) -> [String] {
        let wait = seconds(settings.lockTimeout)
        let limit = settings.statementTimeout.map { $0 / .milliseconds(1) } ?? 0
        // Beside the settings that matter to us stand those that dumps and migrations change.
        let variables = [
            "autocommit=1", "completion_type=0",
            "sql_mode='\(sqlMode(isMariaDB: isMariaDB))'", "time_zone='+00:00'",
            // An idle session of a machine that lost power gives its locks back after a minute.
            "wait_timeout=60",
            "lock_wait_timeout=\(wait)", "innodb_lock_wait_timeout=\(wait)",
            "foreign_key_checks=1", "unique_checks=1", "sql_safe_updates=0",
            "sql_select_limit=DEFAULT", "sql_auto_is_null=0", "sql_quote_show_create=1",
            "group_concat_max_len=1048576", "default_storage_engine=DEFAULT",
            "lc_time_names=DEFAULT", "lc_messages=DEFAULT",
        ]
        // MariaDB stops any statement, in seconds; MySQL stops SELECTs only, in milliseconds.
        let own =
            "/*M! , max_statement_time=\(limit / 1000), check_constraint_checks=1, "
            + "timestamp=DEFAULT */"
            + "/*!50708 , max_execution_time=\(Int(limit.rounded(.up))) */"
        return [
            "SET SESSION " + variables.joined(separator: ", ") + own,
            "SET NAMES utf8mb4",
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "SET SESSION TRANSACTION READ WRITE",
        ]
    }

    /// What makes a session of a cluster wait, before each statement, for what other nodes have
    /// committed: reads of another node may be stale for a moment.
    ///
    /// <https://mariadb.com/docs/galera-cluster/reference/galera-cluster-system-variables#wsrep_sync_wait>,
    /// <https://dev.mysql.com/doc/refman/9.0/en/group-replication-consistency-guarantees.html>.
    static func causality(_ server: MariaDBServer) -> [String] {
        // Reads, UPDATE and DELETE, INSERT and REPLACE, SHOW.
        if server.isGalera { return ["SET SESSION wsrep_sync_wait=15"] }
        if server.isInGroup { return ["SET SESSION group_replication_consistency='BEFORE'"] }
        return []
    }

    /// Whole seconds, at least one, as both lock timeouts take them; zero is for ever, a year.
    static func seconds(_ timeout: Duration) -> Int {
        guard timeout > .zero else { return 31_536_000 }
        return max(1, Int((timeout / .seconds(1)).rounded(.up)))
    }

    /// `text` as a literal that no sql_mode reads differently.
    static func literal(_ text: String) -> String {
        guard !text.isEmpty else { return "''" }
        let digits = Array("0123456789ABCDEF".utf8)
        var hex: [UInt8] = []
        for byte in text.utf8 {
            hex.append(digits[Int(byte >> 4)])
            hex.append(digits[Int(byte & 15)])
        }
        return "_utf8mb4 X'" + String(decoding: hex, as: UTF8.self) + "'"
    }
}
#endif
