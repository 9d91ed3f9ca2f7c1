import ScriptCorpus
import Testing

@testable import Bootstrap

/// A URL's parts in one line, passwords in the clear.
private func parts(_ text: String) throws -> String {
    let url = try DatabaseURL(parsing: text)
    var parts = [url.scheme + (url.schemeSuffix.map { "+" + $0 } ?? "")]
    if !url.hasAuthority { parts.append("no //") }
    if let user = url.user { parts.append("user \(user)") }
    if let password = url.password { parts.append("password \(password.reveal())") }
    parts += url.hosts.map { "host \($0.name)" + ($0.port.map { " port \($0)" } ?? "") }
    parts.append("path \(url.path)")
    parts += url.options.map { "\($0.name)=\($0.value)" }
    return parts.joined(separator: " | ")
}

private func mistake(_ text: String) -> String {
    let failure = #expect(throws: Failure.self) { try DatabaseURL(parsing: text) }
    #expect(failure?.status == .usage)
    return failure?.description ?? ""
}

private let encoding = """
    In a user or a password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25.
    """

/// A URL that nobody can read, and what is said about it.
struct Wrong: Sendable, CustomTestStringConvertible {
    var text: String
    var headline: String
    var next: String?
    var testDescription: String { text }

    init(_ text: String, _ headline: String, next: String? = nil) {
        self.text = text
        self.headline = headline
        self.next = next
    }
}

@Suite struct DatabaseURLTests {
    @Test(arguments: [
        (
            "postgres://app:secret@db:5432/shop",
            "postgres | user app | password secret | host db port 5432 | path /shop"
        ),
        (
            "POSTGRESQL+psycopg://app@db/shop",
            "postgresql+psycopg | user app | host db | path /shop"
        ),
        ("mysql2://db", "mysql2 | host db | path "),
        ("  postgres://db/shop\r\n", "postgres | host db | path /shop"),
        (
            "postgres:///shop?host=/var/run/postgresql",
            "postgres | path /shop | host=/var/run/postgresql"
        ),
        (
            "postgres://%2Fvar%2Frun:5433/shop",
            "postgres | host /var/run port 5433 | path /shop"
        ),
        ("postgres://app@%40abstract/shop", "postgres | user app | host @abstract | path /shop"),
        ("postgres://[::1]:5432/shop", "postgres | host ::1 port 5432 | path /shop"),
        ("postgres://[fe80::1%25eth0]/shop", "postgres | host fe80::1%eth0 | path /shop"),
        (
            "postgres://h1:5432,h2:5433,[::1]/s",
            "postgres | host h1 port 5432 | host h2 port 5433 | host ::1 | path /s"
        ),
        ("postgres://:5433/shop", "postgres | host  port 5433 | path /shop"),
        ("postgres://db:/shop", "postgres | host db | path /shop"),
        (
            "mysql://app:x@tcp(db:3306)/shop",
            "mysql | user app | password x | host db port 3306 | path /shop"
        ),
        (
            "postgres://münchen.example/große%20Stadt",
            "postgres | host münchen.example | path /große Stadt"
        ),
        ("postgres://:x@db/s", "postgres | password x | host db | path /s"),
        ("postgres://app:@db/s", "postgres | user app | password  | host db | path /s"),
        (
            "postgres://db/s?user=app&password=p%26w",
            "postgres | user app | password p&w | host db | path /s"
        ),
        ("postgres://db/s?a=1&&b=2=3&c", "postgres | host db | path /s | a=1 | b=2=3 | c="),
        (
            "postgres://db/s?options=-c%20search_path%3Dx&x=a@b",
            "postgres | host db | path /s | options=-c search_path=x | x=a@b"
        ),
        ("sqlite:shop.db", "sqlite | no // | path shop.db"),
        ("sqlite:/abs/shop.db", "sqlite | no // | path /abs/shop.db"),
        ("sqlite:///abs/shop.db", "sqlite | path /abs/shop.db"),
        ("sqlite:///./shop.db", "sqlite | path /./shop.db"),
        ("sqlite+aiosqlite:///shop.db", "sqlite+aiosqlite | path /shop.db"),
        ("sqlite:////abs/shop.db", "sqlite | path //abs/shop.db"),
        ("sqlite::memory:", "sqlite | no // | path :memory:"),
        ("sqlite://:memory:", "sqlite | path :memory:"),
        ("sqlite3:///data/me@home/a%23b%3F.db", "sqlite3 | path /data/me@home/a#b?.db"),
        ("file:shop.db?mode=ro", "file | no // | path shop.db | mode=ro"),
        ("file:///abs/shop.db", "file | path /abs/shop.db"),
    ])
    func `a URL comes apart`(_ text: String, _ expected: String) throws {
        #expect(try parts(text) == expected)
    }

