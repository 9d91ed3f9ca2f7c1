import Crypto
import Synchronization

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
    /// The files that it may name.
    let assets: SeedAssets
    private let files = KnownFiles()

    /// Reads a seed's file, whose kind its path's extension tells; no database is needed.
    ///
    /// - `assets`: the files that it may name; they are not read yet.
    package init(
        _ name: String, _ source: SourceFile, assets: SeedAssets = .none,
        knownEngines: [String] = EngineNames.all
    ) throws(Failure) {
        self.name = name
        self.source = source
        self.assets = assets
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

    /// `sha256:…` of the file's text, the same whatever the line ends are, of the files that it names,
    /// and of the values that it names and that are no secrets: a changed password is no changed seed.
    package func checksum(_ settings: Settings) throws(Failure) -> String {
        var hash = SHA256()
        hash.update(data: source.normalised)
        let settings = marked(settings)
        for name in settingNames.sorted() where !settings.isSecret(name) {
            guard let setting = settings[name], !setting.isSecret else { continue }
            // Lengths keep `A=1` beside `B=2` from reading like `A` with a longer value.
            hash.update(data: Array("\0\(name)=\(setting.value.utf8.count):\(setting.value)".utf8))
        }
        for (path, digest) in try digestsOfFiles() {
            hash.update(data: Array("\0\(path)=\(digest)".utf8))
        }
        return "sha256:" + hash.finalize().hex
    }

    /// Whether a planting with this checksum is still the seed's, if it need not be planted always.
    ///
    /// What is planted once is not read again: its data files need not be there any more.
    func isSettled(by checksum: String, _ settings: Settings) throws(Failure) -> Bool {
        if run == .once { return true }
        return try checksum == self.checksum(settings)
    }

    /// The rows that have a password, by their keys: `user email=admin@example.com`.
    ///
    /// Keys are no secrets, but for those that hold one, which are left out.
    func accounts(_ settings: Settings) -> [String] {
        let settings = marked(settings)
        var accounts: [String] = []
        for table in file.tables {
            for row in table.rows where row.cells.contains(where: \.expression.isPassword) {
                let key = table.key.compactMap { row[$0.text]?.literal(settings) }
                guard key.count == table.key.count, !key.contains(where: { $0.shown != $0.text })
                else { continue }
                accounts.append("\(table.name) \(row.keyWords(of: table, settings))")
            }
        }
        return accounts
    }

    /// Its rows in the order in which they are planted.
    func steps(_ settings: Settings) throws(Failure) -> [SeedFile.Step] {
        do throws(Failure) { return try file.steps(marked(settings)) } catch { throw shown(error) }
    }

    /// The content of each file that it names, as SHA-256; read once.
    private func digestsOfFiles() throws(Failure) -> [(path: String, digest: String)] {
        if let known = files.digests { return known }
        var found: [(path: String, digest: String)] = []
        for word in file.files {
            var hash = SHA256()
            try source(of: word).update(&hash)
            found.append((word.text, hash.finalize().hex))
        }
        files.digests = found
        return found
    }

    /// A file that it names: the same one each time, so that a change meanwhile is noticed.
    func source(of word: SeedWord) throws(Failure) -> DataSource {
        if let known = files[word.text] { return known }
        do throws(Failure) {
            let source = try assets.find(word)
            files[word.text] = source
            return source
        } catch {
            throw shown(error)
        }
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

/// The files that a seed names, once they are known: a run asks for them several times.
private final class KnownFiles: Sendable {
    private struct Known {
        var sources: [String: DataSource] = [:]
        var digests: [(path: String, digest: String)]?
    }
    private let known = Mutex(Known())

    var digests: [(path: String, digest: String)]? {
        get { known.withLock { $0.digests } }
        set { known.withLock { $0.digests = newValue } }
    }

    subscript(path: String) -> DataSource? {
        get { known.withLock { $0.sources[path] } }
        set { known.withLock { $0.sources[path] = newValue } }
    }
}
