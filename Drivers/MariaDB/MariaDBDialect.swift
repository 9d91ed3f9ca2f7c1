#if MariaDB
import Bootstrap

extension Dialect {
    /// The SQL of a MariaDB or MySQL server of this version.
    static func mariaDB(isMariaDB: Bool, version: [Int]) -> Dialect {
        let isPast = { (numbers: [Int]) in !version.lexicographicallyPrecedes(numbers) }
        let sqlMode = MariaDBSession.sqlMode(isMariaDB: isMariaDB)
        return Dialect(
            engine: isMariaDB ? "mariadb" : "mysql",
            variants: isMariaDB ? ["mariadb", "mysql"] : ["mysql"],
            identifierQuote: "`", placeholder: .question, lexical: isMariaDB ? .mariaDB : .mySQL,
            rollsBackDDL: false, begin: "START TRANSACTION", history: .mariaDB,
            portable: .mariaDB(
                hasUUID: isMariaDB && isPast([10, 7]),
                hasRandomBytes: !isMariaDB || isPast([10, 10])),
            portableMode: (
                enter: ["SET SESSION sql_mode='\(sqlMode),ANSI_QUOTES,PIPES_AS_CONCAT'"],
                leave: ["SET SESSION sql_mode='\(sqlMode)'"]
            ),
            setLockTimeout: "SET SESSION lock_wait_timeout={s}, innodb_lock_wait_timeout={s}",
            // A number on most servers, a word on the newest.
            readOnlyExpression: "(CAST(@@GLOBAL.read_only AS CHAR) NOT IN ('0', 'OFF') "
                + "OR CAST(@@GLOBAL.innodb_read_only AS CHAR) NOT IN ('0', 'OFF'))",
            // A subquery of two rows where one is needed is error 1242, on every version, and an
            // error ends the packet. A division by zero is none in a SELECT.
            guardStatement: "SELECT IF(({}), 1, (SELECT 1 UNION SELECT 2))",
            seeds: .mariaDB(
                isMariaDB: isMariaDB, castsToFloat: isPast(isMariaDB ? [10, 6] : [8, 0, 17])),
            ledgers: .mariaDB,
            catalogue: .mariaDB(
                lexical: isMariaDB ? .mariaDB : .mySQL,
                MariaDBViews(isMariaDB: isMariaDB, version: version),
                isAtomic: isPast(isMariaDB ? [10, 6] : [8, 0, 21])))
    }
}

extension Dialect.LedgerForms {
    /// Locks belong to the whole server; a tool with a database of its own has named it itself.
    fileprivate static let mariaDB = Self(
        tables: "SELECT table_schema, table_name, table_schema = DATABASE() "
            + "FROM information_schema.tables WHERE lower(table_name) IN ({}) "
            + "AND table_schema IN (DATABASE(), 'sqitch', 'atlas_schema_revisions')",
        takeLock: "SELECT GET_LOCK({name}, 0)", giveLock: "SELECT RELEASE_LOCK({name})",
        // Columns may keep milliseconds alone.
        later: "greatest(utc_timestamp(6), "
            + "coalesce({} + INTERVAL 1000 MICROSECOND, utc_timestamp(6)))",
        sharesSchemas: true)
}

extension Dialect.Catalogue {
    /// - `isAtomic`: whether the server does a whole definition or nothing of it; before MariaDB 10.6
    ///   and MySQL 8.0.21 a table that is filled by a SELECT may be there without its rows.
    fileprivate static func mariaDB(
        lexical rules: LexicalRules, _ views: MariaDBViews, isAtomic: Bool
    ) -> Self {
        Self(
            footprint: { statement in
                guard statement.stepClass(rules) == .definition else { return nil }
                var tokens = TokenTexts(statement.text, rules)
                let isFilled = tokens.next() == "CREATE" && tokens.skip(past: "SELECT")
                if isFilled, !isAtomic { return nil }
                return MariaDBEffect(statement.text, rules)?.footprint(in: views)
            },
            others: { state, without in
                let known = MariaDBObject.states(in: state).filter { !without.contains($0.key.key) }
                guard !known.isEmpty else { return nil }
                let now = MariaDBObject.state(of: Array(known.keys), in: views)
                return Footprint(state: now) { _, now in
                    MariaDBObject.states(in: now) == known ? .untouched : .unknown("")
                }
            },
            state: { keys in
                MariaDBObject.state(of: keys.compactMap { MariaDBObject(key: $0) }, in: views)
            },
            writes: { MariaDBTargets.tables(writtenBy: $0.text, rules) },
            lacksTransactions: MariaDBTargets.withoutTransactions)
    }
}

