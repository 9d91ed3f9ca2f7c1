import Bootstrap
import BootstrapTesting
import FoundationEssentials
import Glibc

/// Where one scenario is played on one engine: a folder, a database of its own, and who is at work.
final class Stage {
    private let scenario: Scenario
    private let database: TestDatabase
    private let server: TestServer
    private let url: DatabaseURL
    private let driver: any Driver
    private let folder: String
    private let port: Port
    private var environment: [String: String]
    private var children: [String: Child] = [:]
    private var sessions: [String: any Connection] = [:]
    /// Every program that ran, for the promise that none shows a password.
    private var finished: [Child] = []
    private var last: [Child] = []

    /// Sets the stage: the database has a name, and does not exist yet.
    init(_ scenario: Scenario, on database: TestDatabase) throws {
        self.scenario = scenario
        self.database = database
        folder = try Self.makeFolder()
        port = try Port()
        if scenario.hasOwnServer, let product = database.server.product {
            server = TestServer(product)
            var url = try server.url()
            url.path = "/shop"
            self.url = url
        } else {
            server = database.server
            url = try server.unusedURL()
        }
        driver = try database.driver.init(url)
        environment = [
            "PATH": Self.programs + ":/usr/local/bin:/usr/bin:/bin", "HOME": folder + "/home",
            "TMPDIR": folder + "/tmp", "LC_ALL": "C.UTF-8", "DATABASE_URL": Self.text(of: url),
            "FREE_PORT": String(port.number),
        ]
        try FileManager.default.createDirectory(
            atPath: projectFolder, withIntermediateDirectories: true)
    }

    /// Where the built `bootstrap` lies: beside the tests, unless BOOTSTRAP_BINARY names another.
    private static let programs: String = {
        if let named = getenv("BOOTSTRAP_BINARY") {
            return String(String(cString: named).prefix(through: "/").dropLast())
        }
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        let bytes = path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        return String(String(decoding: bytes, as: UTF8.self).prefix(through: "/").dropLast())
    }()

    private static func makeFolder() throws -> String {
        var template = Array("/tmp/scenario-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Child.Problem("cannot make a folder") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The address with its password, every byte of which that could mean something is encoded.
    private static func text(of url: DatabaseURL) -> String {
        guard url.scheme != "sqlite" else { return "sqlite:" + url.path }
        let host = url.hosts.map { "\($0.name)\($0.port.map { ":\($0)" } ?? "")" }
        return "\(url.scheme)://\(encoded(url.user ?? "")):\(encoded(url.password?.reveal() ?? ""))"
            + "@\(host.joined(separator: ","))\(url.path)"
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            let scalar = Unicode.Scalar(byte)
            if scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "%" + String(Int(byte) + 0x100, radix: 16, uppercase: true).dropFirst()
            }
        }
    }

    /// Plays all steps, then takes everything down, whatever has happened.
    func play() throws {
        defer { leave() }
        let steps = try scenario.steps(on: database.dialect.engine)
        for (index, step) in steps.enumerated() {
            do {
                let next = steps.dropFirst(index + 1).first
                try perform(step, next: next)
            } catch {
                throw ScenarioError(
                    file: scenario.file, line: step.number, "on \(database): \(error)")
            }
        }
        try checkThatNobodyToldThePassword()
    }

    private func leave() {
        children = [:]
        sessions.values.forEach { $0.close() }
        // The next scenario has a database of its own: one that cannot be dropped disturbs nobody.
        if database.server.product != .sqlite && !scenario.hasOwnServer {
            _ = try? driver.drop(SessionSettings(), before: .now + .seconds(30))
        }
        try? FileManager.default.removeItem(atPath: folder)
        if database.server.product == .sqlite {
            try? FileManager.default.removeItem(atPath: String(url.path.prefix(through: "/")))
        }
    }
}

// MARK: - Steps

extension Stage {
    private func perform(_ step: Scenario.Step, next: Scenario.Step?) throws {
        switch step.action {
        case .file(let path): try write(step.block, to: path)
        case .environment(let name, let value): environment[name] = value
        case .run(let command): try run(1, command, step, next)
        case .runTimes(let count, let command): try run(count, command, step, next)
        case .start(let name, let command): children[name] = try start("exec " + command)
        case .startAtTerminal(let name, let columns, let command):
            children[name] = try start("exec " + command, at: try Terminal(columns: columns))
        case .port(let status):
            let found = HealthProbe.status(of: port.number)
            guard found == status else {
                throw Child.Problem(
                    "the port \(found.map { "answers \($0)" } ?? "does not answer 200")")
            }
        // Checked with the command above it.
        case .exits: break
        case .says(let name, let text):
            let child = try child(name)
            try child.wait(for: "“\(text)”") { child.output.contains(text) || child.hasEnded() }
            guard child.output.contains(text) else {
                throw Child.Problem("it ended without “\(text)”:\n\(child.output)\(child.errors)")
            }
        case .gets(let name, let signal): try child(name).send(signal)
        case .ends(let name, let status):
            let child = try child(name)
            children[name] = nil
            try check([child], status, step.block, isOneOf: 1)
        case .shows(let name, let pattern):
            let child = try child(name)
            // The password is hidden first thing, but a shell has to become the program before.
            let pattern = try Pattern(pattern, values)
            try child.wait(for: "other arguments than \(child.arguments)") {
                pattern.matches(child.arguments)
            }
        case .server(let change): try perform(server: change)
        case .sql(let sql): try query(sql, expecting: step.block)
        case .session(let name, let sql): try say(sql, in: name)
        }
    }

