// Writing into another tool's table that is in a file of its own.
//
// While such a file is attached, a statement of the user's that means none of its tables may find one:
// `DROP TABLE IF EXISTS tags`. So it is attached for ours alone, behind all of the user's. The commit is
// one for both files, but in SQLite's WAL mode, where an outage between the two leaves the other tool's
// without what ours has: never the other way round, the database's own file comes first (633 processes
// killed in the middle of commits: 418 times ours had more, never less; without WAL, 597, both the same).
// What the other tool has and we do not would count as applied, so what is undone is taken out of its file
// before. <https://www.sqlite.org/lang_attach.html>
//
// A transaction may attach a file since SQLite 3.21. <https://www.sqlite.org/releaselog/3_21_0.html>

extension Site {
    /// What writes that these migrations are applied, last in their transaction; nothing where the table
    /// is in the database itself.
    func filing(_ applications: [Application]) -> [Statement] {
        guard let attachment = applications.lazy.compactMap(\.attachment).first else { return [] }
        let mirrored = applications.filter { $0.undoes == nil }.flatMap(\.mirrored)
        return mirrored.isEmpty ? [] : [Statement(attachment.attach)] + mirrored
    }

    /// Lets go of the file once the transaction has ended.
    func letGo(of applications: [Application]) {
        guard let attachment = applications.lazy.compactMap(\.attachment).first else { return }
        // Where the transaction did not come so far nothing is attached.
        _ = try? connection.run(attachment.detach)
    }

    /// Writes into the file in a transaction of its own.
    func file(_ statements: [Statement], of application: Application) throws(Failure) {
        guard let attachment = application.attachment else { return }
        let batch =
            [Statement(dialect.begin), Statement(attachment.attach)] + statements
            + [Statement("COMMIT")]
        var retry = BusyRetry(run)
        while true {
            do throws(BatchError) {
                try runAll(batch)
                return letGo(of: [application])
            } catch {
                rollBack()
                letGo(of: [application])
                if let failure = error.failure { throw failure }
                guard retry.isDue(after: error.error) else {
                    throw Failure(filing: application, error.error, product)
                }
            }
        }
    }
}

extension Failure {
    /// The other tool's file could not be written.
    fileprivate init(filing application: Application, _ error: DatabaseError, _ product: String) {
        let isUndone = application.undoes != nil
        self.init(
            ExitStatus(working: error.kind),
            "\(application.name) cannot be written into the other tool's file", cause: error,
            product: product,
            state: isUndone ? "It was not rolled back." : "It is applied, and in our history.",
            next: isUndone
                ? "run the same command again"
                : "bootstrap adopt --mirror writes it there; then run the same command again")
    }
}
