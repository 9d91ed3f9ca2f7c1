import Bootstrap

/// The files alone, looked at as each engine would get them.
struct Validation {
    /// Each engine with the migrations that it would get.
    let engines: [(dialect: Dialect, migrations: [Migration], hooks: Hooks)]
    /// Which other tool's the files are; `nil` for ours.
    let format: FormatChoice?
    /// What portable files may name.
    let settings: Settings

    /// Reads the files, once for each engine where its name is part of the folder's path: then an
    /// engine without a folder is left out, unless it is the only one.
    init(
        _ source: MigrationSource, for dialects: [Dialect], settings: Settings,
        format: String? = nil
    ) throws(Failure) {
        self.settings = settings
        let source = source.perEngine
        let patterns = source.folders.filter(Folder.isPerEngine)
        guard !patterns.isEmpty else {
            let folder = try MigrationFolder(source, format: format)
            self.format = folder.format
            engines = dialects.map { ($0, folder.migrations, folder.hooks) }
            return
        }
        let present = dialects.filter { dialect in
            patterns.allSatisfy {
                Folder.isFolder(Folder.expanded($0, variants: dialect.variants))
            }
        }
        var engines: [(dialect: Dialect, migrations: [Migration], hooks: Hooks)] = []
        var found: FormatChoice?
        for dialect in present.isEmpty ? Array(dialects.prefix(1)) : present {
            let folder = try MigrationFolder(
                source, variants: dialect.variants, format: format)
            found = found ?? folder.format
            engines.append((dialect, folder.migrations, folder.hooks))
        }
        self.engines = engines
        self.format = found
    }

    /// How many migrations there are: a number counts once, however many engines have it.
    var count: Int { Set(engines.flatMap { $0.migrations.map(\.name) }).count }

    /// The environments whose seeds are looked at when none is named.
    static let environments = ["development", "local", "test", "staging", "production"]

    /// Cuts every file for every engine, ways back included; throws for the first that is wrong.
    func check() throws(Failure) {
        for (dialect, migrations, hooks) in engines {
            for migration in migrations {
                try migration.body(for: dialect)?.check(for: dialect, settings: settings)
                try migration.wayBack(for: dialect)?.check(for: dialect, settings: settings)
            }
            try hooks.check(for: dialect, settings: settings)
        }
    }

    /// The statements of all files, as SQL, with what they are in comments.
    func script() throws(Failure) -> String {
        var text = ""
        for (dialect, migrations, hooks) in engines {
            text += "-- engine \(dialect.engine)\n"
            for hook in Hook.allCases {
                guard let body = hooks.body(of: hook, for: dialect) else { continue }
                text += "\n-- hook \(hook.rawValue) (\(body.path))\n"
                text += try statements(of: body, dialect, isHook: true)
            }
            for migration in migrations {
                guard let body = migration.body(for: dialect) else { continue }
                text += "\n-- migration \(migration.name) (\(body.path))\n"
                text += try statements(of: body, dialect)
            }
        }
        return text
    }

    private func statements(
        of body: MigrationBody, _ dialect: Dialect, isHook: Bool = false
    ) throws(Failure) -> String {
        let script = try body.script(for: dialect, settings: settings, isHook: isHook)
        return script.statements.map { script.shownText(of: $0) + ";\n" }.joined()
    }

    /// Reads the seeds of these environments with their data files, and counts the seeds.
    static func seeds(_ source: SeedSource, environments: [String]) throws(Failure) -> Int {
        var names: Set<String> = []
        for environment in environments {
            for seed in try SeedFolder(source, environment: environment).seeds
            where names.insert(seed.name).inserted {
                try seed.checkFiles()
            }
        }
        return names.count
    }
}
