#if PostgreSQL
import Bootstrap

/// Where a session stood when the server reported an error: the same code can mean two things.
enum Phase {
    /// Until the session has been told its settings.
    case connecting
    /// Afterwards.
    case running
}

extension DatabaseError.Kind {
    /// What an SQLSTATE means for the pipeline.
    ///
    /// Codes: <https://www.postgresql.org/docs/current/errcodes-appendix.html>. A code that is not
    /// listed is `.rejected`, so that an unknown error stops the run.
    init(sqlState code: String, in phase: Phase) {
        switch (code, phase) {
        // Operator intervention: a server that stops or starts, or a database that is gone.
        // <https://www.postgresql.org/docs/current/server-shutdown.html>
        case ("57P01", .running), ("57P02", .running), ("57P04", .running), ("57P05", .running),
            // The session sat idle in a transaction for longer than it may.
            ("25P03", _),
            // Statement completion unknown.
            ("40003", _):
            self = .lost
        case ("57P01", _), ("57P02", _), ("57P03", _), ("57P04", _):
            self = .unavailable
        // Query canceled: by an interrupter, or by statement_timeout.
        // <https://www.postgresql.org/docs/current/runtime-config-client.html>
        case ("57014", _):
            self = .interrupted
        // Lock not available, deadlock, serialization failure, and an object (template1, mostly)
        // that somebody else uses: <https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html>
        case ("55P03", _), ("40P01", _), ("40001", _), ("55006", _):
            self = .busy
        // <https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-USERS>
        case ("25006", _):
            self = .readOnly
        // <https://www.postgresql.org/docs/current/manage-ag-createdb.html>
        case ("3D000", .connecting):
            self = .missingDatabase
        // Insufficient privilege; on connecting, no CONNECT right on the database.
        // <https://www.postgresql.org/docs/current/ddl-priv.html>
        case ("42501", _):
            self = .denied
        // Protocol violation: a message that this client or a pooler got wrong.
        case ("08P01", _):
            self = .rejected
        default:
            self.init(sqlStateClass: code.prefix(2), in: phase)
        }
    }

    /// What the class of an SQLSTATE, its first two characters, means where the code says no more.
    private init(sqlStateClass: Substring, in phase: Phase) {
        switch (sqlStateClass, phase) {
        case ("08", .connecting): self = .unavailable
        case ("08", .running): self = .lost
        // Invalid authorization: <https://www.postgresql.org/docs/current/client-authentication-problems.html>
        case ("28", _): self = .denied
        // Insufficient resources: connection slots, disk, memory.
        // <https://www.postgresql.org/docs/current/kernel-resources.html>
        case ("53", _): self = .unavailable
        default: self = .rejected
        }
    }

    /// What a failure of PgBouncer's own means.
    ///
    /// It sends 08P01 for all of them, so that only its words tell them apart. PostgreSQL's errors name a source file, a pooler's do not, which is
    /// how the two are told apart before any word is read.
    ///
    /// Whatever is not listed (no backend, a full pool, a login that timed out) can pass by waiting.
    /// The words: <https://github.com/pgbouncer/pgbouncer/blob/master/src/client.c>.
    init(poolerMessage message: String) {
        let message = message.lowercased()
        if message.contains("no such database") {
            self = .missingDatabase
        } else if message.contains("authentication failed") || message.contains("no such user") {
            // With "(server_login_retry)" it is the pooler's own login that the server refuses.
            self = .denied
        } else if message.contains("unsupported startup parameter")
            || message.contains("not allowed") || message.contains("required")
            || message.contains("unsupported protocol")
        {
            self = .rejected
        } else {
            self = .unavailable
        }
    }

