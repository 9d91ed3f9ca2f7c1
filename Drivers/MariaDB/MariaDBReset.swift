#if MariaDB
import Bootstrap

extension MariaDBConnection {
    /// Ends what a migration left open and applies our settings again.
    ///
    /// COM_RESET_CONNECTION would do all of it, but gives GET_LOCK's locks back. So these stay:
    /// user variables, temporary tables, prepared statements, open HANDLERs, and settings that
    /// ``MariaDBSession/statements(_:isMariaDB:)`` does not name.
    func resetSession() throws(DatabaseError) {
        var statements = ["ROLLBACK", "UNLOCK TABLES"] + leftovers.removal
        leftovers = MariaDBLeftovers()
        if let role = details.role { statements.append("SET ROLE \(role)") }
        if !details.database.isEmpty {
            statements.append("USE \(dialect.quoted(details.database))")
        }
        statements += MariaDBSession.statements(settings, isMariaDB: details.isMariaDB)
        if details.isGalera { statements += MariaDBSession.causality(details) }
        do throws(BatchError) {
            try runAll(statements.map { Statement($0) })
        } catch {
            throw error.error
        }
        // Only a user with the right to change it can have changed it, and may change it back.
        if try run("SELECT @@SESSION.sql_log_bin").first?.first?.isTrue == false {
            try run("SET SESSION sql_log_bin=1")
        }
    }

    /// Remembers what statements leave in the session that the server resets only together with its
    /// locks.
    func note(leftoversOf statements: [Statement]) {
        for statement in statements { leftovers.add(statement.text, dialect.lexical) }
    }

    /// An error with what the server's number alone does not tell.
    func refined(_ error: DatabaseError, in sql: String) -> DatabaseError {
        var error = error
        // "The server is running with the --read-only option" and "… --secure-file-priv" have the
        // same number: what the server is decides.
        if error.code == "1290", let isReadOnly = asksReadOnly(), !isReadOnly {
            error.kind = .rejected
        }
        if error.code == "1064" {
            error.message = MariaDBPosition.cut(error.message, behind: sql)
            error.position = MariaDBPosition.find(error.message, in: sql)
        }
        return error
    }

    private func asksReadOnly() -> Bool? {
        handle.drain()
        // A session that breaks here keeps its first error.
        let question = "SELECT \(dialect.readOnlyExpression)"
        return (try? handle.results(of: question))?.first?.first?.first?.isTrue
    }
}

/// The place of a syntax error, which MariaDB and MySQL tell in words only.
///
/// "… the right syntax to use near 'INDX user_email ON' at line 3": the text is what was left of the
/// statement (80 characters at most), and the line counts from the statement's beginning. Nothing is
/// decided by it, so a server that speaks another language only loses the place.
enum MariaDBPosition {
    /// The server's words as they would be if `sql` had come alone: in a packet, what they quote goes
    /// on with the statements that follow, which are ours.
    static func cut(_ message: String, behind sql: String) -> String {
        guard let quoted = quoted(in: message) else { return message }
        let text = Array(message[quoted].unicodeScalars)
        let statement = Array(sql.unicodeScalars)
        for offset in 0...statement.count {
            let rest = statement[offset...]
            guard text.count > rest.count, text.starts(with: rest) else { continue }
            // As ``MariaDBBatch`` joins them; at the end of all, our line's end was read already.
            let next = text.dropFirst(rest.count)
            let isBehind = rest.isEmpty && next.first == ";"
            let joint = isBehind ? ";\n" : "\n;\n"
            guard next.starts(with: joint.unicodeScalars.prefix(next.count)) else { continue }
            let line = line(behind: quoted, of: message).map { isBehind ? $0 - 1 : $0 } ?? 1
            let cut = String(String.UnicodeScalarView(rest))
            return message[..<quoted.lowerBound] + cut + "' at line \(line)"
        }
        return message
    }

