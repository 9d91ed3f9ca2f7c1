import FoundationEssentials
import ScriptCorpus
import Testing

@testable import Bootstrap
@testable import BootstrapTesting

/// A script that the engine's own client has run, and one that we have cut and run, leave the same
/// schema and the same rows.
@Suite struct ClientOracleTests {
    /// A whole script of one engine.
    struct Sample: Sendable, CustomTestStringConvertible {
        var database: TestDatabase
        var path: String
        var text: String
        var testDescription: String {
            "\(database.dialect.engine)/\(path.split(separator: "/").last ?? "")"
        }
    }

    static let samples = TestDatabase.servers.flatMap { database in
        (database.scripts.map(Corpus.scripts) ?? []).map {
            Sample(database: database, path: $0.path, text: $0.text)
        }
    }

    @Test func `there are scripts for every server`() {
        let engines = Set(Self.samples.map(\.database.dialect.engine))
        #expect(engines == Set(TestDatabase.servers.map(\.dialect.engine)))
        #expect(Self.samples.count >= 2 * TestDatabase.servers.count)
    }

    @Test(arguments: samples)
    func `a script does what it does in the engine's own client`(_ sample: Sample) throws {
        let client = try Client(sample.database)
        let theirs = try sample.database.withDatabase { url in
            try client.run(sample.text, on: url)
            return try client.dump(url)
        }
        let ours = try sample.database.withDatabase { url in
            let connection = try sample.database.connect(to: url)
            defer { connection.close() }
            // One by one, since some change how those behind them are read.
            for statement in try sample.database.cut(sample.text) {
                try connection.runAll([statement])
            }
            return try client.dump(url)
        }
        #expect(!theirs.isEmpty)
        #expect(ours == theirs)
    }

    #if MariaDB
    @Test(arguments: TestDatabase.named(.mariadb))
    func `bodies without DELIMITER lines are the same as between them`(
        _ database: TestDatabase
    ) throws {
        let client = try Client(database)
        let script = try #require(Corpus.scripts(.mariadb).first { $0.path.hasSuffix("/shop.sql") })
        let lines = script.text.split(separator: "\n", omittingEmptySubsequences: false)
        let bare = lines.filter { !$0.hasPrefix("DELIMITER") }.joined(separator: "\n")
            .replacing("\n//", with: ";\n").replacing("//\n", with: ";\n")
        #expect(bare != script.text)
        let dumps = try [script.text, bare].map { text in
            try database.withDatabase { url in
                let connection = try database.connect(to: url)
                defer { connection.close() }
                try connection.runAll(database.cut(text))
                return try client.dump(url)
            }
        }
        #expect(dumps[0] == dumps[1])
        #expect(dumps[0].contains("PROCEDURE `fill`"))
    }
    #endif

    /// What the clients take and we refuse: it is for them, and not for the server.
    @Test func `commands of the clients are refused by name`() throws {
        let refused: [(Engine, String, String)] = [
            (.postgres, "\\connect other\n", "\\connect is a command of psql, not SQL"),
            (.postgres, "SELECT 1 \\g\n", "a backslash stands here, outside of any string"),
            (.mariadb, "SELECT 1\\G\n", "a backslash stands here, outside of any string"),
            (.sqlite, ".tables\n", "this line is a command of the sqlite3 shell, not SQL"),
        ]
        for (engine, text, headline) in refused {
            for database in TestDatabase.named(engine) {
                let failure = #expect(throws: Failure.self) { try database.cut(text) }
                #expect(failure?.headline == headline)
            }
        }
    }
}

/// The programs that come with a server: the one that runs scripts, and the one that writes dumps.
private struct Client {
    private let engine: Engine
    private let runner: String
    private let dumper: String

    init(_ database: TestDatabase) throws {
        engine = try #require(database.scripts)
        let folders = PostgreSQLPrograms.folder.map { [$0] } ?? []
        let (runner, dumper) =
            engine == .postgres ? ("psql", "pg_dump") : ("mariadb", "mariadb-dump")
        self.runner = try #require(Command.path(of: runner, in: folders), "\(runner) is missing")
        self.dumper = try #require(Command.path(of: dumper, in: folders), "\(dumper) is missing")
    }

    /// Runs a script to its end, or throws at its first error.
    func run(_ text: String, on url: DatabaseURL) throws {
        // The session's settings that a routine keeps are those that our driver sets.
        let options =
            engine == .postgres
            ? ["-X", "-q", "-v", "ON_ERROR_STOP=1"]
            : [
                "--comments", "--default-character-set=utf8mb4",
                "--init-command=SET time_zone = '+00:00'",
            ]
        _ = try run([runner] + options, text, on: url)
    }

    /// The schema and the rows as SQL, without what is different in every dump.
    func dump(_ url: DatabaseURL) throws -> String {
        let options =
            engine == .postgres
            ? ["--inserts"]
            : [
                "--routines", "--events", "--triggers", "--skip-comments", "--no-tablespaces",
                "--order-by-primary",
            ]
        let text = try run([dumper] + options, "", on: url)
        return text.split(separator: "\n").filter { !$0.contains("restrict ") }.joined(
            separator: "\n")
    }

    private func run(_ words: [String], _ input: String, on url: DatabaseURL) throws -> String {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let port = try #require(url.hosts.first?.port)
        let (user, password) = (TestServer.user.name, TestServer.user.password.reveal())
        let name = String(url.path.dropFirst())
        guard engine == .postgres else {
            let address = ["--no-defaults", "--protocol=TCP", "--host=127.0.0.1", "--port=\(port)"]
            let login = ["--user=\(user)", "--password=\(password)"]
            return try Command([words[0]] + address + login + words.dropFirst() + [name]).run(
                input: input, in: folder)
        }
        let login = "host=127.0.0.1 port=\(port) user=\(user) password='\(password)' dbname=\(name)"
        return try Command(words + ["-d", login]).run(input: input, in: folder)
    }
}
