#if PostgreSQL
import Bootstrap
import BootstrapPostgreSQL
import BootstrapTesting
import Testing

/// PostgreSQL's locks, catalogue and interruptions, on a live server.
@Suite(.enabled(if: TestServer.postgreSQL.reasonMissing == nil))
struct PostgreSQLSessionTests {
    private func withConnections<Result>(
        _ body: (_ one: any Connection, _ other: any Connection) throws -> Result
    ) throws -> Result {
        try TestServer.postgreSQL.withDatabase { url in
            let driver = try PostgreSQLDriver(url)
            let names = ["bootstrap/17@web-1", "bootstrap/18@web-2"]
            let sessions = try names.map { name in
                try driver.connect(
                    SessionSettings(applicationName: name), before: .now + .seconds(30))
            }
            defer { sessions.forEach { $0.close() } }
            return try body(sessions[0], sessions[1])
        }
    }

    // MARK: Locks

    @Test func `a lock excludes, names its holder, and proves itself in SQL`() throws {
        try withConnections { one, other in
            let condition = try #require(one.lockCondition("it's"))
            #expect(try one.holder(of: "it's") == nil)
            #expect(try one.run("SELECT \(condition)") == [[0]])
            #expect(try one.tryLock("it's"))
            #expect(try other.tryLock("it's") == false)
            #expect(try other.tryLock("another"))
            #expect(try one.run("SELECT \(condition)") == [[1]])
            #expect(try other.run("SELECT \(condition)") == [[0]])
            one.announce("0006_backfill, statement 3 of 9")
            try one.runAll([Statement("BEGIN"), Statement("COMMIT")])
            let holder = try #require(try other.holder(of: "it's"))
            #expect(holder.who == "app@web-1")
            #expect(holder.doing == "0006_backfill, statement 3 of 9")
            #expect(holder.since?.hasSuffix("Z") == true)
            let backend = try one.run("SELECT pg_backend_pid()::text")
            #expect(backend == [[Value(holder.session)]])
            one.unlock("it's")
            #expect(try other.tryLock("it's"))
        }
    }

    @Test func `a lock survives the session's reset, and ends with the session`() throws {
        try withConnections { one, other in
            #expect(try one.tryLock("x"))
            try one.runAll([Statement("BEGIN"), Statement("CREATE TEMPORARY TABLE t (x int)")])
            try one.resetSession()
            #expect(!one.isInTransaction)
            #expect(try other.tryLock("x") == false)
            _ = try one.run("SELECT pg_advisory_unlock_all()")
            #expect(try one.run("SELECT \(one.lockCondition("x") ?? "")") == [[0]])
            #expect(try one.tryLock("x"))
            one.close()
            one.close()
            #expect(throws: DatabaseError.self) { try one.run("SELECT 1") }
            // The server notices the end of a session a moment later.
            let deadline = Deadline.now + .seconds(30)
            while try !other.tryLock("x"), Deadline.now < deadline {}
            #expect(try other.run("SELECT \(other.lockCondition("x") ?? "")") == [[1]])
        }
    }

    @Test func `a transaction's lock is busy while another transaction has it`() throws {
        try withConnections { one, other in
            let claim = Statement(try #require(one.transactionLock("0001")))
            try one.runAll([Statement("BEGIN"), claim, Statement("CREATE TABLE t (x int)")])
            let failure = #expect(throws: BatchError.self) {
                try other.runAll([Statement("BEGIN"), claim, Statement("COMMIT")])
            }
            #expect(failure?.error.kind == .busy)
            #expect(failure?.index == 1)
            try other.run("ROLLBACK")
            #expect(try other.holder(of: "0001")?.who == "app@web-1")
            try one.run("COMMIT")
            try other.runAll([Statement("BEGIN"), claim, Statement("COMMIT")])
            // A division by zero that is not ours stays what it is.
            let own = #expect(throws: BatchError.self) { try one.runAll([Statement("SELECT 1/0")]) }
            #expect(own?.error.kind == .rejected)
        }
    }

