/// Follows the settings by which a script changes how the rest of it is read: `sql_mode` on MariaDB
/// and MySQL, `standard_conforming_strings` on PostgreSQL.
struct ReadingModes {
    /// The first words of the statements that may change something.
    static let verbs = ["SET", "RESET", "DISCARD"]

    private let given: LexicalRules
    private var mode = Mode()
    /// What user variables keep: `SET @OLD_SQL_MODE = @@SQL_MODE`.
    private var kept: [String: Mode] = [:]

    /// The parts of `sql_mode` that a scanner looks at.
    private struct Mode {
        var hasQuotedNames = false
        var lacksEscapes = false
        var isOracle = false
        /// PostgreSQL's `standard_conforming_strings = off`.
        var hasEscapes = false
    }

    init(_ given: LexicalRules) { self.given = given }

    /// Whether routines and blocks are written in Oracle's language.
    var isOracle: Bool { mode.isOracle }

    /// How the text is read from here on.
    var rules: LexicalRules {
        var rules = given
        rules.backslashEscapes = given.backslashEscapes && !mode.lacksEscapes || mode.hasEscapes
        rules.doubleQuotedStrings = given.doubleQuotedStrings && !mode.hasQuotedNames
        return rules
    }

    /// Takes a statement in that begins with one of ``verbs``.
    mutating func see(_ range: Range<Int>, of bytes: [UInt8]) {
        var texts = TokenTexts(bytes, range, rules)
        let verb = texts.next()
        if given.escapeStrings {
            seeStringSetting(verb, &texts)
        } else if given.executableComments, verb == "SET" {
            seeAssignments(&texts)
        }
    }
}

// MARK: PostgreSQL

extension ReadingModes {
    /// `SET [SESSION|LOCAL] standard_conforming_strings TO …`, and what resets it.
    ///
    /// <https://www.postgresql.org/docs/current/runtime-config-compatible.html>
    private mutating func seeStringSetting(_ verb: String?, _ texts: inout TokenTexts) {
        guard var name = texts.next() else { return }
        if verb == "SET", name == "SESSION" || name == "LOCAL" { name = texts.next() ?? "" }
        let isNamed = Self.unquoted(name) == "STANDARD_CONFORMING_STRINGS"
        guard verb == "SET" else {
            if isNamed || name == "ALL" { mode.hasEscapes = false }
            return
        }
        guard isNamed, texts.next() != nil, let value = texts.next() else { return }
        mode.hasEscapes = ["OFF", "FALSE", "NO", "0"].contains(Self.unquoted(value))
    }
}

// MARK: MariaDB, MySQL

extension ReadingModes {
    /// The modes that make `"…"` a name: <https://mariadb.com/kb/en/sql-mode/>.
    private static let quotingModes: Set<String> = [
        "ANSI_QUOTES", "ANSI", "ORACLE", "MSSQL", "DB2", "POSTGRESQL", "MAXDB",
    ]

    /// `SET [SESSION] sql_mode = …, @old = @@sql_mode`; one that says GLOBAL is for other sessions,
    /// and so are those behind it.
    private mutating func seeAssignments(_ texts: inout TokenTexts) {
        var isGlobal = false
        repeat {
            var name: [String] = []
            while let text = texts.next(), text != "=", text != ":=" {
                if text == "STATEMENT" && name.isEmpty || name.count > 8 { return }
                name.append(text)
            }
            var isForOthers = isGlobal
            if name.contains(where: ["SESSION", "LOCAL"].contains) { isForOthers = false }
            if name.contains(where: ["GLOBAL", "PERSIST", "PERSIST_ONLY"].contains) {
                isForOthers = true
            }
            // `@@global.x` is for itself alone.
            if name.first != "@" { isGlobal = isForOthers }
            var value: [String] = []
            var depth = 0
            while let text = texts.next(), text != "," || depth > 0 {
                if text == "(" { depth += 1 }
                if text == ")" { depth -= 1 }
                value.append(text)
            }
            guard let last = name.last.map(Self.unquoted) else { return }
            if name.first == "@", name.count == 2 {
                kept[last] = value.contains("SQL_MODE") ? mode : nil
            } else if last == "SQL_MODE", !isForOthers {
                mode = mode(from: value)
            }
        } while texts.peek() != nil
    }

    /// The mode that an expression gives, as far as it can be seen without running it.
    private func mode(from value: [String]) -> Mode {
        if value.count == 2, value[0] == "@" { return kept[Self.unquoted(value[1])] ?? Mode() }
        var result = value.contains("SQL_MODE") ? mode : Mode()
        if value.count == 1, let bits = Int(value[0]) {
            // <https://github.com/MariaDB/server/blob/10.11/sql/sql_class.h>: MODE_ANSI_QUOTES,
            // MODE_ORACLE, MODE_NO_BACKSLASH_ESCAPES.
            result.hasQuotedNames = bits & 4 != 0
            result.isOracle = bits & 512 != 0
            result.lacksEscapes = bits & 1 << 20 != 0
            return result
        }
        let names = Set(
            value.flatMap { text in
                text.uppercased().split { !$0.isLetter && $0 != "_" }.map(String.init)
            })
        // REPLACE(@@sql_mode, 'ANSI_QUOTES', '') takes a part away.
        let isThere = !value.contains("REPLACE")
        if !names.isDisjoint(with: Self.quotingModes) { result.hasQuotedNames = isThere }
        if names.contains("NO_BACKSLASH_ESCAPES") { result.lacksEscapes = isThere }
        if names.contains("ORACLE") { result.isOracle = isThere }
        return result
    }

    /// A name or a string in upper case, without quotes.
    private static func unquoted(_ text: String) -> String {
        String(text.uppercased().filter { !"'\"`".contains($0) })
    }
}
