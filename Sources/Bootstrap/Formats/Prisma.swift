/// Prisma: a folder `20240131120000_name` for each migration, with `migration.sql`; nothing leads back.
/// <https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories>
enum Prisma: FolderFormat {
    static let name = "prisma"
    static let isListed = true
    static let signs = ["migration_lock.toml"]

    static func reason(in folder: FormatFolder) throws(Failure) -> String? {
        if let sign = sign(in: folder) { return sign }
        return folder.folders
            .first {
                folder.hasFile($0 + "/migration.sql") && !Drizzle.isMigration($0, in: folder)
            }
            .map { "\($0) has a file migration.sql" }
    }

    static func migrations(in folder: FormatFolder) throws(Failure) -> [Migration] {
        var migrations: [Migration] = []
        for name in folder.folders where folder.hasFile(name + "/migration.sql") {
            guard let version = NumberedFile.number(of: name) else {
                throw Failure(
                    .rejected,
                    "\(folder.path(of: name)) does not begin with digits, which give "
                        + "migrations their order")
            }
            migrations.append(
                folder.migration(
                    Version.plain(version), name,
                    up: try folder.body(
                        folder.text(name + "/migration.sql"), as: FileManner(sendsAlone: true))))
        }
        return migrations
    }
}
