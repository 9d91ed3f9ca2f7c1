import Bootstrap
import FoundationEssentials
import Glibc
import Testing

@testable import BootstrapTesting

/// A migration tool of somebody else's, as it is installed here.
enum OtherTool: String, CaseIterable {
    case alembic, dbmate, sqitch, yoyo
    case sqlMigrate = "sql-migrate"

    /// Where it is, or `nil`.
    var path: String? {
        // What `.ci/packages` puts beside Debian's own: tools that are in no package.
        let cache =
            getenv("XDG_CACHE_HOME").map { String(cString: $0) }
            ?? (getenv("HOME").map { String(cString: $0) } ?? "/root") + "/.cache"
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let folders =
            ["/usr/bin", cache + "/bootstrap-tools/bin"]
            + path.split(separator: ":").map(String.init)
        return folders.lazy.map { $0 + "/" + rawValue }.first { access($0, X_OK) == 0 }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips what needs a tool where it is missing; with `CI` in the environment it must be there.
    static func needs(_ tool: OtherTool) -> Self {
        .enabled(
            if: tool.path != nil || getenv("CI") != nil,
            Comment(rawValue: "\(tool.rawValue) is not installed"))
    }
}

/// A project of another tool's: a folder of its own, and a database that the tool migrates.
struct ToolProject {
    let tool: OtherTool
    let database: TestDatabase
    let url: DatabaseURL
    let folder: String

    init(_ tool: OtherTool, _ database: TestDatabase, _ url: DatabaseURL) throws {
        (self.tool, self.database, self.url) = (tool, database, url)
        folder =
            FileManager.default.temporaryDirectory.path
            + "/bootstrap-project-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    /// Writes files by their paths in the folder.
    func write(_ files: KeyValuePairs<String, String>) throws {
        for (path, text) in files {
            let parent = (folder + "/" + path).split(separator: "/").dropLast()
            try FileManager.default.createDirectory(
                atPath: "/" + parent.joined(separator: "/"), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: folder + "/" + path))
        }
    }

    /// Runs the tool in its folder, and returns its output.
    @discardableResult
    func run(_ words: String..., environment: [String: String] = [:]) throws -> String {
        try run(words, environment: environment)
    }

    /// Runs the tool in its folder, and returns its output.
    @discardableResult
    func run(_ words: [String], environment: [String: String] = [:]) throws -> String {
        guard let program = tool.path else {
            throw TestServerError("\(tool.rawValue) is not installed: .ci/packages test")
        }
        var variables = ["HOME": folder, "LC_ALL": "C.UTF-8"]
        variables.merge(environment) { $1 }
        return try output(
            of: ["/usr/bin/env", "-C", folder] + variables.map { "\($0)=\($1)" } + [program]
                + words, log: folder + "/.log")
    }

    /// The database's address as the tool takes it, with a scheme of its own.
    func address(_ scheme: String, _ options: String = "") -> String {
        guard let host = url.hosts.first else { return "\(scheme):///\(url.path.dropFirst())" }
        func encoded(_ text: String) -> String {
            text.utf8.map { byte in
                let character = Character(Unicode.Scalar(byte))
                guard !character.isLetter, !character.isNumber else { return String(character) }
                return "%" + String(byte, radix: 16, uppercase: true)
            }.joined()
        }
        let user = encoded(url.user ?? "") + ":" + encoded(url.password?.reveal() ?? "")
        return "\(scheme)://\(user)@\(host.name):\(host.port ?? 0)\(url.path)\(options)"
    }

    /// What stands for each engine.
    func pick<Word>(postgres: Word, mariaDB: Word, sqlite: Word) -> Word {
        switch database.dialect.engine {
        case "postgres": postgres
        case "sqlite": sqlite
        default: mariaDB
        }
    }

    /// A run with the files of a folder below.
    func pipeline(_ path: String = "migrations") -> Pipeline {
        database.pipeline(url, .folder(folder + "/" + path))
    }

    /// How the tool's table compares with the files: `adopted 1_a`.
    func takeover(_ path: String = "migrations") async throws -> [String] {
        try await pipeline(path).planAdoption(.init()).takeover?.rows
            .map { "\($0.state) \($0.name)" } ?? []
    }

    /// The migrations that a run would apply.
    func pending(_ path: String = "migrations") async throws -> [String] {
        try await pipeline(path).plan().migrations.map(\.name)
    }
}
