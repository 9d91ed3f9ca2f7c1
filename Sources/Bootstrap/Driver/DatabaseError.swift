/// What a driver throws, and all that it throws: a decision, then the engine's own words.
public struct DatabaseError: Error, Sendable, Equatable {
    /// What the pipeline does about an error.
    ///
    /// The enum is closed on purpose: each case is a different decision, and a code that no driver
    /// lists is `rejected`, so that an unknown error stops the run instead of retrying it.
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// Not there yet, waking, going down or full: waiting cures it.
        case unavailable
        /// The server is there and the database is not: create it.
        case missingDatabase
        /// Wrong credentials or no right: stop at once.
        case denied
        /// Somebody else holds a lock: retry the whole unit, never half of one.
        case busy
        /// The session died in the middle: the outcome is unknown until the history is read again.
        case lost
        /// A standby or a read-only server: wait for a failover, then stop.
        case readOnly
        /// Stopped from our own side, by an ``Interrupter`` or a statement timeout.
        case interrupted
        /// The statement, the parameter or the setting is wrong; also every code not listed.
        case rejected
    }

    /// What to do about it.
    public var kind: Kind
    /// The engine's own code (`42601`, `1064`, `19`), or `nil` where the client gave none.
    public var code: String?
    /// The engine's own words, unchanged.
    public var message: String
    /// Where in the statement it happened, in characters from 1, where the engine tells.
    public var position: Int?
    /// Whether the engine vouches that the failed statement has left nothing behind, although it
    /// would have committed by itself: it was refused before any of it ran, or undone as a whole.
    public var isWithoutEffect = false
    /// Whether a pooler gave the answer by itself, which may not know what its server has.
    public var isHearsay = false
    /// The package to install (`libpq5`) when the engine's client library cannot be loaded; else
    /// `nil`.
    ///
    /// The pipeline stops with the exit status for something that is needed and not there.
    public var missingPackage: String?
    /// What to do first where the driver knows better than the error's kind: the command to type
    /// (`mkdir -p /data`) when something is not there, a right to give, room to make; else `nil`.
    ///
    /// The pipeline prints it as what to do next.
    public var remedy: String?
    /// What is in the database because the failed statement did not clean up behind itself, as a
    /// sentence for a failure's state: `The index shop.item_name is there, and invalid.`; else `nil`.
    ///
    /// ``remedy`` then says what removes it.
    public var leftover: String?

    /// An error as a driver reports it.
    public init(_ kind: Kind, code: String? = nil, _ message: String, position: Int? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.position = position
    }

    /// The engine's client library cannot be loaded: `.rejected`, and names what to install.
    public static func missingLibrary(_ message: String, package: String) -> DatabaseError {
        var error = DatabaseError(.rejected, message)
        error.missingPackage = package
        return error
    }

    /// Something that is needed and that waiting does not bring: `.rejected`, with what to type.
    public static func missingPrerequisite(_ message: String, remedy: String) -> DatabaseError {
        var error = DatabaseError(.rejected, message)
        error.remedy = remedy
        return error
    }
}

/// A batch stopped: which of its statements failed, and how.
public struct BatchError: Error, Sendable, Equatable {
    /// What happened; its position counts from the start of the failed statement.
    public var error: DatabaseError
    /// The failed statement's place in the batch, from 0; `nil` where the engine does not tell.
    public var index: Int?
    /// Why the statements could not be read on: then this is the news.
    var failure: Failure?

    /// A failed batch.
    public init(_ error: DatabaseError, at index: Int?) {
        self.error = error
        self.index = index
    }

    /// A batch whose statements could not be read to their end.
    init(_ failure: Failure) {
        self.init(DatabaseError(.rejected, failure.headline), at: nil)
        self.failure = failure
    }
}
