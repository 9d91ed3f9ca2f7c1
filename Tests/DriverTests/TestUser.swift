import Bootstrap
import BootstrapTesting

extension TestDatabase {
    /// Runs `body` with the address of another user of the database, who is made for it.
    ///
    /// `rights` are the statements that give the user, by its name as SQL writes it, what it may do; the
    /// server's superuser runs them.
    func withUser<Result>(
        of url: DatabaseURL, rights: (_ user: String) -> [String],
        _ body: (DatabaseURL) async throws -> Result
    ) async throws -> Result {
        var address = try server.administratorURL()
        address.path = url.path
        let administrator = try driver.init(address)
            .connect(SessionSettings(), before: .now + .seconds(30))
        defer { administrator.close() }
        let name = "user_\(UInt32.random(in: 0 ... .max))"
        let hasRoles = dialect.rollsBackDDL
        let user = hasRoles ? name : "\(name)@'%'"
        try administrator.run(
            hasRoles
                ? "CREATE ROLE \(user) LOGIN PASSWORD 'x'" : "CREATE USER \(user) IDENTIFIED BY 'x'"
        )
        defer {
            if hasRoles { _ = try? administrator.run("DROP OWNED BY \(user)") }
            _ = try? administrator.run("DROP USER \(user)")
        }
        for statement in rights(user) { try administrator.run(statement) }
        var other = url
        (other.user, other.password) = (name, Secret("x"))
        return try await body(other)
    }
}
