import Bootstrap
import FoundationEssentials
import Synchronization

/// A throwaway database server, for tests that want the real thing.
///
/// `TestServer.postgreSQL` and `TestServer.mariaDB` are started at their first use, once per
/// process, on a free port of the loopback interface and with a data folder of their own; each test
/// gets a database of its own on them:
///
///     @Test func `an order keeps its lines`() throws {
///         try TestServer.postgreSQL.withDatabase(migrations: .folder("migrations")) { url in … }
///     }
///
/// The servers are gone when the process is, however it ended. They are tuned for speed (no fsync)
/// and hold nothing that anybody may miss. Started by root they run as `postgres` and `mysql`,
/// because neither server runs as root.
public final class TestServer: Sendable {
    /// Which engine a server is.
    public enum Product: String, Sendable, CaseIterable, CustomStringConvertible {
        /// PostgreSQL.
        case postgreSQL = "PostgreSQL"
        /// MariaDB.
        case mariaDB = "MariaDB"
        /// SQLite: no server at all, but the same words work for it.
        case sqlite = "SQLite"

        /// The engine's name as people write it.
        public var description: String { rawValue }
    }

    /// The PostgreSQL server that all tests of this process share.
    public static let postgreSQL = TestServer(.postgreSQL)
    /// The MariaDB server that all tests of this process share.
    public static let mariaDB = TestServer(.mariaDB)
    /// No server: a fresh folder with a file in it for each database.
    public static let sqlite = TestServer(.sqlite)

    /// A server that runs already, at `url`; its user must be allowed to create databases.
    ///
    /// Databases are created on it and dropped again; whatever else it holds is left alone.
    public static func at(_ url: DatabaseURL) -> TestServer { TestServer(existing: url) }

    /// The engine; `nil` for one that is reached by its URL alone.
    public let product: Product?
    /// Lines for `postgresql.conf`, or for the `[mariadbd]` part of `my.cnf`.
    public let settings: [String]
    /// Whether the server syncs its files, for tests that cut its power.
    public let isDurable: Bool

    let existingURL: DatabaseURL?
    private let process = Mutex<ServerProcess?>(nil)

    /// A server of its own that starts at its first use, or by ``start()``, and ends with its last
    /// reference.
    public init(_ product: Product, settings: [String] = [], isDurable: Bool = false) {
        self.product = product
        self.settings = settings
        self.isDurable = isDurable
        existingURL = nil
    }

    private init(existing url: DatabaseURL) {
        product = nil
        settings = []
        isDurable = true
        existingURL = url
    }

    /// The name and password of the user whom ``url()`` names; the password is full of characters
    /// that a URL must encode.
    public static let user = (name: "app", password: Secret("p@ss/w:rd?#1"))

    /// Why this server cannot be started on this machine, or `nil` where it can.
    public var reasonMissing: String? {
        switch product {
        case .postgreSQL: PostgreSQLPrograms.reasonMissing
        case .mariaDB: MariaDBPrograms.reasonMissing
        case .sqlite, nil: nil
        }
    }
}

// MARK: - Addresses

extension TestServer {
    /// The server's address, for the user `app`, who may create databases, roles and the like but
    /// is no superuser.
    ///
    /// The port is taken and the data folder made, but the server is not started: with ``launch()``
    /// a test can so bring it up while something waits for it.
    public func url() throws(TestServerError) -> DatabaseURL {
        if let existingURL { return existingURL }
        return try withProcess { process throws(TestServerError) in process.url }
    }

    /// The server's address for its superuser.
    public func administratorURL() throws(TestServerError) -> DatabaseURL {
        if let existingURL { return existingURL }
        return try withProcess { process throws(TestServerError) in process.administratorURL }
    }

    /// The server's log file, which lives as long as its data folder.
    public func logFile() throws(TestServerError) -> String {
        try withProcess { process throws(TestServerError) in process.folder + "/log" }
    }

    private func withProcess<Result: Sendable>(
        _ body: (ServerProcess) throws(TestServerError) -> sending Result
    ) throws(TestServerError) -> Result {
        guard let product, product != .sqlite else {
            throw TestServerError("\(self) is no server that was started here")
        }
        return try process.withLock { slot throws(TestServerError) in
            if let process = slot { return try body(process) }
            let process = try ServerProcess(product, settings, isDurable: isDurable)
            slot = process
            return try body(process)
        }
    }
}

// MARK: - Up and down

extension TestServer {
    /// Starts the server, if it is not running, and waits until it takes connections.
    public func start() throws(TestServerError) {
        try withProcess { process throws(TestServerError) in
            try process.launch()
            try process.waitUntilReady()
        }
    }

    /// Starts the server, if it is not running, and returns without waiting for it.
    public func launch() throws(TestServerError) {
        try withProcess { process throws(TestServerError) in try process.launch() }
    }

    /// Stops the server in good order; it ends the sessions that are open.
    ///
    /// ``start()`` brings it back on the same port, with the same data.
    public func stop() throws(TestServerError) {
        try withProcess { process throws(TestServerError) in process.stop() }
    }

    /// Kills the server's processes with SIGKILL, as a crash would.
    public func kill() throws(TestServerError) {
        try withProcess { process throws(TestServerError) in process.kill() }
    }

    /// Stops the server's processes with SIGSTOP: its port stays open and nothing answers.
    public func pause() throws(TestServerError) {
        try withProcess { process throws(TestServerError) in process.signalAll(.pause) }
    }

    /// Lets a paused server go on.
    public func resume() throws(TestServerError) {
        try withProcess { process throws(TestServerError) in process.signalAll(.resume) }
    }
}

extension TestServer: CustomStringConvertible {
    /// The engine's name, or the address without its password.
    public var description: String {
        if let product { return product.description }
        let host = existingURL?.hosts.first.map { "\($0.name):\($0.port ?? 0)" } ?? ""
        return "\(existingURL?.scheme ?? "")://\(host)"
    }
}

/// Why a test server could not be started or reached.
public struct TestServerError: Error, Sendable, CustomStringConvertible {
    /// What happened, as one sentence.
    public let description: String

    init(_ description: String) { self.description = description }
}