extension Dialect.SeedForms {
    /// - `castsToFloat`: whether CAST takes FLOAT and DOUBLE.
    fileprivate static func mariaDB(isMariaDB: Bool, castsToFloat: Bool) -> Self {
        Self(
            same: "{column} <=> {value}",
            sameFor: [
                // Most collations ignore case, accents and trailing spaces; a change of them counts.
                .text:
                    "CAST(CONVERT({column} USING utf8mb4) AS BINARY) "
                    + "<=> CAST(CONVERT({value} USING utf8mb4) AS BINARY)",
                // A decimal beside a text is compared as a floating point number.
                .decimal: "{column} <=> CAST({value} AS DECIMAL{size})",
                .real: castsToFloat
                    ? "{column} <=> CAST({value} AS {word})" : "{column} <=> {value}",
                .timestamp: "{column} <=> CAST({value} AS DATETIME{size})",
                // MySQL's JSON never equals a text; MariaDB's is one.
                .json: isMariaDB ? "{column} <=> {value}" : "{column} <=> CAST({value} AS JSON)",
            ],
            moment: .spaced,
            staging: Staging(
                // Some servers refuse a table without a primary key, also a temporary one. CREATE INDEX
                // would commit: <https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/>.
                create:
                    "CREATE TEMPORARY TABLE {stage} (PRIMARY KEY ({primary}){index}) ENGINE=InnoDB",
                right: "CREATE TEMPORARY TABLES",
                drop: "DROP TEMPORARY TABLE IF EXISTS {stage}", outlivesRollback: true,
                number: "CAST(0 AS signed)",
                same: "{column} <=> {value}",
                sameFor: [.text: "BINARY {column} <=> BINARY {value}"], update: .join,
                beginReading: "START TRANSACTION READ ONLY"))
    }
}

extension LexicalRules {
    /// MariaDB's and MySQL's: <https://dev.mysql.com/doc/refman/9.0/en/language-structure.html>.
    static let mySQL: LexicalRules = {
        var rules = LexicalRules()
        rules.backslashEscapes = true
        rules.doubleQuotedStrings = true
        rules.keepsComments = true
        rules.backquotedNames = true
        rules.hashComments = true
        rules.dashCommentsNeedSpace = true
        rules.executableComments = true
        rules.delimiterLines = true
        // Bodies in JavaScript, since MySQL 9:
        // <https://dev.mysql.com/doc/refman/9.0/en/create-procedure.html>.
        rules.dollarQuotes = true
        rules.bodies = .compoundStatements
        return rules
    }()

    /// MySQL's without dollar quotes, and `/*M! … */` is code.
    static let mariaDB: LexicalRules = {
        var rules = mySQL
        rules.dollarQuotes = false
        rules.mariadbComments = true
        return rules
    }()
}

extension Dialect.HistoryTypes {
    /// Transactional, and byte by byte, whatever the database's own engine and collation are.
    static let mariaDB = Dialect.HistoryTypes(
        key: "varchar(190) CHARACTER SET ascii COLLATE ascii_bin",
        // Outside the row, so that many of them keep below InnoDB's 65535 bytes a row.
        text: "mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        integer: "bigint", timestamp: "datetime(6)",
        tableOptions: " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        now: "utc_timestamp(6)",
        timestampText: "CONCAT(DATE_FORMAT({}, '%Y-%m-%dT%H:%i:%s.%f'), 'Z')",
        // Other databases of the server have histories of their own: they are no mistake.
        schemasOfTable: "SELECT table_schema FROM information_schema.tables "
            + "WHERE table_schema = DATABASE() AND table_name = ?",
        schema: "SELECT 1 FROM information_schema.schemata WHERE schema_name = ?",
        currentUser: "CURRENT_USER()", session: "CONNECTION_ID()")
}

extension Dialect.PortableTypes {
    /// The types of portable files; DEFAULT takes an expression only in parentheses.
    static func mariaDB(hasUUID: Bool, hasRandomBytes: Bool) -> Dialect.PortableTypes {
        Dialect.PortableTypes(
            identity: "bigint NOT NULL AUTO_INCREMENT PRIMARY KEY",
            identity32: "int NOT NULL AUTO_INCREMENT PRIMARY KEY",
            uuid: (
                type: hasUUID ? "uuid" : "char(36)",
                new: hasRandomBytes ? uuidFromBytes : uuidFromNumbers
            ),
            timestamp: (type: "datetime(6)", now: "(utc_timestamp(6))"),
            json: "json", text: "longtext", bytes: "longblob")
    }

    /// UUID() is of version 1, from the clock and the network card; this is RFC 9562's version 4:
    /// the version in the 13th digit, the variant (8, 9, a or b) in the 17th, all else random.
    private static let uuidFromBytes =
        "(lower(concat(hex(random_bytes(4)), '-', hex(random_bytes(2)), '-4', "
        + "substr(hex(random_bytes(2)), 2), '-', hex(8 + (ascii(random_bytes(1)) & 3)), "
        + "substr(hex(random_bytes(2)), 2), '-', hex(random_bytes(6)))))"

    /// The same for MariaDB before 10.10, which has no RANDOM_BYTES.
    ///
    /// RAND() is good enough to tell rows apart, and not to be a secret.
    private static let uuidFromNumbers: String = {
        let word = "lpad(hex(floor(rand() * 65536)), 4, '0')"
        let threeDigits = "lpad(hex(floor(rand() * 4096)), 3, '0')"
        return "(lower(concat(\(word), \(word), '-', \(word), '-4', \(threeDigits), '-', "
            + "hex(floor(8 + rand() * 4)), \(threeDigits), '-', \(word), \(word), \(word))))"
    }()
}
#endif
