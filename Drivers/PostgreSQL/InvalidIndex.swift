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
        guard
            let rows = try? connection.run(
                Self.invalidIndex(connection.version), [.text(statement.text)]),
            let name = rows.first?.first?.text
        else { return }
        leftover = "The index \(name) is there, and invalid."
        remedy = "run DROP INDEX CONCURRENTLY \(name)"
    }

    /// A query for the invalid index that a CREATE INDEX CONCURRENTLY, its parameter, means: the one
    /// of its name, or where it has none the newest one on the table.
    ///
    /// Indexes that somebody is building now are invalid too, and none of our business; those of
    /// partitioned tables are until all parts have one.
    private static func invalidIndex(_ version: Int) -> String {
        let isIdle =
            version >= 12_00_00
            ? """
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p \
            WHERE p.index_relid = c.oid)
            """ : ""
        let head = #"(?i)\mconcurrently\s+(?:if\s+not\s+exists\s+)?"#
        let name = #"("(?:[^"]|"")+"|[^\s"(]+)?\s*\mon\s"#
        return """
            WITH s AS (SELECT $1::text AS sql), named AS (SELECT (pg_catalog.parse_ident(\
            (pg_catalog.regexp_match(s.sql, '\(head)\(name)'))[1]))[1] AS name, s.sql FROM s) \
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM named \
            JOIN pg_catalog.pg_index i ON NOT i.indisvalid \
            JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i' \
            JOIN pg_catalog.pg_class t ON t.oid = i.indrelid \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE pg_catalog.strpos(lower(named.sql), lower(t.relname)) > 0 \
            AND c.relname = coalesce(named.name, c.relname) \(isIdle) \
            ORDER BY pg_catalog.age(i.xmin) LIMIT 1
            """
    }
}
#endif
