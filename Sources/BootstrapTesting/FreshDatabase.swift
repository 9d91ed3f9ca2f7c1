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
        let scheme = url.scheme
        guard let type = TestServer.drivers.first(where: { $0.schemes.contains(scheme) }) else {
            throw TestServerError("no driver for \(scheme): is its package trait on?")
        }
        driver = try type.init(url)
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
