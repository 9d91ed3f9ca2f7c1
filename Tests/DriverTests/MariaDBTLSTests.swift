#if MariaDB
import Bootstrap
import BootstrapTesting
import Testing

@testable import BootstrapMariaDB

/// What is MariaDB's own of encrypted sessions.
@Suite(.enabled(if: TestServer.mariaDB.reasonMissing == nil))
struct MariaDBTLSTests {
    private let certificates: Certificates
    private let url: DatabaseURL
    private let encrypted: EncryptedServer

    /// A server with TLS, also on IPv6's loopback, where ``Certificates/clientName`` must show a
    /// certificate, and `careful` an encrypted session.
    static let server = Result { () throws -> TestServer in
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
        encrypted = try #require(
            EncryptedServer.all.first { $0.driver.schemes == MariaDBDriver.schemes })
        url = try encrypted.url()
    }

    @Test func `MySQL's own words for the modes are understood`() throws {
        #expect(try encrypted.isEncrypted(url.at("127.0.0.1", ["ssl-mode": "REQUIRED"])))
        #expect(try !encrypted.isEncrypted(url.at("127.0.0.1", ["ssl-mode": "DISABLED"])))
    }

    @Test(arguments: ["verify-ca", "verify-full"])
    func `libmariadb's code is passed on, and a file is looked for before`(_ mode: String) throws {
        var options = ["sslmode": mode, "sslrootcert": certificates.stranger]
        #expect(try encrypted.failure(url.at("localhost", options)).code == "2026")
        let file = certificates.folder + "/nowhere.crt"
        options["sslrootcert"] = file
        #expect(
            try encrypted.failure(url.at("localhost", options))
                == DatabaseError(
                    .rejected, "\(file) cannot be read: No such file or directory"))
    }

    /// libmariadb 3.4 cannot check the authority without the name.
    private static let checksAuthorityAlone =
        ((try? MariaDBHandle().client.mysql_get_client_version()) ?? 0) < 30400

    @Test(.enabled(if: checksAuthorityAlone))
    func `verify-ca does not look at the server's name`() throws {
        let options = ["sslmode": "verify-ca", "sslrootcert": certificates.authority]
        #expect(try encrypted.isEncrypted(url.at("127.0.0.1", options)))
    }

    @Test func `a statement is interrupted by a second session, encrypted as the first`() throws {
        var url = url
        url.user = "careful"
        try expectInterruption(
            of: try encrypted.connect(url.at("localhost", ["sslmode": "require"])))
    }

    @Test func `verify-full without a file takes the system's authorities, which sign no test`()
        throws
    {
        let error = try encrypted.failure(url.at("localhost", ["sslmode": "verify-full"]))
        #expect(error.kind == .rejected)
        #expect(error.code == "2026")
    }

    @Test func `a file of authorities that holds none is rejected`() throws {
        let options = [
            "sslmode": "verify-full", "sslrootcert": certificates.folder + "/server.ext",
        ]
        #expect(try encrypted.failure(url.at("localhost", options)).kind == .rejected)
    }

    @Test func `a user who must be encrypted is denied in the clear`() throws {
        var url = url
        url.user = "careful"
        #expect(try encrypted.isEncrypted(url))
        let error = try encrypted.failure(url.at("127.0.0.1", ["sslmode": "disable"]))
        #expect(error.kind == .denied)
        #expect(error.code == "1045")
    }

    @Test func `a Unix socket is reached, by its option and as the host`() throws {
        let log = try Self.server.get().logFile()
        let socket = String(log.dropLast("log".count)) + "socket"
        #expect(try !encrypted.isEncrypted(url.at("127.0.0.1", ["socket": socket])))
        // TLS is for networks: a socket file is as good without, and asking for it is no mistake.
        #expect(try !encrypted.isEncrypted(url.at("", ["socket": socket, "sslmode": "require"])))
        #expect(try !encrypted.isEncrypted(url.at(socket)))
        let error = try encrypted.failure(url.at("", ["socket": socket + ".nowhere"]))
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("socket.nowhere"))
    }
}
#endif
