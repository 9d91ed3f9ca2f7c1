import ArgumentParser
import Bootstrap

/// Options as the user gave them, by their names in the table of all options.
///
/// Values stay text here: flags, variables and the configuration file are read by the same code, so
/// that a wrong duration is the same failure wherever it stands.
protocol GivenOptions: ParsableArguments {
    /// The options that were given, `lock_wait` for `--lock-wait`.
    var given: [String: String] { get }
}

/// Where the database is, and how patiently to knock.
struct DatabaseOptions: GivenOptions {
    @Option(
        name: [.customShort("u", allowingJoined: true), .long],
        help: .init(
            "The database's address; also DATABASE_URL or DATABASE_URL_FILE. May hold ${NAME}.",
            valueName: "url"))
    var url: String?

    @Option(
        name: [.customShort("e", allowingJoined: true), .long],
        help: "development, local, test, staging, production or any word of your own.")
    var environment: String?

    @Option(
        help: .init(
            "How long to wait until the database answers: 500ms, 30s, 5m, 1h30m; 0 tries once.",
            valueName: "duration"))
    var wait: String?

    @Option(
        name: .customLong("env-file"),
        help: .init("A file of NAME=VALUE lines (default: .env).", valueName: "file"))
    var envFile: String?

    @Option(
        help: .init(
            "The table that remembers what is done (default: bootstrap_history).",
            valueName: "[schema.]table"))
    var history: String?

    var given: [String: String] {
        collected([
            "url": url, "environment": environment, "wait": wait, "env_file": envFile,
            "history": history,
        ])
    }
}

/// Which files to read.
struct FileOptions: GivenOptions {
    @Option(
        name: [.customShort("m", allowingJoined: true), .long],
        help: .init(
            "The folder of migrations (default: migrations, Migrations or db/migrations), or several with commas; may hold {engine}.",
            valueName: "dir"))
    var migrations: String?

    @Option(
        name: [.customShort("s", allowingJoined: true), .long],
        help: .init(
            "The folder of seeds (default: seeds or Seeds in that folder or beside it).",
            valueName: "dir"))
    var seeds: String?

    @Option(
        help: .init(
            "Whose migrations these are, where the files do not tell: dbmate, goose, … or bootstrap.",
            valueName: "name"))
    var format: String?

    @Option(
        help: .init(
            "A setting for seeds and portable files; for secrets use the environment or NAME_FILE.",
            valueName: "name=value"))
    var set: [String] = []

    var given: [String: String] {
        collected(["migrations": migrations, "seeds": seeds, "format": format])
    }
}

/// Whether a missing database is created.
struct CreationOptions: GivenOptions {
    @Flag(
        inversion: .prefixedNo,
        help: "Create the database when it is missing (default: yes, but not in production).")
    var create: Bool?

    var given: [String: String] { collected(["create": create.map(String.init)]) }
}

/// Whether seeds are planted.
struct SeedingOptions: GivenOptions {
    @Flag(name: .customLong("no-seed"), help: "Leave the seeds out.")
    var noSeed = false

    var given: [String: String] { collected(["seed": noSeed ? "false" : nil]) }
}

/// How migrations are applied.
struct ApplyOptions: GivenOptions {
    @Option(help: .init("Stop after this version, or after N migrations.", valueName: "version|+n"))
    var to: String?

    @Option(
        help: .init(
            "A file older than the newest applied one: apply it with a note (any, the default) or stop (linear).",
            valueName: "any|linear"))
    var order: String?

    @Option(
        help: .init(
            "A database newer than the files: leave it alone (accept, the default) or stop (refuse).",
            valueName: "accept|refuse"))
    var ahead: String?

    @Option(
        help: .init(
            "A transaction for each migration (the default) or one for all.",
            valueName: "each|all"))
    var transaction: String?

    var given: [String: String] {
        collected(["to": to, "order": order, "ahead": ahead, "transaction": transaction])
    }
}

/// How to live beside other runs and beside the application.
struct LockOptions: GivenOptions {
    @Option(
        help: .init(
            "What keeps replicas apart (default: chosen by the server).",
            valueName: "session|lease|none"))
    var lock: String?

