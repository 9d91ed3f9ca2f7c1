import Bootstrap
#if MariaDB
import BootstrapMariaDB
#endif
#if PostgreSQL
import BootstrapPostgreSQL
#endif

extension TestServer {
    /// The drivers that this build has; one of the two lists that name the engines.
    public static let drivers: [any Driver.Type] = {
        var drivers: [any Driver.Type] = []
        #if PostgreSQL
        drivers.append(PostgreSQLDriver.self)
        #endif
        #if MariaDB
        drivers.append(MariaDBDriver.self)
        #endif
        return drivers
    }()
}
