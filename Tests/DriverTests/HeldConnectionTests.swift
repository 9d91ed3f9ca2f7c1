import Bootstrap
import BootstrapTesting
import Testing

/// Migrating and seeding over a connection that the caller holds, and databases made so for tests.
@Suite struct HeldConnectionTests {
    private static let migrations = MigrationSource.embedded([
        "0001_country.sql": Array(
            "CREATE TABLE country (code varchar(2) PRIMARY KEY, name varchar(40) NOT NULL)".utf8),
        "R_none.sql": Array("DELETE FROM country WHERE code = 'xx'".utf8),
    ])
    private static let seeds = SeedSource.embedded([
        "010_country.yaml": Array(
            "- table: country\n  key: [code]\n  rows: [ { code: at, name: \"${NAME}\" } ]\n".utf8)
    ])
    private static let settings = Settings(["NAME": Setting("Austria")])

    private func pipeline(_ url: DatabaseURL, _ driver: any Driver.Type) -> Pipeline {
        var pipeline = Pipeline(
            url, drivers: [driver], migrations: Self.migrations, seeds: Self.seeds)
        pipeline.options.settings = Self.settings
        return pipeline
    }

    private func check(
        _ pipeline: Pipeline, on connection: any Connection
    ) throws {
        var events: [Event] = []
        let first = try pipeline.run(on: connection) { events.append($0) }
        #expect(first.migrated == ["0001_country", "R_none"])
        #expect(first.seeded == ["010_country"])
        #expect((first.migrations, first.seeds) == (1, 1))
        #expect(events.first == .started(target: first.target))
        #expect(events.last == .ready(first))
        #expect(try connection.run("SELECT code, name FROM country") == [["at", "Austria"]])
        #expect(try pipeline.run(on: connection).isNothing)
    }

    @Test(arguments: TestDatabase.all)
    func `a connection that is held is migrated and seeded, and stays open`(
        _ database: TestDatabase
    ) throws {
        try database.withDatabase { url in
            let connection = try database.connect(to: url)
            defer { connection.close() }
            try check(pipeline(url, database.driver), on: connection)
            // The lock was given back.
            let other = try database.connect(to: url)
            defer { other.close() }
            #expect(try pipeline(url, database.driver).run(on: other).isNothing)
        }
    }

    @Test(arguments: TestDatabase.all.filter { $0.dialect.engine == "sqlite" })
    func `a database in memory is made ready`(_ database: TestDatabase) throws {
        let url = DatabaseURL(scheme: "sqlite", hasAuthority: false, path: ":memory:")
        let connection = try database.connect(to: url)
        defer { connection.close() }
        try check(pipeline(url, database.driver), on: connection)
    }

    @Test(arguments: TestDatabase.all)
    func `a connection in a transaction is left alone`(_ database: TestDatabase) throws {
        try database.withDatabase { url in
            let connection = try database.connect(to: url)
            defer { connection.close() }
            try connection.run(connection.dialect.begin)
            let failure = #expect(throws: Failure.self) {
                try pipeline(url, database.driver).run(on: connection)
            }
            #expect(failure?.headline == "the connection is in a transaction")
            #expect(connection.isInTransaction)
            #expect(try connection.describe(TableName("bootstrap_history")) == nil)
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a failed migration is told, and the connection can be used again`(
        _ database: TestDatabase
    ) throws {
        try database.withDatabase { url in
            let connection = try database.connect(to: url)
            defer { connection.close() }
            var pipeline = pipeline(url, database.driver)
            pipeline.migrations = .embedded(["0001_bad.sql": Array("CREATE TABEL a (b int)".utf8)])
            let failure = #expect(throws: Failure.self) { try pipeline.run(on: connection) }
            #expect(failure?.status == .rejected)
            #expect(!connection.isInTransaction)
            #expect(try connection.run("SELECT 1") == [[1]])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a test's database is migrated and seeded before the test begins`(
        _ database: TestDatabase
    ) async throws {
        let country = "SELECT name FROM country"
        try database.server.withDatabase(
            migrations: Self.migrations, seeds: Self.seeds, settings: Self.settings
        ) { url in
            let connection = try database.connect(to: url)
            defer { connection.close() }
            #expect(try connection.run(country) == [["Austria"]])
        }
        try await database.server.withDatabase(migrations: Self.migrations) { url async throws in
            let connection = try database.connect(to: url)
            defer { connection.close() }
            #expect(try connection.run(country) == [])
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a test's database whose migrations fail is dropped again`(
        _ database: TestDatabase
    ) throws {
        let bad = MigrationSource.embedded(["0001_bad.sql": Array("CREATE TABEL a (b int)".utf8)])
        #expect(throws: Failure.self) {
            try database.server.withDatabase(migrations: bad) { _ in
                Issue.record("the test began")
            }
        }
    }
}
