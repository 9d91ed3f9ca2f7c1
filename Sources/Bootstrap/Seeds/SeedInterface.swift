// The seam between pipeline and seeds, until the seeds themselves land and replace this file.

/// Where seeds come from.
public enum SeedSource: Sendable {
    /// No seeds.
    case none
    /// The files of a folder.
    case folder(String)
    /// Files by name, compiled in.
    case embedded([String: [UInt8]])
}

package struct SeedFolder {
    package var seeds: [Seed] = []
    package init(_ source: SeedSource, environment: String?) throws(Failure) {}
}

public struct Seed: Sendable {
    package enum Run: String, Sendable { case once, onChange = "on-change", always }
    public var name: String
    package var run: Run
    package func checksum(_ settings: Settings) -> String { name }
    package func missingSettings(_ settings: Settings) -> [MissingSetting] { [] }
    package func preview(_ settings: Settings) -> [String] { [] }
    package func plant(
        on connection: any Connection, settings: Settings
    ) throws(Failure) -> SeedOutcome { SeedOutcome() }
}

package struct SeedOutcome: Sendable {
    package var counts = SeedCounts()
    package var notes: [String] = []
}

package struct MissingSetting: Sendable, Equatable {}

extension Failure {
    package init?(missing settings: [MissingSetting]) { return nil }
}
