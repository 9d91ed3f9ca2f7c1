#if PostgreSQL
import Bootstrap

extension PostgreSQLAddress {
    /// All hosts at once, for libpq to choose from.
    var everyHost: [String: String] {
        guard !hosts.isEmpty else { return [:] }
        return [
            "host": hosts.map(\.name).joined(separator: ","),
            "port": hosts.map { $0.port ?? "" }.joined(separator: ","),
        ]
    }
}

extension PostgreSQLAddress.Host {
    /// The addresses to try, as `hostaddr` takes them; one `nil` where libpq needs none.
    ///
    /// libpq would look the name up by itself, but while it does no deadline holds.
    /// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PQCONNECTSTARTPARAMS>
    func addresses(_ watch: Watch, before deadline: Deadline) throws(DatabaseError) -> [String?] {
        guard needsLookup else { return [nil] }
        return try watch.addresses(of: name, before: deadline)
    }
}
#endif
