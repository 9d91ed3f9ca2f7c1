import Bootstrap
import BootstrapTesting

extension TestDatabase {
    /// Ends every other session in the database.
    func endOthers(at url: DatabaseURL) throws {
        let connection = try connect(to: url)
        defer { connection.close() }
        if dialect.rollsBackDDL {
            try connection.run(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                    + "WHERE datname = current_database() AND pid <> pg_backend_pid()")
            return
        }
        let query =
            "SELECT id FROM information_schema.processlist "
            + "WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        for row in try connection.run(query) {
            try connection.run("KILL CONNECTION \(row[0].integer ?? 0)")
        }
        while try !connection.run(query).isEmpty { pauseBriefly() }
    }
}
