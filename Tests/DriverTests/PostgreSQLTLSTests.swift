#if PostgreSQL
import Bootstrap
import BootstrapPostgreSQL
import BootstrapTesting
import FoundationEssentials
import Testing

/// What is PostgreSQL's own of encrypted sessions.
@Suite(.enabled(if: TestServer.postgreSQL.reasonMissing == nil))
struct PostgreSQLTLSTests {
    private let certificates: Certificates
    private let url: DatabaseURL
    private let encrypted: EncryptedServer

    /// A server with TLS, also on IPv6's loopback, where ``Certificates/clientName`` logs in by
    /// certificate.
    static let server = Result { () throws -> TestServer in
        let certificates = try Certificates.shared.get()
        let access = """
            local all all trust
            hostssl all \(Certificates.clientName) all cert
            host all all all scram-sha-256

            """
        let file = certificates.folder + "/pg_hba.conf"
        try access.write(toFile: file, atomically: true, encoding: .utf8)
        let server = TestServer(
            .postgreSQL,
            settings: [
                "ssl = on", "ssl_cert_file = '\(certificates.server)'",
                "ssl_key_file = '\(certificates.serverKey(for: .postgreSQL))'",
                "ssl_ca_file = '\(certificates.authority)'", "hba_file = '\(file)'",
                "listen_addresses = '127.0.0.1, ::1'",
            ])
        try server.start()
        let administrator = try PostgreSQLDriver(server.administratorURL())
            .connect(SessionSettings(), before: .now + .seconds(30))
        defer { administrator.close() }
        try administrator.run("CREATE ROLE \(Certificates.clientName) LOGIN")
        return server
    }

    init() throws {
        certificates = try Certificates.shared.get()
        encrypted = try #require(
            EncryptedServer.all.first { $0.driver.schemes == PostgreSQLDriver.schemes })
        url = try encrypted.url()
    }

    @Test(arguments: ["verify-ca", "verify-full"])
    func `libpq's words are passed on`(_ mode: String) throws {
        var options = ["sslmode": mode, "sslrootcert": certificates.stranger]
        var error = try encrypted.failure(url.at("localhost", options))
        #expect(error.message.contains("certificate verify failed"))
        options["sslrootcert"] = certificates.folder + "/nowhere.crt"
        error = try encrypted.failure(url.at("localhost", options))
        #expect(error.message.contains("nowhere.crt\" does not exist"))
    }

    @Test func `only verify-full looks at the server's name`() throws {
        var options = ["sslmode": "verify-ca", "sslrootcert": certificates.authority]
        #expect(try encrypted.isEncrypted(url.at("127.0.0.1", options)))
        options["sslmode"] = "verify-full"
        let error = try encrypted.failure(url.at("127.0.0.1", options))
        #expect(error.message.contains("server certificate for \"localhost\""))
        #expect(error.message.contains("does not match host name \"127.0.0.1\""))
    }

    @Test func `a client's certificate is a login without a password`() throws {
        var options = ["sslmode": "verify-full", "sslrootcert": certificates.authority]
        var url = url
        (url.user, url.password) = (Certificates.clientName, nil)
        let error = try encrypted.failure(url.at("localhost", options))
        #expect(error.code == "28000")
        #expect(error.message.contains("connection requires a valid client certificate"))

        options["sslcert"] = certificates.client.certificate
        options["sslkey"] = certificates.client.key
        let connection = try encrypted.connect(url.at("localhost", options))
        defer { connection.close() }
        let who = try connection.run(
            "SELECT current_user, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        #expect(who == [["certified", "/CN=certified"]])
    }
}
#endif
