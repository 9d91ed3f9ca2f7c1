#if MariaDB
import Bootstrap

/// What a server tells about itself when a session begins.
struct MariaDBServer: Sendable {
    /// The session's number on the server.
    var session: Int64
    /// The database as the server spells it, empty for none.
    var database: String
    /// The role that is active at login, as SET ROLE takes it; `nil` where there are no roles.
    var role: String?
    /// When the session began, RFC 3339 in UTC.
    var began: String
    /// The server's variables.
    var variables: [String: String]

    /// What is asked: the first result has one row, the second the variables that exist here.
    ///
    /// SHOW VARIABLES leaves out what a version does not have, where `@@name` would be an error.
    static func questions(isMariaDB: Bool) -> [String] {
        let names = [
            "version", "version_comment", "hostname", "port", "server_id", "server_uid",
            "server_uuid", "datadir", "read_only", "super_read_only", "innodb_read_only",
            "wsrep_on", "group_replication_group_name", "aurora_version", "max_allowed_packet",
            "lower_case_table_names",
        ]
        let role = isMariaDB ? "CURRENT_ROLE()" : "NULL /*!80000 , CURRENT_ROLE() */"
        return [
            "SELECT CONNECTION_ID(), COALESCE(DATABASE(), ''), "
                + "DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%H:%i:%sZ'), \(role)",
            "SHOW VARIABLES WHERE Variable_name IN ("
                + names.map { "'\($0)'" }.joined(separator: ", ") + ")",
        ]
    }

    /// Reads the answers; `nil` when they are not what was asked.
    init?(_ results: [[[Value]]], isMariaDB: Bool) {
        guard results.count == 2, let row = results[0].first, row.count >= 4,
            let session = row[0].integer
        else { return nil }
        self.session = session
        database = row[1].text ?? ""
        began = row[2].text ?? ""
        role = row.last?.text ?? (isMariaDB ? "NONE" : nil)
        variables = [:]
        for row in results[1] where row.count == 2 {
            variables[(row[0].text ?? "").lowercased()] = row[1].text ?? ""
        }
    }

    /// Whether it is MariaDB, which says so in its version: `10.11.6-MariaDB`.
    var isMariaDB: Bool { Self.isMariaDB(variables["version"] ?? "") }

    /// Whether a version, also one of a handshake (`5.5.5-10.11.6-MariaDB`), is MariaDB's.
    static func isMariaDB(_ version: String) -> Bool { version.lowercased().contains("mariadb") }

    /// The numbers of the version: `[10, 11, 6]`.
    var version: [Int] { Self.numbers(variables["version"] ?? "") }

    /// The numbers at the beginning of `10.11.6-MariaDB-log`.
    static func numbers(_ version: String) -> [Int] {
        // Old servers and some proxies pretend to be a 5.5.5 that old replicas accept.
        let text = version.hasPrefix("5.5.5-") ? version.dropFirst(6) : version[...]
        return text.prefix { $0.isNumber || $0 == "." }.split(separator: ".").compactMap {
            Int($0)
        }
    }

    /// Whether table names are compared without regard to case, and so the databases'.
    var ignoresCase: Bool { (variables["lower_case_table_names"] ?? "0") != "0" }

    /// The largest packet that the server takes, in bytes.
    var maximumPacket: Int { variables["max_allowed_packet"].flatMap { Int($0) } ?? 16_777_216 }

    /// Whether it belongs to a Galera cluster.
    var isGalera: Bool { variables["wsrep_on"]?.uppercased() == "ON" }

    /// Whether it belongs to a group of MySQL's Group Replication.
    var isInGroup: Bool { variables["group_replication_group_name"]?.isEmpty == false }

    /// Whether it takes no writes.
    ///
    /// Users with READ ONLY ADMIN or SUPER could write all the same. They must not: what is written
    /// on a replica is lost to its primary, and may stop the replication.
    var isReadOnly: Bool {
        ["read_only", "super_read_only", "innodb_read_only"].contains { name in
            variables[name].map { !["OFF", "0", ""].contains($0.uppercased()) } ?? false
        }
    }

    private var flavour: String? {
        if isGalera { return "Galera" }
        if isInGroup { return "Group Replication" }
        if variables["aurora_version"] != nil { return "Aurora" }
        return nil
    }

    /// The server as the core knows it.
    var server: Server {
        let own =
            variables["server_uuid"] ?? variables["server_uid"]
            ?? ["server_id", "hostname", "port", "datadir"].map { variables[$0] ?? "" }
            .joined(separator: "|")
        return Server(
            product: isMariaDB ? "MariaDB" : "MySQL",
            version: version.map(String.init).joined(separator: "."),
            flavour: flavour, identity: own + "/" + database, isReadOnly: isReadOnly,
            // Each node has locks of its own.
            hasSessionLocks: !isGalera && !isInGroup)
    }
}
#endif
