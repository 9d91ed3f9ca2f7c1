import Bootstrap
import BootstrapTesting
import Testing

/// A server with TLS of one engine, as the argument of a test.
struct EncryptedServer: Sendable, CustomStringConvertible {
    let description: String
    let driver: any Driver.Type
    /// The same engine's server that offers no TLS.
    let plain: TestServer
    /// Asks for the session's cipher, which is the last column; nothing, or empty, in the clear.
    let question: String
    /// A database that is there from the beginning.
    let path: String
    private let start: @Sendable () throws -> TestServer

    /// Every engine that is reached over a network.
    static let all: [EncryptedServer] = TestDatabase.servers.compactMap(EncryptedServer.init)

    private init?(_ database: TestDatabase) {
        switch database.dialect.engine {
        #if PostgreSQL
        case "postgres":
            start = { try PostgreSQLTLSTests.server.get() }
            question = "SELECT cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            path = "/postgres"
        #endif
        #if MariaDB
        case "mariadb":
            start = { try MariaDBTLSTests.server.get() }
            question = "SHOW STATUS LIKE 'Ssl_cipher'"
            path = "/information_schema"
        #endif
        default: return nil
        }
        (description, driver, plain) = (database.description, database.driver, database.server)
    }

    /// The server's address, for the user `app`.
    func url() throws -> DatabaseURL { try start().url().path(path) }

    /// Opens a session.
    func connect(_ url: DatabaseURL) throws -> any Connection {
        try driver.init(url).connect(SessionSettings(), before: .now + .seconds(30))
    }

    /// Whether the server says that a session is encrypted.
    func isEncrypted(_ url: DatabaseURL) throws -> Bool {
        let connection = try connect(url)
        defer { connection.close() }
        let cipher = try #require(try connection.run(question).first?.last)
        return !(cipher.text ?? "").isEmpty
    }

    /// The error of an attempt to open a session.
    func failure(_ url: DatabaseURL) throws -> DatabaseError {
        try #require(#expect(throws: DatabaseError.self) { try connect(url).close() })
    }
}

/// Encrypted sessions with real servers, certificates included, in libpq's words on every engine.
@Suite struct TLSContractTests {
    private let certificates: Certificates

    init() throws { certificates = try Certificates.shared.get() }

    @Test(arguments: EncryptedServer.all, ["prefer", "require", "verify-ca", "verify-full"])
    func `a session is encrypted, and the server knows it`(
        _ server: EncryptedServer, _ mode: String
    ) throws {
        let options = ["sslmode": mode, "sslrootcert": certificates.authority]
        #expect(try server.isEncrypted(server.url().at("localhost", options)))
    }

    @Test(arguments: EncryptedServer.all)
    func `without being asked for, TLS is used where it is offered`(
        _ server: EncryptedServer
    ) throws {
        let url = try server.url()
        #expect(try server.isEncrypted(url))
        #expect(try server.isEncrypted(url.at("127.0.0.1", ["sslmode": "require"])))
        #expect(try !server.isEncrypted(url.at("127.0.0.1", ["sslmode": "disable"])))
    }

    @Test(arguments: EncryptedServer.all, ["verify-ca", "verify-full"])
    func `a certificate of another authority is rejected in the library's words`(
        _ server: EncryptedServer, _ mode: String
    ) throws {
        let options = ["sslmode": mode, "sslrootcert": certificates.stranger]
        let error = try server.failure(server.url().at("localhost", options))
        #expect(error.kind == .rejected)
        #expect(error.message.contains("certificate"))
    }

    @Test(arguments: EncryptedServer.all)
    func `verify-full looks at the server's name`(_ server: EncryptedServer) throws {
        let options = ["sslmode": "verify-full", "sslrootcert": certificates.authority]
        #expect(try server.failure(server.url().at("127.0.0.1", options)).kind == .rejected)
    }

    @Test(arguments: EncryptedServer.all, ["verify-ca", "verify-full"])
    func `a file of authorities that does not exist is named`(
        _ server: EncryptedServer, _ mode: String
    ) throws {
        let file = certificates.folder + "/nowhere.crt"
        let options = ["sslmode": mode, "sslrootcert": file]
        let error = try server.failure(server.url().at("localhost", options))
        #expect(error.kind == .rejected)
        #expect(error.message.contains(file))
    }

    @Test(arguments: EncryptedServer.all)
    func `a user who must show a certificate logs in with it, and is denied without one`(
        _ server: EncryptedServer
    ) throws {
        var url = try server.url()
        url.user = Certificates.clientName
        var options = ["sslmode": "verify-full", "sslrootcert": certificates.authority]
        #expect(try server.failure(url.at("localhost", options)).kind == .denied)
        options["sslcert"] = certificates.client.certificate
        options["sslkey"] = certificates.client.key
        #expect(try server.isEncrypted(url.at("localhost", options)))
        options["sslkey"] = certificates.folder + "/nowhere.key"
        #expect(try server.failure(url.at("localhost", options)).kind == .rejected)
    }

    @Test(arguments: EncryptedServer.all)
    func `a statement of an encrypted session is interrupted`(_ server: EncryptedServer) throws {
        let url = try server.url().at("localhost", ["sslmode": "require"])
        try expectInterruption(of: try server.connect(url))
    }

    @Test(.enabled(if: Loopback.hasIPv6), arguments: EncryptedServer.all)
    func `an IPv6 address is reached, encrypted or not`(_ server: EncryptedServer) throws {
        let url = try server.url()
        #expect(try server.isEncrypted(url.at("::1")))
        #expect(try !server.isEncrypted(url.at("::1", ["sslmode": "disable"])))
        #expect(try server.driver.init(url.at("::1")).target.contains("@[::1]:"))
    }

    @Test(arguments: EncryptedServer.all)
    func `a server without TLS is reached by prefer, in the clear, and refused by require`(
        _ server: EncryptedServer
    ) throws {
        try server.plain.withDatabase { url in
            #expect(try !server.isEncrypted(url.at("127.0.0.1", ["sslmode": "prefer"])))
            let error = try server.failure(url.at("127.0.0.1", ["sslmode": "require"]))
            #expect(error.kind == .rejected)
        }
    }
}

/// Runs a statement without end until its interrupter has stopped it, and ends the session.
func expectInterruption(of connection: any Connection) throws {
    defer { connection.close() }
    let (interrupter, isOver) = (connection.interrupter, Flag())
    // One that comes before its statement does nothing, so that it is repeated.
    Lane.start {
        while !isOver.isRaised {
            pauseBriefly()
            interrupter.interrupt()
        }
    }
    defer { isOver.raise() }
    let error = #expect(throws: DatabaseError.self) { try connection.run(TestDatabase.endless) }
    #expect(error?.kind == .interrupted)
}
