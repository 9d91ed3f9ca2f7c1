#if PostgreSQL
import Bootstrap
import BootstrapPostgreSQL
import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import BootstrapTesting

/// PostgreSQL behind PgBouncer in transaction mode, where no session is ours for longer than a
/// transaction.
@Suite(
    .enabled(
        if: TestServer.postgreSQL.reasonMissing == nil && Command.path(of: "pgbouncer") != nil),
    .serialized)
struct PostgreSQLPoolerTests {
    private func withPooler(
        _ server: TestServer = .postgreSQL, sessions: Int = 3,
        _ body: (DatabaseURL) throws -> Void
    ) throws {
        let direct = try server.unusedURL()
        let driver = try PostgreSQLDriver(direct)
        _ = try driver.create(SessionSettings(), before: .now + .seconds(30))
        let pooler = try PgBouncer(before: direct, sessions: sessions)
        try body(pooler.url)
        pooler.stop()
        try server.start()
        _ = try driver.drop(SessionSettings(), before: .now + .seconds(30))
    }

    private func connect(_ url: DatabaseURL) throws -> any Connection {
        try PostgreSQLDriver(url).connect(SessionSettings(), before: .now + .seconds(30))
    }

    @Test func `a pooler is noticed, and our settings stay within our transactions`() throws {
        try withPooler { url in
            let connection = try connect(url)
            defer { connection.close() }
            #expect(connection.server.isPooled)
            #expect(connection.server.flavour == "PgBouncer")
            #expect(try connection.run("SHOW lock_timeout") == [["0"]])
            let inside = try connection.transaction { () throws(DatabaseError) in
                try connection.run("SHOW lock_timeout")
            }
            #expect(inside == [["5s"]])
            try connection.runAll([
                Statement("BEGIN"),
                Statement("CREATE TABLE t AS SELECT current_setting('lock_timeout') AS x"),
                Statement("COMMIT"),
            ])
            #expect(try connection.run("SELECT x FROM t") == [["5s"]])
            #expect(try connection.run("SHOW lock_timeout") == [["0"]])
            let failure = #expect(throws: BatchError.self) {
                try connection.runAll([
                    Statement("BEGIN"), Statement("SELECT 1"), Statement("SELECT nowhere"),
                ])
            }
            #expect(failure?.index == 2)
            #expect(failure?.error.position == 8)
            try connection.resetSession()
            #expect(!connection.isInTransaction)
        }
    }

    @Test func `a transaction's lock holds through a pooler`() throws {
        try withPooler { url in
            let (one, other) = (try connect(url), try connect(url))
            defer { [one, other].forEach { $0.close() } }
            let claim = Statement(try #require(one.transactionLock("x")))
            try one.runAll([Statement("BEGIN"), claim])
            let failure = #expect(throws: BatchError.self) {
                try other.runAll([Statement("BEGIN"), claim])
            }
            #expect(failure?.error.kind == .busy)
            #expect(failure?.index == 1)
            try one.run("COMMIT")
        }
    }

    @Test func `a session's lock is held through a pooler by a session that is pinned`() throws {
        try withPooler { url in
            let (one, other) = (try connect(url), try connect(url))
            defer { [one, other].forEach { $0.close() } }
            #expect(try one.run("SELECT \(one.lockCondition("x") ?? "")") == [[0]])
            #expect(try one.tryLock("x"))
            #expect(try other.tryLock("x") == false)
            #expect(try other.holder(of: "x")?.who.hasPrefix("app") == true)
            #expect(try one.run("SELECT \(one.lockCondition("x") ?? "")") == [[1]])
            #expect(try other.run("SELECT \(other.lockCondition("x") ?? "")") == [[0]])
            // An open transaction that only holds a lock does not keep an index waiting.
            try one.run("CREATE TABLE t (x int)")
            try one.runAll([Statement("CREATE INDEX CONCURRENTLY i ON t (x)")])
            one.unlock("x")
            #expect(try other.tryLock("x"))
            other.close()
            let deadline = Deadline.now + .seconds(30)
            while try !one.tryLock("x"), Deadline.now < deadline {}
            #expect(try one.run("SELECT \(one.lockCondition("x") ?? "")") == [[1]])
            #expect(one.notes.count == 1)
        }
    }

    @Test func `a database is not dropped through a pooler, and a missing one is told apart`()
        throws
    {
        try withPooler { url in
            let error = #expect(throws: DatabaseError.self) {
                try PostgreSQLDriver(url).drop(SessionSettings(), before: .now + .seconds(30))
            }
            #expect(error?.kind == .rejected)
            var missing = url
            missing.path = "/missing"
            let other = #expect(throws: DatabaseError.self) { try connect(missing) }
            #expect(other?.kind == .missingDatabase)
            var wrong = url
            wrong.password = Secret("wrong")
            #expect(throws: DatabaseError.self) { try connect(wrong) }
        }
    }

    @Test func `a database that only the pooler lacks is not taken for dropped`() throws {
        try withPooler { url in
            var missing = url
            missing.path = "/missing"
            let pipeline = Pipeline(missing, drivers: [PostgreSQLDriver.self])
            let looks: [() throws -> Void] = [
                { _ = try pipeline.blocking.status() }, { _ = try pipeline.blocking.plan() },
            ]
            for look in looks {
                let failure = #expect(throws: Failure.self) { try look() }
                #expect(failure?.status == .configuration)
                #expect(failure?.headline == "cannot tell whether there is a database missing")
            }
            let drop = [
                { try pipeline.blocking.drop(isConfirmed: true) { _ in } },
                { try pipeline.blocking.planDrop(isConfirmed: true) },
            ]
            for drop in drop {
                let failure = #expect(throws: Failure.self) { _ = try drop() }
                #expect(failure?.status == .configuration)
                #expect(
                    failure?.headline == "cannot tell whether there is a database missing to drop")
            }
        }
    }

    @Test func `a pooler is told of before work, and not where there is nothing to do`() throws {
        try withPooler { url in
            let pipeline = Pipeline(
                url, drivers: [PostgreSQLDriver.self],
                migrations: .embedded(["1_a.sql": Array("CREATE TABLE a (id integer)".utf8)]))
            func notes() throws -> Int {
                let count = Atomic(0)
                try pipeline.blocking.run { event in
                    guard case .note = event else { return }
                    count.add(1, ordering: .relaxed)
                }
                return count.load(ordering: .relaxed)
            }
            let counts = [try notes(), try notes()]
            #expect(counts == [1, 0])
        }
    }

    /// With one session for all of them, whoever has a transaction keeps the others waiting.
    @Test(.timeLimit(.minutes(2)), arguments: [1, 3])
    func `runs at once through a pooler do each step once, by a lease`(_ sessions: Int) throws {
        try withPooler(sessions: sessions) { url in
            let pipeline = Pipeline(
                url, drivers: [PostgreSQLDriver.self],
                migrations: .embedded([
                    "1_a.sql": Array("CREATE TABLE a (id integer)".utf8),
                    "2_row.sql": Array("INSERT INTO a VALUES (1)".utf8),
                    "3_index.sql": Array(
                        "-- bootstrap: no-transaction\nCREATE INDEX CONCURRENTLY i ON a (id)".utf8),
                ]))
            let results = Mutex<[Result<Bootstrap.Report, any Error>]>([])
            for _ in 0..<8 {
                Lane.start {
                    let result = Result { try pipeline.blocking.run { _ in } }
                    results.withLock { $0.append(result) }
                }
            }
            while results.withLock({ $0.count }) < 8 { pauseBriefly() }
            let reports = try results.withLock { $0 }.map { try $0.get() }
            #expect(reports.flatMap(\.migrated).sorted() == ["1_a", "2_row", "3_index"])
            #expect(reports.allSatisfy { $0.migrations == 3 })
            let connection = try connect(url)
            defer { connection.close() }
            #expect(try connection.run("SELECT owner FROM bootstrap_lease") == [[""]])
        }
    }

    /// It would stay with a session of the server's that others use, and keep that tool away for good.
    @Test func `another tool's lock is not taken through a pooler`() throws {
        try withPooler { url in
            let other = try connect(url)
            defer { other.close() }
            try other.run(
                "CREATE TABLE goose_db_version (id integer PRIMARY KEY GENERATED BY DEFAULT AS "
                    + "IDENTITY, version_id bigint NOT NULL, is_applied boolean NOT NULL, "
                    + "tstamp timestamp NOT NULL DEFAULT now())")
            try other.run("INSERT INTO goose_db_version (version_id, is_applied) VALUES (1, true)")
            try other.run("CREATE TABLE a (id integer)")
            // A session of the server's that has it, for as long as this transaction is open.
            try other.run("BEGIN")
            try other.run("SELECT pg_advisory_xact_lock(4097083626)")
            var pipeline = Pipeline(
                url, drivers: [PostgreSQLDriver.self],
                migrations: .embedded(["1_a.sql": Array("CREATE TABLE a (id integer)".utf8)]))
            pipeline.options.lockWait = .milliseconds(100)
            #expect(try pipeline.blocking.adopt(AdoptionRequest(), { _ in }).adopted == ["1_a"])
            let locks = try other.run(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
                    + "AND pid <> pg_backend_pid()")
            #expect(locks == [[0]])
            try other.run("COMMIT")
        }
    }

    @Test func `a pooler whose server is down is waited for`() throws {
        let server = TestServer(.postgreSQL)
        try withPooler(server) { url in
            let before = try connect(url)
            defer { before.close() }
            try server.stop()
            let driver = try PostgreSQLDriver(url)
            let error = #expect(throws: DatabaseError.self) {
                try driver.connect(SessionSettings(), before: .now + .milliseconds(300))
            }
            #expect(error?.kind == .unavailable)
            try server.start()
            let deadline = Deadline.now + .seconds(30)
            var after: (any Connection)?
            while after == nil, Deadline.now < deadline { after = try? connect(url) }
            #expect(try after?.run("SELECT 1") == [[1]])
            after?.close()
        }
    }
}

