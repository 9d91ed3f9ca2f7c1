/// The names of engines in file names and directives, whether or not their drivers are compiled in.
///
/// The core asks them nothing else: a file for another engine must be told from a misspelt one.
package enum EngineNames {
    /// The names that files and directives use.
    package static let all = ["postgres", "mysql", "mariadb", "sqlite"]

    /// What people write instead, and the name that is meant.
    static let aliases = [
        "postgresql": "postgres", "pgsql": "postgres", "pg": "postgres", "psql": "postgres",
        "sqlite3": "sqlite", "maria": "mariadb",
    ]

    /// Engines that nothing is known of here, and that projects with files for several engines name.
    static let strangers = [
        "cockroach", "cockroachdb", "crdb", "mssql", "sqlserver", "oracle", "db2", "h2", "hsqldb",
        "clickhouse",
    ]

    /// The name that is meant by `word`, which may be what people write instead of it.
    static func canonical(_ word: String, known: [String]) -> String {
        guard !known.contains(word), let name = aliases[word], known.contains(name) else {
            return word
        }
        return name
    }

    /// The names under which an engine's folder may be found, its own first.
    static func folders(for engine: String) -> [String] {
        [engine] + aliases.filter { $0.value == engine }.map(\.key).sorted()
    }

    /// `name.sql.postgres` as `name.postgres.sql`; other names as they are.
    static func engineBeforeEnding(_ name: String, known: [String]) -> String {
        guard let dot = name.lastIndex(of: "."), name[..<dot].hasSuffix(".sql") else { return name }
        let engine = canonical(String(name[name.index(after: dot)...]), known: known)
        guard known.contains(engine) || strangers.contains(engine) else { return name }
        return "\(name[..<dot].dropLast(4)).\(engine).sql"
    }

    /// The migration's folder and the engine of a file in it, `1_name/sqlite3.sql`; `nil` for the path of
    /// any other file.
    static func inFolder(
        _ path: String, known: [String]
    ) -> (folder: String, engine: String)? {
        guard path.utf8.contains(Byte.slash), path.hasSuffix(".sql"),
            let slash = path.lastIndex(of: "/")
        else { return nil }
        let engine = canonical(String(path[slash...].dropFirst().dropLast(4)), known: known)
        guard known.contains(engine) || strangers.contains(engine) else { return nil }
        return (String(path[..<slash]), engine)
    }

    /// The name among `known` that `word` most likely means.
    static func nearest(to word: String, in known: [String]) -> String? {
        aliases[word.lowercased()] ?? Bootstrap.nearest(word, in: known)
    }
}
