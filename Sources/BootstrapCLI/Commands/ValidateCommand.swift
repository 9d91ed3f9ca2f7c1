import ArgumentParser
import Bootstrap

/// `bootstrap validate`: the files alone.
struct ValidateCommand: FileCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check every file for every engine; needs no database.",
        discussion: """
            Names, directives, statements, placeholders and seeds: all of them, or those of one \
            --environment. Options about the database are taken as by the other commands, and not used.

            Examples:
              bootstrap validate
              bootstrap validate --print --engine mariadb
            """)

    @Flag(help: "Print the statements as one engine would get them.")
    var print = false

    @Option(help: "Check for this engine only: postgres, mariadb, mysql or sqlite.")
    var engine: String?

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var output: OutputOptions

    var given: [String: String] { merged(database, files, output) }
    var settings: [String] { files.set }

    func perform(_ configuration: Configuration, _ style: OutputStyle) throws(Failure) {
        let folders = try Files(configuration)
        let validation = try Validation(
            folders.migrations, for: try dialects(), settings: configuration.options.settings,
            format: configuration.options.format)
        let environment = configuration.options.environment
        let seeds = try Validation.seeds(
            folders.seeds, environments: environment.map { [$0] } ?? Validation.environments)
        if print { return try Output.standard.writeResult(validation.script()) }
        try validation.check()
        let engines = validation.engines.map(\.dialect.engine)
        if style.isJSON {
            let result = JSON.line(
                "valid", database: nil,
                [
                    .init("valid", .bool(true)),
                    .init("engines", .array(engines.map(JSON.string))),
                    .init("migrations", .integer(validation.count)),
                    .init("seeds", .integer(seeds)),
                    .init("format", JSON(validation.format?.name)),
                ])
            return try Output.standard.writeResult("\(result)\n")
        }
        let counts = [
            counted(validation.count, "migration"), counted(seeds, "seed"),
        ]
        var text = "\(counts.joined(separator: ", ")) for \(engines.joined(separator: ", "))"
        if let format = validation.format {
            text += "; read as \(format.name)'s, because \(format.reason)"
        }
        if !configuration.quiet {
            let line = Line(label: "valid", text: text).text(colour: false)
            try Output.standard.writeResult(line + "\n")
            for note in validation.format?.notes ?? [] {
                let line = Line(label: "note", text: note).text(colour: false)
                try Output.standard.writeResult(line + "\n")
            }
        }
    }

    /// Every engine that a file may be for.
    private func dialects() throws(Failure) -> [Dialect] {
        let all = drivers.flatMap { $0.dialects }
        guard let engine else { return all }
        let chosen = all.filter { $0.engine == engine }
        guard chosen.isEmpty else { return chosen }
        let names = all.map(\.engine)
        let near = didYouMean(engine, in: names, quote: "")
        throw Failure(
            .usage, "there is no engine \(engine)\(near)",
            next: "name one of \(names.joined(separator: ", "))")
    }
}
