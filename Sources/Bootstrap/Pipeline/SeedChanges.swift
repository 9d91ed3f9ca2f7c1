extension Preview.Seed {
    /// What a seed would do to the rows that are there now, with secrets masked.
    public struct Changes: Sendable, Equatable {
        /// How many rows would be made, changed, left and deleted.
        public var counts = SeedCounts()
        /// The rows that would not stay as they are, by table and kind.
        public var groups: [Group] = []
        /// What is worth knowing beside them, one sentence each.
        public var notes: [String] = []

        /// Nothing would change.
        public init() {}
    }

    /// The rows of one table to which the same would happen.
    public struct Group: Sendable, Equatable {
        /// What would happen to them.
        public var kind: Kind
        /// The table.
        public var table: String
        /// How many there are.
        public var count: Int
        /// The first of them.
        public var rows: [Row]
    }

    /// What would happen to a row.
    public enum Kind: String, Sendable, CaseIterable {
        /// It would be made.
        case insert
        /// Columns of it would be written.
        case update
        /// It would be taken away.
        case delete
    }

    /// One row.
    public struct Row: Sendable, Equatable {
        /// The columns by which it is found, with their values.
        public var key: [Column]
        /// The columns that would be written; none of a row that would be deleted.
        public var columns: [Column] = []
    }

    /// A column of a row; `***` stands for what is secret, and `nil` for NULL.
    public struct Column: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// What it holds now; `nil` also for a row that is not there.
        public var old: String?
        /// What it would hold; of a key, and of a row that would be deleted, what it holds.
        public var new: String?
    }
}

extension Preview.Seed.Changes {
    /// How many rows of a kind are shown; the rest is counted.
    static let shown = 20

    /// Adds a row, and shows it if it is one of the first.
    mutating func add(_ kind: Preview.Seed.Kind, _ table: TableName, _ row: Preview.Seed.Row) {
        add(kind, table, count: 1, [row])
    }

    /// Adds rows, of which `rows` are the first.
    mutating func add(
        _ kind: Preview.Seed.Kind, _ table: TableName, count: Int, _ rows: [Preview.Seed.Row]
    ) {
        guard count > 0 else { return }
        switch kind {
        case .insert: counts.inserted += count
        case .update: counts.updated += count
        case .delete: counts.deleted += count
        }
        let name = "\(table)"
        guard let index = groups.firstIndex(where: { $0.kind == kind && $0.table == name }) else {
            let group = Preview.Seed.Group(
                kind: kind, table: name, count: count, rows: Array(rows.prefix(Self.shown)))
            return groups.insert(group, at: place(of: kind, name))
        }
        groups[index].count += count
        groups[index].rows += rows.prefix(max(0, Self.shown - groups[index].rows.count))
    }

    /// Tables stand in the order of the seed, and what happens to one in the order of the kinds.
    private func place(of kind: Preview.Seed.Kind, _ table: String) -> Int {
        let earlier = Preview.Seed.Kind.allCases.prefix { $0 != kind }
        let before = groups.lastIndex { $0.table == table && earlier.contains($0.kind) }
        if let before { return before + 1 }
        return groups.firstIndex { $0.table == table } ?? groups.count
    }
}
