import ArgumentParser
import Bootstrap

/// `bootstrap wait`: until the database answers, or has nothing pending.
struct WaitCommand: ParsableCommand, PipelineCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until a login and a query succeed; then become COMMAND.",
        discussion: """
            A database that does not exist yet counts as awake: its server answers. A wrong \
            password ends the wait at once.

            Examples:
              bootstrap wait --url postgres://app:secret@db/shop --wait 30s
              bootstrap wait --until-migrated -- npm start
            """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var watch: WatchOptions
    @OptionGroup var output: OutputOptions

    @Flag(
        name: .customLong("until-migrated"),
        help: "Wait until nothing of these files is pending; exit 75 when time runs out.")
    var untilMigrated = false

    @OptionGroup var program: ProgramOptions

    static let idle = Transcript.Idle.awake
    var given: [String: String] { merged(database, files, watch, output) }
    var settings: [String] { files.set }
    var programWords: [String] { program.command }

    var readsFiles: Bool { untilMigrated }

    func perform(_ work: Work) throws(Failure) -> ExitStatus? {
        if untilMigrated {
            try work.pipeline.waitUntilMigrated(work.report)
        } else {
            try work.pipeline.wait(work.report)
        }
        return nil
    }
}
