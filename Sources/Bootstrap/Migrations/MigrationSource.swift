/// Where migrations come from.
public enum MigrationSource: Sendable {
    /// None at all.
    case none
    /// The `.sql` files of a folder; `{engine}` in its path stands for the engine's name.
    case folder(String)
    /// Files from memory, by name.
    case embedded([String: [UInt8]])
    /// Migrations in Swift.
    case code([Migration])
    /// Several of these together, in one order of numbers.
    case several([MigrationSource])

    /// The folders that a text names, with commas between them; a folder that is called so is one.
    package static func folders(_ text: String) -> MigrationSource {
        let names = Folder.names(in: text)
        return names.count == 1 ? .folder(names[0]) : .several(names.map { .folder($0) })
    }

    /// The same, with `{engine}` behind the folders that have one for each engine.
    package var perEngine: MigrationSource {
        switch self {
        case .folder(let path): .folder(Folder.perEngine(path))
        case .several(let sources): .several(sources.map(\.perEngine))
        case .none, .embedded, .code: self
        }
    }

    /// The paths of all folders, as they were given.
    package var folders: [String] {
        switch self {
        case .folder(let path): [path]
        case .several(let sources): sources.flatMap(\.folders)
        case .none, .embedded, .code: []
        }
    }
}
