/// Why a run stopped, as the person who reads it at night needs it: what happened and where, in the
/// engine's words, what state the database is in, and what to do next.
public struct Failure: Error, Sendable, Equatable {
    /// The process's exit status.
    public var status: ExitStatus
    /// What failed, as one sentence without a full stop: `cannot reach postgres://app@db:5432/shop`.
    public var headline: String
    /// Where in a file, or `nil`.
    public var place: Place?
    /// The source line at `place`, with passwords masked.
    public var excerpt: String?
    /// The column of the caret below `excerpt`, where masks or cuts have moved it from the place's.
    public var caret: Int?
    /// The engine's own error, unchanged.
    public var cause: DatabaseError?
    /// Whose words `cause` is: `PostgreSQL`.
    public var product: String?
    /// What state the database is in; only what was checked.
    public var state: String?
    /// What to do next, as whole sentences.
    public var next: String?

    /// A failure; parts that are `nil` are left out of the text.
    ///
    /// A control character in the headline, from the name of a file or of something else, is shown as
    /// `\u{A}`: the headline is one line.
    public init(
        _ status: ExitStatus, _ headline: String, place: Place? = nil, excerpt: String? = nil,
        cause: DatabaseError? = nil, product: String? = nil, state: String? = nil,
        next: String? = nil
    ) {
        self.status = status
        self.headline = headline.escapingControls()
        self.place = place
        self.excerpt = excerpt
        self.cause = cause
        self.product = product
        self.state = state
        self.next = next
    }
}

/// The exit statuses of the program: sysexits' numbers where they fit.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    /// `--exit-code` was given, and something is pending.
    case pending = 1
    /// The command line is wrong.
    case usage = 64
    /// A migration, a seed or a file was rejected.
    case rejected = 65
    /// The database was not available before the wait ran out.
    case unavailable = 69
    /// Our own bug.
    case internalError = 70
    /// Another process held the lock until the wait ran out.
    case busy = 75
    /// The user or the password is wrong, or a right is missing.
    case denied = 77
    /// Files, history or configuration disagree, or something that is needed is not there, such as
    /// room for a result on standard output.
    case configuration = 78
    /// Stopped by SIGHUP, cleanly: the terminal went away.
    case hungUp = 129
    /// Stopped by SIGINT, cleanly.
    case interrupted = 130
    /// Stopped by SIGTERM, cleanly.
    case terminated = 143
}

extension Failure: CustomStringConvertible {
    /// The whole failure as text, without colour.
    public var description: String {
        var lines = [place.map { "\($0) \(headline)" } ?? headline]
        if let excerpt {
            lines.append("    " + excerpt)
            if let column = caret ?? place?.column, column > 0 {
                lines.append("    " + String(repeating: " ", count: column - 1) + "^")
            }
        }
        if let cause {
            let code = cause.code.map { " [\($0)]" } ?? ""
            lines.append("\(product.map { "\($0) says: " } ?? "")\(cause.message)\(code)")
        }
        if let state { lines.append(state) }
        if let next {
            lines.append("Next: \(next)\(next.last?.isPunctuation == true ? "" : ".")")
        }
        return lines.joined(separator: "\n")
    }
}
