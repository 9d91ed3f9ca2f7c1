#if SQLite
import Bootstrap
import CBootstrapSQLite
import Glibc

extension DatabaseError.Kind {
    /// What to do about a result code, extended ones included; the lowest byte is the plain code.
    /// <https://www.sqlite.org/rescode.html>
    init(sqliteCode code: Int32, systemError: Int32 = 0) {
        switch code {
        case 1544: self = .denied  // READONLY_DIRECTORY: the journal cannot be made
        case 1032: self = .lost  // READONLY_DBMOVED: the file was taken away under us
        default:
            switch code & 0xff {
            case 5, 6, 15: self = .busy  // BUSY, LOCKED, PROTOCOL (a race for the WAL)
            case 8: self = .readOnly  // READONLY
            case 13: self = .unavailable  // FULL: the disk, or max_page_count
            case 9: self = .interrupted  // INTERRUPT
            case 3, 23: self = .denied  // PERM, AUTH
            case 14 where systemError == EACCES || systemError == EPERM:
                self = .denied  // CANTOPEN
            case 14 where systemError == EROFS: self = .readOnly
            default: self = .rejected
            }
        }
    }
}

extension DatabaseError {
    /// What went wrong last on a connection, in SQLite's words.
    init(_ sqlite: bootstrap_sqlite, _ handle: OpaquePointer?, position: Int? = nil) {
        let code = sqlite.extended_errcode(handle)
        let message = sqlite.errmsg(handle).map { String(cString: $0) } ?? "error \(code)"
        self.init(
            .init(sqliteCode: code, systemError: sqlite.system_errno(handle)), code: "\(code)",
            message, position: position)
        switch code & 0xff {
        case 13: remedy = "make room on the disk, and run the same command again"
        case 8 where code == 1544: remedy = Self.rightToWrite
        case 14 where kind == .denied: remedy = Self.rightToWrite
        // CORRUPT
        case 11:
            remedy =
                "the file is damaged: restore it from a backup, or save what can be read with "
                + "sqlite3's command .recover"
        // NOTADB; a file that was encrypted by an extension of SQLite's looks the same.
        case 26:
            remedy =
                "give the path of an SQLite database that is not encrypted, or of a file that is "
                + "not there yet; this one was left as it is"
        default: break
        }
    }

    /// What to do where the file system refuses.
    private static let rightToWrite =
        "let this user write to the file and to its folder, where SQLite keeps the journal"

    /// A system call's answer about a path, with what to do where a person must do it first.
    init(_ number: Int32, path: String) {
        let message = "\(path): \(String(cString: strerror(number)))"
        switch number {
        case EACCES, EPERM:
            self.init(.denied, message)
            remedy = Self.rightToWrite
        case ENOSPC, EDQUOT:
            self.init(.unavailable, message)
            remedy = "make room on the disk, and run the same command again"
        // No failover makes it writable.
        case EROFS:
            self.init(.denied, message)
            remedy = "mount the file system so that it may be written to"
        default: self.init(.rejected, message)
        }
    }
}

extension bootstrap_sqlite {
    /// The functions of libsqlite3, loaded at the first call.
    static func load() throws(DatabaseError) -> bootstrap_sqlite {
        var why: UnsafePointer<CChar>?
        if let functions = bootstrap_sqlite_load(&why) { return functions.pointee }
        let words = why.map { String(cString: $0) } ?? "no reason given"
        throw .missingLibrary(
            "SQLite's client library cannot be loaded: \(words)", package: "libsqlite3-0")
    }
}
#endif
