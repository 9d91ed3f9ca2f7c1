/// How one server's SQL differs from the others', as plain data.
///
/// Drivers fill it in; the core reads it, so that what engines share is written once.
public struct Dialect: Sendable {
    /// The engine's name in file names and directives: `postgres`, `mariadb`.
    public var engine: String
    /// The names that files for this server may carry, the most specific first:
    /// `["mariadb", "mysql"]` on MariaDB, `["mysql"]` on MySQL.
    public var variants: [String]
    /// The character around a quoted identifier; doubled inside.
    public var identifierQuote: Character
    /// How parameters are written.
    public var placeholder: Placeholder
    /// How its scripts are cut into statements.
    public var lexical: LexicalRules
    /// Whether CREATE and ALTER are undone by ROLLBACK, so that a migration can be one transaction.
    public var rollsBackDDL: Bool
    /// Whether the engine runs in this process: its statements cost no round trip, and its commits
    /// wait for the disk one after the other.
    public var isInProcess: Bool
    /// The statement that opens a transaction which means to write.
    public var begin: String
    /// How the history table is declared and read.
    public var history: HistoryTypes
    /// What the placeholders of portable files stand for.
    public var portable: PortableTypes
    /// Statements around a portable file that make `"name"` an identifier and `||` a concatenation;
    /// empty where they are already.
    public var portableMode: (enter: [String], leave: [String])
    /// The statement that sets the lock timeout, with `{ms}` or `{s}` for the number;
    /// `nil` where the engine has no such setting per session.
    public var setLockTimeout: String?
    /// An expression that is true on a server which takes no writes; read with the history.
    public var readOnlyExpression: String
    /// How foreign keys are left unchecked while tables are rebuilt; `nil` where no rebuild needs it.
    public var foreignKeys: ForeignKeys?
    /// A statement that fails unless the condition put in for `{}` is true, and so stops a batch.
    public var guardStatement: String
    /// How seeds compare, lock and write values.
    public var seeds: SeedForms
    /// How other tools' tables are found, and their locks taken.
    public var ledgers: LedgerForms
    /// How the catalogue tells what became of an interrupted statement; `nil` where it cannot.
    public var catalogue: Catalogue?

    /// How parameters are written in a statement.
    public enum Placeholder: Sendable {
        /// `?`, by order.
        case question
        /// `$1`, `$2`, by number.
        case dollar
    }

    /// What `-- bootstrap: foreign-keys-off` does around a migration's transaction.
    public struct ForeignKeys: Sendable {
        /// Statements that switch the checks off, outside a transaction.
        public var off: [String]
        /// Statements behind these that let a table change its name alone, not in views and triggers.
        ///
        /// Files of other tools, whose statements mean what they mean there, do without.
        public var rebuilding: [String]
        /// Statements that switch them on again.
        public var on: [String]
        /// A query that lists the rows which violate a key.
        public var violations: String

        /// Statements around a rebuild.
        public init(
            off: [String], rebuilding: [String] = [], on: [String], violations: String
        ) {
            self.off = off
            self.rebuilding = rebuilding
            self.on = on
            self.violations = violations
        }
    }

    /// How the catalogue tells what became of a statement that commits by itself.
    public struct Catalogue: Sendable {
        /// What the statement changes; `nil` where the catalogue does not show it.
        public var footprint: @Sendable (Statement) -> Footprint?
        /// The objects in a text that a footprint's ``Footprint/state`` gave once, but for some
        /// ``Footprint/addition``s.
        ///
        /// Its judgement is whether they are `untouched` since, or not (`unknown`). `nil` for any other
        /// text, and where none is left.
        public var others: @Sendable (_ state: String, _ without: Set<String>) -> Footprint?
        /// An expression for the state of several ``Footprint/addition``s, as one text.
        public var state: @Sendable (_ additions: [String]) -> String
        /// The tables whose rows a statement changes, as far as it names them.
        public var writes: @Sendable (Statement) -> [TableName]
        /// A query for those tables whose rows no transaction holds: their places in the array, from 0.
        ///
        /// `nil` on an engine where transactions hold all rows.
        public var lacksTransactions: (@Sendable ([TableName]) -> String)?

