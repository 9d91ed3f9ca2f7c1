/// One row of the history: something that was applied, or has begun to be.
package struct Applied: Sendable, Equatable {
    /// What the row is about.
    package enum Kind: String, Sendable {
        case migration, repeatable, seed
    }

    /// How far it came.
    ///
    /// A word that a newer version has written counts as `running`: not done.
    package enum State: String, Sendable {
        case running, failed, done
        /// Its way back is at work, or was interrupted; `done` and `total` count the way back's
        /// statements.
        case undoing
    }

    package var kind: Kind
    /// The migration's number, or the repeatable's or seed's name, in printable ASCII.
    package var id: String
    /// The name as the file has it.
    package var name: String
    package var checksum: String
    package var fingerprint: String
    package var state: State
    /// Statements done, of `total`.
    package var done: Int
    package var total: Int
    /// The statement, from 1, that had begun when the run stopped, and whose outcome is unknown.
    package var inFlight: Int?
    /// The environment in which it ran, or an empty text.
    package var environment: String

    package init(
        kind: Kind, id: String, name: String, checksum: String, fingerprint: String = "",
        state: State = .done, done: Int = 0, total: Int = 0, inFlight: Int? = nil,
        environment: String = ""
    ) {
        self.kind = kind
        self.id = id
        self.name = name
        self.checksum = checksum
        self.fingerprint = fingerprint
        self.state = state
        self.done = done
        self.total = total
        self.inFlight = inFlight
        self.environment = environment
    }
}

extension Applied {
    /// `name` as the history's key holds it: its bytes outside printable ASCII as `%XX`.
    ///
    /// The key is ASCII and compared byte by byte, so that no collation and no length in another
    /// character set can make two names one.
    package static func key(_ name: String) -> String {
        func isPlain(_ byte: UInt8) -> Bool {
            byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "%")
        }
        // By contiguous bytes, for a history may have thousands of rows.
        let isKey = name.utf8.withContiguousStorageIfAvailable { $0.allSatisfy(isPlain) }
        if isKey ?? name.utf8.allSatisfy(isPlain) { return name }
        var key = ""
        for byte in name.utf8 {
            if isPlain(byte) {
                key.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                key += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return key
    }
}

extension [Applied] {
    /// How many rows of this kind are done.
    func done(_ kind: Applied.Kind) -> Int { count { $0.kind == kind && $0.state == .done } }
}

/// What tells one row of the history from the others.
struct HistoryKey: Hashable {
    var kind: Applied.Kind
    var id: String
}

extension HistoryKey {
    /// That of a migration.
    init(_ kind: Migration.Kind, _ id: String) {
        self.init(kind: kind == .versioned ? .migration : .repeatable, id: Applied.key(id))
    }
}

extension Applied {
    /// What tells this row from the others.
    var identity: HistoryKey { HistoryKey(kind: kind, id: id) }
}

extension Migration {
    /// What tells its row in the history from the others.
    var identity: HistoryKey {
        HistoryKey(kind, id)
    }
}

extension Seed {
    /// What tells its row in the history from the others.
    var identity: HistoryKey { HistoryKey(kind: .seed, id: Applied.key(name)) }
}
