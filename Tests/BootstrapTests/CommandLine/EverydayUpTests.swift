import Bootstrap
import Testing

@testable import BootstrapCLI

/// What is read by hand means what the parser of all commands makes of it.
struct EverydayUpTests {
    /// What `up` was told, whoever has read it.
    private struct Reading: Equatable {
        var given: [String: String]
        var settings: [String]
        var programWords: [String]
        var isDryRun: Bool
    }

    private func byHand(_ arguments: [String]) -> Reading? {
        EverydayUp(arguments).map {
            Reading(
                given: $0.given, settings: $0.settings, programWords: $0.programWords,
                isDryRun: $0.dryRun)
        }
    }

    private func byParser(_ arguments: [String]) throws -> Reading {
        let command = try #require(try RootCommand.parseAsRoot(arguments) as? UpCommand)
        return Reading(
            given: command.given, settings: command.settings, programWords: command.programWords,
            isDryRun: command.dryRun)
    }

    @Test(arguments: [
        [], ["up"], ["--url", "sqlite:a.db"], ["up", "-u", "sqlite:a.db"],
        ["--url=sqlite:a.db?x=y"],
        ["--set", "A=1", "--set=B=2", "--set", "C=x=y"], ["--json", "-q", "--no-color"],
        ["--create"], ["--no-create", "--no-seed", "--dry-run"], ["--url", ""], ["--url="],
        ["-m", "a b", "-s", "ä", "-e", "test"], ["--", "npm", "start", "--url", "x"],
        ["-u", "x://y", "--", "sh", "-c", "echo \"$1\"", "--", "-q"], ["--wait", "0", "--"],
        ["--dry-run", "--", "npm", "start"],
    ])
    func `the plainest forms are read by hand, and alike`(_ arguments: [String]) throws {
        guard let read = byHand(arguments) else {
            // Only what is empty may be left to the parser here.
            #expect(arguments.contains { $0.isEmpty || $0.hasSuffix("=") })
            return
        }
        #expect(read == (try byParser(arguments)))
    }

    @Test func `every option that takes a value is read alike`() throws {
        let flags = OptionDeclaration.all.filter {
            $0.places.contains(.flag) && $0.kind != .toggle
        }
        #expect(flags.count > 15)
        for option in flags {
            let names = [option.flag] + (option.letter.map { ["-\($0)"] } ?? [])
            for name in names {
                let read = try #require(byHand([name, "value"]), "\(name)")
                #expect(read.given == [option.key: "value"])
                #expect(read == (try byParser([name, "value"])))
            }
        }
    }

    @Test(arguments: [
        ["wait"], ["migrate", "--url", "x"], ["help"], ["--help"], ["-h"], ["--version"], ["word"],
        ["--url"], ["--url", "a", "--url", "b"], ["--url", "-x"], ["--url", "--json"], ["-ux"],
        ["-u=x"], ["-qu", "x"], ["--json", "--json"], ["--json=true"], ["--dry-run", "--dry-run"],
        ["--create", "--no-create"], ["--nonsense"], ["--nonsense", "x"], ["--format"],
        ["--heartbeat", "f", "--heartbeat", "g"], ["--health"], ["--login-wait", "1s"], ["-"],
        ["up", "up"],
        ["--url", "x", "word"], ["--generate-completion-script"], ["--dry-run=no"], ["--set"],
    ])
    func `everything else is left to the parser`(_ arguments: [String]) {
        #expect(byHand(arguments) == nil)
    }
}
