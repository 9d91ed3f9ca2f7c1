#if MariaDB
import Bootstrap

// What an error proves about the statement that met it. Most prove nothing: DROP TABLE of several
// names drops those that are there and then fails, and CREATE OR REPLACE drops the old table first.
//
// - <https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference>
// - <https://mariadb.com/docs/server/reference/sql-statements/data-definition/atomic-ddl>
// - <https://dev.mysql.com/doc/refman/9.0/en/atomic-ddl.html>

extension DatabaseError {
    /// Whether this error of `statement` proves that nothing of it has remained.
    func isWithoutEffect(_ statement: Statement, _ dialect: Dialect) -> Bool {
        guard let code = code.flatMap(UInt32.init) else { return false }
        // A statement is parsed before it runs; only one with others inside it can meet a parser's
        // error in its middle.
        if Self.parsing.contains(code) { return !Self.runsOthers(statement) }
        guard statement.stepClass(dialect.lexical) == .definition else { return false }
        switch DefinitionShape(statement) {
        case .whole: return Self.checking.contains(code)
        case .rebuilding: return Self.checking.contains(code) || Self.rebuilding.contains(code)
        case .several: return false
        }
    }

    /// Whether a statement may run others, whose errors become its own; a label has a colon.
    private static func runsOthers(_ statement: Statement) -> Bool {
        let words = MariaDBWords(statement.text)
        guard words.mayAnswerTwice else { return false }
        return running.contains(words.words.first ?? "")
            || statement.text.utf8.contains(UInt8(ascii: ":"))
    }

    private static let running: Set<String> = [
        "BEGIN", "CALL", "CASE", "EXECUTE", "FOR", "IF", "LOOP", "REPEAT", "SET", "WHILE",
    ]

    /// Errors of the parser: none of the statement has run.
    private static let parsing: Set<UInt32> = [
        1064,  // ER_PARSE_ERROR
        1065,  // ER_EMPTY_QUERY
        1115,  // ER_UNKNOWN_CHARACTER_SET
        1149,  // ER_SYNTAX_ERROR
        1193,  // ER_UNKNOWN_SYSTEM_VARIABLE
        1221,  // ER_WRONG_USAGE
        1273,  // ER_UNKNOWN_COLLATION
        4161,  // ER_UNKNOWN_DATA_TYPE (MariaDB)
    ]

    /// Errors of a definition that is compared with what is there, before anything is written.
    private static let checking: Set<UInt32> = [
        1046,  // ER_NO_DB_ERROR
        1049,  // ER_BAD_DB_ERROR
        1050,  // ER_TABLE_EXISTS_ERROR
        1051,  // ER_BAD_TABLE_ERROR: of the one name in a DROP
        1054,  // ER_BAD_FIELD_ERROR
        1059,  // ER_TOO_LONG_IDENT
        1060,  // ER_DUP_FIELDNAME
        1061,  // ER_DUP_KEYNAME
        1063,  // ER_WRONG_FIELD_SPEC
        1067,  // ER_INVALID_DEFAULT
        1068,  // ER_MULTIPLE_PRI_KEY
        1069, 1070, 1071,  // ER_TOO_MANY_KEYS, ER_TOO_MANY_KEY_PARTS, ER_TOO_LONG_KEY
        1072,  // ER_KEY_COLUMN_DOES_NOT_EXITS
        1073,  // ER_BLOB_USED_AS_KEY
        1074,  // ER_TOO_BIG_FIELDLENGTH
        1075,  // ER_WRONG_AUTO_KEY
        1089,  // ER_WRONG_SUB_KEY
        1090,  // ER_CANT_REMOVE_ALL_FIELDS
        1091,  // ER_CANT_DROP_FIELD_OR_KEY
        1101,  // ER_BLOB_CANT_HAVE_DEFAULT
        1102, 1103,  // ER_WRONG_DB_NAME, ER_WRONG_TABLE_NAME
        1109,  // ER_UNKNOWN_TABLE
        1113,  // ER_TABLE_MUST_HAVE_COLUMNS
        1117, 1118,  // ER_TOO_MANY_FIELDS, ER_TOO_BIG_ROWSIZE
        1142, 1143, 1227,  // a right that is missing
        1146,  // ER_NO_SUCH_TABLE
        1166,  // ER_WRONG_COLUMN_NAME
        1170,  // ER_BLOB_KEY_WITHOUT_LENGTH
        1171,  // ER_PRIMARY_CANT_HAVE_NULL
        1176,  // ER_KEY_DOES_NOT_EXITS
        1239,  // ER_WRONG_FK_DEF
        1280,  // ER_WRONG_NAME_FOR_INDEX
        1286,  // ER_UNKNOWN_STORAGE_ENGINE
        1304, 1305,  // ER_SP_ALREADY_EXISTS, ER_SP_DOES_NOT_EXIST
        1347,  // ER_WRONG_OBJECT
        1359, 1360,  // ER_TRG_ALREADY_EXISTS, ER_TRG_DOES_NOT_EXIST
        1537, 1539,  // ER_EVENT_ALREADY_EXISTS, ER_EVENT_DOES_NOT_EXIST
        4091, 4092,  // ER_UNKNOWN_SEQUENCES, ER_UNKNOWN_VIEW (MariaDB)
    ]

    /// Errors of rows, or of a foreign key, that a new definition of their table does not suit: the
    /// table is built anew beside the old one, which stays, or does not come to be.
    private static let rebuilding: Set<UInt32> = [
        1005,  // ER_CANT_CREATE_TABLE: a foreign key that fits nothing
        1062,  // ER_DUP_ENTRY: a unique index over rows that are equal
        1138,  // ER_INVALID_USE_OF_NULL
        1215,  // ER_CANNOT_ADD_FOREIGN
        1264,  // ER_WARN_DATA_OUT_OF_RANGE
        1265,  // WARN_DATA_TRUNCATED
        1292,  // ER_TRUNCATED_WRONG_VALUE
        1366,  // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
        1406,  // ER_DATA_TOO_LONG
        1452,  // ER_NO_REFERENCED_ROW_2
        1553,  // ER_DROP_INDEX_FK
        1829,  // ER_FK_COLUMN_CANNOT_DROP_CHILD
        1846,  // ER_ALTER_OPERATION_NOT_SUPPORTED_REASON
        3819,  // ER_CHECK_CONSTRAINT_VIOLATED (MySQL)
        4025,  // ER_CONSTRAINT_FAILED (MariaDB)
    ]
}

/// How much of a definition the server does at once.
private enum DefinitionShape {
    /// One object, or several that are renamed together: done or not done.
    case whole
    /// One table, which is built anew: done or not done, whatever its rows are.
    case rebuilding
    /// Step by step, so that an error may come after some of them.
    case several

    init(_ statement: Statement) {
        let words = statement.words
        switch words.first {
        case "ALTER": self = words.contains("TABLE") ? .rebuilding : .whole
        case "CREATE" where words.contains("INDEX") && !words.contains("TABLE"): self = .rebuilding
        // Rows are written, and functions may be called, while the table comes to be.
        case "CREATE" where words.contains("TABLE"):
            self = statement.text.uppercased().contains("SELECT") ? .several : .rebuilding
        case "DROP" where words.contains("INDEX"): self = .rebuilding
        // One name has no comma beside it.
        case "DROP": self = statement.text.utf8.contains(UInt8(ascii: ",")) ? .several : .whole
        default: self = .whole
        }
    }
}
#endif
