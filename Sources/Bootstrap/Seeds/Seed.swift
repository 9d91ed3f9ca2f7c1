import Crypto

/// One file of initial data: one row of the history, one transaction, found by natural keys.
public struct Seed: Sendable {
    /// Its path inside the seeds folder without the extension: `010_superuser`,
    /// `development/020_items`.
    public var name: String
    /// When it is planted again.
    package var run = SeedRun.onChange
    /// What the file declares; nothing for a seed in SQL.
    let file: SeedFile
    /// The statements of a seed in SQL, not cut yet; `nil` for one in YAML.
    let script: MigrationBody?
    /// The file as it was read.
    let source: SourceFile

    /// Reads a seed's file, whose kind its path's extension tells; no database is needed.
    package init(
        _ name: String, _ source: SourceFile, knownEngines: [String] = EngineNames.all
    ) throws(Failure) {
        self.name = name
        self.source = source
        if source.path.hasSuffix(".sql") {
            file = SeedFile()
            script = try MigrationBody(source, known: knownEngines)
            try checkDirectives()
        } else {
            file = try SeedReader.read(source.bytes, file: source.path)
            script = nil
            run = file.run
        }
    }

    private func checkDirectives() throws(Failure) {
        for directive in [Directive.noTransaction, .foreignKeysOff]
        where script?.directives.contains(directive) == true {
            throw Failure(
                .rejected,
                "\(source.path) has the directive \(directive.rawValue), which is for migrations",
                next: "Take it away: a seed is one transaction, with foreign keys checked.")
        }
    }

    /// What is worth saying before it is planted, or `nil`.
    var note: String? {
        guard script == nil, file.tables.isEmpty else { return nil }
        return "\(source.path) holds no table yet: it is planted again once it does"
    }

    /// Whether it is meant for an environment.
    package func isMeant(for environment: String?) -> Bool {
        guard !file.environments.isEmpty else { return true }
        return environment.map(file.environments.contains) ?? false
    }

    /// `sha256:…` of the file's text, the same whatever the line ends are, and of the values that
    /// it names and that are no secrets: a changed password is no changed seed.
    package func checksum(_ settings: Settings) -> String {
        var hash = SHA256()
        hash.update(data: source.normalised)
        let settings = marked(settings)
        for name in settingNames.sorted() where !settings.isSecret(name) {
            guard let setting = settings[name], !setting.isSecret else { continue }
            // Lengths keep `A=1` beside `B=2` from reading like `A` with a longer value.
            hash.update(data: Array("\0\(name)=\(setting.value.utf8.count):\(setting.value)".utf8))
        }
        return "sha256:" + hash.finalize().hex
    }

    /// The settings that the seed names, each once.
    var settingNames: Set<String> { Set(file.templates.flatMap(\.template.names)) }

    /// Where the seed names settings, in the order of its file.
    package var references: [Template.Reference] {
        file.templates.flatMap(\.template.references)
    }

    /// The settings that are secrets because they stand inside `!argon2id`, `!bcrypt`, `!sha256` or
    /// `!secret`.
    package var secretNames: Set<String> {
        Set(file.templates.filter(\.isSecret).flatMap(\.template.names))
    }

    /// `settings`, where those that stand inside `!argon2id`, `!bcrypt`, `!sha256` or `!secret` in
    /// this file are secrets everywhere in it.
    func marked(_ settings: Settings) -> Settings {
        var marked = settings
        for name in secretNames {
            guard var setting = settings[name], !setting.isSecret else { continue }
            setting.isSecret = true
            marked[name] = setting
        }
        return marked
    }

    /// `failure` with the source line at its place, unless the line may hold a secret.
    func shown(_ failure: Failure) -> Failure {
        guard failure.excerpt == nil, let place = failure.place, place.file == source.path else {
            return failure
        }
        var failure = failure
        failure.excerpt = YAMLSource(source.bytes, file: source.path, status: .rejected)
            .excerpt(place.line)
        return failure
    }
}
