#if SQLite
import Bootstrap
import BootstrapSQLite
import Synchronization

/// An engine that the core has never heard of, made of the public API alone.
///
/// Its databases are SQLite files, but its scheme, its dialect's name, its product, its lock and its
/// start are its own; it refuses the first two logins to each database, as a server that is
/// starting up does. Every statement that reaches it is on record in ``Toy/shelf``.
struct ToyDriver: Driver {
    static let schemes = ["toy"]
    static let dialect: Dialect = {
        var dialect = SQLiteDriver.dialect
        dialect.engine = "toy"
        dialect.variants = ["toy"]
        dialect.portable.json = "toybox"
        return dialect
    }()

    private let file: SQLiteDriver

    init(_ url: DatabaseURL) throws(DatabaseError) {
        try url.refuseOptions(except: ["winding"])
        var url = url
        url.scheme = "sqlite"
        url.options = []
        file = try SQLiteDriver(url)
    }

    var databaseName: String { file.databaseName }
    var target: String { "toy://" + file.databaseName }

    func connect(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> any Connection {
        guard Toy.shelf.admits(databaseName) else {
            throw DatabaseError(.unavailable, code: "T1", "the toy is being wound up")
        }
        let connection = try file.connect(session, before: deadline)
        return ToyConnection(connection, databaseName, session)
    }

    func create(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool {
        try file.create(session, before: deadline)
    }

    func drop(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool {
        try file.drop(session, before: deadline)
    }
}

/// What the toy's imaginary server remembers, of all databases.
enum Toy {
    static let shelf = Shelf()

    final class Shelf: Sendable {
        private struct Database {
            var refusals = 2
            var statements: [String] = []
            var locks: [String: (session: UInt64, holder: LockHolder)] = [:]
        }
        private let databases = Mutex<[String: Database]>([:])
        private let sessions = Atomic<UInt64>(0)

        func newSession() -> UInt64 { sessions.add(1, ordering: .relaxed).newValue }

        func admits(_ name: String) -> Bool {
            databases.withLock { databases in
                let refusals = databases[name, default: Database()].refusals
                databases[name, default: Database()].refusals = max(0, refusals - 1)
                return refusals == 0
            }
        }

        func record(_ sql: String, _ name: String) {
            databases.withLock { $0[name, default: Database()].statements.append(sql) }
        }

        func statements(_ name: String) -> [String] {
            databases.withLock { $0[name]?.statements ?? [] }
        }

        func take(_ lock: String, _ name: String, _ session: UInt64, _ who: String) -> Bool {
            databases.withLock { databases in
                let taken = databases[name]?.locks[lock]
                guard taken == nil || taken?.session == session else { return false }
                let holder = LockHolder(who: who, session: "\(session)")
                databases[name, default: Database()].locks[lock] = (session, holder)
                return true
            }
        }

        func holder(_ lock: String, _ name: String) -> LockHolder? {
            databases.withLock { $0[name]?.locks[lock]?.holder }
        }

        func release(_ session: UInt64, _ name: String, only lock: String? = nil) {
            databases.withLock { databases in
                for (key, taken) in databases[name]?.locks ?? [:]
                where taken.session == session && (lock == nil || lock == key) {
                    databases[name]?.locks[key] = nil
                }
            }
        }
    }
}

/// One session with the toy.
final class ToyConnection: Connection {
    private let file: any Connection
    private let name: String
    private let session = Toy.shelf.newSession()
    private let who: String
    let server: Server

    init(_ file: any Connection, _ name: String, _ settings: SessionSettings) {
        self.file = file
        self.name = name
        who = settings.applicationName
        server = Server(product: "Toy", version: "1.0", identity: file.server.identity)
    }

    var dialect: Dialect { ToyDriver.dialect }
    var isInTransaction: Bool { file.isInTransaction }
    var interrupter: Interrupter { file.interrupter }

    func run(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> [[Value]] {
        Toy.shelf.record(sql, name)
        return try file.run(sql, parameters)
    }

    func change(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> Int {
        Toy.shelf.record(sql, name)
        return try file.change(sql, parameters)
    }

    func runAll(_ statements: [Statement]) throws(BatchError) {
        for statement in statements { Toy.shelf.record(statement.text, name) }
        try file.runAll(statements)
    }

    func tryLock(_ name: String) -> Bool { Toy.shelf.take(name, self.name, session, who) }
    func holder(of name: String) -> LockHolder? { Toy.shelf.holder(name, self.name) }
    func unlock(_ name: String) { Toy.shelf.release(session, self.name, only: name) }
    func lockCondition(_ name: String) -> String? { nil }

    func describe(_ table: TableName) throws(DatabaseError) -> Table? { try file.describe(table) }
    func resetSession() throws(DatabaseError) { try file.resetSession() }

    func close() {
        Toy.shelf.release(session, name)
        file.close()
    }
}
#endif