    /// Where the commands of the story run, and where its files are written.
    private var projectFolder: String { folder + "/project" }

    private func write(_ block: [String], to path: String) throws {
        let path = projectFolder + "/" + path
        let lines = block.reversed().drop { $0.isEmpty }.reversed()
        try FileManager.default.createDirectory(
            atPath: String(path.prefix(through: "/")), withIntermediateDirectories: true)
        let text = lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
            throw Child.Problem("cannot write \(path)")
        }
    }

    private func start(_ command: String, at terminal: Terminal? = nil) throws -> Child {
        let child = try Child(
            command, in: projectFolder, environment: environment,
            outputs: folder + "/output-\(finished.count)", at: terminal)
        finished.append(child)
        return child
    }

    private func child(_ name: String) throws -> Child {
        guard let child = children[name] else {
            throw Child.Problem("nobody called \(name) is at work")
        }
        return child
    }

    private func run(
        _ count: Int, _ command: String, _ step: Scenario.Step, _ next: Scenario.Step?
    ) throws {
        let all = try (0..<count).map { _ in try start(command) }
        guard case .exits(let status)? = next?.action else {
            return try check(all, 0, step.block, isOneOf: count)
        }
        try check(all, status, step.block + (next?.block ?? []), isOneOf: count)
    }

    /// Lines that begin with `!` are standard error's; a success says nothing there.
    private func check(
        _ all: [Child], _ status: Int32, _ block: [String], isOneOf count: Int
    ) throws {
        for child in all {
            let found = try child.wait()
            guard found == status else {
                throw Child.Problem(
                    "exits \(found) and not \(status); it said\n\(child.output)\(child.errors)")
            }
        }
        guard count == 1, let child = all.first else { return try tally(all, block) }
        let errors = block.filter { $0.hasPrefix("!") }.map { String($0.dropFirst(2)) }
        let output = block.filter { !$0.hasPrefix("!") }
        if !output.isEmpty,
            let problem = try Pattern.difference(between: output, and: child.output, values)
        {
            throw Child.Problem("on standard output " + problem + "\n" + child.errors)
        }
        if !errors.isEmpty || status == 0,
            let problem = try Pattern.difference(between: errors, and: child.errors, values)
        {
            throw Child.Problem("on standard error " + problem)
        }
    }

    /// `16 x ready …`: how many lines of all the programs together are so.
    private func tally(_ all: [Child], _ block: [String]) throws {
        let lines = all.flatMap { $0.output.split(separator: "\n").map(String.init) }
        for expected in block {
            let parts = expected.split(separator: " ", maxSplits: 2).map(String.init)
            guard parts.count == 3, let count = Int(parts[0]), parts[1] == "x" else {
                throw Child.Problem("several programs have lines as “16 x ready …”: \(expected)")
            }
            let pattern = try Pattern(parts[2], values)
            let found = lines.count { pattern.matches($0) }
            guard found == count else {
                throw Child.Problem(
                    "\(found) x \(parts[2]) in\n" + Pattern.indented(lines))
            }
        }
    }

    /// What a scenario's own placeholders stand for here.
    private var values: [String: String] {
        [
            "target": driver.target, "database": driver.databaseName, "folder": projectFolder,
            "host": url.hosts.first.map { "\($0.name):\($0.port ?? 0)" } ?? "",
        ]
    }

    private func checkThatNobodyToldThePassword() throws {
        guard let password = url.password?.reveal() else { return }
        for child in finished {
            let text = child.output + child.errors
            for secret in [password, Self.encoded(password)] where text.contains(secret) {
                throw Child.Problem("the password was told in:\n\(text)")
            }
        }
    }
}

// MARK: - The database

extension Stage {
    private func perform(server change: String) throws {
        switch change {
        case "starts": try server.start()
        case "is launched": try server.launch()
        case "stops": try server.stop()
        case "crashes": try server.kill()
        case "pauses": try server.pause()
        case "resumes": try server.resume()
        default:
            throw Child.Problem("a server starts, is launched, stops, crashes, pauses or resumes")
        }
    }

    private func query(_ sql: String, expecting block: [String]) throws {
        let connection = try driver.connect(SessionSettings(), before: .now + .seconds(30))
        defer { connection.close() }
        let rows = try connection.run(sql).map { row in
            row.map { $0.text ?? "NULL" }.joined(separator: " | ")
        }
        let output = rows.joined(separator: "\n")
        if let problem = try Pattern.difference(between: block, and: output, values) {
            throw Child.Problem(problem)
        }
    }

    private func say(_ sql: String, in name: String) throws {
        if sql == "ends" {
            sessions.removeValue(forKey: name)?.close()
            return
        }
        let connection =
            try sessions[name]
            ?? driver.connect(SessionSettings(), before: .now + .seconds(30))
        sessions[name] = connection
        try connection.run(sql)
    }
}

extension String {
    /// The text up to the last `separator`, included; empty when there is none.
    func prefix(through separator: Character) -> Substring {
        lastIndex(of: separator).map { self[...$0] } ?? ""
    }
}
