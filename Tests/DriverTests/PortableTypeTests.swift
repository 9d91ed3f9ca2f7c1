import Bootstrap
import BootstrapTesting
import FoundationEssentials
import Testing

#if MariaDB
@testable import BootstrapMariaDB
#endif
#if PostgreSQL
@testable import BootstrapPostgreSQL
#endif

/// What portable files put in for `${new_uuid}` and `${now}`, and what a seed takes columns for.
@Suite struct PortableTypeTests {
    /// One way to write a new UUID, on the engine that it is for.
    struct Expression: Sendable, CustomTestStringConvertible {
        let database: TestDatabase
        let type: String
        let sql: String
        let testDescription: String

        init(_ database: TestDatabase, _ dialect: Dialect, _ name: String) {
            self.database = database
            (type, sql) = dialect.portable.uuid
            testDescription = name
        }

        /// Those of today's servers and those of older ones, which run on today's as well.
        static let all: [Expression] = TestDatabase.all.flatMap { database -> [Expression] in
            let name = database.dialect.engine
            var all = [Expression(database, database.dialect, name)]
            #if PostgreSQL
            if name == "postgres" {
                let old = Dialect.postgreSQL(version: 12_00_00)
                all.append(Expression(database, old, "postgres before 13"))
            }
            #endif
            #if MariaDB
            if name == "mariadb" {
                for version in [[10, 7], [10, 6]] {
                    let old = Dialect.mariaDB(isMariaDB: true, version: version)
                    let words = version.map(String.init).joined(separator: ".")
                    all.append(Expression(database, old, "mariadb \(words)"))
                }
                let mySQL = Dialect.mariaDB(isMariaDB: false, version: [8, 0])
                all.append(Expression(database, mySQL, "mysql"))
            }
            #endif
            return all
        }
    }

    private static let numbers = """
        WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000)
        """

    /// RFC 9562, section 5.4: the version in the 13th digit, the variant in the 17th.
    private func check(_ rows: [[Value]]) {
        let all = rows.compactMap { $0.first?.text }
        #expect(all.count == 1000)
        #expect(Set(all).count == 1000)
        let form = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        #expect(all.filter { $0.wholeMatch(of: form) == nil } == [])
        // Nothing stands still: every digit but the version takes many values.
        let isFixed = all.first.map { first in
            zip(first.indices, first).filter { index, digit in
                digit != "-" && all.allSatisfy { $0[index] == digit }
            }.map { first.distance(from: first.startIndex, to: $0.0) }
        }
        #expect(isFixed == [14])
        #expect(Set(all.map { $0.dropFirst(19).prefix(1) }).count == 4)
    }

    @Test(arguments: Expression.all)
    func `a new UUID is of version 4, another one for each row`(_ expression: Expression) throws {
        try expression.database.withConnection { connection in
            check(try connection.run("\(Self.numbers) SELECT \(expression.sql) FROM n"))
            try connection.run("CREATE TABLE t (x integer, id \(expression.type))")
            let insertion =
                connection.dialect.engine == "mariadb"
                ? "INSERT INTO t (x) \(Self.numbers) SELECT x FROM n"
                : "\(Self.numbers) INSERT INTO t (x) SELECT x FROM n"
            try connection.run(insertion)
            try connection.run("UPDATE t SET id = \(expression.sql)")
            check(try connection.run("SELECT id FROM t"))
        }
    }

