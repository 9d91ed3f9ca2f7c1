#if SQLite
import Bootstrap
import Glibc

/// Which database a URL means: a file, or one in memory.
struct SQLiteLocation: Sendable, Equatable {
    /// The file's absolute path; `nil` for a database in memory.
    var path: String?
    /// The name that SQLite opens in memory: `:memory:`, or a `file:` URI of a shared one.
    var memoryName = ":memory:"
    /// How the file is to be opened.
    var mode = Mode.readWriteCreate
    /// Whether nobody changes the file, so that SQLite takes no locks.
    var isImmutable = false

    /// The values of `mode=`. <https://www.sqlite.org/uri.html>
    enum Mode: String, Sendable, CaseIterable {
        /// Never writes.
        case readOnly = "ro"
        /// The file must be there.
        case readWrite = "rw"
        /// The file may be created: the default.
        case readWriteCreate = "rwc"
        /// In memory.
        case memory
    }

    /// Reads a URL as SQLAlchemy, sqlx, JDBC and SQLite itself write them.
    init(_ url: DatabaseURL) throws(DatabaseError) {
        guard url.user == nil, url.password == nil else {
            throw DatabaseError(.rejected, "an SQLite database has no user and no password")
        }
        try readOptions(url)
        let name = try SQLiteLocation.fileName(url)
        if mode == .memory || name == ":memory:" {
            if url.option("cache") == "shared", name != ":memory:" {
                memoryName = "file:\(SQLiteLocation.encoded(name))?mode=memory&cache=shared"
            } else if url.option("cache") == "shared" {
                memoryName = "file::memory:?cache=shared"
            }
            mode = .memory
        } else {
            path = SQLiteLocation.absolute(name)
        }
    }

    private mutating func readOptions(_ url: DatabaseURL) throws(DatabaseError) {
        for option in url.options {
            switch (option.name, option.value) {
            case ("mode", let value):
                guard let mode = Mode(rawValue: value) else {
                    throw DatabaseError(.rejected, "mode=\(value): it is ro, rw, rwc or memory")
                }
                self.mode = mode
            case ("cache", "shared"), ("cache", "private"): break
            case ("immutable", let value): isImmutable = ["1", "true", "on", "yes"].contains(value)
            case (let name, let value):
                let known = ["mode", "cache", "immutable"]
                if name == "cache" {
                    throw DatabaseError(.rejected, "cache=\(value): it is shared or private")
                }
                let hint = nearest(name, in: known).map { "; did you mean \($0)?" } ?? ""
                throw DatabaseError(.rejected, "SQLite has no option \(name)\(hint)")
            }
        }
    }

    /// The name of the file as the URL means it, absolute or relative.
    private static func fileName(_ url: DatabaseURL) throws(DatabaseError) -> String {
        guard url.hasAuthority else {
            guard !url.path.isEmpty else { throw noFile }
            return url.path
        }
        if url.hosts.count > 1 || url.hosts.first?.port != nil {
            throw DatabaseError(.rejected, "an SQLite database is a file and has no host")
        }
        let host = url.hosts.first?.name ?? ""
        if !host.isEmpty, host != "localhost" {
            guard url.scheme != "file" else {
                throw DatabaseError(.rejected, "file://\(host)/: it is no name of this machine")
            }
            // `sqlite://shop.db` and `sqlite://folder/shop.db`: relative, as sqlx writes them.
            return host + url.path
        }
        if url.path.isEmpty || url.path == "/" {
            // `sqlite+driver://` is SQLAlchemy's database in memory.
            guard url.schemeSuffix != nil else { throw noFile }
            return ":memory:"
        }
        let rest = String(url.path.dropFirst())
        let isRelative =
            url.schemeSuffix != nil || rest.hasPrefix("./") || rest.hasPrefix("../")
            || rest == ":memory:"
        return isRelative || rest.hasPrefix("/") ? rest : url.path
    }

    private static var noFile: DatabaseError {
        DatabaseError(.rejected, "the URL names no file; in memory it is sqlite::memory:")
    }

    /// `name` from the root, without `.` and doubled slashes; `..` stays, since links decide it.
    private static func absolute(_ name: String) -> String {
        var parts: [Substring] = []
        if !name.hasPrefix("/"), let folder = getcwd(nil, 0) {
            parts = String(cString: folder).split(separator: "/")
            free(folder)
        }
        parts += name.split(separator: "/").filter { $0 != "." }
        return parts.isEmpty ? "/" : parts.reduce("") { $0 + "/" + String($1) }
    }

    /// What `sqlite3_open_v2` is to open, and whether it is a URI.
    var name: (text: String, isURI: Bool) {
        guard let path else { return (memoryName, memoryName.hasPrefix("file:")) }
        guard isImmutable else { return (path, false) }
        return ("file:\(SQLiteLocation.encoded(path))?immutable=1", true)
    }

    /// The path of the file itself, behind symbolic links; the last may lead to what is not there.
    var realPath: String? {
        guard var path else { return nil }
        // As many links as Linux follows: <https://man7.org/linux/man-pages/man7/path_resolution.7.html>
        for _ in 0..<40 {
            if let real = realpath(path, nil) {
                defer { free(real) }
                return String(cString: real)
            }
            var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let count = readlink(path, &bytes, bytes.count)
            guard count > 0 else { return path }
            let link = String(decoding: bytes.prefix(count), as: UTF8.self)
            let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
            path = link.hasPrefix("/") ? link : folder + link
        }
        return path
    }

    /// The folder that holds the file.
    var folder: String? {
        guard let path, let slash = path.lastIndex(of: "/") else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// `text` for a `file:` URI.
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            let isPlain =
                character.isASCII
                && (character.isLetter || character.isNumber || "/._-".contains(character))
            let hex = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(character) : "%" + (hex.count == 1 ? "0" + hex : hex)
        }.joined()
    }
}
#endif
