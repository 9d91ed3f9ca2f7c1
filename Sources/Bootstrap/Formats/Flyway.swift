/// Flyway: `V1_1__name.sql`, `R__name.sql`, `B5__name.sql`, also in folders below.
/// <https://documentation.red-gate.com/fd/migrations-271585107.html>
enum Flyway: FolderFormat {
    static let name = "flyway"
    static let signs = ["flyway.conf", "flyway.toml"]

    static func reason(in folder: FormatFolder) throws(Failure) -> String? {
        var versioned: String?
        for path in try folder.filesBelow() {
            guard let file = FlywayName(path) else {
                if FlywayCallback.named(path) != nil { return "\(path) is a callback of Flyway's" }
                continue
            }
            switch file.kind {
            case .versioned where file.isRefinery: versioned = versioned ?? path
            // Refinery knows those too, and runs them.
            case .undo where try Refinery.isUnversioned(file, in: folder): continue
            case .versioned, .undo, .baseline, .repeatable:
                return "\(path) is named as Flyway's files are"
            }
        }
        if let sign = sign(in: folder) { return sign }
        guard let versioned, try Refinery.reason(in: folder) == nil else { return nil }
        return "\(versioned) is named as Flyway's files are"
    }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        try contents(of: folder).migrations
    }

    static func contents(of folder: FormatFolder) throws(Failure) -> FormatContents {
        var contents = FormatContents()
        var undos: [String] = []
        for path in try folder.filesBelow() {
            if let file = FlywayName(path) {
                try refuseCode(file, at: folder.path(of: path))
                guard file.isSQL else { continue }
                guard file.kind != .undo else {
                    undos.append(path)
                    continue
                }
                contents.migrations.append(try migration(file, path, in: folder))
            } else if let (event, hook) = FlywayCallback.named(path) {
                try add(event, hook, path, in: folder, to: &contents)
            } else {
                try refuseTypo(path, at: folder.path(of: path))
            }
        }
        if let first = undos.first {
            let others = undos.count > 1 ? " and \(undos.count - 1) more" : ""
            contents.notes.append(
                "\(first)\(others) left out: undo migrations are no ways back here")
        }
        return contents
    }

    private static func migration(
        _ file: FlywayName, _ path: String, in folder: FormatFolder
    ) throws(Failure) -> Migration {
        let manner = try FlywayScript(path, in: folder).manner
        var migration = Migration(
            id: file.id, name: file.stem, kind: file.kind == .repeatable ? .repeatable : .versioned)
        migration.knownEngines = folder.known
        migration.isBaseline = file.kind == .baseline
        migration.bodies[""] = try body(path, manner, in: folder)
        return migration
    }

    /// A file's text; one with placeholders is read whole, for values may change where its statements
    /// end.
    private static func body(
        _ path: String, _ manner: FileManner, in folder: FormatFolder
    ) throws(Failure) -> MigrationBody {
        var manner = manner
        var text = try folder.text(path)
        if manner.placeholders == .flyway {
            let source: SourceFile
            switch text {
            case .whole(let whole): source = whole
            case .large: source = try folder.source(path)
            }
            if ReplacedText.isIn(source.bytes) {
                text = .whole(source)
            } else {
                manner.placeholders = .none
            }
        }
        return try folder.body(text, as: manner)
    }

    private static func add(
        _ event: String, _ hook: FlywayCallback, _ path: String, in folder: FormatFolder,
        to contents: inout FormatContents
    ) throws(Failure) {
        switch hook {
        case .ours(let hook):
            let body = try body(path, FlywayScript(path, in: folder).manner, in: folder)
            try contents.hooks.add(body, hook, for: "")
        case .otherCommand:
            contents.notes.append(
                "\(path) left out: \(event) belongs to another command of Flyway's")
        case .unknown:
            throw Failure(
                .rejected, "\(folder.path(of: path)) is a callback that only Flyway can run",
                next: "Put what it does into a migration, or into beforeMigrate.sql, "
                    + "afterMigrate.sql, beforeEachMigrate.sql or afterEachMigrate.sql.")
        }
    }

    /// Flyway runs these itself, in the same order of versions.
    private static func refuseCode(_ file: FlywayName, at path: String) throws(Failure) {
        guard !file.isSQL, let language = FlywayName.languages[file.ending] else { return }
        throw Failure(
            .rejected, "\(path) is a migration in \(language), which only Flyway can run",
            next: "Write it in SQL or as a migration in Swift; no file of this folder was run.")
    }

    /// Flyway leaves a file out whose name it does not know, without a word.
    private static func refuseTypo(_ path: String, at shown: String) throws(Failure) {
        let name = Folder.lastName(of: path)
        guard name.lowercased().hasSuffix(".sql"), let first = name.lowercased().first,
            "vubr".contains(first),
            name.dropFirst().first.map({ $0.isNumber || $0 == "_" }) == true
        else { return }
        throw Failure(
            .rejected, "\(shown) is not named as Flyway's files are, which would leave it out",
            next: "Name it V<version>__<name>.sql or R__<name>.sql, with two underscores.")
    }
}

