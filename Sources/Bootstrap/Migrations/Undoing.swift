// What a migration's row says while it is undone outside of a transaction, or inside of one: the
// state `undoing`, how many statements of its way back are done of how many, and their hashes. Its
// checksum and fingerprint stay the migration's own. A version that does not know the word takes it
// for one that is not done.

extension History {
    /// Claims an applied migration for its way back.
    ///
    /// A row in another state, or a condition that does not hold, writes NULL where the table takes
    /// none. A row that is gone is not changed, which ``isUndoing(_:)`` finds out.
    func undo(
        _ row: Applied, owner: Owner, hashes: String?, definitions: String?, if condition: String?
    ) -> String {
        let isMine = "state = 'done'" + (condition.map { " AND \($0)" } ?? "")
        // `done` comes first: MariaDB's later assignments see what the earlier ones have written.
        return "UPDATE \(quoted) SET done = CASE WHEN \(isMine) THEN \(row.done) END, "
            + "state = 'undoing', finished_at = NULL, "
            + progress(row, owner, hashes, definitions) + " " + clause(row, and: nil)
    }

    /// A condition that is true while a migration's row is claimed for its way back.
    func isUndoing(_ row: Applied) -> String {
        "EXISTS (SELECT 1 FROM \(quoted) \(clause(row, and: "state = 'undoing'")))"
    }

    /// Opens the row of a way back again that an earlier run has left unfinished.
    func reopen(
        undone row: Applied, _ owner: Owner, hashes: String, definitions: String?
    ) -> String {
        "UPDATE \(quoted) SET done = \(row.done), " + progress(row, owner, hashes, definitions)
            + " " + clause(row, and: "state = 'undoing'")
    }

    /// Takes the row of a migration away whose way back is done.
    func forget(_ row: Applied) -> String {
        "DELETE FROM \(quoted) " + clause(row, and: "state = 'undoing'")
    }

    private func progress(
        _ row: Applied, _ owner: Owner, _ hashes: String?, _ definitions: String?
    ) -> String {
        "total = \(row.total), statement = \(row.inFlight.map(String.init) ?? "NULL"), "
            + "hashes = \(hashes.map(dialect.literal) ?? "NULL"), "
            + "process = \(dialect.literal(owner.applicationName)), "
            + "session = \(dialect.history.session), error = NULL, "
            + "definitions = \(definitions ?? "NULL")"
    }
}

extension [Applied] {
    /// Stops a run that would apply or plant something while a migration is half undone.
    ///
    /// - `isExclusive`: Whether no rollback can be at work now.
    func checkNoneIsUndoing(isExclusive: Bool) throws(Failure) {
        guard let row = first(where: { $0.state == .undoing }) else { return }
        let remedy =
            "run bootstrap rollback, which goes on with it, and then the same command again"
        throw Failure(
            .configuration,
            "\(row.name) is half rolled back: \(row.done) of \(row.total) statements of its way "
                + "back are done",
            state: "Nothing was changed.",
            next: isExclusive ? remedy : "unless a rollback is at work now, \(remedy)")
    }
}