    /// What the server quotes of the statement.
    private static func quoted(in message: String) -> Range<String.Index>? {
        guard let near = message.firstRange(of: " near '"),
            let end = lastRange(of: "' at line ", in: message), near.upperBound <= end.lowerBound
        else { return nil }
        return near.upperBound..<end.lowerBound
    }

    private static func line(behind quoted: Range<String.Index>, of message: String) -> Int? {
        Int(message[quoted.upperBound...].dropFirst("' at line ".count).prefix { $0.isNumber })
    }

    /// Where in `sql` the error is, in characters from 1; `nil` where the words do not tell.
    static func find(_ message: String, in sql: String) -> Int? {
        guard let quoted = quoted(in: message), let line = line(behind: quoted, of: message)
        else { return nil }
        let text = Array(message[quoted].unicodeScalars)
        let statement = Array(sql.unicodeScalars)
        if text.isEmpty { return max(statement.count, 1) }
        var current = 1
        var found: Int?
        for offset in statement.indices {
            // In a packet, the text goes on with the statements that follow.
            if current == line, matches(statement[offset...], text) {
                guard found == nil else { return nil }  // twice on one line: either could be meant
                found = offset + 1
            }
            if statement[offset] == "\n" { current += 1 }
        }
        return found
    }

    private static func matches(
        _ rest: ArraySlice<Unicode.Scalar>, _ text: [Unicode.Scalar]
    ) -> Bool {
        let count = min(rest.count, text.count)
        // What is compared must be all of the message's text, or all of the statement's.
        return count > 0 && rest.prefix(count).elementsEqual(text.prefix(count))
    }

    private static func lastRange(of text: String, in message: String) -> Range<String.Index>? {
        message.ranges(of: text).last
    }
}

/// Temporary tables and user variables that a session holds.
struct MariaDBLeftovers {
    private var tables: [String] = []
    private var variables: Set<String> = []

    /// Reads what a statement leaves behind: a table that it creates, variables that it names.
    mutating func add(_ text: String, _ rules: LexicalRules) {
        let words = MariaDBWords(text).words
        if words.first == "CREATE", ["TEMPORARY", "OR"].contains(words.dropFirst().first) {
            addTable(text, rules)
        }
        // Statements of a megabyte are read to their end only where it may be worth it.
        if text.utf8.contains(UInt8(ascii: "@")) { addVariables(text, rules) }
    }

    private mutating func addTable(_ text: String, _ rules: LexicalRules) {
        var tokens = TokenTexts(text, rules)
        guard tokens.skip("CREATE") else { return }
        if tokens.skip("OR") { _ = tokens.skip("REPLACE") }
        guard tokens.skip("TEMPORARY"), tokens.skip("TABLE") else { return }
        if tokens.skip("IF") { _ = tokens.skip("NOT") && tokens.skip("EXISTS") }
        if let name = Self.name(&tokens) { tables.append(name) }
    }

    private mutating func addVariables(_ text: String, _ rules: LexicalRules) {
        var tokens = TokenTexts(text, rules)
        var isBehindMark = false
        while let token = tokens.peek() {
            // A second mark begins a variable of the server: @@sql_mode.
            if token == "@" {
                _ = tokens.next()
                isBehindMark = !isBehindMark && tokens.peek() != "@"
                if tokens.skip("@") { isBehindMark = false }
                continue
            }
            if isBehindMark, let name = tokens.nextIdentifier() {
                variables.insert(MariaDBDriver.dialect.quoted(name))
            } else {
                _ = tokens.next()
            }
            isBehindMark = false
        }
    }

    private static func name(_ tokens: inout TokenTexts) -> String? {
        guard let first = tokens.nextIdentifier() else { return nil }
        guard tokens.skip(".") else { return MariaDBDriver.dialect.quoted(first) }
        return tokens.nextIdentifier().map {
            MariaDBDriver.dialect.quoted(TableName(schema: first, $0))
        }
    }

    /// Statements that take it all away.
    var removal: [String] {
        tables.map { "DROP TEMPORARY TABLE IF EXISTS \($0)" }
            + variables.sorted().map { "SET @\($0) = NULL" }
    }
}
#endif