    @Test func `a statement that waits too long for a lock is busy`() throws {
        try withConnections { one, other in
            try one.run("CREATE TABLE t (x int)")
            try one.runAll([Statement("BEGIN"), Statement("LOCK TABLE t")])
            try other.run("SET lock_timeout = '10ms'")
            let error = #expect(throws: DatabaseError.self) {
                try other.run("ALTER TABLE t ADD y int")
            }
            #expect(error?.kind == .busy)
            #expect(error?.code == "55P03")
        }
    }

    // MARK: Interruption

    @Test func `an interrupter stops a running statement, and does nothing after the end`() throws {
        try withConnections { one, other in
            let interrupter = one.interrupter
            let pid = try #require(try one.run("SELECT pg_backend_pid()").first?.first)
            // The other session sees that the statement has begun, then it is interrupted.
            try TestServer.postgreSQL.withDatabase { url in
                Lane.start {
                    let watcher = try? PostgreSQLDriver(url).connect(
                        SessionSettings(), before: .now + .seconds(30))
                    let deadline = Deadline.now + .seconds(30)
                    let active =
                        "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND state = 'active'"
                    while Deadline.now < deadline,
                        (try? watcher?.run(active, [pid]))?.isEmpty != false
                    {}
                    interrupter.interrupt()
                    watcher?.close()
                }
                let failure = #expect(throws: BatchError.self) {
                    try one.runAll([Statement("SELECT 1"), Statement("SELECT pg_sleep(60)")])
                }
                #expect(failure?.error.kind == .interrupted)
                #expect(failure?.index == 1)
            }
            #expect(try one.run("SELECT 2") == [[2]])
            one.close()
            interrupter.interrupt()
        }
    }

    // MARK: Catalogue

    @Test func `a table is described as its catalogue has it`() throws {
        try withConnections { one, _ in
            try one.runAll([
                Statement("CREATE SCHEMA \"Other\""),
                Statement("CREATE TABLE \"Other\".\"Ünï\" (a int, b int, PRIMARY KEY (b, a))"),
                Statement("CREATE DOMAIN email AS varchar(99) NOT NULL"),
                Statement("CREATE DOMAIN work_email AS email"),
                Statement("CREATE TYPE mood AS ENUM ('ok')"),
                Statement(
                    """
                    CREATE TABLE t (
                        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
                        mail work_email UNIQUE, n numeric(5,2) DEFAULT 1, f float8, b bool NOT NULL,
                        x bytea, d date, ts timestamptz(3), u uuid, j jsonb, m mood, gone int,
                        k int, l int, twice bigint GENERATED ALWAYS AS (id * 2) STORED, tags text[],
                        FOREIGN KEY (l, k) REFERENCES "Other"."Ünï" (b, a))
                    """),
                Statement("ALTER TABLE t DROP COLUMN gone"),
                Statement("CREATE UNIQUE INDEX ON t (k, l) INCLUDE (m)"),
                Statement("CREATE UNIQUE INDEX ON t (k) WHERE b"),
                Statement("CREATE UNIQUE INDEX ON t ((lower(mail)))"),
            ])
            #expect(
                try one.describe(TableName("t"))
                    == Table(
                        name: TableName(schema: "public", "t"), columns: Self.columns,
                        primaryKey: ["id"], uniqueKeys: [["id"], ["mail"], ["k", "l"]],
                        foreignKeys: [
                            .init(
                                columns: ["l", "k"], table: TableName(schema: "Other", "Ünï"),
                                targets: ["b", "a"])
                        ]))
            #expect(try one.describe(TableName("Ünï")) == nil)
            let other = try one.describe(TableName(schema: "Other", "Ünï"))
            #expect(other?.primaryKey == ["b", "a"])
            #expect(try one.describe(TableName(schema: "nowhere", "t")) == nil)
        }
    }

    private static let columns = [
        Column(name: "id", type: "bigint", meaning: .integer, isNullable: false, hasDefault: true),
        Column(name: "mail", type: "work_email", meaning: .text),
        Column(name: "n", type: "numeric(5,2)", meaning: .decimal, hasDefault: true),
        Column(name: "f", type: "double precision", meaning: .real),
        Column(name: "b", type: "boolean", meaning: .boolean, isNullable: false),
        Column(name: "x", type: "bytea", meaning: .bytes),
        Column(name: "d", type: "date", meaning: .date),
        Column(name: "ts", type: "timestamp(3) with time zone", meaning: .timestamp),
        Column(name: "u", type: "uuid", meaning: .uuid),
        Column(name: "j", type: "jsonb", meaning: .json),
        Column(name: "m", type: "mood", meaning: .other, labels: .init(["ok"])),
        Column(name: "k", type: "integer", meaning: .integer),
        Column(name: "l", type: "integer", meaning: .integer),
        Column(name: "twice", type: "bigint", meaning: .integer, hasDefault: true),
        Column(name: "tags", type: "text[]", meaning: .other),
    ]

    // MARK: Dialect

    @Test func `the dialect's expressions are valid`() throws {
        try withConnections { one, _ in
            let dialect = one.dialect
            let types = dialect.history
            try one.run(
                """
                CREATE TABLE bootstrap_history (a \(types.key) PRIMARY KEY, b \(types.text), \
                c \(types.integer), d \(types.timestamp))\(types.tableOptions)
                """)
            _ = try one.change(
                """
                INSERT INTO bootstrap_history VALUES \
                ('k', \(types.currentUser) || \(types.session), 1, '2024-02-29 12:00:00.000001+02')
                """)
            let time = types.timestampText.split(separator: "{}").joined(separator: "d")
            #expect(
                try one.run("SELECT \(time) FROM bootstrap_history")
                    == [["2024-02-29T10:00:00.000001Z"]])
            try one.run("SELECT \(types.now), \(dialect.readOnlyExpression)")
            try one.run("CREATE SCHEMA later")
            try one.run("CREATE TABLE later.bootstrap_history (x int)")
            #expect(
                try one.run(types.schemasOfTable, ["bootstrap_history"]) == [["public"], ["later"]])
            try one.run("SET search_path = later, public")
            #expect(
                try one.run(types.schemasOfTable, ["bootstrap_history"]) == [["later"], ["public"]])
            let timeout = try #require(dialect.setLockTimeout)
            try one.run(timeout.split(separator: "{ms}").joined(separator: "0") + "0")
            let portable = dialect.portable
            try one.run(
                """
                CREATE TABLE p (id \(portable.identity), \
                u \(portable.uuid.type) DEFAULT \(portable.uuid.new), \
                t \(portable.timestamp.type) DEFAULT \(portable.timestamp.now), \
                j \(portable.json), x \(portable.text), y \(portable.bytes))
                """)
            try one.run("CREATE TABLE q (id \(portable.identity32))")
            let inserted = try one.run("INSERT INTO p DEFAULT VALUES RETURNING id")
            #expect(inserted == [[1]])
        }
    }
}
#endif