    @Option(
        name: .customLong("lock-wait"),
        help: .init("How long to wait for another run (default: 10m).", valueName: "duration"))
    var lockWait: String?

    @Option(
        name: .customLong("lock-timeout"),
        help: .init(
            "How long a statement waits for the application's locks (default: 5s).",
            valueName: "duration"))
    var lockTimeout: String?

    @Option(
        name: .customLong("statement-timeout"),
        help: .init("How long one statement may run (default: for ever).", valueName: "duration"))
    var statementTimeout: String?

    @Option(
        help: .init(
            "How long a statement may go on after SIGTERM before it is interrupted (default: 8s).",
            valueName: "duration"))
    var grace: String?

    var given: [String: String] {
        collected([
            "lock": lock, "lock_wait": lockWait, "lock_timeout": lockTimeout,
            "statement_timeout": statementTimeout, "grace": grace,
        ])
    }
}

/// Whether another tool goes on beside this one.
struct MirrorOptions: GivenOptions {
    @Flag(help: "Keep the table of another tool in step, so that both can go on side by side.")
    var mirror = false
    @Option(
        help: .init(
            "The same, and whose table: where there are several, or it has a name of its own.",
            valueName: "tool[:table]"))
    var mirrorInto: String?

    var given: [String: String] {
        collected(["mirror": mirror ? "true" : nil, "mirror_into": mirrorInto])
    }
}

/// How others see that the process is alive.
struct WatchOptions: GivenOptions {
    @Option(
        help: .init(
            "A file that is touched every 2 s while this process is alive.", valueName: "file"))
    var heartbeat: String?

    @Option(
        help: .init(
            "A port that answers 200 while this process is alive: on loopback, with *: on all addresses.",
            valueName: "[*:]port"))
    var health: String?

    var given: [String: String] { collected(["heartbeat": heartbeat, "health": health]) }
}

/// How to tell what happens.
struct OutputOptions: GivenOptions {
    @Flag(help: "Print one JSON object a line, all of it on standard output.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print failures only.")
    var quiet = false

    @Flag(name: .customLong("no-color"), help: "Print without colours; also NO_COLOR.")
    var noColor = false

    var given: [String: String] {
        collected([
            "json": json ? "true" : nil, "quiet": quiet ? "true" : nil,
            "color": noColor ? "false" : nil,
        ])
    }
}

/// What the commands have in common that people type and that write.
struct CommonOptions: GivenOptions {
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var locks: LockOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and write nothing.")
    var dryRun = false

    var given: [String: String] { merged(database, files, locks, output) }
}

/// Leave to take something away from a production database.
struct ConsentOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    /// Whether it may be given, for a dry run: a person at a terminal would be asked, and only then.
    var isPossible: Bool { yes || Question.isPossible }

    /// Whether it is given, which the person at the terminal is asked for where that is needed.
    ///
    /// - `deed`: what the command does: `drops`.
    func isGiven(to deed: String, _ work: Work) -> Bool {
        yes || Question.confirms(deed, work.pipeline.pipeline)
    }
}

/// What the process becomes when all is done.
struct ProgramOptions: ParsableArguments {
    @Argument(
        parsing: .postTerminator,
        help: .init(
            "After --: the program that this process becomes once the database is ready.",
            valueName: "command"))
    var command: [String] = []
}

/// A version that was given with `--to`: a migration's number, with or without the name behind it.
func givenVersion(_ text: String) throws(Failure) -> String {
    guard let first = text.utf8.first, (0x30...0x39).contains(first) else {
        throw Failure(
            .usage, "--to \(text) is no version", next: "say --to with a migration's number")
    }
    return text
}

/// The options that have a value.
func collected(_ options: [String: String?]) -> [String: String] { options.compactMapValues { $0 } }

/// What all of a command's groups have together.
func merged(_ groups: any GivenOptions...) -> [String: String] {
    groups.reduce(into: [:]) { all, group in all.merge(group.given) { $1 } }
}
