import FoundationEssentials

/// One story in a text file: what is there, what somebody types, and what they see.
///
/// `Scenarios/README.md` describes the language.
struct Scenario: Sendable {
    /// The file, as a compiler would name it.
    let file: String
    /// What the story says, in a sentence or two.
    let title: String
    /// The engines that it is played on; all by default.
    let engines: [String]
    /// Whether it has a server of its own, which it may start, stop and pause.
    let hasOwnServer: Bool

    private let lines: [Line]

    /// One line of the file, and where it stands.
    struct Line: Sendable {
        let number: Int
        let text: String
    }

    /// One thing that happens, with the indented lines below it.
    struct Step: Sendable {
        let number: Int
        let action: Action
        let block: [String]
    }

    /// Reads the story in `file`.
    init(file: String, text: String) throws(ScenarioError) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .map { Line(number: $0.offset + 1, text: String($0.element)) }[...]
        let isHeader = { (line: Line) in
            line.text.hasPrefix("on: ") || line.text.hasPrefix("server: ")
        }
        let title = lines.prefix { !$0.text.isEmpty && !isHeader($0) }
        lines = lines.dropFirst(title.count)
        var header: [String: String] = [:]
        while let line = lines.first, isHeader(line) {
            let parts = line.text.split(separator: ": ", maxSplits: 1).map(String.init)
            header[parts[0]] = parts.last
            lines = lines.dropFirst()
        }
        self.file = file
        self.title = title.map(\.text).joined(separator: " ")
        engines =
            header["on"]?.split(separator: " ").map(String.init)
            ?? ["postgres", "mariadb", "sqlite"]
        hasOwnServer = header["server"] == "own"
        self.lines = Array(lines)
    }

    /// What happens on `engine`: lines that begin with other engines in brackets are left out.
    func steps(on engine: String) throws(ScenarioError) -> [Step] {
        var steps: [Step] = []
        var current: (number: Int, text: String, block: [String])?
        func finish() throws(ScenarioError) {
            guard let (number, text, block) = current else { return }
            guard let action = Action(text) else {
                throw ScenarioError(file: file, line: number, "not understood: \(text)")
            }
            steps.append(Step(number: number, action: action, block: block))
            current = nil
        }
        for line in lines {
            let indentation = line.text.hasPrefix("    ") ? "    " : ""
            guard let text = Self.text(line.text.dropFirst(indentation.count), on: engine) else {
                // A step for others takes its block with it.
                if indentation.isEmpty { try finish() }
                continue
            }
            if !indentation.isEmpty {
                current?.block.append(text)
            } else if text.isEmpty {
                // A blank line ends nothing inside a file's text: the next column tells.
                if case .file? = current.flatMap({ Action($0.text) }) { current?.block.append("") }
            } else if !text.hasPrefix("#") {
                try finish()
                current = (line.number, text, [])
            }
        }
        try finish()
        return steps
    }

    /// `text` without its `[postgres mariadb] `; `nil` when that leaves `engine` out.
    private static func text(_ text: Substring, on engine: String) -> String? {
        guard text.hasPrefix("["), let end = text.firstRange(of: "] ") else { return String(text) }
        let engines = text[text.index(after: text.startIndex)..<end.lowerBound]
        let names = engines.split(separator: " ")
        guard names.allSatisfy({ ["postgres", "mariadb", "sqlite"].contains($0) }) else {
            return String(text)
        }
        return names.contains { $0 == engine } ? String(text[end.upperBound...]) : nil
    }
}

extension Scenario {
    /// What a line in the first column does.
    enum Action: Sendable, Equatable {
        /// `file PATH`: writes the block.
        case file(String)
        /// `env NAME=VALUE`: for all commands that follow.
        case environment(name: String, value: String)
        /// `$ COMMAND`: runs it in a shell and waits for its end.
        case run(String)
        /// `16 times $ COMMAND`: at once.
        case runTimes(Int, String)
        /// `app $ COMMAND`: goes on in the background.
        case start(name: String, String)
        /// `exits 65`: how the command above ended; without it, 0.
        case exits(Int32)
        /// `app at a terminal 60 columns wide $ COMMAND`: the same, with a person who looks on.
        case startAtTerminal(name: String, columns: UInt16, String)
        /// `port answers 200`, `port refuses`: `$FREE_PORT`, asked over HTTP.
        case port(answers: Int?)
        /// `app says TEXT`: waits until a line of its output contains that.
        case says(name: String, String)
        /// `app gets TERM`.
        case gets(name: String, String)
        /// `app exits 143`: waits for its end.
        case ends(name: String, Int32)
        /// `app shows PATTERN`: its arguments, as everybody who lists processes sees them.
        case shows(name: String, String)
        /// `server starts`, `stops`, `pauses`, `resumes`.
        case server(String)
        /// `sql STATEMENT`: on a session of its own; the block has its rows.
        case sql(String)
        /// `session other: STATEMENT`: on a session that stays.
        case session(name: String, String)

        /// Reads a step; `nil` when it is none.
        init?(_ text: String) {
            let words = text.split(separator: " ", maxSplits: 1).map(String.init)
            guard let first = words.first, let rest = words.dropFirst().first else { return nil }
            switch first {
            case "$": self = .run(rest)
            case "file": self = .file(rest)
            case "sql": self = .sql(rest)
            case "server": self = .server(rest)
            case "port" where rest == "refuses": self = .port(answers: nil)
            case "port":
                guard rest.hasPrefix("answers "), let status = Int(rest.dropFirst(8)) else {
                    return nil
                }
                self = .port(answers: status)
            case "exits":
                guard let status = Int32(rest) else { return nil }
                self = .exits(status)
            case "env":
                guard let equals = rest.firstIndex(of: "=") else { return nil }
                self = .environment(
                    name: String(rest[..<equals]),
                    value: String(rest[rest.index(after: equals)...]))
            case "session":
                guard let colon = rest.firstRange(of: ": ") else { return nil }
                self = .session(
                    name: String(rest[..<colon.lowerBound]), String(rest[colon.upperBound...]))
            default: self.init(name: first, rest)
            }
        }

        private init?(name: String, _ text: String) {
            let words = text.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2 else { return nil }
            switch words[0] {
            case "$": self = .start(name: name, words[1])
            case "times":
                guard let count = Int(name), words[1].hasPrefix("$ ") else { return nil }
                self = .runTimes(count, String(words[1].dropFirst(2)))
            case "at":
                let parts = words[1].split(separator: " ", maxSplits: 6).map(String.init)
                guard parts.count == 7, parts[0] == "a", parts[1] == "terminal",
                    let columns = UInt16(parts[2]), parts[3] == "columns", parts[4] == "wide",
                    parts[5] == "$"
                else { return nil }
                self = .startAtTerminal(name: name, columns: columns, parts[6])
            case "says": self = .says(name: name, words[1])
            case "gets": self = .gets(name: name, words[1])
            case "shows": self = .shows(name: name, words[1])
            case "exits":
                guard let status = Int32(words[1]) else { return nil }
                self = .ends(name: name, status)
            default: return nil
            }
        }
    }
}

/// What is wrong with a story, or with what was seen while it was played.
struct ScenarioError: Error, CustomStringConvertible {
    /// The file and the line, then what is wrong.
    let description: String

    init(file: String, line: Int, _ message: String) {
        description = "\(file):\(line): \(message)"
    }
}
