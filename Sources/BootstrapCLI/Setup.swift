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
        if command.isWatched { try Self.startSigns(of: configuration, telling: work.reporter) }
        for note in url.notes + configuration.notes { work.reporter.report(.note(note)) }
    }
}

extension Setup {
    /// Starts what shows others that the process is alive; throws where that cannot be.
    private static func startSigns(
        of configuration: Configuration, telling reporter: any Reporter
    ) throws(Failure) {
        if let path = configuration.heartbeat {
            let heartbeat = Heartbeat(path: path)
            if let reason = heartbeat.beat() {
                throw configuration.origin(of: "heartbeat").failure(
                    "names \(path), which cannot be touched: \(reason)",
                    next: "Name a file that this user may write.")
            }
            Lane.start { heartbeat.keep(.system) { reporter.report(.note($0)) } }
        }
        if let port = configuration.health {
            let server: HealthServer
            do throws(HealthServer.Problem) { server = try HealthServer(port) } catch {
                throw configuration.origin(of: "health").failure(
                    "names port \(port.number), which cannot be opened: \(error.reason)",
                    next: "Name another port, or end the process that has this one.")
            }
            Lane.start { server.serve() }
        }
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
        migrations = .folders(folder)
        if let seeds = configuration.seeds {
            self.seeds = .folder(seeds)
        } else {
            seeds =
                migrations.folders.lazy.map { SeedSource.beside(migrations: $0) }
                .first { if case .none = $0 { false } else { true } } ?? .none
        }
    }
}
