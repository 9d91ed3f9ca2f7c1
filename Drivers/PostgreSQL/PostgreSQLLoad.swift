#if PostgreSQL
import Bootstrap
import CBootstrapPostgreSQL

extension PostgreSQLConnection {
    /// Loads the rows by one COPY: one statement, at whose end foreign keys are checked, so that rows
    /// may point at later ones.
    ///
    /// INSERTs take its place where COPY does something else than they do or is refused: views, rules
    /// and row security.
    func load(
        into table: TableName, _ columns: [Column],
        _ next: (inout RowBlock) throws(LoadError) -> Bool
    ) throws(LoadError) -> Int {
        canceller.forget()
        func nextUnlessStopped(_ block: inout RowBlock) throws(LoadError) -> Bool {
            guard !canceller.isCalled else {
                throw LoadError(DatabaseError(.interrupted, "the load was stopped"))
            }
            return try next(&block)
        }
        let takesCopy: Bool
        do throws(DatabaseError) { takesCopy = try self.takesCopy(table) } catch {
            throw LoadError(error)
        }
        guard takesCopy else {
            return try loadByBlocks(into: table, columns, nextUnlessStopped) {
                (block) throws(DatabaseError) in try insertMany(block, into: table, columns)
            }
        }
        return try copy(into: table, columns, nextUnlessStopped)
    }

    /// Whether COPY does what an INSERT does; a table that is not there is COPY's to report.
    ///
    /// <https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-NOTES>
    private func takesCopy(_ table: TableName) throws(DatabaseError) -> Bool {
        let rows = try run(
            """
            SELECT c.relkind <> 'v' AND NOT c.relhasrules \
            AND NOT pg_catalog.row_security_active(c.oid) \
            FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)
            """, [.text(dialect.quoted(table))])
        return rows.first?.first?.isTrue ?? true
    }

    private func copy(
        into table: TableName, _ columns: [Column],
        _ next: (inout RowBlock) throws(LoadError) -> Bool
    ) throws(LoadError) -> Int {
        do throws(DatabaseError) { try beginCopy(into: table, columns) } catch {
            throw LoadError(error)
        }
        defer { wire.drain() }
        var count = 0
        do throws(LoadError) {
            if try feed(next, columns, &count) {
                wire.endCopy()
            } else {
                wire.stopCopy("the server refused the rows before")
            }
        } catch {
            wire.stopCopy("the rows end early")
            throw error
        }
        try endCopy(into: table)
        return count
    }

    private func beginCopy(into table: TableName, _ columns: [Column]) throws(DatabaseError) {
        let names = columns.map { dialect.quoted($0.name) }.joined(separator: ", ")
        try wire.send("COPY \(dialect.quoted(table)) (\(names)) FROM STDIN")
        guard let reply = try wire.next() else { throw wire.lost() }
        guard reply.status != PGRES_COPY_IN else { return }
        defer { wire.drain() }
        throw wire.error(in: reply, isPrivate: true)
    }

    /// Sends all rows; the server works on a block while the next one is made.
    ///
    /// - Returns: false when the server does not take any more of them.
    private func feed(
        _ next: (inout RowBlock) throws(LoadError) -> Bool, _ columns: [Column], _ count: inout Int
    ) throws(LoadError) -> Bool {
        var block = RowBlock(width: columns.count)
        var lines = RowLines(of: columns, hexPrefix: "\\\\x")
        while try next(&block) {
            count += block.count
            lines.write(block)
            block.removeAll()
            do throws(DatabaseError) {
                let isTaken = try lines.withUnsafeBytes { (lines) throws(DatabaseError) in
                    try wire.copyIn(lines)
                }
                guard isTaken else { return false }
            } catch {
                throw LoadError(error)
            }
        }
        return true
    }

    /// Reads what the server makes of the rows.
    private func endCopy(into table: TableName) throws(LoadError) {
        let reply: Reply?
        do throws(DatabaseError) { reply = try wire.next() } catch { throw LoadError(error) }
        guard let reply else { throw LoadError(wire.lost()) }
        guard !reply.isDone else { return }
        let error = wire.error(in: reply, isPrivate: true)
        let line = reply.field(.context).flatMap { CopyContext.line(in: $0, of: table.name) }
        throw LoadError(error, row: line.map { $0 - 1 })
    }
}

/// Where a COPY stood when it failed, which the server tells in words only: `COPY item, line 3`.
///
/// Nothing is decided by them. They are translated (`COPY item, Zeile 3`, `itemのCOPY、行3`), but for
/// the table's name, and the first number behind it is the line's.
enum CopyContext {
    /// The line's number from 1; `nil` where none is told, as for a foreign key, which is checked
    /// when all rows are there.
    static func line(in context: String, of table: String) -> Int? {
        // Lines of a trigger's may stand before it, and those of the value behind.
        for line in context.split(whereSeparator: \.isNewline) {
            guard let name = ["COPY \(table)", table].first(where: line.hasPrefix) else { continue }
            let digits = line.dropFirst(name.count).drop { !isDigit($0) }
            return Int(digits.prefix(while: isDigit))
        }
        return nil
    }

    private static func isDigit(_ character: Character) -> Bool {
        character.isASCII && character.isNumber
    }
}
#endif
