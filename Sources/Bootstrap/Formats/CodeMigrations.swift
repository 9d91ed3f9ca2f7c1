/// Migrations in a programming language: what shows them, and what to do instead.
///
/// Only their own tool can run them, and of a folder that has some beside SQL half would be applied.
struct CodeMigrations {
    /// The tool's name, as it is said.
    let tool: String
    /// What the names of its files end in.
    let endings: [String]
    /// What stands in each of them.
    let sign: String
    /// What the user can do.
    let next: String

    private static let alembic = CodeMigrations(
        tool: "Alembic", endings: [".py"], sign: "down_revision",
        next: "Print each revision as SQL, alembic upgrade PREVIOUS:REVISION --sql > "
            + "migrations/0001_name.sql, the first one from base on; what it prints runs as it is."
    )

    private static let all = [
        alembic,
        CodeMigrations(
            tool: "Django", endings: [".py"], sign: "from django",
            next: "Print each as SQL: python manage.py sqlmigrate APP NAME > "
                + "migrations/0001_name.sql."),
        other("yoyo", [".py"], "from yoyo import"),
        CodeMigrations(
            tool: "Rails", endings: [".rb"], sign: "ActiveRecord::Migration",
            next: "Take db/structure.sql, which config.active_record.schema_format = :sql and "
                + "bin/rails db:schema:dump write, as the first migration."),
        other("Sequel", [".rb"], "Sequel.migration"),
        other("TypeORM", [".ts", ".js"], "MigrationInterface"),
        other("Knex", [".js", ".ts", ".mjs", ".cjs"], "knex"),
        other("Sequelize", [".js", ".cjs", ".ts"], "queryInterface"),
        CodeMigrations(
            tool: "Ecto", endings: [".exs"], sign: "Ecto.Migration",
            next: "Take structure.sql, which mix ecto.dump writes, as the first migration."),
        other("Laravel", [".php"], "Illuminate\\Database\\Migrations"),
        other("Doctrine", [".php"], "AbstractMigration"),
        CodeMigrations(
            tool: "Liquibase", endings: [".xml", ".yaml", ".yml", ".json"],
            sign: "databaseChangeLog",
            next: "Print it as SQL: liquibase update-sql > migrations/0001_name.sql, on an empty "
                + "database."),
    ]

    private static func other(
        _ tool: String, _ endings: [String], _ sign: String
    ) -> CodeMigrations {
        CodeMigrations(
            tool: tool, endings: endings, sign: sign,
            next: "Write it in SQL or as a migration in Swift; no file of this folder was run.")
    }

    /// Throws 65 where a file of the folder is one.
    static func refuse(in folder: FormatFolder) throws(Failure) {
        if folder.files.contains("script.py.mako") {
            throw failure("\(folder.path) is a folder of \(alembic.tool)", alembic)
        }
        for name in folder.files where !name.hasSuffix(".sql") {
            let candidates = all.filter { $0.endings.contains(where: name.hasSuffix) }
            guard !candidates.isEmpty, let text = try? folder.folder.reader.read(name).text else {
                continue
            }
            guard let found = candidates.first(where: { text.contains($0.sign) }) else { continue }
            throw failure("\(folder.path(of: name)) is a migration for \(found.tool)", found)
        }
    }

    private static func failure(_ what: String, _ tool: CodeMigrations) -> Failure {
        Failure(.rejected, "\(what), which only \(tool.tool) can run", next: tool.next)
    }
}
