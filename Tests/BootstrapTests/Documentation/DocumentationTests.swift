import FoundationEssentials
import Testing

@testable import Bootstrap
@testable import BootstrapCLI

/// What the documentation says is what the program does.
@Suite struct DocumentationTests {
    private static let catalogue = "Sources/Bootstrap/Bootstrap.docc"
    private static let pages =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Drivers/README.md"]
        + ((try? Repository.files(below: catalogue, ".md")) ?? [])

    private func article(_ name: String) throws -> String {
        try Repository.text(Self.catalogue + "/" + name + ".md")
    }

    /// The cells of a page's tables, row by row.
    private func rows(_ text: String) -> [[String]] {
        text.components(separatedBy: "\n").filter { $0.hasPrefix("| ") }.map { line in
            line.replacing("\\|", with: "¦").components(separatedBy: "|").dropFirst().dropLast()
                .map { $0.split(separator: " ").joined(separator: " ") }
        }
    }

    // MARK: Exit statuses

    @Test(arguments: ["README.md", catalogue + "/ExitStatusesAndFailures.md"])
    func `every exit status is told, and no other`(_ page: String) throws {
        let told = rows(try Repository.text(page)).compactMap { Int32($0[0]) }
        #expect(told.sorted() == ([0] + ExitStatus.allCases.map(\.rawValue)).sorted())
    }

    @Test func `an exit status has the name of its case`() throws {
        for row in rows(try article("ExitStatusesAndFailures")) {
            guard let number = Int32(row[0]), let status = ExitStatus(rawValue: number) else {
                continue
            }
            #expect(row[1] == "``ExitStatus/\(status)``")
        }
    }

    // MARK: Options and commands

    /// Every command's help in one text.
    private var help: String {
        RootCommand.configuration.subcommands.map { RootCommand.helpMessage(for: $0) }
            .joined(separator: "\n")
    }

    /// The long options that a text names.
    private func options(in text: some StringProtocol) -> Set<String> {
        var options: Set<String> = []
        for part in text.components(separatedBy: "--").dropFirst() {
            let name = part.prefix { $0.isLowercase && $0.isASCII || $0 == "-" }
            if let last = name.last, last != "-" { options.insert("--" + name) }
        }
        return options
    }

    @Test func `every option in the table of options is in the help`() throws {
        let told = rows(try article("Configuration")).map { options(in: $0[0]) }
        let known = options(in: help)
        let all = told.reduce(into: Set<String>()) { $0.formUnion($1) }
        #expect(all.count > 15)
        #expect(all.subtracting(known).isEmpty)
    }

    @Test func `every option of up is in the table of options`() throws {
        let told = rows(try article("Configuration")).reduce(into: Set<String>()) {
            $0.formUnion(options(in: $1[0]))
        }
        let untold: Set = ["--help", "--version"]
        let usage =
            RootCommand.helpMessage(for: UpCommand.self)
            .components(separatedBy: "OPTIONS:").last ?? ""
        #expect(options(in: usage).subtracting(told).isSubset(of: untold))
    }

    @Test(arguments: pages)
    func `every option of ours that a page names is in some help`(_ page: String) throws {
        let known = options(in: help).union(["--version", "--help"])
        for line in try Repository.text(page).components(separatedBy: "\n")
        where line.contains("bootstrap ") && !line.contains("-- bootstrap:") {
            let command = line.components(separatedBy: "bootstrap ").dropFirst()
                .joined(separator: " ").components(separatedBy: " -- ")[0]
            #expect(options(in: command).subtracting(known).isEmpty, "\(line)")
        }
    }

    @Test func `the readme names every command`() throws {
        let readme = try Repository.text("README.md")
        for command in RootCommand.configuration.subcommands {
            let name = command.configuration.commandName ?? ""
            #expect(readme.contains("`\(name)"), "\(name)")
        }
    }

    // MARK: Examples

    @Test(arguments: pages)
    func `every seed in a page is one`(_ page: String) throws {
        for block in Repository.blocks("yaml", in: try Repository.text(page))
        where block.hasPrefix("# seeds/") {
            let path = block.dropFirst(2).prefix { $0 != "\n" && $0 != ":" && $0 != " " }
            let file = SourceFile(path: String(path), bytes: Array(block.utf8))
            _ = try Seed(String(path), file)
        }
    }

