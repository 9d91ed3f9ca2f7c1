#if SQLite
import BootstrapTesting
import FoundationEssentials
import Glibc
import Testing

@testable import Bootstrap
@testable import BootstrapSQLite

/// What the SQLite driver promises beyond the contract that all drivers share.
@Suite struct SQLiteTests {
    static func connect(
        _ url: DatabaseURL, _ session: SessionSettings = SessionSettings()
    ) throws -> SQLiteConnection {
        let opened = try SQLiteDriver(url).connect(session, before: .now + .seconds(30))
        return try #require(opened as? SQLiteConnection)
    }

    private func withConnection<Result>(_ body: (SQLiteConnection) throws -> Result) throws
        -> Result
    {
        try TestServer.sqlite.withDatabase { url in
            let connection = try Self.connect(url)
            defer { connection.close() }
            return try body(connection)
        }
    }

    // MARK: The library

    @Test func `a library that nobody else has loaded counts no allocations`() throws {
        try withConnection { connection in
            try connection.run("CREATE TABLE t (x)")
            let library = try #require(dlopen("libsqlite3.so.0", RTLD_LAZY | RTLD_NOLOAD))
            defer { dlclose(library) }
            let symbol = try #require(dlsym(library, "sqlite3_memory_used"))
            let used = unsafeBitCast(symbol, to: (@convention(c) () -> Int64).self)
            #expect(used() == 0)
        }
    }

    // MARK: The file

    @Test func `connect never creates the file`() throws {
        let url = try TestServer.sqlite.unusedURL()
        let error = #expect(throws: DatabaseError.self) { try Self.connect(url) }
        #expect(error?.kind == .missingDatabase)
        #expect(access(url.path, F_OK) == -1)
    }

    @Test func `a session that was opened while a wrong file was read is closed`() async throws {
        try await TestServer.sqlite.withDatabase { url in
            let pipeline = Pipeline(
                url, drivers: TestServer.drivers,
                migrations: .embedded(["1_a.nosuch.sql": Array("SELECT 1;".utf8)]))
            for _ in 0..<8 {
                let failure = await #expect(throws: Failure.self) { try await pipeline.run() }
                #expect(failure?.status == .rejected)
            }
            let end = Deadline.now + .seconds(60)
            while try Self.descriptors(of: url.path) > 0, .now < end { pauseBriefly() }
            #expect(try Self.descriptors(of: url.path) == 0)
        }
    }

