import BootstrapTesting
import ScriptCorpus
import Testing

@testable import Bootstrap

/// What a dry run says of a seed is what its planting then does, on every engine.
@Suite struct SeedRehearsalTests {
    typealias Changes = Preview.Seed.Changes

    private static func seed(_ yaml: String, _ files: [String: String] = [:]) throws -> Seed {
        try Seed(
            "020", SourceFile(path: "seeds/020.yaml", bytes: Array(yaml.utf8)),
            assets: SeedAssets(.embedded(files.mapValues { Array($0.utf8) })))
    }

    private static func rehearse(
        _ seeds: [Seed], on connection: any Connection,
        settings: Settings = SeedPlantingTests.settings
    ) throws -> [(changes: Changes, refusal: Failure?)] {
        var rows = RehearsedRows()
        return try seeds.map { seed in
            try #require(try seed.rehearse(on: connection, settings: settings, after: &rows))
        }
    }

    /// The rows of a table as texts, by its first column.
    private static func content(
        _ table: String, _ connection: any Connection
    ) throws -> [String: [Value]] {
        let rows = try connection.run("SELECT * FROM \(table)")
            .map { row in row.map { $0.text.map(Value.text) ?? $0 } }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0].text ?? "", $0) })
    }

    /// Rehearses a seed, sees that nothing was written, plants it, and compares the counts.
    @discardableResult
    private static func compare(
        _ yaml: String, _ files: [String: String], _ tables: [String],
        on connection: any Connection, _ comment: Comment? = nil
    ) throws -> Changes {
        let before = try tables.map { try content($0, connection) }
        let changes = try #require(rehearse([seed(yaml, files)], on: connection).first).changes
        #expect(!connection.isInTransaction)
        #expect(try tables.map { try content($0, connection) } == before)
        let outcome = try SeedDataTests.plant(
            yaml, files, on: connection, settings: SeedPlantingTests.settings)
        #expect(changes.counts == outcome.counts, comment)
        return changes
    }

    private static func texts(_ changes: Changes) -> [String] {
        changes.groups.flatMap { group in
            group.rows.map { row in
                let key = row.key.map { "\($0.name)=\($0.new ?? "NULL")" }
                let columns = row.columns.map {
                    "\($0.name):\($0.old ?? "NULL")>\($0.new ?? "NULL")"
                }
                return (["\(group.kind) \(group.table)"] + key + columns).joined(separator: " ")
            }
        }
    }

    private static func role(_ connection: any Connection) throws {
        let identity = connection.dialect.portable.identity
        try connection.run("CREATE TABLE role (id \(identity), name varchar(20) NOT NULL)")
        try connection.run("CREATE UNIQUE INDEX role_name ON role (name)")
    }

    // MARK: Rows of the seed itself

    @Test(arguments: TestDatabase.all)
    func `rows are told with what they hold and would hold`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try SeedDataTests.country(connection)
            try connection.run(
                "INSERT INTO country VALUES ('DE', 'Deutschland', 1, 2.5, 'Europe'), "
                    + "('FR', 'France', 7, NULL, 'Europe')")
            let yaml = """
                - table: country
                  key: [code]
                  mode: upsert
                  columns: { population: { on: insert }, continent: { on: "null" } }
                  rows:
                    - { code: DE, name: Germany, population: 5, area: 2.50, continent: X }
                    - { code: FR, name: France, area: null }
                    - { code: IT, name: Italy, population: !sql "1 + 1" }
                """
            let changes = try Self.compare(yaml, [:], ["country"], on: connection)
            #expect(changes.counts == SeedCounts(inserted: 1, updated: 1, unchanged: 1))
            let texts = Self.texts(changes)
            #expect(texts[1] == "update country code=DE name:Deutschland>Germany")
            #expect(
                texts[0] == "insert country code=IT name:NULL>Italy population:NULL>!sql")
            let again = try Self.compare(yaml, [:], ["country"], on: connection)
            #expect(again.groups.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a reference may mean a row that would be made`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try Self.role(connection)
            try connection.run(
                "CREATE TABLE member (role_id bigint NOT NULL, email varchar(40) NOT NULL, "
                    + "chief_id bigint, PRIMARY KEY (role_id, email))")
            let roles = "- { table: role, key: [name], rows: [ { name: admin }, { name: guest } ] }"
            let members = """
                - table: member
                  key: [role_id, email]
                  rows:
                    - { role_id: !ref { table: role, where: { name: admin } }, email: a@x }
                    - { role_id: !ref { table: role, where: { name: guest } }, email: a@x }
                - table: member
                  key: [role_id, email]
                  mode: upsert
                  rows:
                    - role_id: !ref { table: role, where: { name: admin } }
                      email: a@x
                      chief_id: !ref { table: role, where: { name: guest } }
                """
            let seeds = try [Self.seed(roles), Self.seed(members)]
            let both = try Self.rehearse(seeds, on: connection).map(\.changes.counts)
            #expect(both == [.init(inserted: 2), .init(inserted: 2, updated: 1)])
            let whole = roles + "\n" + members
            let first = try Self.compare(whole, [:], ["role", "member"], on: connection)
            #expect(first.counts == SeedCounts(inserted: 4, updated: 1))
            #expect(
                Self.texts(first).last
                    == "update member role_id=!ref role email=a@x chief_id:NULL>!ref role")
            let second = try Self.compare(whole, [:], ["role", "member"], on: connection)
            #expect(second.counts == SeedCounts(unchanged: 5))
            let lost = try Self.seed(members.replacing("name: guest", with: "name: nobody"))
            let failure = try #require(
                #expect(throws: Failure.self) { try Self.rehearse([lost], on: connection) })
            #expect(failure.headline == "finds no row of role with name=nobody")
            #expect(!connection.isInTransaction)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `what the planting would refuse is refused`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try SeedDataTests.country(connection)
            try connection.run("INSERT INTO country (code, name) VALUES ('XX', 'Germany')")
            for rows in [
                "{ code: DE, name: Germany }", "{ code: DE }",
                "{ code: DE, name: a }, { code: DE, name: b }",
            ] {
                let yaml = "- { table: country, key: [code], rows: [ \(rows) ] }"
                let said = try #require(
                    #expect(throws: Failure.self) {
                        try Self.rehearse([Self.seed(yaml)], on: connection)
                    })
                var planted = try SeedPlantingTests.failure(yaml, on: connection)
                planted.place?.file = "seeds/020.yaml"
                #expect(said == planted)
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func `no secret is told and no password hashed`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run(
                "CREATE TABLE t (k varchar(9) PRIMARY KEY, a varchar(150), b varchar(150), "
                    + "c varchar(150), d varchar(150), e varchar(150))")
            try connection.run(
                "INSERT INTO t VALUES ('x', 'old-a', 'old-b', 'old-c', 'old-d', 'old-e')")
            let cells =
                "a: !argon2id new-a, b: !sha256 new-b, c: !secret new-c, d: !generate 20, "
                + "e: \"${SHOP_PASSWORD}\""
            let yaml =
                "- { table: t, key: [k], mode: upsert, rows: [ { k: x, \(cells) }, "
                + "{ k: y, \(cells) } ] }"
            var settings = Settings()
            settings["SHOP_PASSWORD"] = Setting("new-e")
            let changes = try #require(
                Self.rehearse([Self.seed(yaml)], on: connection, settings: settings).first
            ).changes
            #expect(
                Self.texts(changes) == [
                    "insert t k=y a:NULL>*** b:NULL>*** c:NULL>*** d:NULL>*** e:NULL>***",
                    "update t k=x b:***>*** c:***>*** e:***>***",
                ])
            #expect(changes.counts == SeedCounts(inserted: 1, updated: 1))
        }
    }

    // MARK: Sets of rows

    @Test(arguments: TestDatabase.all)
    func `the rows of a file are counted, and the first are told`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run(
                "CREATE TABLE item (id integer NOT NULL PRIMARY KEY, name varchar(60) NOT NULL)")
            try connection.run(
                "INSERT INTO item VALUES (5, 'item 5'), (6, 'other'), (5000, 'gone')")
            let csv = "id,name\n" + (1...3000).map { "\($0),item \($0)\n" }.joined()
            for mode in ["insert", "upsert", "sync"] {
                let yaml = """
                    - { table: item, key: [id], mode: \(mode), file: item.csv\
                    \(mode == "sync" ? ", where: {}" : "") }
                    """
                let changes = try Self.compare(yaml, ["item.csv": csv], ["item"], on: connection)
                guard mode == "insert" else { continue }
                #expect(changes.counts == SeedCounts(inserted: 2998, unchanged: 2))
                #expect(changes.groups.map(\.count) == [2998])
                #expect(
                    changes.groups[0].rows.map { $0.key[0].new }
                        == ([1, 2, 3, 4] + (7...22)).map { "\($0)" })
            }
            #expect(try connection.run("SELECT name FROM item WHERE id = 6") == [["item 6"]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a file's constants may be secrets, and rows that would be made`(
        _ database: TestDatabase
    ) throws {
        try database.withConnection { connection in
            try Self.role(connection)
            try connection.run(
                "CREATE TABLE person (email varchar(40) NOT NULL PRIMARY KEY, role_id bigint, "
                    + "pin varchar(99), hash varchar(150))")
            try connection.run("INSERT INTO person VALUES ('a@x', 7, 'old-pin', 'old-hash')")
            let yaml = """
                - { table: role, key: [name], rows: [ { name: admin } ] }
                - table: person
                  key: [email]
                  mode: upsert
                  file: person.csv
                  columns:
                    role_id: !ref { table: role, where: { name: admin } }
                    pin: !secret new-pin
                    hash: !sha256 new-hash
                """
            let files = ["person.csv": "email\na@x\nb@x\n"]
            let changes = try Self.compare(yaml, files, ["role", "person"], on: connection)
            #expect(
                Self.texts(changes) == [
                    "insert role name=admin",
                    "insert person email=b@x role_id:NULL>!ref role pin:NULL>*** hash:NULL>***",
                    "update person email=a@x role_id:7>!ref role pin:***>*** "
                        + "hash:***>***",
                ])
            let lost = try Self.seed(
                yaml.replacing("where: { name: admin }", with: "where: { name: x }"), files)
            let failure = try #require(
                #expect(throws: Failure.self) { try Self.rehearse([lost], on: connection) })
            #expect(failure.headline == "finds no row of role with name=x")
        }
    }

    @Test(arguments: TestDatabase.all)
    func `sync tells what would go, and that it would be refused`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try SeedDataTests.country(connection)
            try connection.run(
                "CREATE TABLE city (id integer NOT NULL PRIMARY KEY, country varchar(2) NOT NULL, "
                    + "FOREIGN KEY (country) REFERENCES country (code) ON DELETE CASCADE)")
            try connection.run(
                "INSERT INTO country VALUES ('AA', 'Gone', 1, 1, 'Europe'), ('BB', 'Too', 1, 1, 'Asia')"
            )
            try connection.run("INSERT INTO city VALUES (1, 'AA'), (2, 'AA')")
            let file = SeedDataTests.seed("sync", SeedDataTests.scope + "  max_deletes: 2\n")
            let list = """
                - table: country
                  key: [code]
                  mode: sync
                  where: { continent: Europe }
                  max_deletes: 2
                  rows: [ { code: DE, name: Germany, continent: Europe } ]
                """
            for yaml in [file, list] {
                let files = ["country.csv": SeedDataTests.csv]
                let said = try #require(
                    Self.rehearse([Self.seed(yaml, files)], on: connection).first)
                #expect(Self.texts(said.changes).last == "delete country code=AA")
                #expect(said.changes.counts.deleted == 1)
                #expect(said.changes.notes == ["2 rows of city would go with the rows of country"])
                let planted = try SeedDataTests.failure(yaml, files, on: connection)
                #expect(said.refusal == planted)
            }
        }
    }

    // MARK: Any seed

    @Test(arguments: TestDatabase.all)
    func `what is said of generated seeds is what happens`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            try connection.run(
                "CREATE TABLE item (id integer NOT NULL PRIMARY KEY, name varchar(10) NOT NULL, "
                    + "amount numeric(8,2), note varchar(20), grp varchar(4))")
            for number in 1...60 {
                var generated = GeneratedSeed(Noise(seed: UInt64(number)))
                try connection.run("DELETE FROM item")
                for row in generated.rowsBefore() {
                    try connection.run("INSERT INTO item VALUES \(row)")
                }
                let before = try Self.content("item", connection)
                let yaml = generated.yaml()
                let changes = try Self.compare(
                    yaml, generated.files, ["item"], on: connection, "\(number): \(yaml)")
                let after = try Self.content("item", connection)
                for group in changes.groups {
                    for row in group.rows {
                        let id = row.key[0].new ?? ""
                        switch group.kind {
                        case .insert: #expect(before[id] == nil && after[id] != nil)
                        case .delete: #expect(before[id] != nil && after[id] == nil)
                        case .update where before[id] != nil && !generated.comesBack:
                            let columns = ["id", "name", "amount", "note", "grp"]
                            let changed = columns.indices.filter {
                                before[id]?[$0] != after[id]?[$0]
                            }
                            #expect(
                                Set(row.columns.map(\.name)) == Set(changed.map { columns[$0] }),
                                "\(number): \(yaml)")
                        case .update: #expect(after[id] != nil)
                        }
                    }
                }
                let again = try Self.rehearse(
                    [Self.seed(yaml, generated.files)], on: connection
                ).first?.changes
                if !generated.comesBack { #expect(again?.groups.isEmpty == true) }
            }
        }
    }
}