    @Test(arguments: Expression.all)
    func `a new UUID may be a column's default`(_ expression: Expression) throws {
        try expression.database.withConnection { connection in
            try connection.run(
                """
                CREATE TABLE t (
                    x integer, id \(expression.type) DEFAULT \(expression.sql) NOT NULL PRIMARY KEY)
                """)
            let insertion =
                connection.dialect.engine == "mariadb"
                ? "INSERT INTO t (x) \(Self.numbers) SELECT x FROM n"
                : "\(Self.numbers) INSERT INTO t (x) SELECT x FROM n"
            try connection.run(insertion)
            check(try connection.run("SELECT id FROM t"))
            let id = try connection.describe(TableName("t"))?.columns.last
            #expect(id?.meaning == .uuid)
            #expect(id?.hasDefault == true)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `now as a default is the moment in UTC, whatever the session's zone`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            let (moment, history) = (
                connection.dialect.portable.timestamp, connection.dialect.history
            )
            try connection.run(
                "CREATE TABLE t (x integer, at \(moment.type) DEFAULT \(moment.now))")
            switch connection.dialect.engine {
            case "postgres": try connection.run("SET TIME ZONE 'Asia/Tokyo'")
            case "mariadb": try connection.run("SET time_zone = '+09:00'")
            default: break
            }
            try connection.run("INSERT INTO t (x) VALUES (1)")
            try connection.run("INSERT INTO t (x, at) VALUES (2, \(moment.now))")
            try connection.resetSession()
            let text = history.timestampText.replacing("{}", with: "at")
            let rows = try connection.run("SELECT \(text) FROM t")
            #expect(rows.count == 2)
            for row in rows {
                let written = try #require(row.first?.text)
                #expect(written.hasSuffix("Z"))
                let at = try Date(written.prefix(19) + "Z", strategy: .iso8601)
                // Far less than a time zone, far more than any machine is slow.
                #expect(abs(at.timeIntervalSinceNow) < 1800)
            }
        }
    }

    /// Types as people declare them, and what a seed takes them for.
    private static let meanings: [String: [(String, Column.Meaning)]] = [
        "postgres": [
            ("boolean", .boolean), ("smallint", .integer), ("bigserial", .integer),
            ("numeric(12,2)", .decimal), ("real", .real), ("double precision", .real),
            ("char(3)", .text), ("varchar(9)", .text), ("text", .text), ("bytea", .bytes),
            ("date", .date), ("timestamp", .timestamp), ("timestamptz(3)", .timestamp),
            ("uuid", .uuid), ("json", .json), ("jsonb", .json), ("interval", .other),
            ("inet", .other), ("time", .other), ("integer[]", .other), ("money", .other),
        ],
        "mariadb": [
            ("boolean", .boolean), ("tinyint(1) unsigned", .boolean), ("tinyint", .integer),
            ("bit(1)", .boolean), ("smallint", .integer), ("mediumint unsigned", .integer),
            ("bigint(20)", .integer), ("year", .integer), ("decimal(12,2)", .decimal),
            ("numeric", .decimal), ("float", .real), ("double", .real), ("char(3)", .text),
            ("char(36)", .uuid), ("uuid", .uuid), ("varchar(36)", .text), ("mediumtext", .text),
            ("enum('a','b')", .text), ("set('a','b')", .text), ("binary(16)", .bytes),
            ("varbinary(9)", .bytes), ("longblob", .bytes), ("date", .date),
            ("datetime(6)", .timestamp), ("timestamp NULL", .timestamp), ("time", .other),
            ("json", .json), ("point", .other),
        ],
        "sqlite": [
            ("boolean", .boolean), ("tinyint(1)", .boolean), ("integer", .integer),
            ("bigint", .integer), ("numeric(12,2)", .decimal), ("decimal", .decimal),
            ("real", .real), ("double precision", .real), ("float", .real),
            ("varchar(9)", .text), ("text", .text), ("char(36)", .uuid), ("uuid", .uuid),
            ("blob", .bytes), ("varbinary(9)", .bytes), ("date", .date), ("datetime", .timestamp),
            ("timestamp", .timestamp), ("timestamptz", .timestamp), ("json", .json),
            ("jsonb", .json), ("", .other),
        ],
    ]

    @Test(arguments: TestDatabase.all)
    func `a declared type means to a seed what people mean by it`(
        _ database: TestDatabase
    ) throws {
        let types = try #require(Self.meanings[database.dialect.engine])
        try database.withConnection { connection in
            let columns = types.enumerated().map { "c\($0.offset) \($0.element.0)" }
            try connection.run("CREATE TABLE t (\(columns.joined(separator: ", ")))")
            let table = try #require(try connection.describe(TableName("t")))
            #expect(table.columns.count == types.count)
            for ((type, meaning), column) in zip(types, table.columns) {
                #expect(column.meaning == meaning, "\(type) is \(column.type) there")
            }
        }
    }
}
