import FoundationEssentials
import Glibc
import Testing

/// What Python's own modules say of the same files; it is run once for all of them.
struct PythonOracle {
    /// Why it cannot run here, or `nil`; with `CI` in the environment it must.
    static let reasonMissing: String? = {
        guard access("/usr/bin/python3", X_OK) != 0 else { return nil }
        return getenv("CI") != nil ? nil : "python3"
    }()

    let folder: String

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.path
            + "/bootstrap-oracle-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    /// Runs a program that is given the folder, and returns its output; throws that when it fails.
    func run(_ program: String) throws -> String {
        try output(
            of: ["/usr/bin/python3", "-X", "utf8", "-c", program, folder], log: folder + "/log")
    }

    /// What a program says of readings, which it finds as JSON in the file `readings` of its folder.
    static func answer(
        to program: String, about readings: [some Encodable]
    ) throws -> String {
        let oracle = try PythonOracle()
        defer { oracle.remove() }
        try JSONEncoder().encode(readings).write(to: URL(filePath: oracle.folder + "/readings"))
        return try oracle.run(program)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips what asks Python where there is none.
    static var needsPython: Self {
        .enabled(
            if: PythonOracle.reasonMissing == nil,
            Comment(rawValue: PythonOracle.reasonMissing ?? ""))
    }
}
