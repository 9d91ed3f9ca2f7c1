import BootstrapTesting
import Synchronization
import Testing

@testable import Bootstrap

/// A database that is dropped beside runs that work in it, and one that may not be created yet.
@Suite struct RemovalTests {
    private static let files: [String: [UInt8]] = [
        "0001_one.sql": Array("CREATE TABLE one (id integer)".utf8),
        // Not only definitions: it begins when its event is told, in a transaction of its own.
        "0002_two.sql": Array(
            "CREATE TABLE two (id integer);\nINSERT INTO two VALUES (1);".utf8),
    ]

    private func pipeline(_ database: TestDatabase, _ url: DatabaseURL) -> Pipeline {
        database.pipeline(url, .embedded(Self.files))
    }

    private func drop(_ database: TestDatabase, _ url: DatabaseURL) throws {
        _ = try database.driver.init(url).drop(SessionSettings(), before: .now + .seconds(30))
    }

    /// Runs `body` where nothing may be thrown on.
    private func succeed(_ body: () throws -> Void) {
        do { try body() } catch { Issue.record(error) }
    }

    private func isThere(_ database: TestDatabase, _ url: DatabaseURL) throws -> Bool {
        do {
            try database.connect(to: url).close()
            return true
        } catch {
            guard error.kind == .missingDatabase else { throw error }
            return false
        }
    }

    @Test(arguments: TestDatabase.all)
    func `drop waits for the run that is at work, names it, and gives up after lock_wait`(
        _ database: TestDatabase
    ) throws {
        let url = try database.server.unusedURL()
        var dropping = pipeline(database, url)
        dropping.options.lockWait = .milliseconds(100)
        let impatient = dropping
        let log = EventLog()
        let failure = Mutex<Failure?>(nil)
        let report = try pipeline(database, url).blocking.run { event in
            guard event == .migrating(name: "0002_two") else { return }
            do throws(Failure) {
                _ = try impatient.blocking.drop(isConfirmed: true) { log.add($0) }
            } catch { failure.withLock { [error] in $0 = error } }
        }
        #expect(report.migrated == ["0001_one", "0002_two"])
        #expect(log.isLocked)
        #expect(failure.withLock { $0?.status } == .busy)
        #expect(failure.withLock { $0?.state } == "Nothing was changed by this run.")
        #expect(try isThere(database, url))
        #expect(try dropping.blocking.drop(isConfirmed: true) { log.add($0) })
        #expect(log.events.last == .dropped(database: try database.driver.init(url).databaseName))
        #expect(try !isThere(database, url))
    }