    /// What a failure to connect means that libpq found by itself, without any code.
    ///
    /// libpq gives no code here, so that its words are all there is; they are matched in this one
    /// place. What it does not know (refused, reset, no route, no socket, an unknown name) can pass
    /// by waiting. The words: <https://github.com/postgres/postgres/tree/master/src/interfaces/libpq>,
    /// fe-connect.c, fe-auth.c, fe-secure-openssl.c.
    init(libpqMessage message: String) {
        let message = message.lowercased()
        func says(_ words: String...) -> Bool { words.contains { message.contains($0) } }
        if says("no password supplied") {
            self = .denied
        } else if says("session is read-only", "server is in hot standby mode") {
            self = .readOnly
        } else if says("could not translate", "syscall error", "eof detected", "timeout expired") {
            self = .unavailable
        } else if says(
            "ssl", "certificate", "private key", "gssapi", "channel binding",
            "authentication method", "local user with id", "could not look up local user id",
            "invalid", "service file", "definition of service", "expected authentication",
            "not in hot standby", "session is not read-only", "could not match", "too long")
        {
            self = .rejected
        } else {
            self = .unavailable
        }
    }
}

extension DatabaseError {
    /// The error in the text that libpq keeps of a failed attempt to connect, which must have been
    /// made with `PQERRORS_VERBOSE`.
    ///
    /// There is no other way to a failed connection's SQLSTATE: a verbose message begins
    /// `FATAL:  57P03: the database system is starting up` and ends with a line `LOCATION:  …`.
    /// <https://www.postgresql.org/docs/current/libpq-control.html#LIBPQ-PQSETERRORVERBOSITY>
    init(connecting text: String) {
        // With sslmode=prefer there are two attempts, and the last one decides.
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        for (number, line) in lines.enumerated().reversed() {
            guard let (code, message) = Self.serverError(in: line) else { continue }
            let rest = lines[(number + 1)...]
            let isPooler = !rest.contains { $0.hasPrefix("LOCATION:") }
            let details = rest.filter { $0.hasPrefix("DETAIL:") || $0.hasPrefix("HINT:") }
            let kind =
                isPooler && code == "08P01"
                ? Kind(poolerMessage: message) : Kind(sqlState: code, in: .connecting)
            self.init(kind, code: code, ([message] + details).joined(separator: "\n"))
            isHearsay = isPooler && kind == .missingDatabase
            // Too many connections, of the server, of the role or of the database.
            // <https://www.postgresql.org/docs/current/runtime-config-connection.html>
            if code == "53300" {
                remedy =
                    "end other sessions, or raise max_connections or the CONNECTION LIMIT of the "
                    + "role or the database"
            }
            return
        }
        // "Is the server running on that host …?" is advice that stands on a line of its own.
        let words = lines.filter { !$0.hasPrefix("\t") }.joined(separator: "\n")
        self.init(Kind(libpqMessage: words), words.isEmpty ? "libpq gives no reason" : words)
        // Without a user in the URL libpq takes the system's, which a container's number may not have.
        if kind == .rejected, words.contains("local user") {
            remedy = "name the user in the URL, as in postgres://USER@HOST/DATABASE, or in PGUSER"
        }
    }

    /// The code and the words of `…: FATAL:  28P01: password authentication failed`.
    ///
    /// The severity is translated into the server's language; the two spaces and the code are not.
    private static func serverError(in line: String) -> (code: String, message: String)? {
        var rest = Substring(line)
        while let marker = rest.firstRange(of: ":  ") {
            rest = rest[marker.upperBound...]
            let code = rest.prefix(5)
            let isCode = code.utf8.count == 5 && code.utf8.allSatisfy(isCodeCharacter)
            if isCode, rest.dropFirst(5).hasPrefix(": ") {
                return (String(code), String(rest.dropFirst(7)))
            }
        }
        return nil
    }

    private static func isCodeCharacter(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
    }

    /// Whether no further host is to be tried: not after one that knows us and refuses, nor when the
    /// run was stopped.
    var isFinal: Bool { kind == .denied || kind == .missingDatabase || kind == .interrupted }

    /// The one of two failed attempts that decides: what waiting cannot cure comes before what it
    /// can.
    static func worse(_ one: DatabaseError?, _ other: DatabaseError) -> DatabaseError {
        let order: [Kind] = [.denied, .missingDatabase, .rejected, .readOnly]
        func rank(_ error: DatabaseError) -> Int { order.firstIndex(of: error.kind) ?? order.count }
        guard let one, rank(one) <= rank(other) else { return other }
        return one
    }
}
#endif
