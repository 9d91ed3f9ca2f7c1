/// What one engine's scanner does that another's does not, as a table of switches.
///
/// Shared by all: `'…'` and `"…"` with doubled quotes, `-- …` and `/* … */` comments, `;`.
public struct LexicalRules: Sendable, Equatable {
    /// `\'` does not end a plain string (MariaDB, MySQL).
    public var backslashEscapes = false
    /// `` `name` `` (MariaDB, MySQL, SQLite).
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
    /// `$$ … $$` and `$tag$ … $tag$` (PostgreSQL).
    public var dollarQuotes = false
    /// `E'…\'…'` (PostgreSQL).
    public var escapeStrings = false
    /// `DELIMITER //` lines (MariaDB, MySQL).
    public var delimiterLines = false
    /// `COPY … FROM stdin;` is followed by data up to `\.` (PostgreSQL).
    public var copyData = false
    /// Lines that begin with a backslash are for psql (PostgreSQL).
    public var metaCommands = false
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
}