/// A name of one of Flyway's files in its parts.
struct FlywayName {
    /// By the letter that the name begins with.
    enum Kind: UInt8 { case versioned = 0x56, undo = 0x55, baseline = 0x42, repeatable = 0x52 }
    let kind: Kind
    /// The version with dots and without leading zeros, and without zeros at its end: 1.0 is 1.
    let version: String
    /// The name without its ending.
    let stem: String
    /// What follows the last dot.
    let ending: String
    /// Whether refinery would read the name alike.
    let isRefinery: Bool

    var isSQL: Bool { ending == "sql" }

    /// The migration's id.
    var id: String {
        switch kind {
        case .versioned, .undo: version
        case .baseline: Version.baseline(version)
        case .repeatable: stem
        }
    }

    /// The languages in which Flyway's migrations are written, by the ending.
    static let languages = [
        "java": "Java", "class": "Java", "kt": "Kotlin", "groovy": "Groovy", "sh": "a shell",
        "bash": "a shell", "bat": "a shell", "cmd": "a shell", "ps1": "PowerShell",
        "py": "Python",
    ]

    /// Reads the last part of a path; `nil` for what is no migration of Flyway's.
    init?(_ path: String) {
        guard let kind = Folder.initial(of: path).flatMap(Kind.init(rawValue:)) else { return nil }
        let name = Folder.lastName(of: path)
        guard let dot = name.lastIndex(of: "."),
            let separator = name.firstRange(of: "__")?.lowerBound
        else { return nil }
        (self.kind, stem) = (kind, String(name[..<dot]))
        ending = String(name[dot...].dropFirst())
        guard ending == "sql" || Self.languages[ending] != nil, separator < dot else { return nil }
        let digits = name[..<separator].dropFirst()
        guard kind != .repeatable else {
            guard digits.isEmpty else { return nil }
            (version, isRefinery) = ("", false)
            return
        }
        let parts = digits.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "_" }
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Byte.isDigit) }) else {
            return nil
        }
        var numbers = parts.map { Version.plain(String($0)) }
        while numbers.count > 1, numbers.last == "0" { numbers.removeLast() }
        version = numbers.joined(separator: ".")
        isRefinery = RefineryName(String(name)) != nil
    }
}

/// What Flyway runs around its work, by the name of the file.
enum FlywayCallback {
    /// A hook that we know.
    case ours(Hook)
    /// One around another command.
    case otherCommand
    /// One inside of `migrate` that we have not.
    case unknown

