#if SQLite
import Bootstrap
import CBootstrapSQLite
import Glibc

/// Reaches an SQLite database, which is a file, or nothing but memory.
///
/// libsqlite3 is loaded when a driver first connects. The file is never opened but by it: closing
/// any other descriptor of the file would drop the locks that SQLite holds on it in this process.
/// <https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_>
public struct SQLiteDriver: Driver {
    /// `sqlite:`, and `file:` as SQLite itself writes it.
    public static let schemes = ["sqlite", "sqlite3", "file"]
    /// The dialect of SQLite 3.
    public static let dialect = Dialect.sqlite

    let location: SQLiteLocation

    /// Finds the file that the URL means.
    public init(_ url: DatabaseURL) throws(DatabaseError) { location = try SQLiteLocation(url) }

    /// The file's absolute path, or `:memory:`.
    public var databaseName: String { location.path ?? ":memory:" }
    /// The file's absolute path as a URL.
    public var target: String { location.path.map { "sqlite://" + $0 } ?? "sqlite::memory:" }

    /// A mode that says that the file is there.
    public var reasonNeverToCreate: String? {
        switch location.mode {
        case .readOnly, .readWrite: "mode=\(location.mode.rawValue) in the URL never creates a file"
        case .readWriteCreate, .memory: nil
        }
    }

    /// A file directly in `/`.
    public var reasonNotToCreate: String? {
        guard location.mode == .readWriteCreate, location.folder == "/" else { return nil }
        return "\(databaseName) lies directly in /, mostly the sign of a missing volume"
    }

    /// A file has one schema that a history can be in.
    public func willHave(
        schema: String, _ session: SessionSettings, before deadline: Deadline
    ) -> Bool { schema.lowercased() == "main" }

    /// Opens the file, which must be there.
    public func connect(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> any Connection {
        try open(session, before: deadline)
    }

    private func open(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> SQLiteConnection {
        let sqlite = try bootstrap_sqlite.load()
        if try !exists() {
            throw DatabaseError(.missingDatabase, "there is no file \(databaseName)")
        }
        return try SQLiteConnection(sqlite, location, session, before: deadline)
    }

    /// Makes an empty file, which is an empty database until something is written to it.
    ///
    /// The journal mode is SQLite's default: an application that wants WAL says so
    /// in a migration with `no-transaction`.
    public func create(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool {
        guard let path = location.realPath, try !exists() else { return false }
        if let reason = reasonNeverToCreate { throw DatabaseError(.rejected, reason) }
        // Two processes must not both believe that they made it, and the file must not be open in
        // this process when it gets its name: so it is made under another one and then linked.
        let draft = path + "-bootstrap.\(getpid()).\(UInt32.random(in: .min ... .max))"
        let descriptor = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw DatabaseError(errno, path: draft) }
        close(descriptor)
        defer { unlink(draft) }
        if link(draft, path) == 0 { return true }
        if errno == EEXIST { return false }
        // A file system without hard links: SQLite makes the file, and two may believe they did.
        guard try !exists() else { return false }
        let sqlite = try bootstrap_sqlite.load()
        var handle: OpaquePointer?
        defer { _ = sqlite.close_v2(handle) }
        guard
            sqlite.open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
                == SQLITE_OK
        else { throw DatabaseError(sqlite, handle) }
        return true
    }

    /// Removes the file with its journals; refuses one that SQLite does not know as a database.
    ///
    /// Of a symbolic link the file behind it goes, and the link stays for the next one.
    /// The lock's file beside it stays, because taking it away would give two holders one lock.
    public func drop(
        _ session: SessionSettings, before deadline: Deadline
    ) throws(DatabaseError) -> Bool {
        guard let path = location.realPath, try exists() else { return false }
        do throws(DatabaseError) {
            try open(session, before: deadline).close()
        } catch {
            // 11 is a database, though a damaged one, and may go.
            guard error.code == "11" else { throw error }
        }
        // The journals first: one that stayed would be played into the next file of this name.
        for suffix in ["-journal", "-wal", "-shm", ""] where unlink(path + suffix) != 0 {
            guard errno == ENOENT else { throw DatabaseError(errno, path: path + suffix) }
            if suffix.isEmpty { return false }
        }
        return true
    }

    /// Whether the file is there; throws where it cannot be.
    private func exists() throws(DatabaseError) -> Bool {
        guard let path = location.path, let folder = location.folder else { return true }
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT != S_IFDIR else {
                throw .missingPrerequisite(
                    "\(path) is a folder",
                    remedy: "name a file in it, as in sqlite://\(path)/app.db")
            }
            return true
        }
        guard errno == ENOENT || errno == ENOTDIR else { throw DatabaseError(errno, path: path) }
        guard stat(folder, &status) == 0 else {
            throw .missingPrerequisite(
                "there is no folder \(folder)", remedy: "mkdir -p \(SQLiteDriver.quoted(folder))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .missingPrerequisite(
                "\(folder) is no folder", remedy: "name a file in a folder that is there")
        }
        return false
    }

    /// A path as a shell reads it back.
    private static func quoted(_ path: String) -> String {
        let isPlain = path.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789/._-".unicodeScalars.contains($0)
        }
        guard !isPlain else { return path }
        let parts = path.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }
}
#endif
