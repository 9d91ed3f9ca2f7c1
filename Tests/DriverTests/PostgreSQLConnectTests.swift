#if PostgreSQL
import Bootstrap
import BootstrapTesting
import Testing

@testable import BootstrapPostgreSQL

/// How PostgreSQL's driver reaches a server, and what it makes of one that it cannot reach.
@Suite(.enabled(if: TestServer.postgreSQL.reasonMissing == nil))
struct PostgreSQLConnectTests {
    private func failure(
        _ url: DatabaseURL, within limit: Duration = .seconds(20)
    ) throws -> DatabaseError {
        let driver = try PostgreSQLDriver(url)
        return try #require(
            #expect(throws: DatabaseError.self) {
                try driver.connect(SessionSettings(), before: .now + limit).close()
            })
    }

    private func failure(_ behaviour: FakeServer.Behaviour) throws -> DatabaseError {
        let server = FakeServer(behaviour)
        return try withExtendedLifetime(server) { try failure(server.url("postgres")) }
    }

    private func url(of server: TestServer) throws -> DatabaseURL {
        try server.start()
        return try server.url()
    }

    // MARK: Refusals

    @Test func `a wrong password is denied, in the server's words and with its code`() throws {
        var url = try url(of: .postgreSQL)
        url.password = Secret("wrong")
        #expect(
            try failure(url)
                == DatabaseError(
                    .denied, code: "28P01", "password authentication failed for user \"app\""))
        url.password = nil
        #expect(try failure(url).kind == .denied)
    }

    @Test func `a missing database is told apart`() throws {
        var url = try url(of: .postgreSQL)
        url.path = "/no such database"
        #expect(
            try failure(url)
                == DatabaseError(
                    .missingDatabase, code: "3D000", "database \"no such database\" does not exist")
        )
    }

    @Test func `no right to connect is denied`() throws {
        try TestServer.postgreSQL.withDatabase { url in
            var administrator = url
            administrator.user = try TestServer.postgreSQL.administratorURL().user
            administrator.password = try TestServer.postgreSQL.administratorURL().password
            let connection = try PostgreSQLDriver(administrator).connect(
                SessionSettings(), before: .now + .seconds(20))
            defer { connection.close() }
            let name = connection.dialect.quoted(url.databaseName)
            try connection.run("REVOKE CONNECT ON DATABASE \(name) FROM public")
            try connection.run("ALTER DATABASE \(name) OWNER TO postgres")
            let error = try failure(url)
            #expect(error.kind == .denied)
            #expect(error.code == "42501")
            #expect(error.message.contains("DETAIL:  User does not have CONNECT privilege."))
            try connection.run("ALTER DATABASE \(name) OWNER TO app")
        }
    }

    @Test func `a server without TLS is rejected where TLS is demanded`() throws {
        var url = try url(of: .postgreSQL)
        url.options = [.init("sslmode", "require")]
        let error = try failure(url)
        #expect(error.kind == .rejected)
        #expect(error.code == nil)
        #expect(error.message.contains("server does not support SSL, but SSL was required"))
        url.options = [.init("sslmode", "bogus")]
        #expect(try failure(url).kind == .rejected)
    }

    // MARK: Not there yet

    @Test func `a port without a server, and a name without an address, can come yet`() throws {
        let refused = DatabaseURL(
            scheme: "postgres", user: "app", hosts: [.init("127.0.0.1", port: 1)], path: "/shop")
        let error = try failure(refused)
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("Connection refused"))
        var unknown = refused
        unknown.hosts = [.init("no-such-host.invalid", port: 1)]
        #expect(try failure(unknown).kind == .unavailable)
        #expect(try failure(unknown).message.contains("no-such-host.invalid"))
        var socket = refused
        socket.hosts = [.init("/no/such/folder")]
        #expect(try failure(socket).kind == .unavailable)
    }

    @Test(arguments: [
        ("57P03", "the database system is starting up"),
        ("57P01", "terminating connection due to administrator command"),
        ("53300", "sorry, too many clients already"),
        ("08006", "connection failure"),
    ])
    func `a server that is not ready is waited for`(_ code: String, _ message: String) throws {
        let error = try failure(
            .refusesPostgreSQL([
                "S": "FATAL", "C": code, "M": message, "F": "postmaster.c", "L": "1", "R": "x",
            ]))
        var expected = DatabaseError(.unavailable, code: code, message)
        if code == "53300" {
            expected.remedy =
                "end other sessions, or raise max_connections or the CONNECTION LIMIT of the role "
                + "or the database"
        }
        #expect(error == expected)
    }

    @Test func `a user whom only the URL can name is not waited for`() {
        for words in [
            "local user with ID 54321 does not exist", "could not look up local user ID 5: x",
        ] {
            let error = DatabaseError(connecting: words + "\n")
            #expect(error.kind == .rejected)
            #expect(error.message == words)
            #expect(error.remedy?.hasPrefix("name the user in the URL") == true)
        }
    }

    @Test(arguments: [
        ("client_login_timeout (server down)", DatabaseError.Kind.unavailable),
        ("query_wait_timeout", .unavailable),
        ("no more connections allowed (max_client_conn)", .unavailable),
        ("no such database: shop", .missingDatabase),
        ("SASL authentication failed", .denied),
        ("unsupported startup parameter: options", .rejected),
    ])
    func `a pooler's one code is told apart by its words`(
        _ message: String, _ kind: DatabaseError.Kind
    ) throws {
        let error = try failure(.refusesPostgreSQL(["S": "FATAL", "C": "08P01", "M": message]))
        var expected = DatabaseError(kind, code: "08P01", message)
        expected.isHearsay = kind == .missingDatabase
        #expect(error == expected)
    }

    @Test func `the server's own protocol violation stops at once`() throws {
        let error = try failure(
            .refusesPostgreSQL([
                "S": "FATAL", "C": "08P01", "M": "invalid startup packet layout",
                "F": "postmaster.c",
                "L": "1", "R": "x",
            ]))
        #expect(error.kind == .rejected)
    }

    @Test func `a server that hangs up, or is silent until the deadline, can come yet`() throws {
        #expect(try failure(.refusesPostgreSQL()).kind == .unavailable)
        let server = FakeServer(.silent)
        let error = try withExtendedLifetime(server) {
            try failure(server.url("postgres"), within: .milliseconds(50))
        }
        #expect(error == DatabaseError(.unavailable, "no answer from \(server.place)"))
    }

    // MARK: Several hosts

    @Test func `the first host that works is taken, and a wrong password ends the search`() throws {
        var url = try url(of: .postgreSQL)
        let server = FakeServer(.silent)
        defer { withExtendedLifetime(server) {} }
        url.hosts =
            [.init("127.0.0.1", port: 1), .init("127.0.0.1", port: server.port)] + url.hosts
        url.path = "/postgres"
        url.options = [.init("connect_timeout", "1")]
        let connection = try PostgreSQLDriver(url).connect(
            SessionSettings(), before: .now + .milliseconds(900))
        connection.close()
        url.password = Secret("wrong")
        url.hosts = url.hosts.reversed()
        #expect(try failure(url).kind == .denied)
    }

    @Test func `among several servers the one that takes writes is preferred`() throws {
        let standby = TestServer(.postgreSQL, settings: ["default_transaction_read_only = on"])
        var url = try url(of: standby)
        url.path = "/postgres"
        let hosts = url.hosts
        let alone = try PostgreSQLDriver(url).connect(
            SessionSettings(), before: .now + .seconds(20))
        defer { alone.close() }
        #expect(alone.server.isReadOnly)
        url.hosts = hosts + (try self.url(of: .postgreSQL)).hosts
        let both = try PostgreSQLDriver(url).connect(SessionSettings(), before: .now + .seconds(20))
        defer { both.close() }
        #expect(!both.server.isReadOnly)
    }

    @Test func `a host's name is looked up, and a folder of sockets is reached by host=`() throws {
        var url = try url(of: .postgreSQL)
        let port = try #require(url.hosts.first?.port)
        url.path = "/postgres"
        url.hosts = [.init("localhost", port: port)]
        try PostgreSQLDriver(url).connect(SessionSettings(), before: .now + .seconds(20)).close()
        let log = try TestServer.postgreSQL.logFile()
        url.hosts = []
        url.options = [.init("host", String(log.dropLast("/log".count))), .init("port", "\(port)")]
        try PostgreSQLDriver(url).connect(SessionSettings(), before: .now + .seconds(20)).close()
    }

    // MARK: Options and names

    @Test func `an unknown option is refused with the nearest known one`() throws {
        let url = DatabaseURL(scheme: "postgres", options: [.init("sslmod", "require")])
        let error = #expect(throws: DatabaseError.self) { try PostgreSQLDriver(url) }
        #expect(error?.kind == .rejected)
        #expect(
            error?.message
                == "PostgreSQL's URLs have no option \"sslmod\"; did you mean sslmode?")
        #expect(throws: DatabaseError.self) {
            try PostgreSQLDriver(
                DatabaseURL(scheme: "postgres", options: [.init("replication", "true")]))
        }
    }

    @Test func `a target shows no password, and the database is the user's where none is named`()
        throws
    {
        let url = DatabaseURL(
            scheme: "postgresql", user: "app", password: Secret("s3cret"),
            hosts: [.init("db", port: 5432), .init("::1", port: 5433)],
            options: [.init("password", "s3cret")])
        let driver = try PostgreSQLDriver(url)
        #expect(driver.target == "postgres://app@db:5432,[::1]:5433/app")
        #expect(driver.databaseName == "app")
    }

    @Test func `a search path of the URL is where the session begins, and begins again`() throws {
        var url = try url(of: .postgreSQL)
        url.path = "/postgres"
        url.options = [.init("search_path", "elsewhere, public")]
        let connection = try PostgreSQLDriver(url).connect(
            SessionSettings(applicationName: "bootstrap/17@web-1"), before: .now + .seconds(20))
        defer { connection.close() }
        #expect(try connection.run("SHOW search_path") == [["elsewhere, public"]])
        try connection.run("SET search_path = ''")
        try connection.resetSession()
        #expect(try connection.run("SHOW search_path") == [["elsewhere, public"]])
        #expect(try connection.run("SHOW application_name") == [["bootstrap/17@web-1"]])
    }

    // MARK: Create and drop

    @Test func `a database is created once, whatever its name and whoever is faster`() throws {
        var url = try TestServer.postgreSQL.unusedURL()
        url.path += " \"é%"
        let driver = try PostgreSQLDriver(url)
        let deadline = Deadline.now + .seconds(60)
        #expect(try driver.drop(SessionSettings(), before: deadline) == false)
        #expect(try driver.create(SessionSettings(), before: deadline))
        #expect(try driver.create(SessionSettings(), before: deadline) == false)
        let connection = try driver.connect(SessionSettings(), before: deadline)
        #expect(try connection.run("SELECT current_database()") == [[.text(url.databaseName)]])
        #expect(try driver.drop(SessionSettings(), before: deadline))
        let error = #expect(throws: DatabaseError.self) { try connection.run("SELECT 1") }
        #expect(error?.kind == .lost)
    }

    @Test func `a database in which autovacuum is at work is dropped by who is no superuser`()
        throws
    {
        let server = TestServer(
            .postgreSQL,
            settings: [
                "autovacuum_naptime = 1", "autovacuum_vacuum_cost_delay = 100ms",
                "autovacuum_vacuum_cost_limit = 1",
            ])
        let driver = try PostgreSQLDriver(server.unusedURL())
        let limit = Deadline.now + .seconds(60)
        #expect(try driver.create(SessionSettings(), before: limit))
        let connection = try driver.connect(SessionSettings(), before: limit)
        defer { connection.close() }
        try connection.run("CREATE TABLE t AS SELECT x FROM generate_series(1, 100000) s (x)")
        try connection.run("UPDATE t SET x = x + 1")
        let atWork = "SELECT 1 FROM pg_stat_progress_vacuum WHERE datname = current_database()"
        while try connection.run(atWork).isEmpty, Deadline.now < limit { pauseBriefly() }
        #expect(Deadline.now < limit)
        #expect(try driver.drop(SessionSettings(), before: limit))
        #expect(throws: DatabaseError.self) { try connection.run("SELECT 1") }
    }

    @Test func `a role that may not create databases is denied`() throws {
        try TestServer.postgreSQL.withDatabase { url in
            let connection = try PostgreSQLDriver(url).connect(
                SessionSettings(), before: .now + .seconds(20))
            defer { connection.close() }
            let role = "r" + url.databaseName
            try connection.run("CREATE ROLE \(role) LOGIN PASSWORD 'x'")
            var limited = try TestServer.postgreSQL.unusedURL()
            limited.user = role
            limited.password = Secret("x")
            let driver = try PostgreSQLDriver(limited)
            let error = #expect(throws: DatabaseError.self) {
                try driver.create(SessionSettings(), before: .now + .seconds(20))
            }
            #expect(error?.kind == .denied)
            #expect(error?.message == "permission denied to create database")
            // One that is there needs no right to be created.
            limited.path = url.path
            #expect(
                try PostgreSQLDriver(limited).create(
                    SessionSettings(), before: .now + .seconds(20)) == false)
            try connection.run("DROP ROLE \(role)")
        }
    }

    @Test func `many processes that create one database all succeed, and one of them did`()
        async throws
    {
        let url = try TestServer.postgreSQL.unusedURL()
        let created = try await withThrowingTaskGroup { group in
            for _ in 0..<6 {
                group.addTask {
                    try await Lane.run {
                        Result {
                            try PostgreSQLDriver(url).create(
                                SessionSettings(), before: .now + .seconds(60))
                        }
                    }.get()
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(created == 1)
        #expect(try PostgreSQLDriver(url).drop(SessionSettings(), before: .now + .seconds(60)))
    }
}
#endif