    @Test(arguments: [
        "a+b", "p@ss", "p:ss", "p/ss", "p?ss", "p#ss", "@", "@@", ":", "a:b@c:d", "p@ss:w/rd",
        "a b", "a&b=c", "pä€", "$x", "'\"", "100", "/", "?#/", "a,b", "[x]", "~!*()",
    ])
    func `a special character in a password may stand as it is`(_ password: String) throws {
        let url = try DatabaseURL(parsing: "postgres://app:\(password)@db:5432/shop?sslmode=prefer")
        #expect(url.user == "app")
        #expect(url.password?.reveal() == password)
        #expect(url.hosts == [DatabaseURL.Host("db", port: 5432)])
        #expect(url.databaseName == "shop")
        #expect(url.option("sslmode") == "prefer")
    }

    static let wrong: [Wrong] = [
        Wrong("", "is empty"),
        Wrong(" \n", "is empty"),
        Wrong(
            "shop.db", "has no scheme",
            next: "A URL looks like scheme://user:password@host:port/database."),
        Wrong(
            "host=db user=app password=hunter2", "has no scheme",
            next: "A URL looks like scheme://user:password@host:port/database."),
        Wrong(
            "\"postgres://app:hunter2@db/shop\"", "begins with a quotation mark",
            next: "Take the quotation marks away; docker's --env-file, for one, keeps them."),
        Wrong(
            "postgres://app:hunter2@db/shop\nX=1", "holds a line break or another control character"
        ),
        Wrong(
            "postgres://app:hunter2/shop", "has a port that is no number from 1 to 65535",
            next: "A password goes before an @: user:password@host:port. " + encoding),
        Wrong(
            "postgres://app:hunter2@db:54x2/shop", "has a port that is no number from 1 to 65535",
            next: "A password goes before an @: user:password@host:port. " + encoding),
        Wrong(
            "postgres://db:65536/shop", "has a port that is no number from 1 to 65535",
            next: "A password goes before an @: user:password@host:port. " + encoding),
        Wrong(
            "postgres://db:+1/shop", "has a port that is no number from 1 to 65535",
            next: "A password goes before an @: user:password@host:port. " + encoding),
        Wrong(
            "postgres://app:hunter2%zz@db/shop",
            "has a % in its password without two hexadecimal digits behind it",
            next: "Write a % that is meant as %25."),
        Wrong(
            "postgres://hunter2%:x@db/shop",
            "has a % in its user without two hexadecimal digits behind it",
            next: "Write a % that is meant as %25."),
        Wrong(
            "postgres://app:hunter2%00@db/shop", "has %00 in its password, which no server takes"),
        Wrong(
            "postgres://a%1Bpp:hunter2@db/shop", "has a control character in its user",
            next: "Take it away."),
        Wrong(
            "postgres://app:hunter2@db/sh%0Aop", "has a control character in its path",
            next: "Take it away."),
        Wrong(
            "postgres://:hunter2@db/shop?user=a%C2%9Bpp",
            "has a control character in its option user",
            next: "Take it away."),
        Wrong(
            "postgres://app:hunter2%FF@db/shop", "has a percent-encoded password that is not UTF-8"),
        Wrong(
            "postgres://app:12/hunter2@db/shop",
            "can be read in two ways, since an @ stands behind its first /, ? or #", next: encoding),
        Wrong(
            "postgres://app:p@hunter2/x@db/shop",
            "can be read in two ways, since an @ stands behind its first /, ? or #", next: encoding),
        Wrong(
            "postgres://app:hunter2/x@db/shop?x=y@z",
            "can be read in two ways, since an @ stands behind its first /, ? or #", next: encoding),
        Wrong(
            "postgres://app:hunter2/s@s/w@db/shop",
            "can be read in two ways, since an @ stands behind its first /, ? or #",
            next: encoding),
        Wrong(
            "app:hunter2@db/shop", "has an @ and no // behind its scheme",
            next: "A URL looks like scheme://user:password@host:port/database."),
        Wrong(
            "app:hunter2@tcp(db:3306)/shop", "has an @ and no // behind its scheme",
            next: "A URL looks like scheme://user:password@host:port/database."),
        Wrong(
            "postgres://db/shop#hunter2", "has a #, which means nothing here",
            next: "Write # as %23."),
        Wrong(
            "postgres://db/shop?hunter2%26=x", "has an option whose name is no name", next: encoding
        ),
        Wrong(
            "postgres://::1/shop", "has a host with several colons",
            next: "Write an IPv6 address in brackets: [::1]:5432. " + encoding),
        Wrong("postgres://[::1/shop", "has a [ without ] in its host"),
        Wrong("postgres://[db]/shop", "has an address in [ ] that is no IPv6 address"),
        Wrong("postgres://[::1]x/shop", "has an address in [ ] that is no IPv6 address"),
        Wrong("postgres://h1,,h2/shop", "has an empty host in its list of hosts"),
        Wrong(
            "postgres://d b/shop", "has a host with a character that no host name has",
            next: encoding),
        Wrong(
            "postgres://db%3A5432/shop", "has a host with a colon in it",
            next: "Give host and port as two settings: ${HOST}:${PORT}."),
        Wrong("postgres://app@db/shop?user=root", "names two users, one of them as an option"),
        Wrong(
            "postgres://app:a@db/shop?password=hunter2",
            "has two passwords, one of them as an option"),
        Wrong(
            "jdbc:postgresql://db:5432/shop?user=app&password=hunter2&ssl=true",
            "is a JDBC URL, which only Java reads",
            next: "Write postgresql://app:PASSWORD@db:5432/shop, with the password for PASSWORD."),
        Wrong(
            "jdbc:mariadb://db/shop", "is a JDBC URL, which only Java reads",
            next: "Write mariadb://db/shop."),
        Wrong(
            "JDBC:sqlite:data/shop.db", "is a JDBC URL, which only Java reads",
            next: "Write sqlite:data/shop.db."),
        Wrong(
            "jdbc:postgresql:shop", "is a JDBC URL, which only Java reads",
            next: "Write postgresql:///shop."),
        Wrong(
            "jdbc:mysql:loadbalance://app:hunter2@a,b/shop", "is a JDBC URL, which only Java reads",
            next: "Write it as scheme://user:password@host:port/database."),
        Wrong(
            "mysql://db/shop?tls=hunter2",
            "has the option tls with a value that means nothing here",
            next: "Write sslmode=disable, prefer, require, verify-ca or verify-full."),
    ]