    @Test(arguments: TestDatabase.all)
    func `a run whose database is dropped fails, and does not create it again`(
        _ database: TestDatabase
    ) throws {
        let url = try database.server.unusedURL()
        let failure = #expect(throws: Failure.self) {
            try pipeline(database, url).blocking.run { event in
                guard event == .migrating(name: "0002_two") else { return }
                succeed { try drop(database, url) }
            }
        }
        let name = try database.driver.init(url).databaseName
        #expect(
            failure?.description == """
                the database \(name) was dropped during this run
                There is no database of that name, and what this run did in it went with it.
                Next: run the same command again if the database is to be created anew.
                """)
        #expect(failure?.status == .configuration)
        #expect(try !isThere(database, url))
    }

    @Test(arguments: TestDatabase.all)
    func `a run that waited for the lock of a drop does not create the database again`(
        _ database: TestDatabase
    ) throws {
        let url = try database.server.unusedURL()
        let holder = pipeline(database, url)
        try holder.blocking.create { _ in }
        // Events are told on the thread of the run, which is this one.
        nonisolated(unsafe) let connection = try database.connect(to: url)
        #expect(try connection.tryLock("bootstrap \(holder.options.history)"))
        let failure = #expect(throws: Failure.self) {
            try pipeline(database, url).blocking.run { event in
                guard case .locked = event else { return }
                succeed { try drop(database, url) }
                connection.close()
            }
        }
        #expect(failure?.headline.hasSuffix("was dropped during this run") == true)
        #expect(try !isThere(database, url))
    }

    #if MariaDB
    @Test func `a database that others use is busy, and the advice is to end their sessions`()
        throws
    {
        guard let database = TestDatabase.all.first(where: { $0.server.product == .mariaDB }) else {
            return
        }
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (x integer)")
            try connection.run("LOCK TABLES t READ")
            let name = try #require(try connection.run("SELECT database()").first?.first?.text)
            var url = try database.server.unusedURL()
            url.path = "/" + name
            var pipeline = pipeline(database, url)
            pipeline.options.lockTimeout = .seconds(1)
            let failure = #expect(throws: Failure.self) {
                try pipeline.blocking.drop(isConfirmed: true) { _ in }
            }
            #expect(failure?.status == .busy)
            #expect(failure?.next?.hasPrefix("end the sessions that use it") == true)
        }
    }
    #endif

    #if PostgreSQL
    @Test func `a database that something else holds on to is busy, and stays`() throws {
        guard let database = TestDatabase.all.first(where: { $0.server.product == .postgreSQL })
        else { return }
        let url = try database.server.unusedURL()
        try pipeline(database, url).blocking.create { _ in }
        var address = try database.server.administratorURL()
        address.path = url.path
        let administrator = try database.connect(to: address)
        // Subscriptions are not ended by force, as sessions are: 55006.
        try administrator.run(
            "CREATE SUBSCRIPTION s CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)")
        administrator.close()
        let failure = #expect(throws: Failure.self) {
            try pipeline(database, url).blocking.drop(isConfirmed: true) { _ in }
        }
        #expect(failure?.status == .busy)
        #expect(failure?.cause?.code == "55006")
        #expect(failure?.next?.hasPrefix("end the sessions that use it") == true)
        let again = try database.connect(to: address)
        try again.run("ALTER SUBSCRIPTION s SET (slot_name = NONE)")
        try again.run("DROP SUBSCRIPTION s")
        again.close()
        #expect(try pipeline(database, url).blocking.drop(isConfirmed: true) { _ in })
    }
    #endif

    @Test(.timeLimit(.minutes(2)), arguments: TestDatabase.servers)
    func `a missing database is waited for while the server takes no writes`(
        _ database: TestDatabase
    ) throws {
        let isPostgreSQL = database.server.product == .postgreSQL
        let server = TestServer(
            database.server.product ?? .postgreSQL,
            settings: isPostgreSQL ? ["default_transaction_read_only = on"] : [])
        var address = try server.administratorURL()
        address.path = isPostgreSQL ? "/postgres" : "/mysql"
        let url = try server.unusedURL()
        // Events are told on the thread of the run, which is this one.
        nonisolated(unsafe) let administrator = try database.connect(to: address)
        defer { administrator.close() }
        if !isPostgreSQL { try administrator.run("SET GLOBAL read_only = 1") }

        let impatient = pipeline(database, url)
        let failure = #expect(throws: Failure.self) { try impatient.blocking.run { _ in } }
        #expect(failure?.status == .unavailable)
        #expect(failure?.cause?.kind == .readOnly)

        var patient = impatient
        patient.options.wait = .seconds(90)
        let (isPromoted, log) = (Flag(), EventLog())
        let report = try patient.blocking.run { event in
            log.add(event)
            guard case .waiting = event, !isPromoted.isRaised else { return }
            isPromoted.raise()
            let statements =
                isPostgreSQL
                ? [
                    "ALTER SYSTEM SET default_transaction_read_only = off",
                    "SELECT pg_reload_conf()",
                ] : ["SET GLOBAL read_only = 0"]
            for sql in statements {
                succeed { _ = try administrator.run(sql) }
            }
        }
        #expect(report.created)
        #expect(
            log.events.contains(
                .waiting(
                    reason: "the server takes no writes: it is a standby, or set to read-only")))
    }
}
