// The statements that write the history's rows: pure text.

extension History {
    /// What a new row says beside its key.
    struct Entry {
        var applied: Applied
        var owner: Owner
        var server: Server
        /// What tells the statements that are done from others, where a migration can be left half
        /// done.
        var hashes: String?
        /// An expression for what is there before the statement that begins with the claim.
        var definitions: String?
        /// What must hold for the row to be written; `nil` where something else has proved it.
        var condition: String?
    }

    /// Claims a migration or a seed: its row, not done yet, or done when its transaction commits.
    ///
    /// A second claim violates the key. One whose condition does not hold writes NULL where the table
    /// takes none, which costs a server a third of what a guard before it would.
    func claim(_ entry: Entry) -> String {
        let (row, types) = (entry.applied, dialect.history)
        let done = entry.condition.map { "CASE WHEN \($0) THEN \(row.done) END" }
        let values = [
            dialect.literal(row.kind.rawValue), dialect.literal(row.id), dialect.literal(row.name),
            dialect.literal(row.checksum), dialect.literal(row.fingerprint),
            dialect.literal(row.state.rawValue), done ?? String(row.done), String(row.total),
            types.now,
            types.currentUser, dialect.literal(entry.owner.applicationName), types.session,
            dialect.literal(toolVersion), dialect.literal(row.environment),
            dialect.literal(entry.server.identity),
            entry.hashes.map { dialect.literal($0) } ?? "NULL",
            row.state == .done ? types.now : "NULL", row.inFlight.map(String.init) ?? "NULL",
        ]
        let definitions = entry.definitions.map { (", definitions", ", \($0)") } ?? ("", "")
        return """
            INSERT INTO \(quoted) (kind, id, name, checksum, fingerprint, state, done, total, \
            started_at, applied_by, process, session, version, environment, server, \
            hashes, finished_at, statement\(definitions.0)) \
            VALUES (\(values.joined(separator: ", "))\(definitions.1))
            """
    }

    /// Marks a claimed row as done; the row of a migration that is undone is taken away.
    func finish(_ row: Applied, and condition: String? = nil) -> String {
        guard row.state != .undoing else { return forget(row) }
        return "UPDATE \(quoted) SET state = 'done', done = \(row.total), total = \(row.total), "
            + "statement = NULL, definitions = NULL, error = NULL, "
            + "finished_at = \(dialect.history.now) " + clause(row, and: condition)
    }

    /// Writes for rows that were claimed one behind the other, from `first` on, that each was finished
    /// when the next one was claimed; `last` stays as it is.
    func finish(from first: Applied, before last: Applied) -> String {
        func start(_ row: Applied) -> String {
            "(SELECT started_at FROM \(quoted) \(clause(row, and: nil)))"
        }
        return "UPDATE \(quoted) AS r SET finished_at = "
            + "(SELECT min(n.started_at) FROM \(quoted) AS n WHERE n.started_at > r.started_at) "
            + "WHERE started_at >= \(start(first)) AND started_at < \(start(last))"
    }

    /// Marks that `done` statements are done, and that the next one is in flight when `begins`.
    ///
    /// - `hashes`: what tells these statements from others.
    /// - `definitions`: an expression for what is there before that one.
    func mark(
        _ row: Applied, done: Int, begins: Bool, hashes: String, definitions: String?,
        and condition: String? = nil
    ) -> String {
        "UPDATE \(quoted) SET done = \(done), statement = \(begins ? String(done + 1) : "NULL"), "
            + "hashes = \(dialect.literal(hashes)), definitions = \(definitions ?? "NULL") "
            + clause(row, and: condition)
    }

    /// Notes that a claimed row was not finished.
    ///
    /// - `reason`: the engine's code; its words may hold values of the user's rows.
    /// - `inFlight`: the statement, from 1, that has taken effect in spite of its error, or may have;
    ///   `nil` when it has not.
    /// - `isKnown`: whether what was there before that one tells what became of it.
    /// - `before`: how many statements are done, and what the row remembers of its statements, where it
    ///   does not say so yet.
    /// - `condition`: what must hold for the row to be ours to write.
    func fail(
        _ row: Applied, reason: String, inFlight: Int?, isKnown: Bool,
        before: (done: Int, hashes: String)? = nil, if condition: String?
    ) -> String {
        let keeps = inFlight != nil && isKnown
        let progress = before.map {
            "done = \($0.done), hashes = \(dialect.literal($0.hashes)), "
        }
        let state = row.state == .undoing ? "undoing" : "failed"
        return "UPDATE \(quoted) SET \(progress ?? "")state = '\(state)', "
            + "error = \(dialect.literal(reason)), "
            + (keeps ? "" : "definitions = NULL, ")
            + "statement = \(inFlight.map(String.init) ?? "NULL") " + clause(row, and: condition)
    }

    /// Opens a row that an earlier run has left unfinished again, for a corrected file too; what is
    /// in flight of `row` begins with it.
    ///
    /// - `definitions`: an expression for what is there before the statement that begins.
    func reopen(
        _ row: Applied, owner: Owner, hashes: String, definitions: String?
    ) -> String {
        guard row.state != .undoing else {
            return reopen(undone: row, owner, hashes: hashes, definitions: definitions)
        }
        return "UPDATE \(quoted) SET state = 'running', done = \(row.done), total = \(row.total), "
            + "checksum = \(dialect.literal(row.checksum)), "
            + "fingerprint = \(dialect.literal(row.fingerprint)), "
            + "hashes = \(dialect.literal(hashes)), "
            + "process = \(dialect.literal(owner.applicationName)), "
            + "session = \(dialect.history.session), error = NULL, "
            + "statement = \(row.inFlight.map(String.init) ?? "NULL"), "
            + "definitions = \(definitions ?? "NULL") " + clause(row, and: nil)
    }

    /// A query for what an unfinished row remembers of its statements, for what was there before the
    /// one in flight, and for how many are done.
    func recollection(_ row: Applied) -> String {
        "SELECT hashes, definitions, done FROM \(quoted) " + clause(row, and: nil)
    }

    /// Answers what became of the statement in flight of an unfinished row: `done` of its statements
    /// have taken effect, which `hashes` tells from others.
    func answer(_ row: Applied, done: Int, hashes: String) -> String {
        "UPDATE \(quoted) SET done = \(done), statement = NULL, definitions = NULL, "
            + "hashes = \(dialect.literal(hashes)) "
            + clause(row, and: "statement = \(row.inFlight ?? 0)")
    }

    /// Takes a file for what was applied: it says the same, or whoever runs this vouches for it.
    func refresh(_ row: Applied, checksum: String, fingerprint: String) -> String {
        "UPDATE \(quoted) SET checksum = \(dialect.literal(checksum)), "
            + "fingerprint = \(dialect.literal(fingerprint)) "
            + clause(row, and: "checksum = \(dialect.literal(row.checksum))")
    }

    /// Takes a row away before a repeatable or a seed is applied anew, as long as it is the one that
    /// was read.
    ///
    /// Without a lock another run may have replaced it since: that row stays, and the claim fails
    /// at it.
    func remove(_ row: Applied) -> String {
        "DELETE FROM \(quoted) "
            + clause(row, and: "checksum = \(dialect.literal(row.checksum))")
    }

    func clause(_ row: Applied, and condition: String?) -> String {
        "WHERE kind = \(dialect.literal(row.kind.rawValue)) AND id = \(dialect.literal(row.id))"
            + (condition.map { " AND " + $0 } ?? "")
    }
}