    @Test(arguments: pages)
    func `every configuration in a page is one`(_ page: String) throws {
        for block in Repository.blocks("yaml", in: try Repository.text(page))
        where block.hasPrefix("# bootstrap.yaml") {
            let variables = ["USER", "PASSWORD", "SERVER", "DB"].reduce(into: [:]) {
                $0["POSTGRES_\($1)"] = "x"
            }
            let surroundings = Surroundings(variables: variables) { (path) in
                path == "bootstrap.yaml" ? Array(block.utf8) : nil
            }
            let configuration = try Configuration(surroundings: surroundings)
            _ = try configuration.databaseURL()
        }
    }

    @Test(arguments: pages)
    func `every migration in a page is one, for every engine`(_ page: String) throws {
        for block in Repository.blocks("sql", in: try Repository.text(page))
        where block.hasPrefix("-- migrations/") {
            let path = block.dropFirst("-- migrations/".count).prefix { $0 != "\n" && $0 != " " }
            let folder = try MigrationFolder(.embedded([String(path): Array(block.utf8)]))
            // A hook may be for some of them.
            let hooks = drivers.filter { driver in
                Hook.allCases.contains { folder.hooks.body(of: $0, for: driver.dialect) != nil }
            }
            for driver in hooks {
                try folder.hooks.check(for: driver.dialect, settings: Settings())
            }
            for driver in drivers where hooks.isEmpty {
                let body = try #require(folder.migrations.first?.body(for: driver.dialect))
                let script = try body.script(for: driver.dialect, settings: Settings())
                #expect(!script.statements.isEmpty)
            }
        }
    }

    @Test func `the directives that the article names are the ones there are`() throws {
        let told = rows(try article("WritingMigrations")).compactMap { row in
            Directive(rawValue: row[0].replacing("`", with: ""))
        }
        #expect(Set(told) == Set(Directive.allCases))
    }

    @Test func `the tags that the article names are the ones there are`() throws {
        let text = try article("SeedsInDetail")
        for tag in SeedTag.allCases where tag != .string {
            #expect(text.contains("`\(tag.rawValue)"), "\(tag.rawValue)")
        }
        for row in rows(text) {
            guard let tag = row[0].replacing("`", with: "").split(separator: " ").first,
                tag.hasPrefix("!")
            else { continue }
            #expect(SeedTag(rawValue: String(tag)) != nil, "\(tag)")
        }
    }

    // MARK: Examples in files

    private static let manifests = (try? Repository.files(below: "Examples", ".yaml")) ?? []

    @Test(arguments: manifests)
    func `every manifest is YAML`(_ path: String) throws {
        let bytes = Array(try Repository.text(path).utf8)
        #expect(try YAMLNode.parse(bytes, file: path)?.pairs != nil)
    }

    @Test(arguments: manifests + ["Examples/Dockerfile", "Makefile"])
    func `every option that an example gives is in some help`(_ path: String) throws {
        let known = options(in: help)
        for line in try Repository.text(path).components(separatedBy: "\n") {
            for command in ["\"bootstrap\",", ": bootstrap ", "$(BINARY) "] {
                guard let end = line.range(of: command)?.upperBound else { continue }
                #expect(options(in: line[end...]).subtracting(known).isEmpty, "\(line)")
            }
        }
    }

    @Test func `the Job gives up for what the article says a retry does not help`() throws {
        let told = rows(try article("ExitStatusesAndFailures")).filter { $0.last == "do not retry" }
        let values = "values: [" + told.map { $0[0] }.joined(separator: ", ") + "]"
        #expect(try Repository.text("Examples/kubernetes/job.yaml").contains(values))
    }

    // MARK: Links

    @Test(arguments: pages)
    func `every file that a page links to is there`(_ page: String) throws {
        let folder = page.split(separator: "/").dropLast().joined(separator: "/")
        for part in try Repository.text(page).components(separatedBy: "](").dropFirst() {
            let target = part.prefix { $0 != ")" && $0 != "#" }
            guard !target.contains("://"), !target.isEmpty else { continue }
            #expect(Repository.exists(folder.isEmpty ? String(target) : folder + "/" + target))
        }
    }

    @Test(arguments: ["README.md", "CONTRIBUTING.md"])
    func `every path that a page names is there`(_ page: String) throws {
        let folders = ["Sources/", "Drivers/", "Tests/", "Examples/", "Migrations/", ".ci/"]
        for word in Repository.codeWords(in: try Repository.text(page))
        where folders.contains(where: word.hasPrefix) && !word.contains("<") {
            #expect(Repository.exists(word), "\(word)")
        }
    }

    @Test func `the pages for newcomers are short`() throws {
        #expect(try Repository.text("README.md").components(separatedBy: "\n").count <= 211)
        #expect(try Repository.text("CONTRIBUTING.md").components(separatedBy: "\n").count <= 61)
    }
}
