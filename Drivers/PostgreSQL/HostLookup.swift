#if PostgreSQL
import Bootstrap
import CBootstrapPostgreSQL
import Glibc

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
    func addresses(before deadline: Deadline) throws(DatabaseError) -> [String?] {
        guard needsLookup else { return [nil] }
        let milliseconds = (deadline - .now).milliseconds
        var addresses: [String?] = []
        let status = withUnsafeMutablePointer(to: &addresses) { list in
            cbootstrap_resolve(
                name, milliseconds,
                { list, address in
                    list.assumingMemoryBound(to: [String?].self).pointee
                        .append(String(cString: address))
                }, list)
        }
        guard status == 0, !addresses.isEmpty else {
            let reason =
                status == CBOOTSTRAP_RESOLVE_TIMEOUT
                ? "the name server does not answer" : String(cString: gai_strerror(status))
            // Not there yet, mostly: a container's name appears when the container starts.
            throw DatabaseError(.unavailable, "cannot find the host \(name): \(reason)")
        }
        return addresses
    }
}
#endif