        /// Ways to ask.
        public init(
            footprint: @escaping @Sendable (Statement) -> Footprint?,
            others: @escaping @Sendable (_ state: String, _ without: Set<String>) -> Footprint?,
            state: @escaping @Sendable (_ additions: [String]) -> String = { _ in "''" },
            writes: @escaping @Sendable (Statement) -> [TableName] = { _ in [] },
            lacksTransactions: (@Sendable ([TableName]) -> String)? = nil
        ) {
            self.footprint = footprint
            self.others = others
            self.state = state
            self.writes = writes
            self.lacksTransactions = lacksTransactions
        }
    }

    /// A dialect.
    public init(
        engine: String, variants: [String], identifierQuote: Character, placeholder: Placeholder,
        lexical: LexicalRules, rollsBackDDL: Bool, isInProcess: Bool = false, begin: String,
        history: HistoryTypes,
        portable: PortableTypes, portableMode: (enter: [String], leave: [String]) = ([], []),
        setLockTimeout: String? = nil, readOnlyExpression: String = "0",
        guardStatement: String = "SELECT 1/(CASE WHEN ({}) THEN 1 ELSE 0 END)",
        foreignKeys: ForeignKeys? = nil,
        seeds: SeedForms = SeedForms(), ledgers: LedgerForms = LedgerForms(),
        catalogue: Catalogue? = nil
    ) {
        self.engine = engine
        self.variants = variants
        self.identifierQuote = identifierQuote
        self.placeholder = placeholder
        self.lexical = lexical
        self.rollsBackDDL = rollsBackDDL
        self.isInProcess = isInProcess
        self.begin = begin
        self.history = history
        self.portable = portable
        self.portableMode = portableMode
        self.setLockTimeout = setLockTimeout
        self.readOnlyExpression = readOnlyExpression
        self.guardStatement = guardStatement
        self.foreignKeys = foreignKeys
        self.seeds = seeds
        self.ledgers = ledgers
        self.catalogue = catalogue
    }
}

extension Dialect {
    /// The types of the history table's columns, with character set and collation given explicitly.
    public struct HistoryTypes: Sendable {
        /// A short ASCII key, compared byte by byte.
        public var key: String
        /// A short text.
        public var text: String
        /// A whole number.
        public var integer: String
        /// A moment in UTC, with microseconds.
        public var timestamp: String
        /// What follows the closing parenthesis of CREATE TABLE: ` ENGINE=InnoDB`.
        public var tableOptions: String
        /// The current moment, as a value for a `timestamp` column.
        public var now: String
        /// An expression that turns the timestamp `{}` into RFC 3339 text in UTC.
        public var timestampText: String
        /// A query with one parameter, a table's name, that lists the schemas which have such a
        /// table, the one that an unqualified name finds first.
        ///
        /// Empty when there is none.
        public var schemasOfTable: String
        /// A query with one parameter, a schema's name, that has a row when there is one; empty where
        /// schemas are not known.
        public var schema: String
        /// An expression for who is logged in.
        public var currentUser: String { makeCurrentUser() }
        /// Asked only where a row is written: who a process belongs to may be a slow question.
        private let makeCurrentUser: @Sendable () -> String
        /// An expression for the session's number.
        public var session: String

        /// Types of the history table.
        public init(
            key: String, text: String, integer: String, timestamp: String,
            tableOptions: String = "", now: String, timestampText: String, schemasOfTable: String,
            schema: String = "", currentUser: @autoclosure @escaping @Sendable () -> String,
            session: String
        ) {
            self.key = key
            self.text = text
            self.integer = integer
            self.timestamp = timestamp
            self.tableOptions = tableOptions
            self.now = now
            self.timestampText = timestampText
            self.schemasOfTable = schemasOfTable
            self.schema = schema
            makeCurrentUser = currentUser
            self.session = session
        }
    }

