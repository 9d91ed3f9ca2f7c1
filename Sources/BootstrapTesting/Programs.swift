import Bootstrap
import FoundationEssentials
import Glibc

/// What it takes to make and run a server of one product.
protocol ServerPrograms: Sendable {
    /// Why no such server can be made on this machine, or `nil`.
    static var reasonMissing: String? { get }
    /// The user whom the server runs as when root starts it.
    static var user: String { get }
    /// The URL scheme, and the superuser with the password that it has on test servers.
    static var scheme: String { get }
    static var administrator: (name: String, password: Secret) { get }
    /// The signal that ends the server at once without leaving anything behind in the system.
    static var lastSignal: String { get }
    /// The signal that ends the server in good order without waiting for its clients.
    static var stopSignal: Int32 { get }
    /// Makes a data folder with its users inside `folder`.
    static func install(
        in folder: String, port: Int, settings: [String], isDurable: Bool
    ) throws(TestServerError)
    /// The command that runs the server in the foreground.
    static func command(in folder: String) throws(TestServerError) -> [String]
    /// Whether the server with this process id takes connections.
    static func isReady(in folder: String, process: pid_t, port: Port) -> Bool
}

/// PostgreSQL's programs: `initdb`, and `postgres` itself, which needs no client to make a user.
enum PostgreSQLPrograms: ServerPrograms {
    static let folder: String? = {
        let versions =
            (try? FileManager.default.contentsOfDirectory(
                atPath: "/usr/lib/postgresql")) ?? []
        let newestFirst = versions.sorted { (Double($0) ?? 0) > (Double($1) ?? 0) }
        let folders = newestFirst.map { "/usr/lib/postgresql/\($0)/bin" }
        let chosen = environment("BOOTSTRAP_TEST_POSTGRESQL").map { [$0] } ?? []
        guard let initdb = Command.path(of: "initdb", in: chosen + folders) else { return nil }
        // A link in /usr/bin would hide the `postgres` that stands beside the real one.
        let real = URL(filePath: initdb).resolvingSymlinksInPath().path
        return String(real.dropLast("/initdb".count))
    }()

    static var reasonMissing: String? {
        folder == nil ? "initdb was not found (package postgresql)" : nil
    }
    static let user = "postgres"
    static let scheme = "postgres"
    static let administrator = (name: "postgres", password: Secret("postgres"))
    // Immediate shutdown: SIGKILL would leave shared memory behind.
    static let lastSignal = "QUIT"
    // Fast shutdown.
    static let stopSignal = SIGINT

    static func install(
        in folder: String, port: Int, settings: [String], isDurable: Bool
    ) throws(TestServerError) {
        guard let programs = self.folder else { throw TestServerError(reasonMissing ?? "") }
        let data = folder + "/data"
        try Command(
            [
                programs + "/initdb", "-D", data, "-U", administrator.name, "--no-sync",
                "--wal-segsize=1", "-A", "trust", "-E", "UTF8", "--locale=C",
            ], droppingTo: user
        ).run(in: folder)
        let app = TestServer.user
        // Single-user mode reads one statement a line.
        let sql = """
            CREATE ROLE \(app.name) LOGIN CREATEDB CREATEROLE PASSWORD '\(app.password.reveal())'
            ALTER ROLE \(administrator.name) PASSWORD '\(administrator.password.reveal())'

            """
        try Command(
            [programs + "/postgres", "--single", "-F", "-D", data, "postgres"],
            droppingTo: user
        ).run(input: sql, in: folder)
        var lines = [
            "port = \(port)", "listen_addresses = '127.0.0.1'",
            "unix_socket_directories = '\(folder)'", "shared_buffers = 32MB",
            "max_connections = 100", "log_line_prefix = '%m [%p] %u@%d '", "jit = off",
        ]
        if !isDurable {
            lines += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
        }
        try append(lines + settings, to: data + "/postgresql.conf")
        try write(
            ["local all all trust", "host all all 127.0.0.1/32 scram-sha-256"],
            to: data + "/pg_hba.conf")
    }

    static func command(in folder: String) throws(TestServerError) -> [String] {
        guard let programs = self.folder else { throw TestServerError(reasonMissing ?? "") }
        return try Command([programs + "/postgres", "-D", folder + "/data"], droppingTo: user).words
    }

