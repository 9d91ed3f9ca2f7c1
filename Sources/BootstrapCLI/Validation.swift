import Bootstrap

/// The files alone, looked at as each engine would get them.
struct Validation {
    /// All migrations.
    let migrations: [Migration]
    /// What portable files may name.
    let settings: Settings
    /// The engines.
    let dialects: [Dialect]

    /// The environments whose seeds are looked at when none is named.
    static let environments = ["development", "local", "test", "staging", "production"]

    /// Cuts every file for every engine, ways back included; throws for the first that is wrong.
    func check() throws(Failure) {
        for dialect in dialects {
            for migration in migrations {
                _ = try migration.body(for: dialect)?.script(for: dialect, settings: settings)
                _ = try migration.wayBack(for: dialect)?.script(for: dialect, settings: settings)
            }
        }
    }

    /// The statements of all files, as SQL, with what they are in comments.
    func script() throws(Failure) -> String {
        var text = ""
        for dialect in dialects {
            text += "-- engine \(dialect.engine)\n"
            for migration in migrations {
                guard let body = migration.body(for: dialect) else { continue }
                text += "\n-- migration \(migration.name) (\(body.path))\n"
                let script = try body.script(for: dialect, settings: settings)
                text += script.statements.map { script.shownText(of: $0) + ";\n" }.joined()
            }
        }
        return text
    }

    /// Reads the seeds of these environments, and counts the files.
    static func seeds(_ source: SeedSource, environments: [String]) throws(Failure) -> Int {
        var names: Set<String> = []
        for environment in environments {
            names.formUnion(try SeedFolder(source, environment: environment).seeds.map(\.name))
        }
        return names.count
    }
}
