#if MariaDB
import Bootstrap
import CBootstrapMariaDB

extension MariaDBConnection {
    /// Loads the rows by LOAD DATA LOCAL from memory, a block with each statement.
    ///
    /// The server makes warnings of errors there, and leaves rows out or changes them: so a block
    /// counts only where as many rows went in as were sent, and nothing was warned of. Else it is
    /// taken back and goes row by row. Where LOCAL is refused, INSERTs of many rows take its place.
    func load(
        into table: TableName, _ columns: [Column],
        _ next: (inout RowBlock) throws(LoadError) -> Bool
    ) throws(LoadError) -> Int {
        activity.begin()
        defer { activity.end() }
        var loader = MariaDBLoader(table, columns, dialect)
        let notes = try hideNotes()
        // A session that this fails in is gone.
        defer { _ = try? run(loader.cleaning(notes: notes)) }
        var isLocal = loader.isFaithful && !server.isPooled && !details.isGalera
        return try loadByBlocks(
            into: table, columns,
            { (block) throws(LoadError) in
                guard !activity.wasInterrupted else {
                    throw LoadError(DatabaseError(.interrupted, "the load was stopped"))
                }
                return try next(&block)
            },
            by: { (block) throws(DatabaseError) in
                if isLocal { isLocal = try loadLocally(block, &loader) }
                if !isLocal { try insertMany(block, into: table, columns) }
            },
            isUndone: { () throws(DatabaseError) in
                // ER_WARNING_NOT_COMPLETE_ROLLBACK: a table of an engine without transactions.
                try !run("SHOW WARNINGS").contains { $0.dropFirst().first?.integer == 1196 }
            })
    }

    /// Lets notes not count as warnings, for INSERTs note the same (decimals that are cut) and succeed.
    ///
    /// - Returns: how it was.
    private func hideNotes() throws(LoadError) -> String {
        do throws(DatabaseError) {
            let notes = try run("SELECT @@SESSION.sql_notes").first?.first?.text ?? "1"
            try run("SET SESSION sql_notes=0")
            return notes
        } catch {
            throw LoadError(error)
        }
    }

    /// Loads a block; false where the server, or the client library, takes no local file.
    private func loadLocally(
        _ block: RowBlock, _ loader: inout MariaDBLoader
    ) throws(DatabaseError) -> Bool {
        loader.lines.write(block)
        do throws(DatabaseError) {
            try loader.lines.withUnsafeBytes { (lines) throws(DatabaseError) in
                var source = MariaDBSource(rest: lines)
                try withUnsafeMutablePointer(to: &source) { (source) throws(DatabaseError) in
                    handle.setLocalInfile(.memory(source))
                    defer { handle.setLocalInfile(allowsLocalInfile ? .files : .refused) }
                    try handle.send(Array(prefix.utf8) + loader.statement)
                }
            }
        } catch {
            guard let code = error.code, Self.refusals.contains(code) else { throw error }
            return false
        }
        guard handle.changedRows == block.count, handle.warnings == 0 else {
            throw try firstWarning()
        }
        return true
    }

    /// ER_NOT_ALLOWED_COMMAND, ER_LOAD_INFILE_CAPABILITY_DISABLED (MariaDB),
    /// ER_CLIENT_LOCAL_FILES_DISABLED (MySQL), CR_UNKNOWN_ERROR and CR_LOAD_DATA_LOCAL_INFILE_REJECTED
    /// of the client library.
    private static let refusals: Set<String> = ["1148", "4166", "3948", "2000", "2068"]

    /// What the server has to say about the last statement, as an error.
    private func firstWarning() throws(DatabaseError) -> DatabaseError {
        let warning = try run("SHOW WARNINGS LIMIT 1").first
        let words = warning?.last?.text ?? "the server left rows out, and does not say why"
        let code = warning?.dropFirst().first?.integer.map { "\($0)" }
        return DatabaseError(.rejected, code: code, words)
    }
}

extension MariaDBHandle {
    /// How many warnings the last statement left.
    var warnings: UInt32 { mysql.map { client.mysql_warning_count($0) } ?? 0 }
}

/// The statement that loads rows into one table, and their text.
private struct MariaDBLoader {
    let statement: [UInt8]
    /// Whether a text means the same as the number that it shows: a BIT takes it as bytes, and a YEAR
    /// makes 2000 of '0'.
    let isFaithful: Bool
    var lines: RowLines
    /// What holds the digits of raw bytes, until a row is made of them.
    private let variables: [String]

    init(_ table: TableName, _ columns: [Column], _ dialect: Dialect) {
        lines = RowLines(of: columns)
        isFaithful = !columns.contains { column in
            let type = column.type.lowercased()
            return type.hasPrefix("bit") || type.hasPrefix("year")
        }
        var (targets, settings, variables): ([String], [String], [String]) = ([], [], [])
        for (index, column) in columns.enumerated() {
            let name = dialect.quoted(column.name)
            guard column.meaning == .bytes else {
                targets.append(name)
                continue
            }
            let variable = "@bootstrap_\(index)"
            targets.append(variable)
            settings.append("\(name) = UNHEX(\(variable))")
            variables.append(variable)
        }
        self.variables = variables
        let set = settings.isEmpty ? "" : " SET " + settings.joined(separator: ", ")
        // Literals that no sql_mode reads differently.
        statement = Array(
            """
            LOAD DATA LOCAL INFILE 'bootstrap' INTO TABLE \(dialect.quoted(table)) \
            CHARACTER SET utf8mb4 FIELDS TERMINATED BY X'09' ENCLOSED BY '' ESCAPED BY X'5C' \
            LINES TERMINATED BY X'0A' (\(targets.joined(separator: ", ")))\(set)
            """.utf8)
    }

    /// A statement that leaves the session as it was before.
    func cleaning(notes: String) -> String {
        let settings = ["SESSION sql_notes=\(notes)"] + variables.map { "\($0)=NULL" }
        return "SET " + settings.joined(separator: ", ")
    }
}
#endif
