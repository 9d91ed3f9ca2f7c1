#if MariaDB
import Bootstrap

/// GET_LOCK: a lock of the session, which the server gives back only when the session and all that
/// it still runs have ended. <https://mariadb.com/docs/server/reference/sql-functions/secondary-functions/miscellaneous-functions/get_lock>
extension MariaDBConnection {
    /// Asks for the lock without waiting; 1, 0 and NULL are three answers.
    func tryLock(_ name: String) throws(DatabaseError) -> Bool {
        let key = try lockName(name)
        switch try run("SELECT GET_LOCK('\(key)', 0)").first?.first {
        case .integer(1): return true
        case .integer(0): return false
        default:
            throw DatabaseError(.rejected, "GET_LOCK answered NULL: the server gives no locks")
        }
    }

    /// The holder as the process list shows it: all of it for a session of the same user or with
    /// the PROCESS right, else its number alone.
    func holder(of name: String) throws(DatabaseError) -> LockHolder? {
        let key = try lockName(name)
        guard let session = try run("SELECT IS_USED_LOCK('\(key)')").first?.first?.integer else {
            return nil
        }
        let rows = try run(
            "SELECT user, host, info FROM information_schema.processlist WHERE id = \(session)")
        guard let row = rows.first, let user = row[0].text, let host = row[1].text else {
            return LockHolder(who: "another user of the server", session: String(session))
        }
        let announced = row[2].text.flatMap(MariaDBAnnouncement.parse)
        return LockHolder(
            who: "\(user)@\(host)", session: String(session), since: announced?.since,
            doing: announced?.doing)
    }

    /// True only on the session that has the lock.
    func lockCondition(_ name: String) -> String? {
        let key = lockNames[name].map { "'\($0)'" } ?? lockExpression(name)
        return "IS_USED_LOCK(\(key))=CONNECTION_ID()"
    }

    /// Gives the lock back.
    func unlock(_ name: String) {
        guard let key = lockNames[name] else { return }
        // A session that is gone has given it back already.
        _ = try? run("SELECT RELEASE_LOCK('\(key)')")
    }

    /// The lock's name on the server.
    ///
    /// Names are server-wide there, 64 characters at most, and compared with or without case: so a
    /// hash of the database and the name, in lower case.
    private func lockName(_ name: String) throws(DatabaseError) -> String {
        if let known = lockNames[name] { return known }
        let answer = try run("SELECT \(lockExpression(name))").first?.first?.text
        guard let key = answer, key.utf8.count == 43 else {
            throw DatabaseError(.rejected, "the server cannot hash a lock's name")
        }
        lockNames[name] = key
        return key
    }

    /// The database's name is the server's answer at login, not the URL's (lower_case_table_names),
    /// and not DATABASE(), which a migration's USE changes.
    private func lockExpression(_ name: String) -> String {
        let database = MariaDBSession.literal(details.database)
        let name = MariaDBSession.literal(name)
        return "CONCAT('bs_', LEFT(SHA2(CONCAT(\(database), CHAR(0), \(name)), 256), 40))"
    }
}
#endif
