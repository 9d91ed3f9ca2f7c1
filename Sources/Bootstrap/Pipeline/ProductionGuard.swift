/// What keeps a production database from commands that take away what is in it: the run has to say
/// that it means production, and somebody has to confirm it.
struct ProductionGuard {
    /// What the command does to the database.
    enum Deed {
        case drop, rollBack
    }

    let run: Run
    let deed: Deed
    /// Whether the user has confirmed it, on a terminal or with `--yes`.
    let isConfirmed: Bool

    /// Throws where the deed is refused.
    ///
    /// - `history`: What the history says; one that cannot be read may be production's.
    func check(_ history: History.Snapshot) throws(Failure) {
        guard run.options.isProduction || history.isProduction else { return }
        let name = run.driver.databaseName
        guard run.options.isProduction else {
            throw Failure(
                .configuration, "\(name) is a production database, as its history says",
                state: "Nothing was changed.",
                next: "if it is to be \(done) all the same, say --environment production")
        }
        guard isConfirmed else {
            throw Failure(
                .configuration, "\(doing) the production database \(name) was not confirmed",
                state: "Nothing was changed.", next: "say --yes if it is to be \(done)")
        }
    }

    private var doing: String {
        switch deed {
        case .drop: "dropping"
        case .rollBack: "rolling back"
        }
    }

    private var done: String {
        switch deed {
        case .drop: "dropped"
        case .rollBack: "rolled back"
        }
    }
}
