#if MariaDB
import Bootstrap
import BootstrapTesting
import Testing

@testable import BootstrapMariaDB

/// Encrypted sessions with a real MariaDB, certificates included.
@Suite(.enabled(if: TestServer.mariaDB.reasonMissing == nil))
struct MariaDBTLSTests {
    private let certificates: Certificates
    private let url: DatabaseURL

    /// A server with TLS, also on IPv6's loopback, where ``Certificates/clientName`` must show a
    /// certificate, and `careful` an encrypted session.
    private static let server = Result { () throws -> TestServer in
        let certificates = try Certificates.shared.get()
        let server = TestServer(
            .mariaDB,
            settings: [
                "ssl-cert = \(certificates.server)",
                "ssl-key = \(certificates.serverKey(for: .mariaDB))",
                "ssl-ca = \(certificates.authority)",
                "bind-address = " + (Loopback.hasIPv6 ? "127.0.0.1,::1" : "127.0.0.1"),
            ])
        try server.start()
        let administrator = try MariaDBDriver(
            server.administratorURL().at("127.0.0.1").path("/mysql")
        ).connect(SessionSettings(), before: .now + .seconds(30))
        defer { administrator.close() }
        let password = TestServer.user.password.reveal()
        for (user, demand) in [(Certificates.clientName, "X509"), ("careful", "SSL")] {
            try administrator.run(
                "CREATE USER \(user)@'%' IDENTIFIED BY '\(password)' REQUIRE \(demand)")
            try administrator.run("GRANT ALL ON *.* TO \(user)@'%'")
        }
        return server
    }

    init() throws {
        certificates = try Certificates.shared.get()
        url = try Self.server.get().url().path("/information_schema")
    }

    private func connect(_ url: DatabaseURL) throws -> any Connection {
        try MariaDBDriver(url).connect(SessionSettings(), before: .now + .seconds(30))
    }

    /// Whether the server says that this session is encrypted.
    private func isEncrypted(_ url: DatabaseURL) throws -> Bool {
        let connection = try connect(url)
        defer { connection.close() }
        let rows = try connection.run("SHOW STATUS LIKE 'Ssl_cipher'")
        return try #require(rows.first?.last?.text) != ""
    }

    private func failure(_ url: DatabaseURL) throws -> DatabaseError {
        try #require(#expect(throws: DatabaseError.self) { try connect(url).close() })
    }

    @Test(arguments: ["prefer", "require", "verify-ca", "verify-full"])
    func `a session is encrypted, and the server knows it`(_ mode: String) throws {
        let options = ["sslmode": mode, "sslrootcert": certificates.authority]
        #expect(try isEncrypted(url.at("localhost", options)))
    }

    @Test func `without being asked for, TLS is used where it is offered`() throws {
        #expect(try isEncrypted(url))
        #expect(try isEncrypted(url.at("127.0.0.1", ["sslmode": "require"])))
        #expect(try isEncrypted(url.at("127.0.0.1", ["ssl-mode": "REQUIRED"])))
        #expect(try !isEncrypted(url.at("127.0.0.1", ["sslmode": "disable"])))
    }

    @Test(arguments: ["verify-ca", "verify-full"])
    func `a certificate of another authority is rejected in the library's words`(
        _ mode: String
    ) throws {
        let options = ["sslmode": mode, "sslrootcert": certificates.stranger]
        let error = try failure(url.at("localhost", options))
        #expect(error.kind == .rejected)
        #expect(error.code == "2026")
        #expect(error.message.contains("certificate"))
    }

    @Test func `the server's name is looked at by verify-full`() throws {
        var options = ["sslmode": "verify-ca", "sslrootcert": certificates.authority]
        // libmariadb 3.4 cannot check the authority without the name.
        if try MariaDBHandle().client.mysql_get_client_version() < 30400 {
            #expect(try isEncrypted(url.at("127.0.0.1", options)))
        }
        options["sslmode"] = "verify-full"
        let error = try failure(url.at("127.0.0.1", options))
        #expect(error.kind == .rejected)
        #expect(error.code == "2026")
    }

    @Test func `verify-full without a file takes the system's authorities, which sign no test`()
        throws
    {
        let error = try failure(url.at("localhost", ["sslmode": "verify-full"]))
        #expect(error.kind == .rejected)
        #expect(error.code == "2026")
    }

    @Test(arguments: ["verify-ca", "verify-full"])
    func `a file of authorities that does not exist is named`(_ mode: String) throws {
        let file = certificates.folder + "/nowhere.crt"
        let error = try failure(url.at("localhost", ["sslmode": mode, "sslrootcert": file]))
        #expect(
            error
                == DatabaseError(
                    .rejected, "\(file) cannot be read: No such file or directory"))
    }

    @Test func `a file of authorities that holds none is rejected`() throws {
        let options = [
            "sslmode": "verify-full", "sslrootcert": certificates.folder + "/server.ext",
        ]
        #expect(try failure(url.at("localhost", options)).kind == .rejected)
    }

    @Test func `a user who must be encrypted is denied in the clear`() throws {
        var url = url
        url.user = "careful"
        #expect(try isEncrypted(url))
        let error = try failure(url.at("127.0.0.1", ["sslmode": "disable"]))
        #expect(error.kind == .denied)
        #expect(error.code == "1045")
    }

    @Test func `a user who must show a certificate is denied without one`() throws {
        var options = ["sslmode": "verify-full", "sslrootcert": certificates.authority]
        var url = url
        url.user = Certificates.clientName
        #expect(try failure(url.at("localhost", options)).kind == .denied)
        options["sslcert"] = certificates.client.certificate
        options["sslkey"] = certificates.client.key
        #expect(try isEncrypted(url.at("localhost", options)))
        options["sslkey"] = certificates.folder + "/nowhere.key"
        #expect(try failure(url.at("localhost", options)).kind == .rejected)
    }

    @Test func `a statement is interrupted by a second session, encrypted as the first`() throws {
        var url = url
        url.user = "careful"
        let connection = try connect(url.at("localhost", ["sslmode": "require"]))
        defer { connection.close() }
        let interrupter = connection.interrupter
        let isOver = Flag()
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

    @Test(.enabled(if: Loopback.hasIPv6))
    func `an IPv6 address is reached, encrypted or not`() throws {
        #expect(try isEncrypted(url.at("::1")))
        #expect(try !isEncrypted(url.at("::1", ["sslmode": "disable"])))
        #expect(try MariaDBDriver(url.at("::1")).target.contains("@[::1]:"))
    }

    @Test func `a Unix socket is reached, by its option and as the host`() throws {
        let log = try Self.server.get().logFile()
        let socket = String(log.dropLast("log".count)) + "socket"
        #expect(try !isEncrypted(url.at("127.0.0.1", ["socket": socket])))
        // TLS is for networks: a socket file is as good without, and asking for it is no mistake.
        #expect(try !isEncrypted(url.at("", ["socket": socket, "sslmode": "require"])))
        #expect(try !isEncrypted(url.at(socket)))
        let error = try failure(url.at("", ["socket": socket + ".nowhere"]))
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("socket.nowhere"))
    }

    @Test func `a server without TLS is reached by prefer, and in the clear`() throws {
        try TestServer.mariaDB.withDatabase { url in
            let isEncrypted = try isEncrypted(url.at("127.0.0.1", ["sslmode": "prefer"]))
            #expect(!isEncrypted)
            let error = try failure(url.at("127.0.0.1", ["sslmode": "require"]))
            #expect(error.kind == .rejected)
            #expect(error.code == "2026")
        }
    }
}
#endif
