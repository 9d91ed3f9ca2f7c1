import Bootstrap
import FoundationEssentials

extension TestServer {
    /// Runs `body` with a database of its own, which is empty, and drops it afterwards.
    public func withDatabase<Result>(
        _ body: (DatabaseURL) throws -> Result
    ) throws -> Result {
        let database = try FreshDatabase(on: self)
        do {
            let result = try body(database.url)
            try database.drop()
            return result
        } catch {
            // The body's own error is the one to report.
            try? database.drop()
            throw error
        }
    }

    /// Runs `body` with a database of its own, which is empty, and drops it afterwards.
    public func withDatabase<Result>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (DatabaseURL) async throws -> Result
    ) async throws -> Result {
        let database = try FreshDatabase(on: self)
        do {
            let result = try await body(database.url)
            try database.drop()
            return result
        } catch {
            // The body's own error is the one to report.
            try? database.drop()
            throw error
        }
    }

    /// Runs `body` with a database of its own, migrated and seeded, and drops it afterwards.
    ///
    ///     try TestServer.postgreSQL.withDatabase(migrations: .folder("migrations")) { url in … }
    ///
    /// The environment is `test`, so that seeds for it are planted and `changethis` is no secret.
    ///
    /// - `migrations`: what to apply first.
    /// - `seeds`: what to plant then.
    /// - `settings`: what seeds and portable files may name.
    /// - `body`: the test; it is given the database's address.
    public func withDatabase<Result>(
        migrations: MigrationSource, seeds: SeedSource = .none, settings: Settings = Settings(),
        _ body: (DatabaseURL) throws -> Result
    ) throws -> Result {
        try withDatabase { url in
            let pipeline = pipeline(url, migrations, seeds, settings)
            let driver = try Self.driver(for: url)
            let connection = try driver.connect(SessionSettings(), before: .now + .seconds(30))
            do {
                // Closed before the test begins: it may drop the database or stop the server.
                defer { connection.close() }
                try pipeline.run(on: connection)
            }
            return try body(url)
        }
    }

    /// Runs `body` with a database of its own, migrated and seeded, and drops it afterwards.
    ///
    ///     try await TestServer.postgreSQL.withDatabase(migrations: .folder("migrations")) { url in
    ///         …
    ///     }
    ///
    /// The environment is `test`, so that seeds for it are planted and `changethis` is no secret.
    ///
    /// - `migrations`: what to apply first.
    /// - `seeds`: what to plant then.
    /// - `settings`: what seeds and portable files may name.
    /// - `body`: the test; it is given the database's address.
    public func withDatabase<Result>(
        migrations: MigrationSource, seeds: SeedSource = .none, settings: Settings = Settings(),
        isolation: isolated (any Actor)? = #isolation,
        _ body: (DatabaseURL) async throws -> Result
    ) async throws -> Result {
        try await withDatabase { url in
            try await pipeline(url, migrations, seeds, settings).run()
            return try await body(url)
        }
    }

    private func pipeline(
        _ url: DatabaseURL, _ migrations: MigrationSource, _ seeds: SeedSource, _ settings: Settings
    ) -> Pipeline {
        var pipeline = Pipeline(
            url, drivers: Self.drivers, migrations: migrations, seeds: seeds)
        pipeline.options.environment = "test"
        pipeline.options.settings = settings
        pipeline.options.wait = .seconds(30)
        return pipeline
    }

    /// The driver for the URL's scheme.
    static func driver(for url: DatabaseURL) throws -> any Driver {
        guard let type = drivers.first(where: { $0.schemes.contains(url.scheme) }) else {
            throw TestServerError("no driver for \(url.scheme): is its package trait on?")
        }
        return try type.init(url)
    }

    /// The address of a database that does not exist, and that no other test uses.
    ///
    /// Whoever creates it should drop it, unless the server goes away anyhow.
    public func unusedURL() throws -> DatabaseURL {
        if product == .sqlite {
            let folder = try TemporaryFolder.makeForThisProcess()
            return DatabaseURL(scheme: "sqlite", path: folder + "/test.db")
        }
        if existingURL == nil { try start() }
        var url = try url()
        url.path = "/test_" + String(UInt64.random(in: .min ... .max), radix: 16)
        return url
    }
}

/// One database that exists for one test.
struct FreshDatabase {
    let url: DatabaseURL
    private let driver: any Driver
    private let folder: String?

    init(on server: TestServer) throws {
        url = try server.unusedURL()
        driver = try TestServer.driver(for: url)
        folder = server.product == .sqlite ? String(url.path.dropLast("/test.db".count)) : nil
        do {
            _ = try driver.create(SessionSettings(), before: .now + .seconds(30))
        } catch {
            if let folder { TemporaryFolder.remove(folder) }
            throw error
        }
    }

    func drop() throws {
        // A folder goes as a whole: with side files, copies, and what else a test put there.
        if let folder { return TemporaryFolder.remove(folder) }
        _ = try driver.drop(SessionSettings(), before: .now + .seconds(30))
    }
}
