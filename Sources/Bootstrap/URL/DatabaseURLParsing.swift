extension DatabaseURL {
    /// Reads a URL: `scheme://user:password@host:port/database?option=value`, or `scheme:path`.
    ///
    /// Every part is percent-decoded, and a `+` stays a plus. Special characters in a password may
    /// stand as they are where there is one way only to read the URL. A ``Failure`` of status 64
    /// says what is wrong, and never shows a part of the URL beyond its scheme. Options of other
    /// client libraries are left out with a note; what remains is for the driver to check.
    public init(parsing text: String) throws(Failure) {
        do throws(URLProblem) {
            try self.init(scanning: text)
        } catch {
            throw error.failure(.usage, subject: "the URL")
        }
    }

    /// Reads the URL in a variable of the process's environment, or in the file that
    /// `NAME_FILE` names.
    ///
    /// `${OTHER}` in it stands for other variables, percent-encoded as they are put in. A URL with a
    /// user and no password takes it from the variable whose name ends in `PASSWORD` instead of
    /// `URL` (`DATABASE_PASSWORD`), or from its `_FILE`. A ``Failure`` of status 78 says what is
    /// missing or wrong.
    public init(environment name: String) throws(Failure) {
        try self.init(environment: name, of: .process)
    }

    /// Reads the URL in a variable of `surroundings`.
    package init(environment name: String, of surroundings: Surroundings) throws(Failure) {
        let origin = "the environment"
        var settings = Settings()
        let variables = surroundings.variables.mapValues { Setting($0, origin: origin) }
        settings.add(variables, in: origin, read: surroundings.require)
        do throws(SettingProblem) {
            guard let text = try settings.value(of: name)?.value, !text.isEmpty else {
                throw SettingProblem(name: name, message: "is not set in the environment")
            }
            do throws(URLProblem) {
                try self.init(expanding: text, settings: settings)
            } catch {
                throw SettingProblem(name: name, problem: error)
            }
            let other = name.hasSuffix("URL") ? name.dropLast(3) + "PASSWORD" : nil
            if let other, user != nil, password == nil,
                let value = try settings.value(of: String(other))
            {
                fill(password: Secret(value.value))
            }
        } catch {
            throw Failure(
                .configuration, "\(error.name) \(error.message)",
                next: error.next)
        }
    }

    /// Reads a URL, with a problem that names no origin.
    init(scanning text: String) throws(URLProblem) {
        self = try URLScanner(text).url()
        try ClientOptions.settle(&self)
    }

    /// Reads a URL in which `${NAME}` stands for settings, percent-encoded as they are put in.
    ///
    /// A setting at the very beginning is put in as it is: it holds the scheme, or the whole URL.
    init(expanding text: String, settings: Settings) throws(URLProblem) {
        let expanded: String
        do throws(TemplateError) {
            expanded = try Self.expand(text, settings)
        } catch {
            throw URLProblem(error.message)
        }
        try self.init(scanning: expanded)
    }

    private static func expand(
        _ text: String, _ settings: Settings
    ) throws(TemplateError) -> String {
        var template = try Template(text)
        var start = ""
        if case .reference(let first) = template.pieces.first {
            start = try first.value(settings).text
            template.pieces.removeFirst()
        }
        return start + (try template.resolve(settings) { PercentEncoding.encode($0) }.text)
    }

    /// Takes `password` for a URL that has a user and no password of its own.
    mutating func fill(password: Secret) {
        guard user != nil && self.password == nil else { return }
        self.password = password
    }
}

extension DatabaseURL: CustomStringConvertible {
    /// The URL as it may be shown: without password, without options.
    public var description: String { text(credentials: user) }

    /// The URL without options, with a word in the place of its password.
    func text(placeholder: String) -> String { text(credentials: user ?? "", ":" + placeholder) }

    private func text(credentials user: String?, _ placeholder: String = "") -> String {
        var text = scheme + (schemeSuffix.map { "+" + $0 } ?? "") + ":"
        if hasAuthority { text += "//" }
        if let user { text += PercentEncoding.encode(user, shown: true) + placeholder + "@" }
        for (number, host) in hosts.enumerated() {
            if number > 0 { text += "," }
            text += host.description
        }
        return text + PercentEncoding.encode(path, keeping: "/:@+", shown: true)
    }
}

extension DatabaseURL.Host: CustomStringConvertible {
    /// The host as a URL has it: `db:5432`, `[::1]:5432`, `%2Frun%2Fpostgresql`.
    public var description: String {
        let isIPv6 = name.contains(":") && !name.hasPrefix("/")
        let text =
            isIPv6
            ? "[" + PercentEncoding.encode(name, keeping: ":") + "]"
            : PercentEncoding.encode(name, shown: true)
        return text + (port.map { ":\($0)" } ?? "")
    }
}

extension DatabaseURL.Option: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The option, with `***` for the value of one that may be a secret (`sslpassword`).
    public var description: String {
        let isSecret = ["pass", "secret", "token"].contains { name.lowercased().contains($0) }
        return "\(name)=\(isSecret ? "***" : value)"
    }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows no children, so that `dump` shows no secret either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension URLProblem {
    /// The problem as a failure of `subject`: `--url`, `DATABASE_URL in the environment`.
    func failure(_ status: ExitStatus, subject: String) -> Failure {
        Failure(status, "\(subject) \(message)", next: next)
    }
}
