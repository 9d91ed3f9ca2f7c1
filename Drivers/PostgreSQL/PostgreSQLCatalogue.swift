#if PostgreSQL
import Bootstrap

extension PostgreSQLConnection {
    /// Reads a table from the catalogue, found by the search path as in a statement.
    /// <https://www.postgresql.org/docs/current/catalogs.html>
    func describe(_ table: TableName) throws(DatabaseError) -> Table? {
        let found = try run(
            """
            SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c \
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p', 'f', 'v')
            """, [.text(dialect.quoted(table))])
        guard let row = found.first, let schema = row[1].text, let name = row[2].text else {
            return nil
        }
        var result = Table(
            name: TableName(schema: schema, name), columns: try columns(of: row[0]))
        for key in Catalogue.groups(try run(Catalogue.keys, [row[0]])) {
            switch key.kind {
            case "primary":
                result.primaryKey = key.columns
                result.uniqueKeys.insert(key.columns, at: 0)
            case "unique": result.uniqueKeys.append(key.columns)
            default:
                result.foreignKeys.append(
                    Table.ForeignKey(columns: key.columns, table: key.table, targets: key.targets))
            }
        }
        return result
    }

    private func columns(of table: Value) throws(DatabaseError) -> [Column] {
        let rows = try run(Catalogue.columns, [table])
        let columns = rows.map(Column.init(row:))
        guard rows.contains(where: { $0[3] == "E" }) else { return columns }
        let labels = Dictionary(grouping: try run(Catalogue.labels, [table])) { $0[0].text ?? "" }
        return columns.map { column in
            var column = column
            column.labels = labels[column.name].map { .init($0.compactMap { $0[1].text }) }
            return column
        }
    }

    /// Reads the foreign keys that point at a table; those of partitions are their parent's.
    func dependents(of table: TableName) throws(DatabaseError) -> [Dependent] {
        let rows = try run(Catalogue.dependents, [.text(dialect.quoted(table))])
        return Catalogue.groups(rows).map { key in
            let action: Dependent.Action =
                switch key.kind {
                case "c": .cascade
                case "n", "d": .clear
                default: .refuse
                }
            return Dependent(
                table: key.table, columns: key.columns, targets: key.targets, action: action)
        }
    }
}

/// The catalogue's queries, each with one parameter: the table's number.
enum Catalogue {
    /// Name, type as people write it, the type below a domain, its category, nullability, default.
    static let columns = """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(b.typname, t.typname), \
        t.typcategory::text, NOT (a.attnotnull OR t.typnotnull), \
        a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL \
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
        LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype \
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
        """

    /// One row per word of each column's enum, or of the enum below its domain.
    static let labels = """
        SELECT a.attname, e.enumlabel FROM pg_catalog.pg_attribute a \
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
        JOIN pg_catalog.pg_enum e ON e.enumtypid IN (t.oid, t.typbasetype) \
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped \
        ORDER BY a.attnum, e.enumsortorder
        """

    /// One row per column of each key: the key's kind and number, the column, and where it points.
    ///
    /// A unique index with a condition, on an expression, or still being built makes no key.
    static let keys = """
        SELECT CASE WHEN i.indisprimary THEN 'primary' ELSE 'unique' END, i.indexrelid, a.attname, \
        NULL, NULL, NULL, k.place \
        FROM pg_catalog.pg_index i, unnest(i.indkey) WITH ORDINALITY AS k (column_number, place) \
        JOIN pg_catalog.pg_attribute a ON a.attnum = k.column_number \
        WHERE i.indrelid = $1 AND a.attrelid = $1 AND i.indisunique AND i.indisvalid \
        AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts \
        UNION ALL \
        SELECT 'foreign', f.oid, a.attname, n.nspname, c.relname, t.attname, k.place \
        FROM pg_catalog.pg_constraint f \
        JOIN pg_catalog.pg_class c ON c.oid = f.confrelid \
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, \
        unnest(f.conkey, f.confkey) WITH ORDINALITY AS k (source, target, place) \
        JOIN pg_catalog.pg_attribute a ON a.attnum = k.source \
        JOIN pg_catalog.pg_attribute t ON t.attnum = k.target \
        WHERE f.conrelid = $1 AND a.attrelid = $1 AND t.attrelid = f.confrelid AND f.contype = 'f' \
        ORDER BY 1, 2, 7
        """

    /// One row per column of each foreign key that points at the table with the name: what a deletion
    /// does (`confdeltype`), the key's number, the pointing column, the table that it is in, and the
    /// column that it points at.
    static let dependents = """
        SELECT f.confdeltype::text, f.oid, a.attname, n.nspname, c.relname, t.attname \
        FROM pg_catalog.pg_constraint f JOIN pg_catalog.pg_class c ON c.oid = f.conrelid \
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, \
        unnest(f.conkey, f.confkey) WITH ORDINALITY AS k (source, target, place) \
        JOIN pg_catalog.pg_attribute a ON a.attnum = k.source \
        JOIN pg_catalog.pg_attribute t ON t.attnum = k.target \
        WHERE f.confrelid = to_regclass($1) AND f.contype = 'f' AND f.conparentid = 0 \
        AND a.attrelid = f.conrelid AND t.attrelid = f.confrelid ORDER BY 2, k.place
        """

    /// One key of a table.
    struct Key {
        var kind: String
        var number: Int64
        var columns: [String] = []
        var table = TableName("")
        var targets: [String] = []
    }

    /// Gathers the rows of ``keys``, which come sorted.
    static func groups(_ rows: [[Value]]) -> [Key] {
        rows.reduce(into: []) { keys, row in
            let number = row[1].integer ?? 0
            if keys.last?.number != number {
                keys.append(Key(kind: row[0].text ?? "", number: number))
            }
            let last = keys.count - 1
            keys[last].columns.append(row[2].text ?? "")
            if let table = row[4].text, let target = row[5].text {
                keys[last].table = TableName(schema: row[3].text, table)
                keys[last].targets.append(target)
            }
        }
    }
}

extension Column {
    /// Reads a row of ``Catalogue/columns``.
    fileprivate init(row: [Value]) {
        self.init(
            name: row[0].text ?? "", type: row[1].text ?? "",
            meaning: Meaning(type: row[2].text ?? "", category: row[3].text ?? ""),
            isNullable: row[4].isTrue, hasDefault: row[5].isTrue)
    }
}

extension Column.Meaning {
    /// What a type of the catalogue means; the category serves domains over domains and the types
    /// of extensions, such as citext.
    /// <https://www.postgresql.org/docs/current/catalog-pg-type.html#CATALOG-TYPCATEGORY-TABLE>
    init(type: String, category: String) {
        switch (type, category) {
        case ("bool", _), (_, "B"): self = .boolean
        case ("int2", _), ("int4", _), ("int8", _), ("oid", _): self = .integer
        case ("numeric", _): self = .decimal
        case ("float4", _), ("float8", _): self = .real
        case ("bytea", _): self = .bytes
        case ("date", _): self = .date
        case ("timestamp", _), ("timestamptz", _): self = .timestamp
        case ("uuid", _): self = .uuid
        case ("json", _), ("jsonb", _): self = .json
        case ("text", _), ("varchar", _), ("bpchar", _), ("name", _), ("citext", _): self = .text
        case (_, "S"): self = .text
        default: self = .other
        }
    }
}
#endif