    /// Reads what `pg_ctl` reads: the first line of `postmaster.pid` is the process, the eighth its
    /// state. <https://www.postgresql.org/docs/current/storage-file-layout.html>
    static func isReady(in folder: String, process: pid_t, port: Port) -> Bool {
        guard
            let file = FileManager.default.contents(atPath: folder + "/data/postmaster.pid")
        else { return false }
        let lines = String(decoding: file, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        return lines.count > 7 && lines[0] == "\(process)" && lines[7].hasPrefix("ready")
    }
}

/// MariaDB's programs: `mariadb-install-db` and `mariadbd`.
enum MariaDBPrograms: ServerPrograms {
    private static let chosen = environment("BOOTSTRAP_TEST_MARIADB").map { [$0] } ?? []
    private static let installer =
        Command.path(of: "mariadb-install-db", in: chosen)
    private static let server = Command.path(of: "mariadbd", in: chosen)

    static var reasonMissing: String? {
        if server == nil { return "mariadbd was not found (package mariadb-server)" }
        return installer == nil ? "mariadb-install-db was not found (package mariadb-server)" : nil
    }
    static let user = "mysql"
    static let scheme = "mariadb"
    static let administrator = (name: "root", password: Secret("root"))
    static let lastSignal = "KILL"
    static let stopSignal = SIGTERM

    static func install(
        in folder: String, port: Int, settings: [String], isDurable: Bool
    ) throws(TestServerError) {
        guard let installer else { throw TestServerError(reasonMissing ?? "") }
        try write([users], to: folder + "/users.sql")
        try Command(
            [
                installer, "--no-defaults", "--datadir=" + folder + "/data", "--skip-test-db",
                // A server that starts removes the temporary tables of every other in its tmpdir.
                "--tmpdir=" + folder + "/data",
                "--auth-root-authentication-method=normal", "--extra-file=\(folder)/users.sql",
                "--innodb-log-file-size=4M", "--innodb-doublewrite=0", "--sync-frm=0",
                "--innodb-flush-log-at-trx-commit=0", "--innodb-use-native-aio=0",
            ], droppingTo: user
        ).run(in: folder)
        var lines = [
            "[mariadbd]", "datadir = \(folder)/data", "socket = \(folder)/socket",
            "tmpdir = \(folder)/data",
            "port = \(port)", "bind-address = 127.0.0.1", "skip-name-resolve",
            "innodb-buffer-pool-size = 32M", "innodb-log-file-size = 4M",
            "performance-schema = OFF", "max-connections = 100",
            // The system's limit of asynchronous requests is shared by all servers of a machine.
            "innodb-use-native-aio = 0",
            // Looking whether it is ready counts as an aborted connection.
            "max-connect-errors = 1000000",
        ]
        if !isDurable {
            lines += ["innodb-flush-log-at-trx-commit = 0", "innodb-doublewrite = 0"]
        }
        try write(lines + settings, to: folder + "/my.cnf")
    }

    /// `app` may do all that an application's owner does, and nothing that a superuser does.
    private static var users: String {
        let app = "\(TestServer.user.name)@'%'"
        let root = "\(administrator.name)@'127.0.0.1'"
        return """
            FLUSH PRIVILEGES;
            CREATE USER \(app) IDENTIFIED BY '\(TestServer.user.password.reveal())';
            GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER,
                CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW,
                CREATE ROUTINE, ALTER ROUTINE, EVENT, TRIGGER ON *.* TO \(app);
            CREATE OR REPLACE USER \(root) IDENTIFIED BY '\(administrator.password.reveal())';
            GRANT ALL ON *.* TO \(root) WITH GRANT OPTION;
            """
    }

    static func command(in folder: String) throws(TestServerError) -> [String] {
        guard let server else { throw TestServerError(reasonMissing ?? "") }
        return try Command([server, "--defaults-file=\(folder)/my.cnf"], droppingTo: user).words
    }

    static func isReady(in folder: String, process: pid_t, port: Port) -> Bool { port.greets }
}

/// Writes a file of lines that every user may read.
private func write(_ lines: [String], to path: String) throws(TestServerError) {
    let text = lines.joined(separator: "\n") + "\n"
    guard
        FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o644])
    else { throw TestServerError("cannot write \(path)") }
}

/// Puts lines behind those that a file has.
private func append(_ lines: [String], to path: String) throws(TestServerError) {
    let before = FileManager.default.contents(atPath: path) ?? Data()
    try write([String(decoding: before, as: UTF8.self)] + lines, to: path)
}