    @Test(arguments: wrong)
    func `a wrong URL is refused without being shown`(_ wrong: Wrong) {
        let expected = "the URL \(wrong.headline)" + (wrong.next.map { "\nNext: \($0)" } ?? "")
        #expect(mistake(wrong.text) == expected)
        #expect(!mistake(wrong.text).contains("hunter2"))
    }

    @Test(arguments: [
        ("postgres://app:hunter2@db:5432/shop?sslpassword=hunter2", "postgres://app@db:5432/shop"),
        ("postgres://%2Frun%2Fpg/shop", "postgres://%2Frun%2Fpg/shop"),
        ("postgres:///shop?host=/tmp", "postgres:///shop"),
        (
            "mysql+pymysql://a%40b:hunter2@[::1]:1,h2/x%20y",
            "mysql+pymysql://a%40b@[::1]:1,h2/x%20y"
        ),
        ("sqlite:shop.db", "sqlite:shop.db"),
        ("sqlite:////abs/größe.db", "sqlite:////abs/größe.db"),
        ("sqlite::memory:", "sqlite::memory:"),
    ])
    func `a shown URL has no password and no options`(_ text: String, _ shown: String) throws {
        let url = try DatabaseURL(parsing: text)
        #expect("\(url)" == shown)
        var dumped = ""
        dump(url, to: &dumped)
        #expect(!(dumped + String(reflecting: url)).contains("hunter2"))
    }

    @Test func `every password comes through percent-encoding unchanged`() throws {
        var random = Noise(seed: 11)
        for _ in 0..<2000 {
            let text = randomText(&random)
            let part = PercentEncoding.encode(text)
            var name = text
            name.unicodeScalars.removeAll(where: \.isControl)
            let shown = PercentEncoding.encode(name)
            let url = try DatabaseURL(parsing: "postgres://\(shown):\(part)@db/\(shown)?x=\(part)")
            #expect(url.user ?? "" == name)
            #expect(url.password?.reveal() == text)
            #expect(url.databaseName == name)
            #expect(url.option("x") == text)
        }
    }

