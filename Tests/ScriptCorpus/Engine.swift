/// The engines that scripts are cut for, by the names that file names use.
package enum Engine: String, Sendable, CaseIterable, CustomStringConvertible {
    case postgres, mariadb, mysql, sqlite

    /// The engine's name.
    package var description: String { rawValue }

    /// The folders below `Cuts` and `Scripts` whose files are for it.
    var folders: [String] {
        switch self {
        case .postgres: ["all", "postgres"]
        case .mariadb: ["all", "mysql", "mariadb"]
        case .mysql: ["all", "mysql", "mysql9"]
        case .sqlite: ["all", "sqlite"]
        }
    }
}
