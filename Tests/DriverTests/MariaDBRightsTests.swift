#if MariaDB
import Bootstrap
import BootstrapMariaDB
import BootstrapTesting
import Testing

/// What a user of MariaDB is told who may do less than a run needs.
@Suite(.enabled(if: TestServer.mariaDB.reasonMissing == nil))
struct MariaDBRightsTests {
    @Test func `a user who may only create databases is told to get rights on the new one`()
        async throws
    {
        let (pipeline, name) = try pipeline(granting: "CREATE ON *.*", to: "maker")
        let first = await #expect(throws: Failure.self) { try await pipeline.run() }
        #expect(first?.status == .denied)
        #expect(
            first?.description == """
                cannot use the database \(name), which this run created
                MariaDB says: \(first?.cause?.message ?? "nothing") [1142]
                In this run: the database \(name) was created. Nothing else was changed.
                Next: give this user all rights on the database \(name), or use another user, and \
                run the same command again.
                """)
        // The database is there now, and is no less closed to this user.
        let second = await #expect(throws: Failure.self) { try await pipeline.run() }
        #expect(second?.status == .denied)
        #expect(
            second?.description == """
                cannot read the history bootstrap_history
                MariaDB says: \(second?.cause?.message ?? "nothing") [1142]
                Nothing was changed.
                Next: give this user its rights on the database, SELECT on bootstrap_history among \
                them, or use the user that owns it.
                """)
        try administrator { try $0.run("DROP DATABASE \(name)") }
    }

    @Test func `a history that may not be written says that nothing was changed`() async throws {
        let (pipeline, name) = try pipeline(granting: "CREATE ON *.*", to: "reader")
        try administrator {
            try $0.run("CREATE DATABASE \(name)")
            try $0.run("GRANT SELECT, DROP, UPDATE, DELETE ON \(name).* TO reader@'%'")
        }
        let failure = await #expect(throws: Failure.self) { try await pipeline.run() }
        #expect(failure?.status == .denied)
        #expect(failure?.cause?.code == "1142")
        #expect(failure?.state == "Nothing was changed.")
        try administrator { try $0.run("DROP DATABASE \(name)") }
    }

    private func administrator(_ body: (any Connection) throws -> Void) throws {
        var url = try TestServer.mariaDB.administratorURL()
        url.path = "/mysql"
        let connection = try MariaDBDriver(url).connect(
            SessionSettings(), before: .now + .seconds(30))
        defer { connection.close() }
        try body(connection)
    }

    /// A pipeline of a new user with these rights, toward a database that is not there.
    private func pipeline(
        granting rights: String, to user: String
    ) throws -> (pipeline: Pipeline, database: String) {
        let password = "p4ss"
        // Starts the server, too.
        var url = try TestServer.mariaDB.unusedURL()
        try administrator {
            try $0.run("CREATE OR REPLACE USER \(user)@'%' IDENTIFIED BY '\(password)'")
            try $0.run("GRANT \(rights) TO \(user)@'%'")
        }
        (url.user, url.password) = (user, Secret(password))
        let migrations = ["1_note.sql": Array("CREATE TABLE note (id integer)".utf8)]
        var pipeline = Pipeline(
            url, drivers: [MariaDBDriver.self], migrations: .embedded(migrations))
        pipeline.options.wait = .zero
        return (pipeline, try MariaDBDriver(url).databaseName)
    }
}
#endif
