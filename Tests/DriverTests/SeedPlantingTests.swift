import BootstrapTesting
import Testing

@testable import Bootstrap

/// Seeds on every engine, in the transaction that the pipeline would open.
@Suite struct SeedPlantingTests {
    static let settings = Settings([
        "ADMIN": Setting("admin@example.com"), "ADMIN_PASSWORD": Setting("p@ss/w:rd?#1"),
    ])

    static let chance = Chance(now: { Moment(seconds: 1_769_883_601, microseconds: 123_456) })

    /// Plants a text in a transaction of its own.
    @discardableResult
    static func plant(
        _ yaml: String, on connection: any Connection, settings: Settings = settings
    ) throws -> SeedOutcome {
        let seed = try Seed("010", SourceFile(path: "seeds/010.yaml", bytes: Array(yaml.utf8)))
        return try connection.run(connection.dialect.begin) == []
            ? finish(connection) { () throws(Failure) in
                try seed.plant(on: connection, settings: settings, chance: chance)
            } : SeedOutcome()
    }

    static func finish(
        _ connection: any Connection, _ body: () throws(Failure) -> SeedOutcome
    ) throws -> SeedOutcome {
        do throws(Failure) {
            let outcome = try body()
            _ = try? connection.run("COMMIT")
            return outcome
        } catch {
            _ = try? connection.run("ROLLBACK")
            throw error
        }
    }