    /// How often this process has a file open.
    private static func descriptors(of path: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))
                == path
        }
    }

    @Test func `a missing folder stops at once, with the mkdir to type`() throws {
        var url = try TestServer.sqlite.unusedURL()
        url.path = url.path + ".d/it's/shop.db"
        let folder = url.path.dropLast("/shop.db".count)
        for attempt in 0...1 {
            let error = #expect(throws: DatabaseError.self) {
                if attempt == 0 { _ = try Self.connect(url) }
                _ = try SQLiteDriver(url).create(SessionSettings(), before: .now)
            }
            #expect(error?.kind == .rejected)
            #expect(error?.remedy == "mkdir -p '\(folder.replacing("'", with: "'\\''"))'")
        }
    }

    @Test func `drop takes the file behind a link, and create makes it again there`() throws {
        var url = try TestServer.sqlite.unusedURL()
        let file = url.path
        let folder = String(file.dropLast("/test.db".count))
        _ = try SQLiteDriver(url).create(SessionSettings(), before: .now)
        #expect(symlink("test.db", folder + "/near.db") == 0)
        #expect(symlink(folder + "/near.db", folder + "/far.db") == 0)
        url.path = folder + "/far.db"
        let driver = try SQLiteDriver(url)
        let connection = try Self.connect(url)
        try connection.run("PRAGMA journal_mode = WAL")
        try connection.run("CREATE TABLE t (x integer)")
        #expect(access(file + "-wal", F_OK) == 0)
        #expect(try driver.drop(SessionSettings(), before: .now + .seconds(30)))
        connection.close()
        for path in [file, file + "-wal", file + "-shm"] { #expect(access(path, F_OK) == -1) }
        #expect(try !driver.drop(SessionSettings(), before: .now))
        let error = #expect(throws: DatabaseError.self) { try Self.connect(url) }
        #expect(error?.kind == .missingDatabase)
        #expect(try driver.create(SessionSettings(), before: .now))
        #expect(access(file, F_OK) == 0)
        let again = try Self.connect(url)
        defer { again.close() }
        #expect(try again.run("SELECT count(*) FROM sqlite_master") == [[0]])
    }

    @Test(arguments: ["delete", "wal"])
    func `a transaction in a file that was taken away is lost`(_ mode: String) throws {
        try TestServer.sqlite.withDatabase { url in
            let connection = try Self.connect(url)
            defer { connection.close() }
            try connection.run("PRAGMA journal_mode = \(mode)")
            try connection.run("BEGIN IMMEDIATE")
            try connection.run("CREATE TABLE t (x integer)")
            #expect(unlink(url.path) == 0)
            let error = #expect(throws: DatabaseError.self) { try connection.run("COMMIT") }
            #expect(error?.kind == .lost)
            let other = #expect(throws: DatabaseError.self) { try connection.tryLock("x") }
            #expect(other?.kind == .lost)
        }
    }

    @Test func `a file that is no database is refused, also by drop`() throws {
        let url = try TestServer.sqlite.unusedURL()
        let file = open(url.path, O_WRONLY | O_CREAT, 0o600)
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: 2000)
        #expect(write(file, text, text.count) == 2000)
        close(file)
        let error = #expect(throws: DatabaseError.self) { try Self.connect(url) }
        #expect(error?.kind == .rejected)
        #expect(error?.code == "26")
        #expect(error?.remedy?.hasSuffix("this one was left as it is") == true)
        #expect(throws: try #require(error)) {
            try SQLiteDriver(url).drop(.init(), before: .now + .seconds(9))
        }
        #expect(access(url.path, F_OK) == 0)
    }

    @Test func `a folder is refused`() throws {
        var url = try TestServer.sqlite.unusedURL()
        url.path = "/tmp"
        let error = #expect(throws: DatabaseError.self) { try Self.connect(url) }
        #expect(error?.message == "/tmp is a folder")
        #expect(error?.remedy == "name a file in it, as in sqlite:///tmp/app.db")
        url.path = "/dev/null/app.db"
        let other = #expect(throws: DatabaseError.self) { try Self.connect(url) }
        #expect(other?.message == "/dev/null is no folder")
        #expect(other?.remedy == "name a file in a folder that is there")
    }

    @Test func `mode=ro is a server that takes no writes`() throws {
        try TestServer.sqlite.withDatabase { url in
            var readOnly = url
            readOnly.options = [.init("mode", "ro")]
            let connection = try Self.connect(readOnly)
            #expect(connection.server.isReadOnly && connection.server.isReadOnlyForGood)
            let error = #expect(throws: DatabaseError.self) {
                try connection.run("CREATE TABLE t (x)")
            }
            #expect(error?.kind == .readOnly)
            #expect(try !Self.connect(url).server.isReadOnly)
        }
    }

    @Test func `a full disk is no mistake in the statement`() throws {
        try TestServer.sqlite.withDatabase { url in
            let connection = try Self.connect(url)
            // SQLite's own bound has the code of a disk without room.
            try connection.run("PRAGMA max_page_count = 2")
            let error = #expect(throws: DatabaseError.self) {
                try connection.run("CREATE TABLE t AS SELECT randomblob(9999) AS x")
            }
            #expect(error?.kind == .unavailable)
            #expect(error?.remedy == "make room on the disk, and run the same command again")
        }
    }

    @Test func `drop takes the journals and leaves the lock's file`() throws {
        try TestServer.sqlite.withDatabase { url in
            let connection = try Self.connect(url)
            #expect(try connection.run("PRAGMA journal_mode = WAL") == [["wal"]])
            try connection.run("CREATE TABLE t (x)")
            #expect(try connection.tryLock("x"))
            #expect(access(url.path + "-wal", F_OK) == 0)
            #expect(try SQLiteDriver(url).drop(.init(), before: .now + .seconds(9)))
            for suffix in ["", "-wal", "-shm", "-journal"] {
                #expect(access(url.path + suffix, F_OK) == -1)
            }
            #expect(access(url.path + "-bootstrap.lock", F_OK) == 0)
        }
    }

    @Test func `a database in memory takes no lock and says that nothing outlives the process`()
        throws
    {
        let url = DatabaseURL(scheme: "sqlite", hasAuthority: false, path: ":memory:")
        let connection = try Self.connect(url)
        #expect(try connection.tryLock("x"))
        #expect(connection.notes.contains { $0.contains("nothing of it outlives this process") })
        #expect(try !SQLiteDriver(url).create(.init(), before: .now))
    }

    // MARK: The lock

    @Test func `a link to the file leads to the same lock`() throws {
        try TestServer.sqlite.withDatabase { url in
            var link = url
            link.path += ".link"
            #expect(symlink(url.path, link.path) == 0)
            let (one, other) = (try Self.connect(url), try Self.connect(link))
            #expect(try one.tryLock("x"))
            #expect(try !other.tryLock("x"))
            #expect(access(link.path + "-bootstrap.lock", F_OK) == -1)
        }
    }

    @Test func `the lock excludes other processes, and a killed one gives it back`() throws {
        try TestServer.sqlite.withDatabase { url in
            let connection = try Self.connect(url)
            let path = url.path + "-bootstrap.lock"
            let holder = try Holder(of: path)
            #expect(try !connection.tryLock("x"))
            holder.kill()
            #expect(try connection.tryLock("x"))
            #expect(throws: Holder.Refused.self) { try Holder(of: path) }
            connection.unlock("x")
            try Holder(of: path).kill()
        }
    }

    @Test func `a lock's file that was taken away and made again excludes all the same`() throws {
        try TestServer.sqlite.withDatabase { url in
            let (one, other) = (try Self.connect(url), try Self.connect(url))
            let path = url.path + "-bootstrap.lock"
            #expect(try one.tryLock("x"))
            one.unlock("x")
            #expect(unlink(path) == 0)
            #expect(try one.tryLock("x"))
            #expect(try !other.tryLock("x"))
        }
    }

    @Test func `the holder is shown with what it does`() throws {
        try TestServer.sqlite.withDatabase { url in
            let (one, other) = (try Self.connect(url), try Self.connect(url))
            #expect(try one.tryLock("x"))
            one.announce("0001_create_user, statement 2 of 3")
            let holder = try #require(try other.holder(of: "x"))
            #expect(holder.session == "pid \(getpid())")
            #expect(holder.doing == "0001_create_user, statement 2 of 3")
            #expect(holder.since?.hasSuffix("Z") == true)
            one.unlock("x")
            #expect(try other.holder(of: "x") == nil)
        }
    }

    // MARK: A file that another connection keeps

    /// Runs `body` while a connection keeps all others out of the file.
    private func whileKept(_ body: (DatabaseURL, SQLiteConnection) throws -> Void) throws {
        try TestServer.sqlite.withDatabase { url in
            let keeper = try Self.connect(url)
            defer { keeper.close() }
            try keeper.run("BEGIN EXCLUSIVE")
            try body(url, keeper)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [Duration.zero, .milliseconds(1), .seconds(5)])
    func `a file that another one keeps is busy at the deadline, with what to do about it`(
        _ lockTimeout: Duration
    ) throws {
        try whileKept { url, _ in
            let error = #expect(throws: DatabaseError.self) {
                try SQLiteDriver(url).connect(
                    SessionSettings(lockTimeout: lockTimeout), before: .now + .milliseconds(20))
            }
            #expect(error?.kind == .busy)
            #expect(error?.code == "5")
            let failure = Failure(connecting: try #require(error), headline: "cannot reach it")
            #expect(
                failure.next
                    == "let the program that has the file end, or wait longer with --wait")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a file that another one keeps is told of once, and left when the run is stopped`()
        throws
    {
        try whileKept { url, _ in
            expectStop(onceTold: "database is locked") { session, deadline in
                _ = try SQLiteDriver(url).connect(session, before: deadline)
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a file that another run keeps is told of with what that run does`() throws {
        try whileKept { url, keeper in
            #expect(try keeper.tryLock("x"))
            keeper.announce("the seed 010_item")
            let driver = try SQLiteDriver(url)
            let error = #expect(throws: DatabaseError.self) {
                try driver.connect(SessionSettings(), before: .now)
            }
            let message = error?.message ?? ""
            #expect(message.hasPrefix("database is locked by "))
            #expect(message.contains("(session pid \(getpid())) since "))
            #expect(message.hasSuffix(", in the seed 010_item"))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a file that another one gives back is opened within the same attempt`() throws {
        try whileKept { url, keeper in
            nonisolated(unsafe) let keeper = keeper
            var session = SessionSettings()
            // Called on the thread that waits, which is this one.
            session.watch = Watch { _ in _ = try? keeper.run("COMMIT") }
            let connection = try Self.connect(url, session)
            defer { connection.close() }
            #expect(try connection.run("SELECT 1") == [[1]])
            #expect(try connection.run("PRAGMA busy_timeout") == [[5000]])
        }
    }

    // MARK: Statements

    @Test func `BEGIN IMMEDIATE waits, and then fails as busy`() throws {
        try TestServer.sqlite.withDatabase { url in
            let one = try Self.connect(url)
            let other = try Self.connect(url, SessionSettings(lockTimeout: .milliseconds(20)))
            try one.run("BEGIN IMMEDIATE")
            let error = #expect(throws: DatabaseError.self) { try other.run("BEGIN IMMEDIATE") }
            #expect(error?.kind == .busy)
            try one.run("COMMIT")
            try other.run("BEGIN IMMEDIATE")
        }
    }

    @Test func `a COMMIT beside a reader is busy and can be said again`() throws {
        try TestServer.sqlite.withDatabase { url in
            let writer = try Self.connect(url, SessionSettings(lockTimeout: .milliseconds(20)))
            try writer.run("CREATE TABLE t (x)")
            let reader = try Self.connect(url)
            try reader.run("BEGIN")
            try reader.run("SELECT * FROM t")
            try writer.run("BEGIN IMMEDIATE")
            try writer.run("INSERT INTO t VALUES (1)")
            let error = #expect(throws: DatabaseError.self) { try writer.run("COMMIT") }
            #expect(error?.kind == .busy)
            #expect(writer.isInTransaction)
            try reader.run("COMMIT")
            try writer.run("COMMIT")
            #expect(try reader.run("SELECT * FROM t") == [[1]])
        }
    }

    @Test func `a batch stops where its transaction ends in the middle`() throws {
        try withConnection { connection in
            let statements = [
                "BEGIN IMMEDIATE", "CREATE TABLE a (x)", "COMMIT", "CREATE TABLE b (x)", "COMMIT",
            ].map { Statement($0) }
            let error = #expect(throws: BatchError.self) { try connection.runAll(statements) }
            #expect(error?.index == 2)
            #expect(error?.error.kind == .rejected)
            let table = try connection.describe(TableName("b"))
            #expect(table == nil)
        }
    }

    @Test func `a file's own transactions one after the other are no mistake`() throws {
        try withConnection { connection in
            try connection.runAll(
                [
                    "BEGIN", "CREATE TABLE a (x)", "COMMIT", "BEGIN", "CREATE TABLE b (x)",
                    "COMMIT",
                ].map { Statement($0) })
            #expect(try connection.describe(TableName("b")) != nil)
        }
    }

    @Test func `a statement that runs too long is interrupted`() throws {
        try TestServer.sqlite.withDatabase { url in
            let connection = try Self.connect(
                url, SessionSettings(statementTimeout: .milliseconds(20)))
            let endless = """
                WITH RECURSIVE n (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n)
                SELECT count(*) FROM n
                """
            let error = #expect(throws: DatabaseError.self) { try connection.run(endless) }
            #expect(error?.kind == .interrupted)
            #expect(try connection.run("SELECT 1") == [[1]])
        }
    }

    @Test func `the switch to WAL waits for others`() async throws {
        try await TestServer.sqlite.withDatabase { url in
            let modes = await onThreads(6) { _ in
                Result { try Self.connect(url).run("PRAGMA journal_mode = WAL") }
            }
            for mode in modes {
                let rows = try mode.get()
                #expect(rows == [["wal"]])
            }
        }
    }

    @Test func `foreign keys are checked from the start`() throws {
        try withConnection { connection in
            let rows = try connection.run("PRAGMA foreign_keys")
            #expect(rows == [[1]])
        }
    }

    @Test func `pragmas, temporary tables and attached databases do not outlive a reset`() throws {
        try withConnection { connection in
            let before = try connection.run("PRAGMA synchronous")
            for sql in [
                "PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF", "PRAGMA query_only = ON",
                "PRAGMA busy_timeout = 0",
            ] { try connection.run(sql) }
            try connection.run("PRAGMA query_only = OFF")
            try connection.run("CREATE TEMP TABLE t (x)")
            try connection.run("CREATE TEMP VIEW v AS SELECT * FROM t")
            try connection.run("ATTACH ':memory:' AS other")
            try connection.run("PRAGMA query_only = ON")
            try connection.resetSession()
            #expect(try connection.run("PRAGMA synchronous") == before)
            #expect(try connection.run("PRAGMA foreign_keys") == [[1]])
            #expect(try connection.run("PRAGMA query_only") == [[0]])
            #expect(try connection.run("PRAGMA busy_timeout") == [[5000]])
            #expect(try connection.run("SELECT count(*) FROM sqlite_temp_master") == [[0]])
            #expect(try !connection.run("PRAGMA database_list").contains { $0[1] == "other" })
        }
    }

    @Test func `the guard fails unless its condition is true`() throws {
        try withConnection { connection in
            let form = connection.dialect.guardStatement
            try connection.run(form.replacing("{}", with: "1 = 1"))
            #expect(throws: DatabaseError.self) {
                try connection.run(form.replacing("{}", with: "1 = 2"))
            }
            #expect(throws: DatabaseError.self) {
                try connection.run(form.replacing("{}", with: "NULL"))
            }
        }
    }

    @Test func `a new UUID is one of version 4, another each time`() throws {
        try withConnection { connection in
            let sql = "SELECT \(connection.dialect.portable.uuid.new)"
            let all = try (0..<200).map { _ in try #require(try connection.run(sql)[0][0].text) }
            #expect(Set(all).count == 200)
            for uuid in all {
                #expect(
                    uuid.wholeMatch(
                        of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)
                        != nil)
            }
        }
    }

    @Test func `the portable types are taken in a CREATE TABLE`() throws {
        try withConnection { connection in
            let types = connection.dialect.portable
            try connection.run(
                """
                CREATE TABLE t (id \(types.identity), u \(types.uuid.type) DEFAULT \(types.uuid.new),
                    at \(types.timestamp.type) DEFAULT \(types.timestamp.now))
                """)
            try connection.run("INSERT INTO t DEFAULT VALUES")
            let row = try connection.run("SELECT id, length(u), at FROM t")[0]
            #expect(row[0] == 1)
            #expect(row[1] == 36)
            #expect(row[2].text?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        }
    }
}

/// Another process that holds a lock, until it is killed.
private final class Holder {
    struct Refused: Error {}
    private let process: pid_t

    /// Starts `flock` (util-linux), and waits until it has the lock.
    init(of path: String) throws {
        var (ends, actions): ([Int32], _) = ([-1, -1], posix_spawn_file_actions_t())
        #expect(pipe(&ends) == 0)
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        let script = "exec 9>>\"$1\"; flock -n 9 && echo ready && exec sleep 600 >/dev/null"
        let words: [UnsafeMutablePointer<CChar>?] =
            ["sh", "-c", script, "sh", path].map { (word: String) in strdup(word) } + [nil]
        defer { words.forEach { free($0) } }
        var process: pid_t = 0
        #expect(posix_spawnp(&process, "sh", &actions, nil, words, environ) == 0)
        close(ends[1])
        self.process = process
        var byte: UInt8 = 0
        let count = read(ends[0], &byte, 1)
        close(ends[0])
        guard count == 1 else {
            kill()
            throw Refused()
        }
    }

    func kill() {
        Glibc.kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }
}
#endif
