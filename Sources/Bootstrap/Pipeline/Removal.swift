/// Dropping a database, behind the guard of its environment.
struct Removal {
    let run: Run
    /// Whether the user has confirmed it, on a terminal or with `--yes`.
    let isConfirmed: Bool

    /// - Returns: false when there was no database.
    func drop() throws(Failure) -> Bool {
        run.report(.started(target: run.driver.target))
        guard try mayDrop() else { return false }
        let deadline = run.timing.now() + max(run.options.wait, run.options.attemptTimeout)
        do throws(DatabaseError) {
            let isDropped = try run.driver.drop(run.session, before: deadline)
            if isDropped { run.report(.dropped(database: run.driver.databaseName)) }
            return isDropped
        } catch {
            if error.kind == .interrupted {
                try run.cancellation.check(state: "Nothing was changed.")
            }
            throw Failure(
                connecting: error, headline: "cannot drop the database \(run.driver.databaseName)")
        }
    }

    /// Whether there is a database to drop; throws where dropping it would be refused.
    func mayDrop() throws(Failure) -> Bool {
        guard let connection = try run.connect() else { return false }
        try inspect(connection)
        return true
    }

    private func inspect(_ connection: any Connection) throws(Failure) {
        defer { run.disconnect(connection) }
        let history = History(run.options.history, connection.dialect)
        // A history that cannot be read may be production's: the failure of reading it stands.
        let isProduction = try history.read(on: connection).isProduction
        guard run.options.isProduction || isProduction else { return }
        let name = run.driver.databaseName
        guard run.options.isProduction else {
            throw Failure(
                .configuration, "\(name) is a production database, as its history says",
                state: "Nothing was changed.",
                next: "if it is to be dropped all the same, say --environment production")
        }
        guard isConfirmed else {
            throw Failure(
                .configuration, "dropping the production database \(name) was not confirmed",
                state: "Nothing was changed.", next: "say --yes if it is to be dropped")
        }
    }
}