    static func failure(
        _ yaml: String, on connection: any Connection, settings: Settings = settings
    ) throws -> Failure {
        try #require(
            #expect(throws: Failure.self) {
                try plant(yaml, on: connection, settings: settings)
            })
    }

    static func account(_ connection: any Connection) throws {
        let portable = connection.dialect.portable
        try connection.run(
            """
            CREATE TABLE account (id \(portable.uuid.type) NOT NULL PRIMARY KEY,
            email varchar(255) NOT NULL, username varchar(40), password varchar(255) NOT NULL,
            full_name varchar(255), is_active boolean NOT NULL, created_at \(portable.timestamp.type))
            """)
        try connection.run("CREATE UNIQUE INDEX account_email ON account (email)")
        try connection.run("CREATE UNIQUE INDEX account_username ON account (username)")
    }

    static let admin = """
        - table: account
          key: [email]
          rows:
            - id: !uuid v4
              email: ${ADMIN}
              username: root
              password: !argon2id ${ADMIN_PASSWORD}
              full_name: ${ADMIN_NAME:-Administrator}
              is_active: true
              created_at: !now
        """

    // MARK: Insert

    @Test(arguments: TestDatabase.all)
    func `an account is made once, its password hashed, and left alone`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try Self.account(connection)
            let first = try Self.plant(Self.admin, on: connection)
            #expect(first.counts.inserted == 1)
            #expect(first.notes == [])
            let row = try connection.run(
                "SELECT email, password, full_name, is_active, created_at, id FROM account")[0]
            #expect(row[0] == "admin@example.com")
            let hash = try #require(row[1].text)
            #expect(hash.hasPrefix("$argon2id$v=19$m=65536,t=3,p=4$"))
            #expect(PasswordHash.verify("p@ss/w:rd?#1", against: hash) == true)
            #expect(row[2] == "Administrator")
            #expect(row[3].isTrue)
            #expect(row[4].text?.contains("18:20:01.123456") == true)
            #expect(row[5].text.flatMap(UUIDBytes.init) != nil)

            let second = try Self.plant(Self.admin, on: connection)
            #expect(second.counts.unchanged == 1)
            #expect(second.counts.inserted == 0)
            #expect(
                second.notes == ["email=admin@example.com exists in account; password not changed"])
            var other = Self.settings
            other["ADMIN_PASSWORD"] = Setting("another")
            let third = try Self.plant(Self.admin, on: connection, settings: other)
            #expect(
                third.notes == [
                    "email=admin@example.com exists in account; password not changed, "
                        + "and it differs from the setting"
                ])
            let after = try connection.run(
                "SELECT email, password, full_name, is_active, created_at, id FROM account")
            #expect(after == [row])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a unique key of somebody else is named with its row`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try Self.account(connection)
            try Self.plant(Self.admin, on: connection)
            var other = Self.settings
            other["ADMIN"] = Setting("boss@example.com")
            let failure = try Self.failure(Self.admin, on: connection, settings: other)
            #expect(failure.status == .rejected)
            #expect(
                failure.description == """
                    seeds/010.yaml:4:7 wants email=boss@example.com in account, but the row with \
                    email=admin@example.com has username=root already
                            - id: !uuid v4
                              ^
                    Next: Decide which row is meant: the seed's key and that row name different ones.
                    """)
            let count = try connection.run("SELECT count(*) FROM account")
            #expect(count == [[1]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a row that another run plants in between is found, not planted twice`(
        _ database: TestDatabase
    ) throws {
        // SQLite's writers exclude each other, so there is no in between.
        guard !database.dialect.seeds.lockRows.isEmpty else { return }
        try database.withDatabase { url in
            let (one, two) = (try database.connect(to: url), try database.connect(to: url))
            defer {
                one.close()
                two.close()
            }
            try one.run("CREATE TABLE role (name varchar(40) NOT NULL PRIMARY KEY, level integer)")
            let yaml = """
                - table: role
                  key: [name]
                  rows: [ { name: admin, level: !sql (SELECT 7) } ]
                """
            try two.run(two.dialect.begin)
            // The snapshot of the second is older than what the first commits.
            #expect(try two.run("SELECT count(*) FROM role") == [[0]])
            try Self.plant(yaml, on: one)
            let seed = try Seed("010", SourceFile(path: "seeds/010.yaml", bytes: Array(yaml.utf8)))
            let outcome = try seed.plant(on: two, settings: Settings(), chance: Self.chance)
            try two.run("COMMIT")
            #expect(outcome.counts.unchanged == 1)
            #expect(try one.run("SELECT level FROM role") == [[7]])
        }
    }

    // MARK: Upsert

    @Test(arguments: TestDatabase.all)
    func `an upsert changes what differs and counts it`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            let portable = connection.dialect.portable
            try connection.run(
                """
                CREATE TABLE country (code varchar(2) NOT NULL PRIMARY KEY, name varchar(80),
                area numeric(12,2), people bigint, note \(portable.text), facts \(portable.json),
                since date, seen \(portable.timestamp.type))
                """)
            func yaml(_ name: String, _ area: String, on: String = "always") -> String {
                """
                - table: country
                  key: [code]
                  mode: upsert
                  columns: { note: { on: \(on) } }
                  rows:
                    - code: "no"
                      name: \(name)
                      area: \(area)
                      people: 5550203
                      note: first
                      facts: { capital: Oslo, tags: [a, 1.50, null, true] }
                      since: 1905-06-07
                      seen: 2026-01-31T19:20:01.5+01:00
                    - { code: se, name: Sverige }
                """
            }
            var counts = try Self.plant(yaml("Norge", "385207.10"), on: connection).counts
            #expect([counts.inserted, counts.updated, counts.unchanged] == [2, 0, 0])
            counts = try Self.plant(yaml("Norge", "385207.1"), on: connection).counts
            #expect([counts.inserted, counts.updated, counts.unchanged] == [0, 0, 2])
            // A collation that ignores case must not hide a change of case.
            counts = try Self.plant(yaml("NORGE", "385207.11"), on: connection).counts
            #expect([counts.inserted, counts.updated, counts.unchanged] == [0, 1, 1])
            try connection.run("UPDATE country SET note = 'mine' WHERE code = 'no'")
            counts = try Self.plant(yaml("NORGE", "385207.11", on: "insert"), on: connection).counts
            #expect([counts.inserted, counts.updated, counts.unchanged] == [0, 0, 2])
            counts = try Self.plant(yaml("NORGE", "385207.11", on: "null"), on: connection).counts
            #expect([counts.inserted, counts.updated, counts.unchanged] == [0, 0, 2])
            try connection.run("UPDATE country SET note = NULL WHERE code = 'no'")
            counts = try Self.plant(yaml("NORGE", "385207.11", on: "null"), on: connection).counts
            #expect([counts.inserted, counts.updated, counts.unchanged] == [0, 1, 1])
            let rows = try connection.run(
                "SELECT name, area, people, note, since FROM country WHERE code = 'no'")
            #expect(rows[0][0] == "NORGE")
            #expect(rows[0][1].text == "385207.11")
            #expect(rows[0][2].integer == 5_550_203)
            #expect(rows[0][3] == "first")
            #expect(rows[0][4].text == "1905-06-07")
        }
    }

    @Test(arguments: TestDatabase.all)
    func `an upsert keeps what was made with the row`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try Self.account(connection)
            let upsert = Self.admin.replacing("key: [email]", with: "key: [email]\n  mode: upsert")
            try Self.plant(upsert, on: connection)
            let columns = "SELECT id, password, created_at FROM account"
            let before = try connection.run(columns)
            var other = Self.settings
            other["ADMIN_PASSWORD"] = Setting("another")
            other["ADMIN_NAME"] = Setting("Boss")
            let outcome = try Self.plant(upsert, on: connection, settings: other)
            #expect(outcome.counts.updated == 1)
            #expect(outcome.notes.count == 1)
            #expect(try connection.run(columns) == before)
            #expect(try connection.run("SELECT full_name FROM account") == [["Boss"]])
        }
    }

    // MARK: References

    private static func roles(_ connection: any Connection) throws {
        let identity = connection.dialect.portable.identity
        try connection.run(
            "CREATE TABLE role (id \(identity), name varchar(40), area varchar(40) NOT NULL)")
        try connection.run(
            """
            CREATE TABLE grants (role_id bigint NOT NULL, what varchar(40) NOT NULL,
            PRIMARY KEY (role_id, what), FOREIGN KEY (role_id) REFERENCES role (id))
            """)
    }

    @Test(arguments: TestDatabase.all)
    func `a reference is looked up where it is planted`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try Self.roles(connection)
            let yaml = """
                - table: role
                  key: [name, area]
                  rows: [ { name: admin, area: shop }, { name: reader, area: shop } ]
                - table: grants
                  key: [role_id, what]
                  rows:
                    - role_id: !ref { table: role, where: { name: reader } }
                      what: read
                """
            let outcome = try Self.plant(yaml, on: connection)
            #expect(outcome.counts.inserted == 3)
            #expect(
                outcome.notes == [
                    "role has no unique index on name, area: only the lock keeps two runs from "
                        + "planting the same row"
                ])
            let name = try connection.run(
                "SELECT role.name FROM grants JOIN role ON role.id = grants.role_id")
            #expect(name == [["reader"]])
            #expect(try Self.plant(yaml, on: connection).counts.unchanged == 3)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a reference to no row, or to several, is refused`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try Self.roles(connection)
            func yaml(_ condition: String) -> String {
                """
                - table: role
                  key: [name]
                  rows: [ { name: admin, area: shop }, { name: reader, area: shop } ]
                - table: grants
                  key: [role_id, what]
                  rows:
                    - role_id: !ref { table: role, where: { \(condition) } }
                      what: read
                """
            }
            let none = try Self.failure(yaml("name: writer"), on: connection)
            #expect(
                none.description == """
                    seeds/010.yaml:7:16 finds no row of role with name=writer
                            - role_id: !ref { table: role, where: { name: writer } }
                                       ^
                    Next: Plant that row in a table or a seed before this one.
                    """)
            let two = try Self.failure(yaml("area: shop"), on: connection)
            #expect(two.headline == "finds 2 rows of role with area=shop, and needs one")
            // The transaction was rolled back.
            #expect(try connection.run("SELECT count(*) FROM role") == [[0]])
        }
    }

    // MARK: What does not fit

    @Test(arguments: TestDatabase.all)
    func `what the database does not have is named with the nearest`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try Self.account(connection)
            let table = try Self.failure(
                "- { table: accounts, key: [email], rows: [ { email: a } ] }", on: connection)
            #expect(
                table.headline
                    == "names the table accounts, which is not there; did you mean \"account\"?")
            let column = try Self.failure(
                "- { table: account, key: [email], rows: [ { email: a, fullname: b } ] }",
                on: connection)
            #expect(
                column.description == """
                    seeds/010.yaml:1:55 names the column fullname, which the table account does \
                    not have; did you mean "full_name"?
                        - { table: account, key: [email], rows: [ { email: a, fullname: b } ] }
                                                                              ^
                    Next: Its columns are id, email, username, password, full_name, is_active, \
                    created_at.
                    """)
            let missing = try Self.failure(
                "- { table: account, key: [email], rows: [ { email: a, id: !uuid v4 } ] }",
                on: connection)
            #expect(missing.headline.hasPrefix("has no value for the column password, which is"))
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a value that does not fit stops the seed before anything is written`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try Self.account(connection)
            try connection.run(
                "CREATE TABLE t (k varchar(9) PRIMARY KEY, n integer, d numeric(5,2))")
            for (column, value, message) in [
                ("n", "twelve", "\"twelve\" is no whole number"),
                ("n", "1.5", "\"1.5\" is no whole number"),
                ("d", "1,5", "\"1,5\" is no decimal number"),
                ("k", "0123456789", "\"0123456789\" has 10 characters, and the column holds 9"),
                ("n", "!json [1]", "JSON is JSON"),
            ] {
                let other = column == "k" ? "n: 1" : "k: b"
                let failure = try Self.failure(
                    """
                    - table: t
                      key: [\(column == "k" ? "n" : "k")]
                      rows: [ { k: a, n: 5 }, { \(other), \(column): "\(value)" } ]
                    """.replacing("\"!json [1]\"", with: "!json [1]"), on: connection)
                #expect(failure.headline.hasPrefix("does not fit the column \(column), which is "))
                #expect(failure.headline.hasSuffix(": " + message))
                #expect(failure.place?.line == 3)
            }
            #expect(try connection.run("SELECT count(*) FROM t") == [[0]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `an error of the engine shows no secret`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run(
                "CREATE TABLE t (k varchar(9) PRIMARY KEY, s varchar(99) NOT NULL, CHECK (s <> 'hunter22'))"
            )
            let failure = try Self.failure(
                "- { table: t, key: [k], rows: [ { k: a, s: !secret hunter22 } ] }", on: connection)
            #expect(failure.cause?.kind == .rejected)
            #expect(!failure.description.contains("hunter22"))
        }
    }

    // MARK: Kinds of values

    @Test(arguments: TestDatabase.all)
    func `bytes, hashes, numbers and generated passwords arrive`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            let portable = connection.dialect.portable
            try connection.run(
                """
                CREATE TABLE t (k varchar(9) NOT NULL PRIMARY KEY, b \(portable.bytes),
                digest varchar(64), raw \(portable.bytes), n bigint, password varchar(255),
                old varchar(255), moment varchar(40), quote varchar(99), blank varchar(9))
                """)
            let outcome = try Self.plant(
                """
                - table: t
                  key: [k]
                  columns: { n: { value: !sequence 1000 } }
                  rows:
                    - { k: "1" }
                    - k: "2"
                      b: !base64 AAEC/w==
                      digest: !sha256 abc
                      raw: !sha256 abc
                      password: !argon2id { generate: 24 }
                      old: !bcrypt secret
                      moment: !now
                      quote: "it's \\"$${x}\\" \\\\ é 🐘"
                      blank: null
                """, on: connection)
            let row = try connection.run(
                "SELECT b, digest, raw, n, password, old, moment, quote, blank FROM t WHERE k = '2'"
            )[0]
            #expect(row[0] == .bytes([0, 1, 2, 255]))
            let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            #expect(row[1].text == digest)
            guard case .bytes(let raw) = row[2] else {
                Issue.record("no bytes")
                return
            }
            #expect(raw.hex == digest)
            #expect(row[3].integer == 1001)
            let generated = try #require(outcome.generated.first)
            #expect(generated.owner == "k=2, password")
            #expect(
                PasswordHash.verify(generated.password.reveal(), against: row[4].text ?? "") == true
            )
            #expect(PasswordHash.verify("secret", against: row[5].text ?? "") == true)
            #expect(row[6].text?.hasPrefix("2026-01-31") == true)
            #expect(row[7] == "it's \"${x}\" \\ é 🐘")
            #expect(row[8] == .null)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a seed in SQL runs as it is, and counts its rows`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (k varchar(9) NOT NULL PRIMARY KEY, n integer)")
            func plant(_ sql: String) throws -> SeedOutcome {
                let seed = try Seed(
                    "010", SourceFile(path: "seeds/010.sql", bytes: Array(sql.utf8)))
                try connection.run(connection.dialect.begin)
                return try Self.finish(connection) { () throws(Failure) in
                    try seed.plant(on: connection, settings: Settings())
                }
            }
            let outcome = try plant(
                """
                INSERT INTO t VALUES ('a', 1), ('b', 2);
                UPDATE t SET n = 3 WHERE k = 'b'; -- é
                DELETE FROM t WHERE k = 'a'
                """)
            let counts = outcome.counts
            #expect([counts.inserted, counts.updated, counts.deleted] == [2, 1, 1])
            let mistake = #expect(throws: Failure.self) {
                try plant("INSERT INTO t VALUES ('c', 1);\nINSERT INTO nowhere VALUES (1)")
            }
            #expect(mistake?.place?.line == 2)
            #expect(mistake?.cause?.kind == .rejected)
            let commit = #expect(throws: Failure.self) { try plant("COMMIT") }
            #expect(
                commit?.description == """
                    seeds/010.sql:1:1 has COMMIT, but a seed is one transaction already
                        COMMIT
                        ^
                    Next: Take the statement away.
                    """)
            #expect(try connection.run("SELECT k, n FROM t") == [["b", 3]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a value that the column rounds is unchanged the second time`(
        _ database: TestDatabase
    ) throws {
        let engine = database.dialect.engine
        try database.withConnection { connection in
            let (real, moment) =
                engine == "postgres"
                ? ("real", "timestamptz(0)")
                : engine == "sqlite"
                    ? ("real", "timestamp") : ("float", "datetime")
            try connection.run(
                """
                CREATE TABLE price (id integer NOT NULL PRIMARY KEY, amount numeric(10,2),
                weight \(real), since \(moment))
                """)
            func counts(_ amount: String) throws -> [Int] {
                let counts = try Self.plant(
                    """
                    - table: price
                      key: [id]
                      mode: upsert
                      rows:
                        - { id: 1, amount: \(amount), weight: 0.1, since: "2026-01-31T18:20:01.600Z" }
                    """, on: connection
                ).counts
                return [counts.inserted, counts.updated, counts.unchanged]
            }
            #expect(try counts("1.999") == [1, 0, 0])
            #expect(try counts("1.999") == [0, 0, 1])
            #expect(try counts("3.01") == [0, 1, 0])
            #expect(try counts("3.010") == [0, 0, 1])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `two keys that only the database holds equal are refused`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try connection.run("CREATE TABLE t (k varchar(40) NOT NULL PRIMARY KEY, n integer)")
            let yaml = """
                - table: t
                  key: [k]
                  rows:
                    - { k: A@x, n: 1 }
                    - { k: a@x, n: 2 }
                """
            guard try connection.run("SELECT 'A' = 'a'").first?.first?.isTrue == true else {
                #expect(try Self.plant(yaml, on: connection).counts.inserted == 2)
                return
            }
            let failure = try Self.failure(yaml, on: connection)
            #expect(failure.status == .rejected)
            #expect(failure.headline == "has the key of the row in line 4: k=a@x")
            #expect(try connection.run("SELECT count(*) FROM t") == [[0]])
        }
    }
}
