/// What keeps other runs away while this one works.
enum Hold {
    /// The engine's own lock of this name, which ends with its session.
    case session(String)
    /// A row with a token and a beat.
    case lease(Lease)

    /// The name of the engine's own lock, where it is one.
    var sessionLock: String? {
        switch self {
        case .session(let name): name
        case .lease: nil
        }
    }

    /// The lease, where it is one.
    var lease: Lease? {
        switch self {
        case .session: nil
        case .lease(let lease): lease
        }
    }

    /// Takes it; false at once while another run has it.
    func take(on connection: any Connection) throws(DatabaseError) -> Bool {
        switch self {
        case .session(let name): try connection.tryLock(name)
        case .lease(let lease): try lease.take()
        }
    }

    /// Who has it; `nil` when nobody does.
    func holder(on connection: any Connection) throws(DatabaseError) -> LockHolder? {
        switch self {
        case .session(let name): try connection.holder(of: name)
        case .lease(let lease): try lease.holder()
        }
    }

    /// A condition in SQL that is true only while `connection` has it; `nil` where the session has no
    /// part in it.
    func condition(on connection: any Connection) -> String? {
        switch self {
        case .session(let name): connection.lockCondition(name)
        case .lease(let lease): lease.condition
        }
    }

    /// Gives it back.
    func release(on connection: any Connection) {
        switch self {
        case .session(let name): connection.unlock(name)
        case .lease(let lease): lease.release()
        }
    }
}
