extension Dialect.SeedForms {
    /// How rows are brought into a temporary table beside their own, and go on from there as a set.
    public struct Staging: Sendable {
        /// What stands before the SELECT whose columns a temporary table gets, `{stage}`.
        ///
        /// Where it has `{primary}` and `{index}`, the first stands for the columns of its primary key
        /// (those of the seed's key, or one with the number of the row), the second for an index that
        /// may be needed besides, or nothing. Else CREATE INDEX makes one.
        public var create: String
        /// What a user must be granted for that; empty where everybody may.
        public var right: String
        /// The statement that removes it, and never a table of the user's with its name.
        public var drop: String
        /// Whether the temporary table stays where the transaction that made it is rolled back.
        public var outlivesRollback: Bool
        /// A whole number of 64 bits, as the SELECT's first column.
        public var number: String
        /// As ``Dialect/SeedForms/sameFor``, where the value is a column of the same type as the other.
        public var sameFor: KeyValuePairs<Column.Meaning, String>
        /// As ``Dialect/SeedForms/same``, where the value is a column of the same type as the other.
        public var same: String
        /// How an UPDATE names a second table.
        public var update: Update
        /// What follows an INSERT's columns, where explicit values for identity columns need it.
        public var override: String
        /// The statement that keeps other sessions from writing to `{table}` until the transaction
        /// ends; `nil` where rows that were read with ``Dialect/SeedForms/lockRows`` stay as they are,
        /// or the transaction has no rivals.
        public var lockTable: String?
        /// The query that lets the sequence behind `{column}` of `{table}` go on behind the column's
        /// largest value; `nil` where the engine does so by itself.
        ///
        /// `{name}` and `{text}` are the two as texts in SQL.
        public var alignSequence: String?

        /// The statement that begins a transaction in which nothing can be written.
        public var beginReading: String
        /// The statement that takes writing away from a transaction that has begun; `nil` where the
        /// engine has none.
        public var stopWriting: String?

        /// How an UPDATE names a second table.
        public enum Update: Sendable {
            /// `UPDATE t SET … FROM s WHERE …`.
            case from
            /// `UPDATE t JOIN s ON … SET … WHERE …`.
            case join
        }

        /// Forms of a server.
        public init(
            create: String = "CREATE TEMPORARY TABLE {stage} AS", right: String = "",
            drop: String = "DROP TABLE {stage}",
            outlivesRollback: Bool = false,
            number: String = "CAST(0 AS bigint)",
            same: String = "{column} IS NOT DISTINCT FROM {value}",
            sameFor: KeyValuePairs<Column.Meaning, String> = [:], update: Update = .from,
            override: String = "", lockTable: String? = nil, alignSequence: String? = nil,
            beginReading: String = "BEGIN", stopWriting: String? = nil
        ) {
            self.create = create
            self.right = right
            self.drop = drop
            self.outlivesRollback = outlivesRollback
            self.number = number
            self.same = same
            self.sameFor = sameFor
            self.update = update
            self.override = override
            self.lockTable = lockTable
            self.alignSequence = alignSequence
            self.beginReading = beginReading
            self.stopWriting = stopWriting
        }
    }
}
