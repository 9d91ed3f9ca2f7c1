import Bootstrap

/// A connection that keeps what is sent over it: an element is a round trip where there are any.
final class RecordingConnection: Connection {
    private(set) var sent: [[String]] = []
    /// Answers in the place of the real one whether a lock is held.
    var condition: String?
    /// Whether every lock is given away, and none is taken.
    var takesEveryLock = false
    /// Is called before a lock is tried.
    var beforeLock: ((any Connection) throws(DatabaseError) -> Void)?
    private let real: any Connection

    init(_ real: any Connection) { self.real = real }

    var server: Server { real.server }
    var dialect: Dialect { real.dialect }
    var notes: [String] { real.notes }
    var isInTransaction: Bool { real.isInTransaction }
    var interrupter: Interrupter { real.interrupter }

    func run(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> [[Value]] {
        sent.append([sql])
        return try real.run(sql, parameters)
    }

    func change(_ sql: String, _ parameters: [Value]) throws(DatabaseError) -> Int {
        sent.append([sql])
        return try real.change(sql, parameters)
    }

    func runAll(_ statements: [Statement]) throws(BatchError) {
        if !statements.isEmpty { sent.append(statements.map(\.text)) }
        try real.runAll(statements)
    }

    func tryLock(_ name: String) throws(DatabaseError) -> Bool {
        if takesEveryLock { return true }
        try beforeLock?(real)
        return try real.tryLock(name)
    }
    func holder(of name: String) throws(DatabaseError) -> LockHolder? {
        try real.holder(of: name)
    }
    func lockCondition(_ name: String) -> String? { condition ?? real.lockCondition(name) }
    func transactionLock(_ name: String) -> String? { real.transactionLock(name) }
    func unlock(_ name: String) { real.unlock(name) }
    func announce(_ doing: String) { real.announce(doing) }
    func describe(_ table: TableName) throws(DatabaseError) -> Table? { try real.describe(table) }
    func resetSession() throws(DatabaseError) { try real.resetSession() }
    func close() { real.close() }
}
