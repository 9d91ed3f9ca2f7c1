/// What one engine's scanner does that another's does not, as a table of switches.
///
/// Shared by all: `'…'` and `"…"` with doubled quotes, `-- …` and `/* … */` comments, `;`.
public struct LexicalRules: Sendable, Equatable {
    /// `\'` does not end a plain string (MariaDB, MySQL).
    public var backslashEscapes = false
    /// Names in backquotes (MariaDB, MySQL, SQLite).
    public var backquotedNames = false
    /// `[name]` (SQLite).
    public var bracketedNames = false
    /// `# …` comments (MariaDB, MySQL).
    public var hashComments = false
    /// `--` starts a comment only before white space or the end (MariaDB, MySQL).
    public var dashCommentsNeedSpace = false
    /// `/* /* */ */` (PostgreSQL).
    public var nestedComments = false
    /// `/*! … */` and `/*M! … */` are code (MariaDB, MySQL).
    public var executableComments = false
    /// `$$ … $$` and `$tag$ … $tag$` (PostgreSQL; MySQL since 9).
    public var dollarQuotes = false
    /// `E'…\'…'` (PostgreSQL).
    public var escapeStrings = false
    /// `DELIMITER //` lines (MariaDB, MySQL).
    public var delimiterLines = false
    /// `COPY … FROM stdin;` is followed by data up to `\.` (PostgreSQL).
    public var copyData = false
    /// Lines that begin with a backslash are for psql (PostgreSQL).
    public var metaCommands = false
    /// `"…"` is a string, with the escapes of one (MariaDB and MySQL without ANSI_QUOTES).
    public var doubleQuotedStrings = false
    /// `/*M! … */` is code as well (MariaDB; for MySQL it is a comment).
    public var mariadbComments = false
    /// A carriage return alone ends a `-- …` comment (PostgreSQL).
    public var carriageReturnEndsComment = false
    /// Unquoted names are folded, so that their case means nothing (PostgreSQL).
    public var foldsCase = false
    /// Operators may be made of any run of operator characters (PostgreSQL).
    public var customOperators = false
    /// CREATE keeps its own text in the catalogue, with the comments inside (MariaDB, MySQL, SQLite).
    public var keepsComments = false
    /// Lines that begin with a dot are for the sqlite3 shell (SQLite).
    public var dotCommands = false
    /// What ends the first statements instead of a semicolon, as a DELIMITER line would say it; empty
    /// for the semicolon.
    var delimiter: [UInt8] = []
    /// Which statements have semicolons of their own inside.
    public var bodies: Bodies = .none

    /// The statements whose bodies hold semicolons.
    public enum Bodies: Sendable, Equatable {
        /// None.
        case none
        /// `CREATE FUNCTION|PROCEDURE … BEGIN ATOMIC … END`, and `CREATE RULE … DO ( …; … )`.
        case atomicFunctions
        /// Routines, triggers and events: `BEGIN … END`, IF, CASE, LOOP, WHILE, REPEAT, labels.
        case compoundStatements
        /// `CREATE TRIGGER … BEGIN …; END`.
        case triggers
    }

    /// The rules that all engines share, and nothing else.
    public init() {}

    /// Rules that read most statements of any engine, to see what they are.
    static let anyEngine: LexicalRules = {
        var rules = LexicalRules()
        rules.backquotedNames = true
        rules.executableComments = true
        rules.mariadbComments = true
        rules.dollarQuotes = true
        return rules
    }()
}
