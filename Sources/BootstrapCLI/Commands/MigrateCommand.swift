import ArgumentParser
import Bootstrap

/// `bootstrap migrate`: what `up --no-create --no-seed` does.
struct MigrateCommand: ParsableCommand, WritingCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Wait, then apply the pending migrations; then become COMMAND.",
        discussion: """
            Neither creates the database nor plants seeds.

            Examples:
              bootstrap migrate --to +1
              bootstrap migrate --to 20260101120000 --lock-timeout 2s
            """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var files: FileOptions
    @OptionGroup var apply: ApplyOptions
    @OptionGroup var locks: LockOptions
    @OptionGroup var watch: WatchOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var mirror: MirrorOptions

    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and write nothing.")
    var dryRun = false

    @OptionGroup var program: ProgramOptions

    var given: [String: String] {
        var given = merged(database, files, apply, locks, watch, output, mirror)
        (given["create"], given["seed"]) = ("false", "false")
        return given
    }
    var settings: [String] { files.set }
    /// None after a dry run: nothing is ready for it.
    var programWords: [String] { dryRun ? [] : program.command }

    func show(_ work: Work) throws(Failure) { try work.show(work.pipeline.planMigrations()) }
    func execute(_ work: Work) throws(Failure) { try work.pipeline.migrate(work.report) }
}