/// A table's rows and a seed for it, made of noise.
private struct GeneratedSeed {
    private var noise: Noise
    private(set) var files: [String: String] = [:]
    /// Whether a second entry comes back to rows of the first.
    private(set) var comesBack = false

    init(_ noise: Noise) { self.noise = noise }

    private mutating func values() -> [String] {
        [
            noise.one(of: ["a", "b", "B"]), noise.one(of: ["", "1.50", "2.25"]),
            noise.one(of: ["", "x", "y"]), noise.one(of: ["a", "b"]),
        ]
    }

    private mutating func ids() -> [Int] {
        var ids = (1...8).filter { _ in noise.isOne(in: 2) }
        if ids.isEmpty { ids = [1] }
        return ids
    }

    /// The rows that are there before, as SQL.
    mutating func rowsBefore() -> [String] {
        ids().map { id in
            let texts = values().map { $0.isEmpty ? "NULL" : "'\($0)'" }
            return "(\(id), \(texts.joined(separator: ", ")))"
        }
    }

    mutating func yaml() -> String {
        let mode = noise.one(of: ["insert", "upsert", "sync"])
        var policies = ["name", "amount", "note"].map { name in
            "\(name): { on: \(noise.one(of: ["always", "insert", "\"null\""])) }"
        }
        if mode == "sync" { policies.append("grp: a") }
        let head = """
            - table: item
              key: [id]
              mode: \(mode)
            \(mode == "sync" ? "  where: { grp: a }\n" : "")  columns: { \(policies.joined(separator: ", ")) }

            """
        guard noise.isOne(in: 2) else { return head + list(isSync: mode == "sync") + more(mode) }
        let hasGroup = mode != "sync"
        files["item.csv"] =
            "id,name,amount,note\(hasGroup ? ",grp" : "")\n"
            + ids().map { id in
                ([String(id)] + values().prefix(hasGroup ? 4 : 3)).joined(separator: ",") + "\n"
            }.joined()
        return head + "  file: item.csv\n  null: \"\"\n"
    }

    private mutating func list(isSync: Bool) -> String {
        "  rows:\n"
            + ids().map { id in
                let names = ["name", "amount", "note"] + (isSync ? [] : ["grp"])
                let cells = zip(names, values()).map { name, value in
                    "\(name): \(value.isEmpty ? "null" : value)"
                }
                return "    - { id: \(id), \(cells.joined(separator: ", ")) }\n"
            }.joined()
    }

    private mutating func more(_ mode: String) -> String {
        guard mode != "sync", noise.isOne(in: 2) else { return "" }
        comesBack = true
        return "- table: item\n  key: [id]\n  mode: upsert\n" + list(isSync: false)
    }
}
