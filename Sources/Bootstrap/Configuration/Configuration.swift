/// Everything that a command of this program may be told, from all levels: flag, environment, file
/// of variables, `bootstrap.yaml`, default.
///
/// A mistake on the command line is a ``Failure`` of status 64; one in the environment or in a file
/// is of status 78.
package struct Configuration: Sendable {
    /// What a run may decide for itself; `wait` is the long one unless it was given.
    package var options = Options()
    /// How long to wait for the database, if that was said; commands differ in their default.
    package var wait: Duration?
    /// The folder of migrations, if one was named, or several with commas; may hold `{engine}`.
    package var migrations: String?
    /// The folder of seeds, if one was named.
    package var seeds: String?
    /// From SIGTERM to interrupting the statement.
    package var grace: Duration = .seconds(8)
    /// A file to touch while alive.
    package var heartbeat: String?
    /// A port to answer on.
    package var health: HealthPort?
    /// Whether events are JSON.
    package var json = false
    /// Whether only failures are printed.
    package var quiet = false
    /// Whether output has colour, if that was said.
    package var color: Bool?
    /// Each option's value as it may be shown, and where it came from, in the order of the help.
    package var values: [Value] = []
    /// What is worth knowing about the configuration, one sentence each.
    package var notes: [String] = []
    private var url: FoundValue?

    /// The folders that are looked for when none was named.
    package static let migrationFolders = ["migrations", "Migrations", "db/migrations"]

    /// One option's value, as it may be shown.
    package struct Value: Sendable, Equatable {
        /// The option's key.
        package var key: String
        /// The value, without passwords; `nil` where there is none.
        package var text: String?
        /// Where it came from.
        package var origin: Origin
    }

    /// Puts the levels together.
    ///
    /// `flags` holds the values of the flags that were given, by key, `true` or `false` for toggles;
    /// `sets` what followed each `--set`; `surroundings` the environment and the files.
    package init(
        flags: [String: String] = [:], sets: [String] = [], surroundings: Surroundings
    ) throws(Failure) {
        let source = try ConfigurationSource(flags: flags, sets: sets, surroundings: surroundings)
        options.settings = source.settings
        for option in OptionDeclaration.all {
            let found = try source.value(option)
            if let found { try take(found, option.key, option.kind) }
            values.append(shown(found, option))
        }
        if color == nil, surroundings.variables["NO_COLOR"]?.isEmpty == false { color = false }
        options.settings.environmentName = options.environment
        for text in sets {
            let name = text.prefix { $0 != "=" }
            guard Settings.isSecretName(String(name)) else { continue }
            notes.append("--set \(name) shows the secret to everyone who may list processes")
        }
    }

    /// The database's URL with settings and password put in.
    ///
    /// It is read here, not before, so that commands without a database need none.
    package func databaseURL() throws(Failure) -> DatabaseURL {
        guard let url else {
            throw Failure(
                .usage, "no database was named",
                next: "Give --url URL, or set DATABASE_URL in the environment, in .env "
                    + "or as `url:` in bootstrap.yaml.")
        }
        var result: DatabaseURL
        do throws(URLProblem) {
            result = try DatabaseURL(expanding: url.template, settings: options.settings)
        } catch {
            throw url.origin.failure(error.message, next: error.next)
        }
        if result.user != nil && result.password == nil {
            do throws(SettingProblem) {
                let password = try options.settings.value(of: "DATABASE_PASSWORD")
                if let password { result.fill(password: Secret(password.value)) }
            } catch {
                throw Failure(.configuration, "DATABASE_PASSWORD \(error.message)")
            }
        }
        return result
    }

    /// Shows `text` as the default of the option `key`, where nothing was said: what the command
    /// that asks found or does.
    package mutating func show(_ text: String, asDefaultOf key: String) {
        for index in values.indices where values[index].key == key {
            guard values[index].origin.level == .fallback else { continue }
            values[index].text = text
        }
    }

    /// Where the value of the option `key` came from.
    package func origin(of key: String) -> Origin {
        values.first { $0.key == key }?.origin ?? Origin(.fallback)
    }

    private func shown(_ found: FoundValue?, _ option: OptionDeclaration) -> Value {
        guard let found else {
            return Value(
                key: option.key, text: option.fallback ?? option.absence, origin: Origin(.fallback))
        }
        let text = option.kind == .url ? (try? databaseURL())?.description ?? "***" : found.text
        return Value(key: option.key, text: text, origin: found.origin)
    }
}

extension Configuration {
    private mutating func take(
        _ found: FoundValue, _ key: String, _ kind: OptionDeclaration.Kind
    ) throws(Failure) {
        switch kind {
        case .text: setText(key, try found.nonEmpty())
        case .url: url = found
        case .duration: setDuration(key, try found.duration())
        case .toggle: setToggle(key, try found.toggle())
        case .choice(let words): setChoice(key, try found.choice(words))
        case .port: health = try found.port()
        case .table: options.history = try found.table()
        case .ledger: options.mirrorInto = try found.ledger()
        case .target: options.to = try found.target()
        case .environment: options.environment = try found.environment()
        }
    }

    private mutating func setText(_ key: String, _ text: String) {
        switch key {
        case "migrations": migrations = text
        case "seeds": seeds = text
        case "heartbeat": heartbeat = text
        default: break  // env_file has done its work already
        }
    }

    private mutating func setDuration(_ key: String, _ duration: Duration) {
        switch key {
        case "wait":
            wait = duration
            options.wait = duration
        case "lock_wait": options.lockWait = duration
        case "lock_timeout": options.lockTimeout = duration
        case "statement_timeout": options.statementTimeout = duration == .zero ? nil : duration
        case "grace": grace = duration
        case "login_wait": options.loginWait = duration
        case "attempt_timeout": options.attemptTimeout = duration
        case "lease": options.lease = duration
        default: assertionFailure("no place for \(key)")
        }
    }

    private mutating func setToggle(_ key: String, _ isOn: Bool) {
        switch key {
        case "create": options.create = isOn
        case "seed": options.seed = isOn
        case "mirror": options.mirror = isOn
        case "json": json = isOn
        case "quiet": quiet = isOn
        case "color": color = isOn
        default: assertionFailure("no place for \(key)")
        }
    }

    private mutating func setChoice(_ key: String, _ word: String) {
        switch key {
        case "order": options.order = Options.Order(rawValue: word) ?? options.order
        case "ahead": options.ahead = Options.Ahead(rawValue: word) ?? options.ahead
        case "transaction":
            options.transaction = Options.TransactionScope(rawValue: word) ?? options.transaction
        case "format": options.format = word
        case "lock": options.lock = Options.LockMode(rawValue: word)
        default: assertionFailure("no place for \(key)")
        }
    }
}
