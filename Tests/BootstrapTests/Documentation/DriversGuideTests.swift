import Testing

/// `Drivers/README.md` names what is there, and the core stays free of engines.
@Suite struct DriversGuideTests {
    private static let engines = ["PostgreSQL", "MariaDB", "SQLite"]

    private func guide() throws -> String { try Repository.text("Drivers/README.md") }

    @Test func `its steps are numbered without a gap`() throws {
        let numbers = try guide().components(separatedBy: "\n").compactMap { line in
            line.contains(". **") ? Int(line.prefix { $0.isNumber }) : nil
        }
        #expect(numbers == Array(1...10))
    }

    @Test(arguments: engines)
    func `every path that it names is there`(_ engine: String) throws {
        let paths = Repository.codeWords(in: try guide()).filter {
            $0.contains("/") || $0.hasSuffix(".swift") || $0.hasSuffix(".md")
        }
        #expect(paths.count > 15)
        for path in paths {
            let path = path.replacing("<Engine>", with: engine)
            #expect(Repository.exists(path), "\(path)")
        }
    }

    @Test func `every symbol that it names is declared`() throws {
        let files =
            try Repository.files(below: "Sources/Bootstrap", ".swift")
            + ["Package.swift", "Sources/BootstrapTesting/TestDatabase.swift"]
        let sources = try files.map(Repository.text).joined()
        let commands = ["dlopen", "Sendable", "#if <Engine>", "<Engine>", "Bootstrap"]
        for word in Repository.codeWords(in: try guide())
        where !word.contains("/") && !word.hasSuffix(".swift") && !word.hasSuffix(".md")
            && !commands.contains(word) && !word.hasPrefix("make ")
        {
            let name = word.split(separator: ".").last.map(String.init) ?? word
            let kinds = ["func", "var", "let", "case", "struct", "enum", "protocol"]
            let isDeclared =
                kinds.contains { sources.contains("\($0) \(name.prefix { $0 != "(" })") }
                || sources.contains(name.replacing("(_:)", with: "(_ "))
            #expect(isDeclared || Self.engines.contains(word), "\(word)")
        }
    }

    @Test func `every requirement of the two protocols is named`() throws {
        let words = Set(Repository.codeWords(in: try guide()))
        for file in ["Driver", "Connection"] {
            let text = try Repository.text("Sources/Bootstrap/Driver/\(file).swift")
            let body = text.components(separatedBy: "public protocol \(file)")[1]
                .components(separatedBy: "\n}")[0]
            for line in body.components(separatedBy: "\n") {
                let parts = line.split(separator: " ").drop { $0 == "static" }
                guard parts.first == "func" || parts.first == "var" else { continue }
                let name = String(parts.dropFirst()[parts.startIndex + 1].prefix { $0.isLetter })
                #expect(words.contains(name), "\(file).\(name)")
            }
        }
    }

    // MARK: The core

    /// The code of a file: without comments, and without what stands in quotes.
    private func code(_ path: String) throws -> String {
        var code = ""
        for line in try Repository.text(path).components(separatedBy: "\n") {
            let line = line.components(separatedBy: "//")[0]
            let parts = line.components(separatedBy: "\"")
            code += parts.enumerated().filter { $0.offset % 2 == 0 }.map(\.element).joined() + "\n"
        }
        return code
    }

    @Test func `the core imports nothing of an engine`() throws {
        let known = [
            "Glibc", "FoundationEssentials", "Synchronization", "Crypto", "Logging",
            "CBootstrapYAML", "CBootstrapArgon2", "CBootstrapCrypt", "CBootstrapZlib",
        ]
        for file in try Repository.files(below: "Sources/Bootstrap", ".swift") {
            for line in try Repository.text(file).components(separatedBy: "\n")
            where line.hasPrefix("import ") || line.contains(" import ") && !line.contains("//") {
                let module = line.split(separator: " ").last.map(String.init) ?? ""
                #expect(known.contains(module), "\(file): \(line)")
            }
        }
    }

    @Test func `the core decides nothing by an engine's name`() throws {
        // The names of files and directives, the options of other clients, the scanner's switches.
        let data = ["EngineNames.swift", "ClientOptions.swift", "LexicalRules.swift"]
        let names = ["postgres", "mysql", "mariadb", "sqlite"]
        for file in try Repository.files(below: "Sources/Bootstrap", ".swift")
        where !data.contains(where: file.hasSuffix) {
            let code = try code(file).lowercased().replacing("rules.mariadbcomments", with: "")
            for name in names { #expect(!code.contains(name), "\(file) has \(name)") }
            // In a message a name is an example; a text that is nothing but a name is a decision.
            let text = try Repository.text(file).components(separatedBy: "\n")
                .map { $0.components(separatedBy: "//")[0] }.joined(separator: "\n")
            for name in names { #expect(!text.contains("\"\(name)\""), "\(file) has “\(name)”") }
        }
    }
}
