import ArgumentParser
import Bootstrap

/// `bootstrap`: the commands, of which `up` needs no name.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bootstrap",
        abstract: "Takes a database from nothing to ready: wait, create, migrate, seed.",
        usage: """
            bootstrap [<options>] [-- COMMAND [ARG…]]
            bootstrap <command> [<options>]
            """,
        discussion: """
            Works on PostgreSQL, MariaDB, MySQL and SQLite. Run again, it finds nothing to do and \
            says so in milliseconds; run many times at once, each step happens once.

              bootstrap --url postgres://app:secret@db:5432/shop
              bootstrap --url sqlite:shop.db --environment development
              bootstrap -- gunicorn app:app

            Every option is also a variable and a key of bootstrap.yaml: --lock-wait, \
            BOOTSTRAP_LOCK_WAIT, lock_wait. The URL is DATABASE_URL.

            Exit status: 0 done, 64 usage, 65 a file was rejected, 69 unavailable, 75 busy, \
            77 denied, 78 files, history or configuration disagree, 128+n after signal n.
            """,
        version: "bootstrap \(toolVersion)",
        subcommands: [
            UpCommand.self, WaitCommand.self, CreateCommand.self, MigrateCommand.self,
            SeedCommand.self, StatusCommand.self, PlanCommand.self,
            ValidateCommand.self, RollbackCommand.self, AdoptCommand.self, RepairCommand.self,
            NewCommand.self, DropCommand.self, ResetCommand.self,
        ],
        defaultSubcommand: UpCommand.self)
}
