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

    /// The name among `known` that `word` most likely means.
    static func nearest(to word: String, in known: [String]) -> String? {
        aliases[word.lowercased()] ?? Bootstrap.nearest(word, in: known)
    }
}
