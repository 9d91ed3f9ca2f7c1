/// One option: the one row from which its flag, its variable, its key and its help are made.
package struct OptionDeclaration: Sendable {
    /// The key of `bootstrap.yaml`: `lock_wait`.
    package var key: String
    /// What its values look like.
    package var kind: Kind
    /// What help shows in the place of a value: `DURATION`.
    package var valueName: String?
    /// The letter of its short flag: `u` for `-u`.
    package var letter: Character?
    /// The default as text, or `nil` where there is none.
    package var fallback: String?
    /// What `status --verbose` shows where nobody gave a value and there is no default; a command may
    /// know better, such as the folder that it found.
    package var absence: String?
    /// Where it can be given, besides the variable.
    package var places: Places = [.flag, .file]
    /// One line of help.
    package var help: String

    /// What values look like.
    package enum Kind: Sendable, Equatable {
        /// Any text but an empty one.
        case text
        /// A database's URL, in which `${NAME}` stands for settings.
        case url
        /// `500ms`, `30s`, `5m`, `1h30m`.
        case duration
        /// On or off.
        case toggle
        /// One of these words.
        case choice([String])
        /// A port of this machine: `PORT` on loopback, `*:PORT` on all its addresses.
        case port
        /// `table` or `schema.table`.
        case table
        /// Another tool, or its table: `tool:table`.
        case ledger
        /// A version, or `+N`.
        case target
        /// A word that is a folder's name as well.
        case environment
    }

    /// Where an option can be given.
    package struct Places: OptionSet, Sendable {
        /// The set as bits.
        package let rawValue: Int
        /// On the command line.
        package static let flag = Places(rawValue: 1)
        /// In `bootstrap.yaml`.
        package static let file = Places(rawValue: 2)

        /// A set from bits.
        package init(rawValue: Int) { self.rawValue = rawValue }
    }

    /// The flag: `--lock-wait`.
    package var flag: String {
        var flag = "--"
        for byte in key.utf8 {
            flag.unicodeScalars.append(Unicode.Scalar(byte == Byte.underscore ? Byte.dash : byte))
        }
        return flag
    }

    /// Whether this is the flag, long or short.
    package func isCalled(_ flag: String) -> Bool {
        flag == self.flag || letter.map { flag == "-\($0)" } ?? false
    }

    /// The variable: `BOOTSTRAP_LOCK_WAIT`; the database's URL is `DATABASE_URL`.
    package var variable: String { key == "url" ? "DATABASE_URL" : "BOOTSTRAP_" + key.uppercased() }
}

extension OptionDeclaration {
    /// Every option, in the order of the help.
    package static let all: [OptionDeclaration] = [
        .init(
            key: "url", kind: .url, valueName: "URL", letter: "u",
            help: "the database; may hold ${NAME}, percent-encoded as it is put in"),
        .init(
            key: "migrations", kind: .text, valueName: "DIR", letter: "m",
            absence: "migrations, Migrations or db/migrations",
            help: "default: the first of migrations, Migrations, db/migrations; several with "
                + "commas; may hold {engine}"),
        .init(
            key: "seeds", kind: .text, valueName: "DIR", letter: "s",
            absence: "beside the migrations",
            help: "default: seeds or Seeds inside the migrations or beside them"),
        .init(
            key: "environment", kind: .environment, valueName: "NAME", letter: "e",
            absence: "none",
            help: "development, local, test, staging, production or any word"),
        .init(
            key: "wait", kind: .duration, valueName: "DURATION",
            absence: "5m",
            help: "how long to wait for the database; 0 is one attempt"),
        .init(
            key: "create", kind: .toggle,
            absence: "true, but not in production",
            help: "create a missing database; default: yes, in production no"),
        .init(key: "seed", kind: .toggle, fallback: "true", help: "plant seeds"),
        .init(
            key: "to", kind: .target, valueName: "VERSION|+N", absence: "the newest",
            help: "stop there"),
        .init(
            key: "order", kind: .choice(Options.Order.allCases.map(\.rawValue)),
            valueName: "any|linear", fallback: "any",
            help: "a file older than the newest applied: apply it with a note, or stop"),
        .init(
            key: "ahead", kind: .choice(Options.Ahead.allCases.map(\.rawValue)),
            valueName: "accept|refuse", fallback: "accept",
            help: "a database newer than the files: leave it alone, or stop"),
        .init(
            key: "transaction", kind: .choice(Options.TransactionScope.allCases.map(\.rawValue)),
            valueName: "each|all", fallback: "each",
            help: "one transaction per migration, or one for all"),
        .init(
            key: "lock", kind: .choice(Options.LockMode.allCases.map(\.rawValue)),
            valueName: "session|lease|none", absence: "chosen by the server",
            help: "default: chosen by the server"),
        .init(
            key: "lock_wait", kind: .duration, valueName: "DURATION", fallback: "10m",
            help: "how long to wait for another bootstrap"),
        .init(
            key: "lock_timeout", kind: .duration, valueName: "DURATION", fallback: "5s",
            help: "how long a statement waits for the application's locks; 0 for ever"),
        .init(
            key: "statement_timeout", kind: .duration, valueName: "DURATION",
            absence: "none",
            help: "how long a statement may run; default: for ever"),
        .init(
            key: "grace", kind: .duration, valueName: "DURATION", fallback: "8s",
            help: "from SIGTERM to interrupting the statement"),
        .init(
            key: "history", kind: .table, valueName: "[SCHEMA.]TABLE",
            fallback: "bootstrap_history", help: "the table that remembers what was applied"),
        .init(
            key: "format", kind: .choice(Formats.names), valueName: "NAME",
            absence: "as the files tell",
            help: "whose migrations these are, where the files do not tell"),
        .init(
            key: "mirror", kind: .toggle, fallback: "false",
            help: "keep another tool's table in step, so that both can go on side by side"),
        .init(
            key: "mirror_into", kind: .ledger, valueName: "TOOL[:TABLE]",
            absence: "the one there is",
            help: "the same, and whose table: where there are several, or it has a name of its own"),
        .init(
            key: "heartbeat", kind: .text, valueName: "FILE", absence: "none",
            help: "a file touched every 2 s while alive"),
        .init(
            key: "health", kind: .port, valueName: "[*:]PORT", absence: "none",
            help: "a port that answers 200 while alive: on loopback, with *: on all addresses"),
        .init(
            key: "json", kind: .toggle, fallback: "false", help: "events as JSON, one a line"),
        .init(
            key: "quiet", kind: .toggle, letter: "q", fallback: "false",
            help: "print failures only"),
        .init(
            key: "color", kind: .toggle,
            absence: "on a terminal",
            help: "colour; default: on a terminal, unless NO_COLOR is set"),
        .init(
            key: "env_file", kind: .text, valueName: "FILE", fallback: ".env", places: .flag,
            help: "a file of variables"),
        .init(
            key: "login_wait", kind: .duration, fallback: "0s", places: .file,
            help: "how long a refused login may be a role that is about to be created"),
        .init(
            key: "attempt_timeout", kind: .duration, fallback: "5s", places: .file,
            help: "the cap on one attempt to connect"),
        .init(
            key: "lease", kind: .duration, fallback: "15s", places: .file,
            help: "how long a lease lives without a beat"),
    ]

    /// The option with this key.
    package static func named(_ key: String) -> OptionDeclaration? { all.first { $0.key == key } }
}
