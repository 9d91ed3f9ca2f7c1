import Bootstrap
import BootstrapTesting
import FoundationEssentials
import Glibc
import Testing

/// One scenario on one engine.
struct Play: Sendable, CustomTestStringConvertible {
    let scenario: Scenario
    let database: TestDatabase

    var testDescription: String {
        let name = scenario.file.split(separator: "/").last ?? ""
        return "\(name) on \(database)"
    }

    /// Every story, on every engine that it is for.
    static let all: Result<[Play], any Error> = Result {
        let folder = "\(#filePath)".prefix(through: "/") + "Scenarios"
        let files = try FileManager.default.contentsOfDirectory(atPath: String(folder))
        let wanted = ProcessInfo.processInfo.environment["SCENARIOS"] ?? "*"
        let names = files.filter { $0.hasSuffix(".scenario") && fnmatch(wanted, $0, 0) == 0 }
        return try names.sorted().flatMap { name in
            let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
            let scenario = try Scenario(
                file: "Tests/ScenarioTests/Scenarios/\(name)",
                text: String(decoding: bytes, as: UTF8.self))
            return TestDatabase.all.filter { scenario.engines.contains($0.dialect.engine) }
                .map { Play(scenario: scenario, database: $0) }
        }
    }
}

@Suite struct ScenarioTests {
    /// A play waits for programs and servers more than it computes, but hundreds at once would keep each
    /// of them waiting for longer than a person would.
    private static let gate = Gate(3 * ProcessInfo.processInfo.activeProcessorCount)

    @Test func `every scenario can be read`() throws {
        for play in try Play.all.get() {
            _ = try play.scenario.steps(on: play.database.dialect.engine)
        }
    }

    @Test(arguments: (try? Play.all.get()) ?? [])
    func `the program does what the scenario tells`(_ play: Play) async throws {
        await Self.gate.enter()
        let result = await Lane.run {
            Result { try Stage(play.scenario, on: play.database).play() }
        }
        await Self.gate.leave()
        try result.get()
    }
}

/// Lets so many through at once, in the order in which they come.
private actor Gate {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ width: Int) { free = width }

    func enter() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        guard !waiting.isEmpty else {
            free += 1
            return
        }
        waiting.removeFirst().resume()
    }
}