    /// What the lower-case placeholders of portable files stand for on this server.
    public struct PortableTypes: Sendable {
        /// `${identity}`: a 64-bit key that counts by itself, as a whole column definition.
        public var identity: String
        /// `${identity32}`: the same with 32 bits.
        public var identity32: String
        /// `${uuid}` and `${new_uuid}`: the type, and an expression that makes one of version 4.
        public var uuid: (type: String, new: String)
        /// `${timestamp}` and `${now}`: the type of a moment with zone, and the current one.
        public var timestamp: (type: String, now: String)
        /// `${json}`, `${text}`, `${bytes}`.
        public var json: String
        /// Text of any length.
        public var text: String
        /// Raw bytes of any length.
        public var bytes: String

        /// Types of portable files.
        public init(
            identity: String, identity32: String, uuid: (type: String, new: String),
            timestamp: (type: String, now: String), json: String, text: String, bytes: String
        ) {
            self.identity = identity
            self.identity32 = identity32
            self.uuid = uuid
            self.timestamp = timestamp
            self.json = json
            self.text = text
            self.bytes = bytes
        }
    }
}

extension Dialect {
    /// How the tables of other migration tools are found on this server, and their locks taken.
    public struct LedgerForms: Sendable {
        /// A query for those of some tables that are there: schema, name, and whether the session finds
        /// it without a schema; `{}` stands for their names as literals in lower case.
        ///
        /// Empty where none is looked for.
        public var tables: String
        /// A query that takes a lock of the session's called `{name}` or numbered `{number}`, if it is
        /// free, and says whether it did; `nil` where sessions have none.
        public var takeLock: String?
        /// A query that gives it back.
        public var giveLock: String?
        /// A literal of raw bytes, with `{}` for their hexadecimal digits.
        public var bytes: String
        /// The current moment as such tables keep it, but later than the moment `{}`, which may be NULL:
        /// some tools go by the order of moments.
        public var later: String
        /// The same in milliseconds since 1970, where the engine has no type for moments and some tools
        /// keep them so.
        public var laterMilliseconds: String?
        /// Whether a column may hold a list of words, written as an array: `{"a","b"}`.
        public var hasArrays: Bool
        /// Whether a schema is a database, so that a tool's own schema is one for the whole server.
        public var sharesSchemas: Bool
        /// How a tool's own file beside the database's is read; `nil` where databases are no files.
        public var files: Files?

        /// How another database's file becomes a schema of the session.
        public struct Files: Sendable {
            /// A query for the path of the database's own file.
            public var own: String
            /// A statement that makes the file `{file}`, a literal, the schema `{schema}`.
            public var attach: String
            /// A statement that lets go of it.
            public var detach: String

            /// Forms of an engine.
            public init(own: String, attach: String, detach: String) {
                self.own = own
                self.attach = attach
                self.detach = detach
            }
        }

        /// Forms of a server.
        public init(
            tables: String = "", takeLock: String? = nil, giveLock: String? = nil,
            bytes: String = "X'{}'", later: String = "CURRENT_TIMESTAMP",
            laterMilliseconds: String? = nil,
            hasArrays: Bool = false, sharesSchemas: Bool = false, files: Files? = nil
        ) {
            self.laterMilliseconds = laterMilliseconds
            self.later = later
            self.hasArrays = hasArrays
            self.sharesSchemas = sharesSchemas
            self.bytes = bytes
            self.tables = tables
            self.takeLock = takeLock
            self.giveLock = giveLock
            self.files = files
        }
    }
}

extension Dialect {
    /// How seeds compare, lock and write values on this server; standard SQL unless told otherwise.
    public struct SeedForms: Sendable {
        /// A condition that is true when `{column}` and `{value}` are the same, NULL and NULL too.
        ///
        /// What counts is the value as the column would keep it, rounded to its digits: `{type}` is
        /// the column's type (`numeric(10,2)`), `{word}` its first word, `{size}` what stands in its
        /// parentheses, with them, or nothing.
        public var same: String
        /// The same for meanings that need words of their own: a decimal that MariaDB would compare
        /// as a floating point number, JSON that PostgreSQL compares as `jsonb` only.
        public var sameFor: KeyValuePairs<Column.Meaning, String>
        /// What follows a SELECT that must see, and keep, what others have committed by now,
        /// whatever the transaction's snapshot is; empty where writers exclude each other.
        public var lockRows: String
        /// How a moment in UTC is written.
        public var moment: MomentForm
        /// How many rows go in at once.
        public var staging: Staging
        /// How many bits the whole numbers of a column have, by the first word of its type.
        ///
        /// The words are in lower case; "" stands for all others, and without it the server alone knows
        /// what such a type holds. A type of these words that is `unsigned` has as many without a sign.
        public var integerBits: [String: Int]