/// PgBouncer before one server, ended with its last reference.
private final class PgBouncer {
    let url: DatabaseURL
    private let port: Port
    private var keeper: (process: pid_t, line: Int32)?

    init(before server: DatabaseURL, sessions: Int) throws {
        port = try Port()
        let folder = try TemporaryFolder.make()
        let host = try #require(server.hosts.first)
        let password = server.password?.reveal() ?? ""
        let lines = [
            "[databases]",
            "\(server.databaseName) = host=\(host.name) port=\(host.port ?? 5432)",
            "postgres = host=\(host.name) port=\(host.port ?? 5432)",
            "[pgbouncer]", "listen_addr = 127.0.0.1", "listen_port = \(port.number)",
            "unix_socket_dir =", "auth_type = scram-sha-256", "auth_file = \(folder)/users.txt",
            "pool_mode = transaction", "default_pool_size = \(sessions)", "server_login_retry = 1",
            "logfile = \(folder)/log",
        ]
        let files = [
            "pgbouncer.ini": lines, "users.txt": ["\"\(server.user ?? "")\" \"\(password)\""],
        ]
        for (name, lines) in files {
            let text = lines.joined(separator: "\n") + "\n"
            let path = folder + "/" + name
            #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8)))
        }
        chmod(folder, 0o777)
        var url = server
        url.hosts = [.init("127.0.0.1", port: port.number)]
        self.url = url
        keeper = try Self.start(folder)
        let deadline = Deadline.now + .seconds(30)
        while Deadline.now < deadline,
            (try? PostgreSQLDriver(url).connect(SessionSettings(), before: deadline)) == nil
        {}
    }

    deinit { stop() }

    /// Ends the pooler, whose keeper ends when its input does.
    func stop() {
        guard let keeper else { return }
        self.keeper = nil
        close(keeper.line)
        var status: Int32 = 0
        waitpid(keeper.process, &status, 0)
    }

    private static func start(_ folder: String) throws -> (process: pid_t, line: Int32) {
        let program = try #require(Command.path(of: "pgbouncer"))
        let command = try Command(
            [program, "-q", folder + "/pgbouncer.ini"], droppingTo: "postgres")
        let script = """
            folder=$1; shift
            "$@" </dev/null >/dev/null 2>&1 & pooler=$!
            read -r nothing; kill -KILL "$pooler"; rm -rf "$folder"
            """
        var ends: [Int32] = [-1, -1]
        // Closed in every other program that this process starts, or the end would not be seen.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw TestServerError("no sockets") }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
        let words = ["/bin/sh", "-c", script, "keeper", folder] + command.words
        return (try spawn(words, &actions), ends[1])
    }
}
#endif
