import Bootstrap

/// Everything that a command works with, put together from its configuration.
struct Setup: Sendable {
    /// What the command works with.
    let work: Work
    /// Stops the work; signals do so.
    let cancellation = Cancellation()
    /// How long a statement may go on after a signal.
    let grace: Duration

    /// Puts the pipeline together; throws before any database is touched.
    init(
        _ command: some PipelineCommand, _ configuration: Configuration, _ style: OutputStyle
    ) throws(Failure) {
        let type = type(of: command)
        var configuration = configuration
        let url = try configuration.databaseURL()
        var pipeline = Pipeline(url, drivers: drivers)
        pipeline.options = configuration.options
        pipeline.cancellation = cancellation
        if !type.waits && configuration.wait == nil { pipeline.options.wait = .zero }
        // A wrong scheme is the first thing to say, before any folder is looked for.
        _ = try Pipeline.driver(forSchemeOf: url, among: drivers)
        if command.readsFiles {
            do throws(Failure) {
                let files = try Files(configuration)
                pipeline.migrations = files.migrations
                pipeline.seeds = files.seeds
                if case .folder(let folder) = files.migrations {
                    configuration.show(folder, asDefaultOf: "migrations")
                }
                if case .folder(let folder) = files.seeds {
                    configuration.show(folder, asDefaultOf: "seeds")
                }
            } catch {
                // So is any other mistake in the URL; but reading all of it may load a library.
                _ = try Pipeline.driver(for: url, among: drivers)
                throw error
            }
        }
        if !type.waits { configuration.show("0s", asDefaultOf: "wait") }
        configuration.show(String(!pipeline.options.isProduction), asDefaultOf: "create")
        grace = configuration.grace
        // Only JSON names it, and only the driver knows it.
        let name =
            style.isJSON ? try Pipeline.driver(for: url, among: drivers).databaseName : ""
        work = Work(
            pipeline: pipeline.blocking, values: configuration.values,
            reporter: style.reporter(database: name.isEmpty ? nil : name, idle: type.idle),
            isJSON: style.isJSON, database: name.isEmpty ? nil : name)
        for note in url.notes + configuration.notes { work.reporter.report(.note(note)) }
    }
}

/// The folders that a command reads.
struct Files {
    /// Where the migrations are.
    let migrations: MigrationSource
    /// Where the seeds are.
    let seeds: SeedSource

    /// The folders that were named, or else the first that are there.
    init(_ configuration: Configuration) throws(Failure) {
        guard let folder = configuration.migrations ?? Folder.standard() else {
            let names = Configuration.migrationFolders.joined(separator: ", ")
            throw Failure(
                .configuration, "there is no folder of migrations (looked for \(names))",
                state: "Nothing was changed.",
                next: "name the folder with --migrations DIR, or write the first file with "
                    + "bootstrap new NAME")
        }
        migrations = .folder(folder)
        seeds = configuration.seeds.map { .folder($0) } ?? .beside(migrations: folder)
    }
}
