import Bootstrap

/// The files alone, looked at as each engine would get them.
struct Validation {
    /// Each engine with the migrations that it would get.
    let engines: [(dialect: Dialect, migrations: [Migration])]
    /// What portable files may name.
    let settings: Settings

    /// Reads the files, once for each engine where its name is part of the folder's path: then an
    /// engine without a folder is left out, unless it is the only one.
    init(
        _ source: MigrationSource, for dialects: [Dialect], settings: Settings
    ) throws(Failure) {
        self.settings = settings
        guard case .folder(let pattern) = source, Folder.isPerEngine(pattern) else {
            let migrations = try MigrationFolder(source).migrations
            engines = dialects.map { ($0, migrations) }
            return
        }
        let present = dialects.filter {
            Folder.isFolder(Folder.expanded(pattern, variants: $0.variants))
        }
        var engines: [(dialect: Dialect, migrations: [Migration])] = []
        for dialect in present.isEmpty ? Array(dialects.prefix(1)) : present {
            let folder = try MigrationFolder(source, variants: dialect.variants)
            engines.append((dialect, folder.migrations))
        }
        self.engines = engines
    }

    /// How many migrations there are: a number counts once, however many engines have it.
    var count: Int { Set(engines.flatMap { $0.migrations.map(\.name) }).count }

    /// The environments whose seeds are looked at when none is named.
    static let environments = ["development", "local", "test", "staging", "production"]

    /// Cuts every file for every engine, ways back included; throws for the first that is wrong.
    func check() throws(Failure) {
        for (dialect, migrations) in engines {
            for migration in migrations {
                _ = try migration.body(for: dialect)?.script(for: dialect, settings: settings)
                _ = try migration.wayBack(for: dialect)?.script(for: dialect, settings: settings)
            }
        }
    }

    /// The statements of all files, as SQL, with what they are in comments.
    func script() throws(Failure) -> String {
        var text = ""
        for (dialect, migrations) in engines {
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