        /// The words of standard SQL, and those of other servers with the same meaning.
        public static let standardIntegerBits = [
            "tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "integer": 32, "bigint": 64,
        ]

        /// How a moment in UTC is written.
        public enum MomentForm: Sendable {
            /// `2026-01-31T18:20:01.500Z`.
            case rfc3339
            /// `2026-01-31 18:20:01.500000`.
            case spaced
        }

        /// Forms of a server.
        public init(
            same: String = "{column} IS NOT DISTINCT FROM {value}",
            sameFor: KeyValuePairs<Column.Meaning, String> = [:], lockRows: String = " FOR UPDATE",
            moment: MomentForm = .rfc3339,
            integerBits: [String: Int] = SeedForms.standardIntegerBits, staging: Staging = Staging()
        ) {
            self.same = same
            self.sameFor = sameFor
            self.lockRows = lockRows
            self.moment = moment
            self.integerBits = integerBits
            self.staging = staging
        }

        /// The condition that `column`, called `name` in SQL, holds `value`, which is in SQL already.
        func same(_ column: Column, name: String, value: String) -> String {
            fill(sameFor.first { $0.key == column.meaning }?.value ?? same, column, name, value)
        }

        /// The same where the value is a column of the same type, unless it is computed.
        func sameStaged(
            _ column: Column, name: String, value: String, isComputed: Bool
        ) -> String {
            guard !isComputed else { return same(column, name: name, value: value) }
            let form = staging.sameFor.first { $0.key == column.meaning }?.value
            return fill(form ?? staging.same, column, name, value)
        }

        private func fill(
            _ form: String, _ column: Column, _ name: String, _ value: String
        ) -> String {
            let size = column.type.drop { $0 != "(" }.prefix { $0 != ")" }
            let words = [
                "{column}": name, "{value}": value, "{type}": column.type,
                "{word}": String(column.type.prefix { $0.isLetter }),
                "{size}": size.isEmpty ? "" : size + ")",
            ]
            var result = ""
            var rest = form[...]
            while let open = rest.firstIndex(of: "{") {
                result += rest[..<open]
                let close = rest[open...].firstIndex(of: "}") ?? open
                result += words[String(rest[open...close])] ?? ""
                rest = rest[rest.index(after: close)...]
            }
            return result + rest
        }
    }
}

extension Dialect {
    /// `name` as an identifier, in quotes.
    public func quoted(_ name: String) -> String {
        let quote = String(identifierQuote)
        return quote
            + name.split(separator: identifierQuote, omittingEmptySubsequences: false)
            .joined(separator: quote + quote) + quote
    }

    /// A table's name in quotes, with its schema where it has one.
    public func quoted(_ table: TableName) -> String {
        table.schema.map { quoted($0) + "." + quoted(table.name) } ?? quoted(table.name)
    }

    /// The placeholder of the parameter number `index`, from 1.
    public func placeholder(_ index: Int) -> String {
        switch placeholder {
        case .question: "?"
        case .dollar: "$\(index)"
        }
    }

    /// `text` as a string literal, for the few places that take no parameters.
    ///
    /// Only for text of our own making or stripped of control characters: names, hashes, owners.
    public func literal(_ text: String) -> String {
        var result = "'"
        for character in text.unicodeScalars where character.value >= 0x20 {
            if character == "'" { result += "'" }
            if character == "\\" && lexical.backslashEscapes { result += "\\" }
            result.unicodeScalars.append(character)
        }
        return result + "'"
    }
}