    /// The event and what it is here; `nil` for what is no callback.
    static func named(_ path: String) -> (event: String, FlywayCallback)? {
        guard let initial = Folder.initial(of: path), initials.contains(initial) else { return nil }
        let name = Folder.lastName(of: path)
        guard name.hasSuffix(".sql") else { return nil }
        let stem = name.dropLast(4)
        let event = String(stem[..<(stem.firstRange(of: "__")?.lowerBound ?? stem.endIndex)])
        if let hook = hooks[event] { return (event, .ours(hook)) }
        if inside.contains(event) { return (event, .unknown) }
        let isOther = ["before", "after"].contains { prefix in
            event.hasPrefix(prefix)
                && commands.contains { event.dropFirst(prefix.count).hasPrefix($0) }
        }
        return isOther ? (event, .otherCommand) : nil
    }

    /// What events begin with: `after`, `before` and `create`.
    private static let initials = Array("abc".utf8)

    private static let hooks: [String: Hook] = [
        "beforeMigrate": .beforeMigrate, "afterMigrate": .afterMigrate,
        "afterMigrateApplied": .afterMigrate, "beforeEachMigrate": .beforeEach,
        "afterEachMigrate": .afterEach,
    ]

    private static let inside: Set<String> = [
        "beforeEachMigrateStatement", "afterEachMigrateStatement",
        "afterEachMigrateStatementError", "afterEachMigrateError", "afterMigrateError",
        "beforeVersioned", "afterVersioned", "beforeRepeatables", "afterRepeatables",
        "beforeConnect", "afterConnect", "createSchema", "beforeCreateSchema",
    ]

    /// What follows `before` or `after`, also before the name of an outcome.
    private static let commands = [
        "Clean", "Undo", "EachUndo", "Validate", "Baseline", "Repair", "Info",
    ]
}

/// `name.sql.conf` beside a script: what holds for it alone.
/// <https://documentation.red-gate.com/fd/script-configuration-files-277578972.html>
struct FlywayScript {
    private(set) var manner = FileManner(placeholders: .flyway, sendsAlone: true)

    init(_ script: String, in folder: FormatFolder) throws(Failure) {
        let path = script + ".conf"
        guard folder.hasFile(path) else { return }
        let source = try folder.source(path)
        var number = 0
        for line in TextLines(source.bytes[source.start...]) {
            number += 1
            let text = String(decoding: line, as: UTF8.self)
            guard let first = text.first(where: { !$0.isWhitespace }), first != "#", first != "!"
            else { continue }
            do throws(Problem) { try take(text) } catch {
                throw source.failure(error.headline, line: number)
            }
        }
    }

    private struct Problem: Error { var headline: String }

    private mutating func take(_ line: String) throws(Problem) {
        let parts = line.split(maxSplits: 1, omittingEmptySubsequences: false) {
            $0 == "=" || $0 == ":"
        }.map { $0.trimmed }
        let value = parts.count > 1 ? parts[1] : ""
        // Both with the prefix of Flyway's own configuration and without.
        let key = parts[0].hasPrefix("flyway.") ? String(parts[0].dropFirst(7)) : parts[0]
        switch key {
        case "executeInTransaction":
            if try !truth(value, of: key) { manner.directives.insert(.noTransaction) }
        case "placeholderReplacement":
            manner.placeholders = try truth(value, of: key) ? .flyway : .none
        case "encoding":
            guard ["UTF-8", "UTF8", "US-ASCII"].contains(value.uppercased()) else {
                throw Problem(headline: "asks for the encoding \(value); files are read in UTF-8")
            }
        case "shouldExecute":
            guard try truth(value, of: key) else {
                throw Problem(
                    headline: "says shouldExecute=false, and all files of the folder run")
            }
        default:
            let known = [
                "executeInTransaction", "placeholderReplacement", "encoding", "shouldExecute",
            ]
            let near = didYouMean(key, in: known, quote: "")
            throw Problem(headline: "has a key that is not known here, \(key)\(near)")
        }
    }

    private func truth(_ value: String, of key: String) throws(Problem) -> Bool {
        switch value.lowercased() {
        case "true": return true
        case "false": return false
        default: throw Problem(headline: "gives \(key) the value \(value), not true or false")
        }
    }
}

extension StringProtocol {
    /// Without white space around it.
    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
