/// A session that was opened, and what the history held then: one attempt.
struct Opening {
    let connection: any Connection
    /// `nil` when the history was not looked at, or needs a closer look.
    let glance: History.Glance?

    /// Connects, and looks at the history, or throws at `deadline` at the latest.
    ///
    /// - `history`: the table to look at, or `nil` for none.
    init(
        _ driver: any Driver, _ history: TableName?, _ options: Options, _ watch: Watch,
        before deadline: Deadline
    ) throws(DatabaseError) {
        connection = try driver.connect(SessionSettings(options, watch: watch), before: deadline)
        guard let history else {
            glance = nil
            return
        }
        var table = History(history, connection.dialect)
        table.patience = .init(watch: { watch }, time: max(.zero, deadline - .now))
        do throws(DatabaseError) { glance = try table.glance(on: connection) } catch {
            connection.close()
            throw error
        }
    }
}

extension SessionSettings {
    /// What the options say about sessions.
    init(_ options: Options, watch: Watch) {
        self.init(
            applicationName: options.owner.applicationName, lockTimeout: options.lockTimeout,
            statementTimeout: options.statementTimeout, watch: watch)
    }
}

extension Options {
    /// When an attempt to connect that begins at `now` is over, if the wait ends at `end`.
    ///
    /// A single attempt (`--wait 0`) has its full time; the wait limits only the retries.
    func attemptDeadline(from now: Deadline, until end: Deadline) -> Deadline {
        let limit = now + attemptTimeout
        return wait > .zero ? max(now + .seconds(1), min(limit, end)) : limit
    }
}
