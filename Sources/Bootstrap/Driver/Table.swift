/// A table's name, with its schema where one was given.
public struct TableName: Sendable, Hashable, CustomStringConvertible {
    /// The schema (on MariaDB and MySQL, the database), or `nil` for the session's own.
    public var schema: String?
    /// The table's own name, as the catalogue spells it.
    public var name: String

    /// A name in its two parts.
    public init(schema: String? = nil, _ name: String) {
        self.schema = schema
        self.name = name
    }

    /// Reads `name` or `schema.name`; a dot always separates.
    public init(parsing text: String) {
        let parts = text.split(separator: ".", maxSplits: 1)
        if parts.count == 2 {
            self.init(schema: String(parts[0]), String(parts[1]))
        } else {
            self.init(text)
        }
    }

    /// The name as people write it, without quotes.
    public var description: String { schema.map { "\($0).\(name)" } ?? name }
}

/// What a table is made of, as its catalogue says.
public struct Table: Sendable, Equatable {
    /// The table's name, with the schema in which it was found.
    public var name: TableName
    /// Its columns in their order.
    public var columns: [Column]
    /// The names of the primary key's columns, in the key's order; empty where there is none.
    public var primaryKey: [String]
    /// The columns of each unique key or unique index without a condition, the primary key included.
    public var uniqueKeys: [[String]]
    /// Where columns point.
    public var foreignKeys: [ForeignKey]

    /// A table.
    public init(
        name: TableName, columns: [Column], primaryKey: [String] = [],
        uniqueKeys: [[String]] = [], foreignKeys: [ForeignKey] = []
    ) {
        self.name = name
        self.columns = columns
        self.primaryKey = primaryKey
        self.uniqueKeys = uniqueKeys
        self.foreignKeys = foreignKeys
    }

    /// The column with a name, as the catalogue spells it.
    func column(_ name: String) -> Column? { columns.first { $0.name == name } }

    /// The columns of one table that point at the columns of another.
    public struct ForeignKey: Sendable, Equatable {
        /// The pointing columns.
        public var columns: [String]
        /// The table that they point at.
        public var table: TableName
        /// The columns that they point at, in the same order.
        public var targets: [String]

        /// A foreign key.
        public init(columns: [String], table: TableName, targets: [String]) {
            self.columns = columns
            self.table = table
            self.targets = targets
        }
    }
}

/// A foreign key that points at a table, and what happens to its rows when one that they point at goes.
public struct Dependent: Sendable, Equatable {
    /// The table that has the foreign key.
    public var table: TableName
    /// Its pointing columns.
    public var columns: [String]
    /// The columns that they point at, in the same order.
    public var targets: [String]
    /// What happens to its rows.
    public var action: Action

    /// What happens to rows when one that they point at is deleted.
    public enum Action: Sendable, Hashable {
        /// They are deleted too.
        case cascade
        /// Their pointing columns become NULL or their default.
        case clear
        /// The deletion is refused.
        case refuse

        /// The action by its words in SQL: `CASCADE`, `SET NULL`; others refuse.
        public init(rule: String?) {
            switch rule {
            case "CASCADE": self = .cascade
            case "SET NULL", "SET DEFAULT": self = .clear
            default: self = .refuse
            }
        }
    }

    /// A foreign key that points at a table.
    public init(table: TableName, columns: [String], targets: [String], action: Action) {
        self.table = table
        self.columns = columns
        self.targets = targets
        self.action = action
    }
}

/// One column of a table.
public struct Column: Sendable, Equatable {
    /// The column's name.
    public var name: String
    /// Its type as the engine writes it: `character varying(255)`, `datetime(6)`.
    public var type: String
    /// What its values mean to a seed.
    public var meaning: Meaning
    /// Whether it takes NULL.
    public var isNullable: Bool
    /// Whether the engine fills it when an INSERT leaves it out (default, identity, generated).
    public var hasDefault: Bool
    /// How the engine compares the column's texts, where a copy of the column's type does not bring that
    /// along; else `nil`.
    public var collation: String?
    /// The words of an enum, which are all that it takes; `nil` for other types.
    public var labels: Labels?

    /// A column.
    public init(
        name: String, type: String, meaning: Meaning, isNullable: Bool = true,
        hasDefault: Bool = false, labels: Labels? = nil
    ) {
        self.name = name
        self.type = type
        self.meaning = meaning
        self.isNullable = isNullable
        self.hasDefault = hasDefault
        self.labels = labels
    }

    /// The words of an enum.
    public struct Labels: Sendable, Equatable {
        /// The words, in the enum's order.
        public var words: [String]
        /// Whether another case means the same word.
        public var ignoresCase: Bool

        /// The words of an enum.
        public init(_ words: [String], ignoresCase: Bool = false) {
            self.words = words
            self.ignoresCase = ignoresCase
        }
    }

    /// How a scalar of a seed is to be read for a column.
    public enum Meaning: Sendable, Hashable, CaseIterable {
        /// Truth: `boolean`, MariaDB's `tinyint(1)`, a column that SQLite declares BOOLEAN.
        case boolean
        /// A whole number.
        case integer
        /// A decimal number that keeps its digits.
        case decimal
        /// A binary floating point number.
        case real
        /// Text of any length.
        case text
        /// Raw bytes.
        case bytes
        /// A calendar day.
        case date
        /// A moment, with or without zone.
        case timestamp
        /// A UUID, in a type of its own or as 36 characters.
        case uuid
        /// A JSON document.
        case json
        /// Anything else: the engine reads the text.
        case other
    }
}
