#if SQLite
import Bootstrap
import BootstrapSQLite
import Glibc
import Testing

/// What each spelling of a URL means.
@Suite struct SQLiteLocationTests {
    static let here = String(cString: getcwd(nil, 0))

    @Test(arguments: [
        (DatabaseURL(scheme: "sqlite", hasAuthority: false, path: "shop.db"), "\(here)/shop.db"),
        (DatabaseURL(scheme: "sqlite", hasAuthority: false, path: "/abs/shop.db"), "/abs/shop.db"),
        (DatabaseURL(scheme: "sqlite", path: "/abs/shop.db"), "/abs/shop.db"),
        (DatabaseURL(scheme: "sqlite", path: "/./shop.db"), "\(here)/shop.db"),
        (DatabaseURL(scheme: "sqlite", path: "//abs/shop.db"), "/abs/shop.db"),
        (
            DatabaseURL(scheme: "sqlite", schemeSuffix: "aiosqlite", path: "/shop.db"),
            "\(here)/shop.db"
        ),
        (DatabaseURL(scheme: "sqlite", schemeSuffix: "aiosqlite", path: "//a/b.db"), "/a/b.db"),
        (DatabaseURL(scheme: "sqlite", hosts: [.init("shop.db")]), "\(here)/shop.db"),
        (
            DatabaseURL(scheme: "sqlite", hosts: [.init("var")], path: "/shop.db"),
            "\(here)/var/shop.db"
        ),
        (DatabaseURL(scheme: "file", path: "/abs/shop.db"), "/abs/shop.db"),
        (DatabaseURL(scheme: "file", hasAuthority: false, path: "shop.db"), "\(here)/shop.db"),
        (DatabaseURL(scheme: "sqlite", hasAuthority: false, path: ":memory:"), ":memory:"),
        (DatabaseURL(scheme: "sqlite", path: "/:memory:"), ":memory:"),
        (DatabaseURL(scheme: "sqlite", schemeSuffix: "aiosqlite", path: ""), ":memory:"),
        (
            DatabaseURL(
                scheme: "file", hasAuthority: false, path: "x", options: [.init("mode", "memory")]),
            ":memory:"
        ),
    ])
    func `a URL means this file`(_ url: DatabaseURL, _ path: String) throws {
        #expect(try SQLiteDriver(url).databaseName == path)
    }

    @Test func `a URL without a file, with a user, or with a port is refused`() {
        for url in [
            DatabaseURL(scheme: "sqlite"),
            DatabaseURL(scheme: "sqlite", user: "app", hosts: [.init("db")], path: "/x"),
            DatabaseURL(scheme: "sqlite", hosts: [.init("db", port: 5432)], path: "/x"),
            DatabaseURL(scheme: "file", hosts: [.init("db")], path: "/x"),
        ] {
            let error = #expect(throws: DatabaseError.self) { try SQLiteDriver(url) }
            #expect(error?.kind == .rejected)
        }
    }

    @Test func `an unknown option is refused with the nearest known one`() {
        let url = DatabaseURL(scheme: "sqlite", path: "/x", options: [.init("moed", "ro")])
        let error = #expect(throws: DatabaseError.self) { try SQLiteDriver(url) }
        #expect(error?.message == "SQLite has no option moed; did you mean mode?")
    }

    @Test func `a file directly in the root folder is not created by itself`() throws {
        let root = try SQLiteDriver(DatabaseURL(scheme: "sqlite", path: "/shop.db"))
        #expect(root.reasonNotToCreate?.contains("directly in /") == true)
        #expect(root.target == "sqlite:///shop.db")
        let other = try SQLiteDriver(DatabaseURL(scheme: "sqlite", path: "/data/shop.db"))
        #expect(other.reasonNotToCreate == nil)
    }
}
#endif
