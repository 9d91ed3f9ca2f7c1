import Bootstrap

#if MariaDB
import BootstrapMariaDB
#endif
#if PostgreSQL
import BootstrapPostgreSQL
#endif
#if SQLite
import BootstrapSQLite
#endif

/// The engines of this build: one of the two lists that name them.
let drivers: [any Driver.Type] = {
    var drivers: [any Driver.Type] = []
    #if PostgreSQL
    drivers.append(PostgreSQLDriver.self)
    #endif
    #if MariaDB
    drivers.append(MariaDBDriver.self)
    #endif
    #if SQLite
    drivers.append(SQLiteDriver.self)
    #endif
    return drivers
}()
