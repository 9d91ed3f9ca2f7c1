/// Where a value came from; `status --verbose` shows it beside the value.
package struct Origin: Sendable, Equatable, CustomStringConvertible {
    /// The level at which it was given.
    package var level: Level
    /// The file that held the value, when a `NAME_FILE` named one.
    package var path: String?

    /// The levels, the strongest first.
    package enum Level: Sendable, Equatable {
        /// A flag of the command line: `--wait`.
        case flag(String)
        /// A variable of the environment.
        case environment(String)
        /// A variable of the file of variables.
        case envFile(String, Place)
        /// A key of `bootstrap.yaml`.
        case file(String, Place)
        /// Nothing was said.
        case fallback
    }

    /// An origin.
    package init(_ level: Level, path: String? = nil) {
        self.level = level
        self.path = path
    }

    /// `--wait`, `BOOTSTRAP_WAIT in the environment`, `bootstrap.yaml:3`, `default`.
    package var description: String {
        let text =
            switch level {
            case .flag(let flag): flag
            case .environment(let name): "\(name) in the environment"
            case .envFile(_, let place), .file(_, let place): "\(place.file):\(place.line)"
            case .fallback: "default"
            }
        return path.map { "\(text), read from \($0)" } ?? text
    }

    /// A failure about the value: 64 for the command line, 78 for everything that lies around.
    package func failure(_ headline: String, next: String? = nil) -> Failure {
        switch level {
        case .flag(let flag):
            Failure(.usage, "\(flag) \(headline)", next: next)
        case .environment(let name):
            Failure(.configuration, "\(name) in the environment \(headline)", next: next)
        case .envFile(let name, let place), .file(let name, let place):
            Failure(.configuration, "\(name) \(headline)", place: place, next: next)
        case .fallback:
            Failure(.internalError, "a default \(headline)", next: next)
        }
    }
}

/// A value as it was found: its text, and where.
struct FoundValue {
    var text: String
    var origin: Origin
    /// Where other settings are to be put in: the text as a ``Template``.
    var template: String

    /// `is no duration: 5x`, without the text where it may be a secret.
    func failure(_ headline: String, next: String? = nil) -> Failure {
        let isShown =
            origin.path == nil && !text.isEmpty && text.count <= 80 && !text.contains("\n")
        return origin.failure(isShown ? "\(headline): \(text)" : headline, next: next)
    }
}
