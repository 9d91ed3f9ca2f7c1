import Bootstrap
import FoundationEssentials

/// One engine as the argument of a test, so that one test is a promise for each of them.
///
///     @Test(arguments: TestDatabase.all)
///     func `a text comes back as it went in`(_ database: TestDatabase) throws {
///         try database.withConnection { connection in … }
///     }
public struct TestDatabase: Sendable, CustomStringConvertible {
    /// The server on which the databases are made.
    public var server: TestServer
    /// The engine's driver.
    public let driver: any Driver.Type

    /// Every engine that this build has a driver for and that this machine can start.
    ///
    /// One that is missing is named on standard error, once. With `CI` in the environment it is
    /// not left out, so that its tests fail.
    public static let all: [TestDatabase] = TestServer.drivers.compactMap(TestDatabase.init)

    /// The engine that `driver` is for; `nil` where this machine has no server of it.
    private init?(_ driver: any Driver.Type) {
        switch driver.dialect.engine {
        case "postgres": server = .postgreSQL
        case "mariadb", "mysql": server = .mariaDB
        case "sqlite": server = .sqlite
        default: return nil
        }
        self.driver = driver
        if let reason = server.reasonMissing, environment("CI") == nil {
            writeError("skipped: tests on \(server): \(reason)\n")
            return nil
        }
    }

    /// The engine's name.
    public var description: String { server.description }

    /// How this engine's SQL differs.
    public var dialect: Dialect { driver.dialect }

    /// Runs `body` with the address of a database of its own.
    public func withDatabase<Result>(_ body: (DatabaseURL) throws -> Result) throws -> Result {
        try server.withDatabase(body)
    }

    /// Runs `body` with the address of a database of its own.
    public func withDatabase<Result>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (DatabaseURL) async throws -> Result
    ) async throws -> Result {
        try await server.withDatabase(body)
    }

    /// Runs `body` with a session in a database of its own.
    public func withConnection<Result>(
        _ body: (any Connection) throws -> Result
    ) throws -> Result {
        try withDatabase { url in
            let connection = try connect(to: url)
            defer { connection.close() }
            return try body(connection)
        }
    }

    /// Opens a session with the database at `url`.
    public func connect(
        to url: DatabaseURL, _ session: SessionSettings = SessionSettings()
    ) throws(DatabaseError) -> any Connection {
        try driver.init(url).connect(session, before: .now + .seconds(30))
    }
}
