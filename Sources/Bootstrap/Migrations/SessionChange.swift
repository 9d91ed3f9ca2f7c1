extension Script {
    /// Whether a statement may leave something behind in its session: settings, temporary tables,
    /// variables.
    ///
    /// False only where that is certain, so that resetting the session can be left out.
    package var changesSession: Bool { statements.contains { $0.changesSession } }

    /// Whether all statements may travel in one message: no data follows one, and none changes how
    /// the ones behind it are read. <https://www.postgresql.org/docs/current/protocol-flow.html>
    package var isOneMessage: Bool {
        statements.allSatisfy { statement in
            guard statement.input == nil else { return false }
            let words = statement.words
            return words.first != "SET" || !words.contains("STANDARD_CONFORMING_STRINGS")
        }
    }
}

extension Statement {
    /// Statements that leave nothing behind in a session unless ``lasting`` words stand in them.
    private static let plain: Set<String> = [
        "CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE", "COMMENT", "GRANT", "REVOKE",
        "TRUNCATE", "COPY", "REINDEX", "ANALYZE", "VACUUM", "MERGE", "RENAME", "REPLACE",
        "REFRESH", "OPTIMIZE", "CLUSTER", "SECURITY",
    ]

    /// Parts of words that lasting effects hide behind, in any statement.
    private static let lasting: [[UInt8]] = [
        "TEMP", "SET_CONFIG", "ADVISORY", "_LOCK", ":=", "LAST_INSERT_ID", "SETVAL", "DBLINK",
    ].map { Array($0.utf8) }

    /// Whether it may leave something behind in its session.
    var changesSession: Bool {
        guard let first = words.first, Self.plain.contains(first) else { return true }
        let bytes = Array(text.utf8)
        for index in bytes.indices {
            let byte = Byte.upper(bytes[index])
            for word in Self.lasting where byte == word[0] && index + word.count <= bytes.count {
                if bytes[index..<(index + word.count)].elementsEqual(
                    word, by: { Byte.upper($0) == $1 })
                {
                    return true
                }
            }
        }
        return false
    }
}