    @Test func `hostile URLs are read or refused, and never crash`() {
        var random = Noise(seed: 5)
        let alphabet = Array("ab:/@?#%4[],.=&+\u{E9}\u{0}\" (){}$")
        for _ in 0..<5000 {
            let count = Int.random(in: 0..<24, using: &random)
            let text = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? "a" }
            let start = ["", "pg://", "pg:", "jdbc:pg:", "jdbc:"].randomElement(using: &random)
            _ = try? DatabaseURL(parsing: (start ?? "") + String(text))
        }
        _ = try? DatabaseURL(parsing: "jdbc:" + String(repeating: "jdbc:", count: 10_000) + "x")
    }

    private func randomText(_ random: inout Noise) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            let code = UInt32.random(in: 1..<0x250, using: &random)
            text.append(Unicode.Scalar(code) ?? "x")
        }
        return String(text)
    }
}

@Suite struct ClientOptionsTests {
    @Test(arguments: [
        (
            "pool=5&parseTime=true&sslmode=require&serverVersion=8.0.37", "sslmode=require",
            [
                "left out of the URL: pool, parseTime and serverVersion, "
                    + "for options of other client libraries"
            ]
        ),
        (
            "charset=utf8mb4", "",
            ["left out of the URL: charset, for an option of other client libraries"]
        ),
        (
            "driverOptions[1007]=x&driverOptions[2]=y", "",
            [
                "left out of the URL: driverOptions[1007] and driverOptions[2], "
                    + "for options of other client libraries"
            ]
        ),
        (
            "schema=public&connection_limit=1&connection_limit=2", "search_path=public",
            ["left out of the URL: connection_limit, for an option of other client libraries"]
        ),
        ("ssl=true", "sslmode=require", ["read the URL's ssl as sslmode=require"]),
        ("tls=true", "sslmode=verify-full", ["read the URL's tls as sslmode=verify-full"]),
        ("tls=skip-verify", "sslmode=require", ["read the URL's tls as sslmode=require"]),
        (
            "ssl-mode=VERIFY_IDENTITY", "sslmode=verify-full",
            ["read the URL's ssl-mode as sslmode=verify-full"]
        ),
        ("sslMode=REQUIRED", "sslmode=require", ["read the URL's sslMode as sslmode=require"]),
        (
            "sslaccept=accept_invalid_certs", "sslmode=require",
            ["read the URL's sslaccept as sslmode=require"]
        ),
        (
            "ssl={\"rejectUnauthorized\":true}", "sslmode=verify-full",
            ["read the URL's ssl as sslmode=verify-full"]
        ),
        (
            "ssl_ca=/ca.pem", "sslrootcert=/ca.pem&sslmode=verify-ca",
            ["read the URL's ssl_ca as sslmode=verify-ca"]
        ),
        (
            "ssl_ca=/ca.pem&ssl_check_hostname=true", "sslrootcert=/ca.pem&sslmode=verify-full",
            ["read the URL's ssl_check_hostname as sslmode=verify-full"]
        ),
        ("sslmode=verify-full&useSSL=false", "sslmode=verify-full", []),
        ("sslmode=verify-ca", "sslmode=verify-ca", []),
        (
            "target_session_attrs=any&connect_timeout=5",
            "target_session_attrs=any&connect_timeout=5", []
        ),
    ])
    func `options of other libraries are left out or translated`(
        _ query: String, _ kept: String, _ notes: [String]
    ) throws {
        let url = try DatabaseURL(parsing: "xx://db/shop?\(query)")
        #expect(url.options.map { "\($0.name)=\($0.value)" }.joined(separator: "&") == kept)
        #expect(url.notes == notes)
    }

    @Test(arguments: [
        (
            "conect_timeout=1",
            "the URL has an unknown option conect_timeout; did you mean connect_timeout?"
        ),
        ("colour=red", "the URL has an unknown option colour; known are connect_timeout, sslmode"),
    ])
    func `an unknown option is refused by name`(_ query: String, _ message: String) throws {
        let url = try DatabaseURL(parsing: "xx://db/shop?sslmode=prefer&\(query)")
        let error = #expect(throws: DatabaseError.self) {
            try url.refuseOptions(except: ["connect_timeout", "sslmode"])
        }
        #expect(error == DatabaseError(.rejected, message))
        #expect(throws: Never.self) {
            try url.refuseOptions(except: ["connect_timeout", "sslmode"] + url.options.map(\.name))
        }
    }
}
