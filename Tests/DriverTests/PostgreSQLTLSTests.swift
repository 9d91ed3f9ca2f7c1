#if PostgreSQL
import Bootstrap
import BootstrapPostgreSQL
import BootstrapTesting
import FoundationEssentials
import Testing

/// Encrypted sessions with a real PostgreSQL, certificates included.
@Suite(.enabled(if: TestServer.postgreSQL.reasonMissing == nil))
struct PostgreSQLTLSTests {
    private let certificates: Certificates
    private let url: DatabaseURL

    /// A server with TLS, also on IPv6's loopback, where ``Certificates/clientName`` logs in by
    /// certificate.
    private static let server = Result { () throws -> TestServer in
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
        var url = try Self.server.get().url()
        url.path = "/postgres"
        self.url = url
    }

    private func connect(_ url: DatabaseURL) throws -> any Connection {
        try PostgreSQLDriver(url).connect(SessionSettings(), before: .now + .seconds(30))
    }

    /// Whether the server says that this session is encrypted.
    private func isEncrypted(_ url: DatabaseURL) throws -> Bool {
        let connection = try connect(url)
        defer { connection.close() }
        let rows = try connection.run(
            "SELECT ssl AND cipher <> '' FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        return rows == [[.integer(1)]] || rows == [["t"]]
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
        #expect(try !isEncrypted(url.at("127.0.0.1", ["sslmode": "disable"])))
    }

    @Test(arguments: ["verify-ca", "verify-full"])
    func `a certificate of another authority is rejected in the library's words`(
        _ mode: String
    ) throws {
        let options = ["sslmode": mode, "sslrootcert": certificates.stranger]
        let error = try failure(url.at("localhost", options))
        #expect(error.kind == .rejected)
        #expect(error.message.contains("certificate verify failed"))
    }

    @Test func `only verify-full looks at the server's name`() throws {
        var options = ["sslmode": "verify-ca", "sslrootcert": certificates.authority]
        #expect(try isEncrypted(url.at("127.0.0.1", options)))
        options["sslmode"] = "verify-full"
        let error = try failure(url.at("127.0.0.1", options))
        #expect(error.kind == .rejected)
        #expect(error.message.contains("server certificate for \"localhost\""))
        #expect(error.message.contains("does not match host name \"127.0.0.1\""))
    }

    @Test(arguments: ["verify-ca", "verify-full"])
    func `a file of authorities that does not exist is named`(_ mode: String) throws {
        let file = certificates.folder + "/nowhere.crt"
        let error = try failure(url.at("localhost", ["sslmode": mode, "sslrootcert": file]))
        #expect(error.kind == .rejected)
        #expect(error.message.contains("root certificate file \"\(file)\" does not exist"))
    }

    @Test func `a client's certificate is a login`() throws {
        var options = [
            "sslmode": "verify-full", "sslrootcert": certificates.authority,
            "sslcert": certificates.client.certificate, "sslkey": certificates.client.key,
        ]
        var url = url
        (url.user, url.password) = (Certificates.clientName, nil)
        let connection = try connect(url.at("localhost", options))
        defer { connection.close() }
        let who = try connection.run(
            """
            SELECT current_user, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()
            """)
        #expect(who == [["certified", "/CN=certified"]])

        options["sslcert"] = nil
        options["sslkey"] = nil
        let error = try failure(url.at("localhost", options))
        #expect(error.kind == .denied)
        #expect(error.code == "28000")
        #expect(error.message.contains("connection requires a valid client certificate"))

        options["sslcert"] = certificates.client.certificate
        options["sslkey"] = certificates.folder + "/nowhere.key"
        #expect(try failure(url.at("localhost", options)).kind == .rejected)
    }

    @Test func `a statement of an encrypted session is interrupted`() throws {
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
        #expect(try PostgreSQLDriver(url.at("::1")).target.contains("@[::1]:"))
    }

    @Test func `a server without TLS is reached by prefer, and in the clear`() throws {
        try TestServer.postgreSQL.withDatabase { url in
            let isEncrypted = try isEncrypted(url.at("127.0.0.1", ["sslmode": "prefer"]))
            #expect(!isEncrypted)
        }
    }
}
#endif
