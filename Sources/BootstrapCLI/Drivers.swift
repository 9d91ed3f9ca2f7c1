import Bootstrap

#if PostgreSQL
import BootstrapPostgreSQL
#endif

/// The engines of this build: one of the two lists that name them.
let drivers: [any Driver.Type] = {
    var drivers: [any Driver.Type] = []
    #if PostgreSQL
    drivers.append(PostgreSQLDriver.self)
    #endif
    return drivers
}()
