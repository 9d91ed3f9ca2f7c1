/// A database's address in its parts, every one of them percent-decoded.
///
/// Which parts mean what is the driver's to say; this type only takes the text apart, exactly, and
/// never shows a password.
public struct DatabaseURL: Sendable, Equatable {
    /// The scheme in lower case, without the suffix of `postgresql+psycopg`.
    public var scheme: String
    /// What followed a `+` in the scheme (`psycopg`), or `nil`.
    public var schemeSuffix: String?
    /// Whether `//` followed the scheme: `sqlite:shop.db` has none.
    public var hasAuthority: Bool
    /// The user, or `nil` where the URL names none.
    public var user: String?
    /// The password, or `nil` where the URL has none; an empty one is not `nil`.
    public var password: Secret?
    /// The hosts in the order given; empty for the engine's default.
    public var hosts: [Host]
    /// All that stands between the authority and `?`, with its leading slash where it has one.
    public var path: String
    /// The options after `?` in their order, those of other client libraries left out.
    public var options: [Option]
    /// What was left out or assumed, one sentence each.
    public var notes: [String]

    /// One server's address.
    public struct Host: Sendable, Equatable {
        /// A name, an IPv4 address, an IPv6 address without brackets, or a folder of sockets.
        public var name: String
        /// The port, or `nil` for the engine's default.
        public var port: Int?

        /// A host.
        public init(_ name: String, port: Int? = nil) {
            self.name = name
            self.port = port
        }
    }

    /// One `name=value` after the question mark.
    public struct Option: Sendable, Equatable {
        /// The option's name as written.
        public var name: String
        /// Its value, decoded.
        public var value: String

        /// An option.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// An address from its parts.
    public init(
        scheme: String, schemeSuffix: String? = nil, hasAuthority: Bool = true, user: String? = nil,
        password: Secret? = nil, hosts: [Host] = [], path: String = "", options: [Option] = [],
        notes: [String] = []
    ) {
        self.scheme = scheme
        self.schemeSuffix = schemeSuffix
        self.hasAuthority = hasAuthority
        self.user = user
        self.password = password
        self.hosts = hosts
        self.path = path
        self.options = options
        self.notes = notes
    }

    /// The path without its first slash: a database's name on a server.
    public var databaseName: String { path.hasPrefix("/") ? String(path.dropFirst()) : path }

    /// The value of the last option called `name`, or `nil`.
    public func option(_ name: String) -> String? { options.last { $0.name == name }?.value }
}
