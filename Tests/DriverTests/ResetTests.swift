import BootstrapTesting
import Testing

@testable import Bootstrap

/// Dropping and beginning anew.
@Suite struct ResetTests {
    private func pipeline(
        _ database: TestDatabase, _ url: DatabaseURL, _ files: [String: String]
    ) -> Pipeline {
        database.pipeline(url, .texts(files))
    }

    private static let one = ["0001_a.sql": "CREATE TABLE a (id integer)"]

    @Test(arguments: TestDatabase.all)
    func `a reset drops and begins anew, and creates in production too`(
        _ database: TestDatabase
    ) async throws {
        let url = try database.server.unusedURL()
        var pipeline = pipeline(database, url, Self.one)
        #expect(try await pipeline.reset().created)
        pipeline.options.environment = "production"
        let inProduction = pipeline
        #expect(try await inProduction.planReset(isConfirmed: true).drops)
        let refusal = await #expect(throws: Failure.self) { try await inProduction.reset() }
        #expect(refusal?.headline.hasSuffix("was not confirmed") == true)
        let log = EventLog()
        let report = try await inProduction.reset(isConfirmed: true) { log.add($0) }
        #expect(report.created)
        #expect(report.migrated == ["0001_a"])
        let name = try database.driver.init(url).databaseName
        let told = log.events
        #expect(told.count { if case .started = $0 { true } else { false } } == 1)
        #expect(told.count { if case .awake = $0 { true } else { false } } == 1)
        #expect(told.contains(.dropped(database: name)))
        #expect(told.contains(.created(database: name)))
        #expect(told.last == .ready(report))
        try await inProduction.drop(isConfirmed: true)
        // What was not there is created by the rules of `run`.
        let absent = await #expect(throws: Failure.self) {
            try await inProduction.reset(isConfirmed: true)
        }
        #expect(absent?.status == .configuration)
    }

    @Test(arguments: TestDatabase.all)
    func `what would stop the run stops the reset before anything is dropped`(
        _ database: TestDatabase
    ) async throws {
        let url = try database.server.unusedURL()
        try await pipeline(database, url, Self.one).run()
        let wrong = Self.one.merging(["0002_b.sql": "CREATE TABLE \"b (id integer)"]) { $1 }
        var never = pipeline(database, url, Self.one)
        never.options.create = false
        for pipeline in [pipeline(database, url, wrong), never] {
            let failure = await #expect(throws: Failure.self) { try await pipeline.reset() }
            #expect(failure?.state == "Nothing was changed.")
            let plan = await #expect(throws: Failure.self) { try await pipeline.planReset() }
            #expect(plan?.headline == failure?.headline)
        }
        #expect(try await pipeline(database, url, Self.one).run().isNothing)
        try await pipeline(database, url, Self.one).drop()
    }

    @Test(arguments: TestDatabase.all)
    func `a run that fails behind the drop says that the database was dropped`(
        _ database: TestDatabase
    ) async throws {
        let url = try database.server.unusedURL()
        let bad = Self.one.merging(["0002_b.sql": "CREATE TABEL b (id integer)"]) { $1 }
        try await pipeline(database, url, Self.one).run()
        let failure = await #expect(throws: Failure.self) {
            try await pipeline(database, url, bad).reset()
        }
        let name = try database.driver.init(url).databaseName
        #expect(failure?.state?.hasPrefix("The database \(name) was dropped. ") == true)
        #expect(failure?.next?.contains("run bootstrap up") == true)
        try await pipeline(database, url, bad).drop()
    }
}
