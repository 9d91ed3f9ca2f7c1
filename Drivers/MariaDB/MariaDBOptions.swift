#if MariaDB
import Bootstrap

/// What a URL says, as this driver understands it.
struct MariaDBOptions: Sendable {
    /// Where one server is.
    enum Endpoint: Sendable, Equatable, CustomStringConvertible {
        /// A host and a port.
        case tcp(host: String, port: UInt32)
        /// A Unix socket's path.
        case socket(String)

        /// `host:port`, or the socket's path.
        var description: String {
            switch self {
            case .tcp(let host, let port): (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
            case .socket(let path): path
            }
        }
    }

    /// The servers in the order in which they are tried.
    var endpoints: [Endpoint]
    /// The user; `nil` is the operating system's user, as in MariaDB's own clients.
    var user: String?
    /// The password; `nil` and an empty one are the same to the server.
    var password: Secret?
    /// The database.
    var database: String
    /// How the connection is encrypted.
    var tls: MariaDBTLS
    /// The cap of one attempt, where the URL names one.
    var connectTimeout: Duration?
    /// Whether LOAD DATA LOCAL INFILE may read this machine's files.
    ///
    /// Once it may, a server can ask for any file:
    /// <https://dev.mysql.com/doc/refman/9.0/en/load-data-local-security.html>.
    var allowsLocalInfile: Bool

    /// Reads the parts of `url`, and refuses what this driver does not know.
    init(_ url: DatabaseURL) throws(DatabaseError) {
        let options = try Self.named(url.options)
        endpoints = try Self.endpoints(url, socket: options["socket"])
        user = url.user
        password = url.password
        database = url.databaseName
        tls = try MariaDBTLS(options)
        connectTimeout = try Self.seconds(options["connect_timeout"])
        allowsLocalInfile = try Self.truth(options["local_infile"])
        try Self.check(database)
    }
}

extension MariaDBOptions {
    /// Every spelling of an option, and the name that it stands for.
    ///
    /// libpq's words are the canonical ones, so that one URL's options read like another's; the
    /// words of MariaDB's and MySQL's own programs are taken too.
    static let spellings: [String: String] = [
        "socket": "socket", "unix_socket": "socket",
        "connect_timeout": "connect_timeout", "connect-timeout": "connect_timeout",
        "local_infile": "local_infile", "local-infile": "local_infile",
        "sslmode": "sslmode", "ssl-mode": "sslmode", "ssl_mode": "sslmode",
        "sslrootcert": "sslrootcert", "ssl-ca": "sslrootcert", "ssl_ca": "sslrootcert",
        "sslcert": "sslcert", "ssl-cert": "sslcert", "ssl_cert": "sslcert",
        "sslkey": "sslkey", "ssl-key": "sslkey", "ssl_key": "sslkey",
    ]

    private static func named(
        _ options: [DatabaseURL.Option]
    ) throws(DatabaseError) -> [String: String] {
        var named: [String: String] = [:]
        for option in options {
            guard let name = spellings[option.name] else {
                // The documented word first: others are near to most of its misspellings too.
                let near =
                    nearest(option.name, in: Set(spellings.values))
                    ?? nearest(option.name, in: spellings.keys)
                let hint = near.map { "; did you mean \($0)?" } ?? ""
                throw DatabaseError(
                    .rejected, "the option \(option.name) is not one of MariaDB's\(hint)")
            }
            named[name] = option.value
        }
        return named
    }

    private static func endpoints(
        _ url: DatabaseURL, socket: String?
    ) throws(DatabaseError) -> [Endpoint] {
        if let socket, !socket.isEmpty { return [.socket(socket)] }
        var endpoints: [Endpoint] = []
        for host in url.hosts {
            if host.name.hasPrefix("/") {
                endpoints.append(.socket(host.name))
                continue
            }
            // libmariadb reads `,`, `;`, `=` and `://` inside a host as its own little languages.
            guard !host.name.utf8.contains(where: { ",;=/\\".utf8.contains($0) }) else {
                throw DatabaseError(.rejected, "\(host.name) is not a host's name")
            }
            guard let port = UInt32(exactly: host.port ?? 3306), (1...65535).contains(port) else {
                throw DatabaseError(.rejected, "\(host.port ?? 0) is not a port")
            }
            let name = host.name.isEmpty ? "localhost" : host.name
            endpoints.append(.tcp(host: name, port: port))
        }
        return endpoints.isEmpty ? [.tcp(host: "localhost", port: 3306)] : endpoints
    }

    private static func seconds(_ text: String?) throws(DatabaseError) -> Duration? {
        guard let text else { return nil }
        guard let seconds = Int(text), seconds >= 0 else {
            throw DatabaseError(.rejected, "connect_timeout=\(text) is not a number of seconds")
        }
        return seconds == 0 ? nil : .seconds(seconds)
    }

    private static func truth(_ text: String?) throws(DatabaseError) -> Bool {
        guard let text else { return false }
        switch text.lowercased() {
        case "1", "true", "on", "yes": return true
        case "0", "false", "off", "no": return false
        default:
            throw DatabaseError(.rejected, "local_infile=\(text) is neither 1 nor 0")
        }
    }

    /// Refuses a name that no server takes.
    ///
    /// <https://mariadb.com/docs/server/reference/sql-structure/sql-language-structure/identifier-names>
    private static func check(_ name: String) throws(DatabaseError) {
        guard !name.isEmpty else {
            throw DatabaseError(
                .rejected, "the URL names no database: it ends as in mariadb://host/NAME")
        }
        let isValid =
            name.count <= 64 && name.last != " "
            && name.unicodeScalars.allSatisfy { $0.value > 0 && $0.value <= 0xFFFF }
        guard isValid else {
            throw DatabaseError(
                .rejected,
                "a database's name has at most 64 characters, none of them NUL or beyond U+FFFF, "
                    + "and does not end in a space")
        }
    }
}
#endif
