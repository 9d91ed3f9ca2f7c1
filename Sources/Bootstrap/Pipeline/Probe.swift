/// Waiting for what waiting can cure: what to do after each attempt to connect.
///
/// A pure state machine; the loop around it is ``Run/connect()``.
struct Probe {
    /// What one attempt to connect came to.
    enum Attempt {
        case reached(Server)
        case failed(DatabaseError)
    }

    /// What to do next.
    enum Decision: Equatable {
        /// The database is awake.
        case proceed
        /// The server is awake, and the database is missing.
        case create
        /// Try again after `delay`; `reason` is set when it is another one than before.
        case retry(after: Duration, reason: String?)
        /// Waiting cures nothing.
        case stop(Failure)
    }

    let target: String
    let began: Deadline
    let wait: Duration
    let loginWait: Duration
    /// Whether a server that takes no writes counts as not ready.
    let needsWriting: Bool
    /// Whether the database was seen to be there or made: then creating it cures nothing.
    var isThere = false
    private var lastReason: String?

    init(
        target: String, began: Deadline, wait: Duration, loginWait: Duration = .zero,
        needsWriting: Bool
    ) {
        self.target = target
        self.began = began
        self.wait = wait
        self.loginWait = loginWait
        self.needsWriting = needsWriting
    }

    /// When to give up.
    var deadline: Deadline { began + wait }

    /// Decides after one attempt that ended at `now`; `random` is from 0 up to 1.
    mutating func decide(_ attempt: Attempt, at now: Deadline, random: Double) -> Decision {
        switch attempt {
        case .reached(let server):
            guard server.isReadOnly && needsWriting && !server.isReadOnlyForGood else {
                return .proceed
            }
            return retry(.takesNoWrites, at: now, random: random)
        case .failed(let error):
            switch error.kind {
            case .missingDatabase:
                // A pooler may not know what its server has, or remember that it was missing.
                return isThere ? retry(error, at: now, random: random) : .create
            case .unavailable, .lost, .busy, .readOnly, .interrupted:
                return retry(error, at: now, random: random)
            case .denied:
                guard now < began + loginWait else { return .stop(failure(error, waited: false)) }
                return retry(error, at: now, random: random)
            case .rejected: return .stop(failure(error, waited: false))
            }
        }
    }

    private mutating func retry(
        _ error: DatabaseError, at now: Deadline, random: Double
    ) -> Decision {
        guard now < deadline else { return .stop(failure(error, waited: wait > .zero)) }
        let reason = Self.reason(error)
        let isNew = reason != lastReason
        lastReason = reason
        let delay = Self.delay(waited: began.duration(to: now), random: random)
        return .retry(
            after: min(delay, now.duration(to: deadline)), reason: isNew ? reason : nil)
    }

    /// The pause before the next attempt: a fortieth of the time waited so far, between 50 ms and
    /// 1 s, then 75 % to 125 % of it.
    ///
    /// It grows with the wait instead of doubling, so that a server which is ready after 4 s is
    /// noticed within 0.1 s of it, while one that is down for a minute is asked once a second. The
    /// jitter begins with the first attempt: a hundred replicas restart at the same moment.
    static func delay(waited: Duration, random: Double) -> Duration {
        let base = min(max(waited / 40, .milliseconds(50)), .seconds(1))
        return base * (0.75 + random / 2)
    }

    /// The first line of the engine's words: libpq's have several, with advice in the others.
    static func reason(_ error: DatabaseError) -> String {
        let line = error.message.split(whereSeparator: \.isNewline).first.map(String.init)
        return line ?? "not available"
    }

    private func failure(_ error: DatabaseError, waited: Bool) -> Failure {
        let headline =
            waited
            ? "cannot reach \(target) after waiting for \(wait.text)" : "cannot reach \(target)"
        var failure = Failure(connecting: error, headline: headline)
        if isThere && error.kind == .missingDatabase {
            failure.next =
                "the server has the database; give the URL of the server itself, or make it known "
                + "to the pooler that answers there"
        }
        return failure
    }
}

extension DatabaseError {
    /// A server that answers and cannot be written to.
    static let takesNoWrites = DatabaseError(
        .readOnly, "the server takes no writes: it is a standby, or set to read-only")
}

extension Failure {
    /// A failure from an attempt to connect, when nothing has been done yet.
    init(connecting error: DatabaseError, headline: String) {
        let status: ExitStatus
        let next: String
        switch error.kind {
        case .unavailable, .lost, .busy, .interrupted:
            status = .unavailable
            next =
                error.remedy
                ?? "check that the server runs and that the URL's host and port are right"
        case .readOnly:
            status = .unavailable
            next = "point the URL at the primary, or wait longer for a failover with --wait"
        case .denied:
            status = .denied
            next =
                error.remedy
                ?? "check the user and the password, and the user's rights on the server"
        case .missingDatabase:
            status = .configuration
            next = "create the database, or allow it with --create"
        case .rejected:
            status = .configuration
            next =
                error.missingPackage.map { "install the package \($0)" } ?? error.remedy
                ?? "correct the URL or the server's configuration"
        }
        self.init(status, headline, cause: error, next: next)
    }
}
