/// Finds out whether the lock that this session has keeps other sessions away, by trying to take it
/// with another one.
///
/// No list of products could tell: some that speak an engine's language answer its locks without
/// taking any, and some proxies hand each statement to another server. It costs one connection, and
/// only where there is something to do.
struct LockTrial {
    let run: Run
    let connection: any Connection

    /// False only where another session has been given the same lock while this one lives.
    func passes(_ hold: Hold) -> Bool {
        guard let name = hold.sessionLock, !connection.dialect.isInProcess else { return true }
        let deadline = run.timing.now() + run.options.attemptTimeout
        // Where the server has no place for a second session, the claims and marks of the history
        // stay, which ask for the lock themselves.
        guard let other = try? run.driver.connect(run.session, before: deadline) else {
            return true
        }
        defer { other.close() }
        // A standby gives locks that mean nothing to the primary.
        guard !other.server.isReadOnly, let isTaken = try? other.tryLock(name), isTaken else {
            return true
        }
        defer { other.unlock(name) }
        // Ours has gone, and its lock with it: whoever asks this session next finds that out.
        return (try? connection.run("SELECT 1")) == nil
    }
}
