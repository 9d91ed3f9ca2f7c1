#if PostgreSQL
import Bootstrap

extension DatabaseError {
    /// Says which invalid index is in the database where CREATE INDEX CONCURRENTLY has failed.
    ///
    /// The statement commits before it builds, so that whatever stops it leaves the index behind;
    /// one that finds the index of an earlier attempt fails because of it.
    /// <https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>
    mutating func tellInvalidIndex(after statement: Statement, on connection: PostgreSQLConnection)
    {
        let words = statement.words
        guard kind != .lost, words.first == "CREATE", words.contains("CONCURRENTLY"),
            !connection.isInTransaction
        else { return }
        // The failure itself is the news: an answer that does not come leaves it as it was.
        guard let name = try? connection.invalidIndex(of: statement) else { return }
        tell(invalidIndex: name)
    }

    fileprivate mutating func tell(invalidIndex name: String) {
        leftover = "The index \(name) is there, and invalid."
        remedy = "run DROP INDEX CONCURRENTLY \(name)"
    }
}

extension PostgreSQLConnection {
    /// Throws where `statement` has succeeded only because IF NOT EXISTS took the invalid index of an
    /// earlier attempt for the one that it was to build.
    func checkIndex(after statement: Statement) throws(DatabaseError) {
        let words = statement.words.filter { $0 != "UNIQUE" }
        guard words.starts(with: ["CREATE", "INDEX", "CONCURRENTLY", "IF", "NOT", "EXISTS"]) else {
            return
        }
        let invalid: String?
        do throws(DatabaseError) {
            invalid = try invalidIndex(of: statement)
        } catch {
            switch error.kind {
            // A server that is only like PostgreSQL cannot answer; its own word has to do.
            case .rejected, .denied: return
            case .unavailable, .missingDatabase, .busy, .lost, .readOnly, .interrupted: throw error
            }
        }
        guard let name = invalid else { return }
        var error = DatabaseError(
            .rejected, "the index \(name) is invalid: an earlier attempt left it")
        error.tell(invalidIndex: name)
        throw error
    }

    /// The invalid index that a CREATE INDEX CONCURRENTLY means, with its schema: the one of its name
    /// in its table's schema, or where it has none the newest one on the table.
    ///
    /// Indexes that somebody is building now are invalid too, and none of our business; those of
    /// partitioned tables are until all parts have one.
    fileprivate func invalidIndex(of statement: Statement) throws(DatabaseError) -> String? {
        let isIdle =
            version >= 12_00_00
            ? """
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p \
            WHERE p.index_relid = c.oid)
            """ : ""
        let head = #"(?i)\mconcurrently\s+(?:if\s+not\s+exists\s+)?"#
        let name = #"("(?:[^"]|"")+"|[^\s"(]+)?\s*\mon\s+(?:only\s+)?"#
        let part = #"(?:"(?:[^"]|"")+"|[^\s"(.]+)"#
        let table = #"(\#(part)(?:\s*\.\s*\#(part))?)"#
        let query = """
            WITH s AS (SELECT pg_catalog.regexp_match($1::text, '\(head)\(name)\(table)') AS m), \
            named AS (SELECT (pg_catalog.parse_ident(s.m[1]))[1] AS name, \
            pg_catalog.to_regclass(s.m[2]) AS owner FROM s) \
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM named \
            JOIN pg_catalog.pg_class t ON t.oid = named.owner \
            JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
            JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind = 'i' \
            JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid AND NOT i.indisvalid \
            WHERE CASE WHEN named.name IS NULL THEN i.indrelid = t.oid \
            ELSE c.relname = named.name END \(isIdle) \
            ORDER BY pg_catalog.age(i.xmin) LIMIT 1
            """
        return try run(query, [.text(statement.head)]).first?.first?.text
    }
}
#endif
