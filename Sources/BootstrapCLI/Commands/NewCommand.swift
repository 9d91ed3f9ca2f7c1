import ArgumentParser
import Bootstrap

/// `bootstrap new`: empty files with the right names.
struct NewCommand: FileCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write empty files for a new migration or seed, and print their paths.",
        discussion: """
            Numbered as the folder is: by the next number, or by the time of day in UTC. Options about \
            the database are taken as by the other commands, and not used.

            Examples:
              bootstrap new add_index --down
              bootstrap new audit_trigger --engine postgres --engine mariadb
              $EDITOR $(bootstrap new create_invoice)
            """)

    @Argument(help: "What it does, in words: \"add index\" becomes add_index.")
    var name: String

    @Option(help: .init("Write a variant for this engine; may be repeated.", valueName: "engine"))
    var engine: [String] = []

    @Flag(help: "Write the way back too.")
    var down = false

    @Flag(help: "Write a seed instead of a migration.")
    var seed = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var output: OutputOptions

    var given: [String: String] { merged(database, files, output) }
    var settings: [String] { files.set }

    func perform(_ configuration: Configuration, _ style: OutputStyle) throws(Failure) {
        // Of several folders the first is where new files go.
        let named = configuration.migrations.flatMap { Folder.names(in: $0).first }
        let folder = named ?? Folder.standard() ?? "migrations"
        if seed {
            let seeds = seedsFolder(configuration, beside: folder)
            return try write(NewFiles.seed(name, in: seeds), in: seeds, style)
        }
        try write(
            NewMigration.names(
                name, existing: NewMigration.numbers(in: folder), timestamp: NewFiles.timestamp,
                engines: engine, down: down),
            in: folder, style)
    }

    private func seedsFolder(_ configuration: Configuration, beside folder: String) -> String {
        if let named = configuration.seeds { return named }
        guard case .folder(let found) = SeedSource.beside(migrations: folder) else {
            return folder + "/seeds"
        }
        return found
    }

    /// Writes the files, none of which may be there, and prints their paths.
    private func write(
        _ names: [String], in folder: String, _ style: OutputStyle
    ) throws(Failure) {
        let paths = names.map { "\(folder)/\($0)" }
        for path in paths { try NewFiles.write(path, in: folder) }
        let lines = paths.map { path in
            let json = JSON.line("written", database: nil, [.init("file", .string(path))])
            return style.isJSON ? "\(json)" : path
        }
        try Output.standard.writeResult(
            lines.map { $0 + "\n" }.joined(),
            state: "Written, and empty: \(paths.joined(separator: ", ")).",
            next: "write into them; only their names were not printed")
    }
}
