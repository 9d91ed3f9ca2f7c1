#if PostgreSQL
import Bootstrap
import CBootstrapPostgreSQL

/// libpq's functions, loaded when this driver is first used.
typealias Libpq = CBootstrapLibpq

/// libpq on this machine, or why it is not there.
func loadedLibpq() throws(DatabaseError) -> Libpq {
    var reason: UnsafePointer<CChar>?
    guard let functions = cbootstrap_libpq(&reason) else {
        let words = reason.map { String(cString: $0) } ?? "no reason given"
        throw .missingLibrary(
            "PostgreSQL's client library cannot be loaded: \(words)", package: "libpq5")
    }
    return functions.pointee
}

extension Libpq {
    /// The options that this libpq knows, with what the environment, a service file and libpq itself
    /// give for each.
    /// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PQCONNDEFAULTS>
    func defaults() -> [String: String?] { values(in: PQconndefaults()) }

    /// The database that these keywords lead to when one of them is `service`, whose file libpq
    /// reads only on its way to a server: this server is a socket that cannot be there.
    ///
    /// `nil` where the service cannot be read; connecting then says why.
    /// <https://www.postgresql.org/docs/current/libpq-pgservice.html>
    func databaseOfService(_ parameters: [String: String]) -> String? {
        let parameters = parameters.merging(["host": "/dev/null"]) { _, nowhere in nowhere }
        let handle = CStrings(parameters.map(\.key)).withPointers { keywords in
            CStrings(parameters.map(\.value)).withPointers { values in
                PQconnectStartParams(keywords, values, 0)
            }
        }
        guard let handle else { return nil }
        defer { PQfinish(handle) }
        return values(in: PQconninfo(handle))["dbname"] ?? nil
    }

    /// Reads a list of options, and frees it.
    private func values(
        in list: UnsafeMutablePointer<PQconninfoOption>?
    ) -> [String: String?] {
        guard let list else { return [:] }
        defer { PQconninfoFree(list) }
        var values: [String: String?] = [:]
        var entry = list
        while let keyword = entry.pointee.keyword {
            let value = entry.pointee.val.map { String(cString: $0) }
            values.updateValue(value, forKey: String(cString: keyword))
            entry += 1
        }
        return values
    }
}
#endif
