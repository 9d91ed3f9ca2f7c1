#if MariaDB
import Bootstrap
import CBootstrapMariaDB

/// libmariadb, which is loaded when the first connection is opened.
enum MariaDBLibrary {
    /// The library's functions, or an error that names the package to install.
    static func load() throws(DatabaseError) -> bootstrap_mariadb {
        guard let functions = bootstrap_mariadb_functions() else {
            throw .missingLibrary(
                "MariaDB's client library cannot be loaded: "
                    + String(cString: bootstrap_mariadb_error()),
                package: "libmariadb3")
        }
        return functions.pointee
    }
}
#endif
