#if PostgreSQL
import Bootstrap

/// What a URL says about reaching a server, in libpq's words, checked and without any network.
struct PostgreSQLAddress: Sendable {
    /// One server's address as given; the port is libpq's default (or PGPORT) where it is `nil`.
    struct Host: Sendable, Equatable {
        var name: String
        var port: String?

        /// Whether the name is looked up: neither an address nor a folder of sockets.
        var needsLookup: Bool {
            let isAddress = name.contains(":") || name.allSatisfy { $0.isNumber || $0 == "." }
            return !name.isEmpty && !isAddress && !name.hasPrefix("/") && !name.hasPrefix("@")
        }
    }

    /// The servers in their order; empty where the environment, a service or libpq decides.
    private(set) var hosts: [Host] = []
    /// Names of the environment's that libpq looks up, where the URL names no host.
    private(set) var namesLeftToLibpq: [String] = []
    /// Everything else that the URL says, by libpq's keyword.
    private(set) var parameters: [String: String] = [:]
    /// `?search_path=…`, which is no keyword of libpq but what a session's settings begin with.
    private(set) var searchPath: String?
    /// `?connect_timeout=…`: the cap per server that the URL's owner wants.
    private(set) var connectTimeout: Duration?
    /// The database's name, as libpq will choose it; a service's is put in afterwards.
    var database = ""
    /// The user that messages show, or `nil` where the URL names none.
    private(set) var user: String?

    /// libpq's keywords that change what a session is, so that this driver cannot work in it.
    private static let refused: [String: String] = [
        "replication": "a replication session runs no migrations"
    ]
    /// Ours to set, or without meaning here: accepted and left out.
    private static let ours: Set<String> = [
        "application_name", "fallback_application_name", "client_encoding",
    ]

    /// The values of libpq's keywords that it checks only when it connects: a wrong word is a mistake
    /// in the URL, and none of the server's.
    /// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>
    private static let choices: [String: [String]] = [
        "target_session_attrs": [
            "any", "read-write", "read-only", "primary", "standby", "prefer-standby",
        ],
        "channel_binding": ["disable", "prefer", "require"],
        "gssencmode": ["disable", "prefer", "require"],
        "load_balance_hosts": ["disable", "random"],
        "sslnegotiation": ["postgres", "direct"],
    ]

    /// Reads a URL, or throws `.rejected` for an option that neither libpq nor this driver knows.
    init(_ url: DatabaseURL, defaults: [String: String?]) throws(DatabaseError) {
        user = url.user
        hosts = url.hosts.map { Host(name: $0.name, port: $0.port.map(String.init)) }
        parameters["user"] = url.user
        parameters["password"] = url.password?.reveal()
        if !url.databaseName.isEmpty { parameters["dbname"] = url.databaseName }
        for option in url.options {
            try take(option, known: defaults.keys)
        }
        // host= and port= replace what stands before the path, as in libpq's own URLs.
        if let names = parameters.removeValue(forKey: "host") {
            let ports = hosts.map(\.port)
            hosts = Self.list(names).enumerated().map { index, name in
                Host(name: name, port: index < ports.count ? ports[index] : nil)
            }
        }
        if let ports = parameters["port"], !hosts.isEmpty {
            try assign(ports: Self.list(ports))
            parameters["port"] = nil
        }
        let hasAddress =
            parameters["hostaddr"] != nil || (defaults["hostaddr"] ?? nil) != nil
        if hosts.isEmpty && !hasAddress {
            let names = Self.list((defaults["host"] ?? nil) ?? "")
            namesLeftToLibpq = names.filter { Host(name: $0).needsLookup }
        }
        user = parameters["user"]
        database =
            parameters["dbname"] ?? (defaults["dbname"] ?? nil) ?? parameters["user"]
            ?? (defaults["user"] ?? nil) ?? ""
    }

    private mutating func take(
        _ option: DatabaseURL.Option, known: some Collection<String>
    ) throws(DatabaseError) {
        let (name, value) = (option.name, option.value)
        if let reason = Self.refused[name] {
            throw DatabaseError(.rejected, "the option \(name) cannot be used here: \(reason)")
        }
        if let words = Self.choices[name], !words.contains(value) {
            let near = nearest(value, in: words).map { "; did you mean \($0)?" } ?? ""
            let list = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
            throw DatabaseError(.rejected, "\(name) is \(list), not \"\(value)\"\(near)")
        }
        switch name {
        case "search_path": searchPath = value
        case "connect_timeout":
            guard let seconds = Int(value) else {
                throw DatabaseError(
                    .rejected, "connect_timeout takes whole seconds, not \"\(value)\"")
            }
            connectTimeout = seconds > 0 ? .seconds(seconds) : nil
        case _ where Self.ours.contains(name): break
        case _ where known.contains(name): parameters[name] = value
        // JDBC's spelling of sslmode=require, which libpq's URLs take too.
        case "ssl" where value == "true": parameters["sslmode"] = "require"
        default: throw Self.unknown(name, known: Array(known) + ["search_path"])
        }
    }

    private static func unknown(_ name: String, known: [String]) -> DatabaseError {
        let hint = nearest(name, in: known).map { "; did you mean \($0)?" } ?? ""
        return DatabaseError(.rejected, "PostgreSQL's URLs have no option \"\(name)\"\(hint)")
    }

    private mutating func assign(ports: [String]) throws(DatabaseError) {
        guard ports.count == 1 || ports.count == hosts.count else {
            throw DatabaseError(
                .rejected, "the URL has \(hosts.count) hosts, but port= has \(ports.count)")
        }
        for index in hosts.indices {
            hosts[index].port = ports.count == 1 ? ports[0] : ports[index]
        }
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// Whether the URL says itself which kind of server it wants.
    var choosesServer: Bool { parameters["target_session_attrs"] != nil }

    /// Where this is, as the first line of the output shows it; never with a password.
    var target: String {
        let places = hosts.map { host in
            let isIPv6 = host.name.contains(":") && !host.name.hasPrefix("/")
            let name = isIPv6 ? "[\(host.name)]" : host.name
            return name + (host.port.map { ":" + $0 } ?? "")
        }
        let login = user.map { $0 + "@" } ?? ""
        return "postgres://\(login)\(places.joined(separator: ","))/\(database)"
    }
}
#endif
