#if MariaDB
import Bootstrap

extension MariaDBConnection {
    /// Reads what a table is made of from information_schema.
    ///
    /// A temporary table is not there before MariaDB 11.2, and a foreign key only to a user with
    /// some right on it.
    func describe(_ table: TableName) throws(DatabaseError) -> Table? {
        guard let name = try find(table) else { return nil }
        let place = MariaDBPlace(name)
        let documents = try jsonColumns(place)
        let columns = try run(
            "SELECT column_name, data_type, column_type, is_nullable, column_default, extra "
                + "FROM information_schema.columns WHERE \(place.condition) ORDER BY ordinal_position"
        ).map { column($0, documents) }
        let keys = try uniqueKeys(place)
        return Table(
            name: name, columns: columns, primaryKey: keys.primary, uniqueKeys: keys.all,
            foreignKeys: try foreignKeys(place))
    }

    /// The table's name as the catalogue spells it.
    private func find(_ table: TableName) throws(DatabaseError) -> TableName? {
        let schema = table.schema.map(MariaDBSession.literal) ?? "DATABASE()"
        let rows = try run(
            "SELECT table_schema, table_name FROM information_schema.tables "
                + "WHERE table_schema = \(schema) AND table_name = \(MariaDBSession.literal(table.name))"
        )
        let names = rows.compactMap { row -> TableName? in
            guard let schema = row[0].text, let name = row[1].text else { return nil }
            return TableName(schema: schema, name)
        }
        // information_schema itself ignores case, also where the server does not.
        if let exact = names.first(where: { $0.name == table.name }) { return exact }
        return details.ignoresCase ? names.first : nil
    }

    private func column(_ row: [Value], _ documents: Set<String>) -> Column {
        let name = row[0].text ?? ""
        let type = row[2].text ?? ""
        let extra = (row[5].text ?? "").lowercased()
        // MariaDB writes the text NULL where a nullable column has no default of its own.
        let value = details.isMariaDB && row[4].text == "NULL" ? nil : row[4].text
        let isFilled =
            value != nil || extra.contains("auto_increment") || extra.contains("generated")
        return Column(
            name: name, type: type,
            meaning: documents.contains(name)
                ? .json : .mariaDB(type: row[1].text ?? "", full: type),
            isNullable: row[3].text == "YES", hasDefault: isFilled,
            labels: Column.Labels(mariaDB: type))
    }

    /// MariaDB's `json` is longtext with the constraint json_valid.
    private func jsonColumns(_ place: MariaDBPlace) throws(DatabaseError) -> Set<String> {
        guard details.isMariaDB else { return [] }
        let clauses = try run(
            "SELECT check_clause FROM information_schema.check_constraints "
                + "WHERE constraint_schema = \(place.schema) AND table_name = \(place.name)")
        return Set(
            clauses.compactMap { row in
                guard let clause = row[0].text, clause.lowercased().hasPrefix("json_valid(`"),
                    clause.hasSuffix("`)")
                else { return nil }
                return clause.dropFirst(12).dropLast(2).split(separator: "``").joined(
                    separator: "`")
            })
    }

    /// The keys without those that cover only the beginning of a column, or an expression.
    private func uniqueKeys(
        _ place: MariaDBPlace
    ) throws(DatabaseError) -> (primary: [String], all: [[String]]) {
        let rows = try run(
            "SELECT index_name, column_name, sub_part FROM information_schema.statistics "
                + "WHERE \(place.condition) AND non_unique = 0 ORDER BY index_name, seq_in_index")
        var names: [String] = []
        var keys: [String: [String]] = [:]
        var partial: Set<String> = []
        for row in rows {
            guard let index = row[0].text else { continue }
            if !names.contains(index) { names.append(index) }
            if let column = row[1].text, row[2] == .null {
                keys[index, default: []].append(column)
            } else {
                partial.insert(index)
            }
        }
        let whole = names.filter { !partial.contains($0) }
        return (
            whole.contains("PRIMARY") ? keys["PRIMARY"] ?? [] : [], whole.compactMap { keys[$0] }
        )
    }

    private func foreignKeys(_ place: MariaDBPlace) throws(DatabaseError) -> [Table.ForeignKey] {
        let rows = try run(
            "SELECT constraint_name, column_name, referenced_table_schema, referenced_table_name, "
                + "referenced_column_name FROM information_schema.key_column_usage "
                + "WHERE \(place.condition) AND referenced_table_name IS NOT NULL "
                + "ORDER BY constraint_name, ordinal_position")
        var names: [String] = []
        var keys: [String: Table.ForeignKey] = [:]
        for row in rows {
            guard let name = row[0].text, let column = row[1].text, let table = row[3].text,
                let target = row[4].text
            else { continue }
            if keys[name] == nil {
                names.append(name)
                keys[name] = Table.ForeignKey(
                    columns: [], table: TableName(schema: row[2].text, table), targets: [])
            }
            keys[name]?.columns.append(column)
            keys[name]?.targets.append(target)
        }
        return names.compactMap { keys[$0] }
    }

    /// Reads the foreign keys that point at a table, of all databases that the user may see.
    func dependents(of table: TableName) throws(DatabaseError) -> [Dependent] {
        let place = MariaDBPlace(table)
        let rows = try run(
            """
            SELECT k.constraint_schema, k.constraint_name, k.table_schema, k.table_name, \
            k.column_name, k.referenced_column_name, r.delete_rule \
            FROM information_schema.key_column_usage k \
            JOIN information_schema.referential_constraints r \
            ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name \
            AND r.table_name = k.table_name \
            WHERE k.referenced_table_schema = \(place.schema) \
            AND k.referenced_table_name = \(place.name) \
            ORDER BY 1, 4, 2, k.ordinal_position
            """)
        var keys: [(name: [Value], dependent: Dependent)] = []
        for row in rows {
            let name = Array(row[..<4])
            if keys.last?.name != name {
                let action = Dependent.Action(rule: row[6].text)
                let table = TableName(schema: row[2].text, row[3].text ?? "")
                keys.append((name, .init(table: table, columns: [], targets: [], action: action)))
            }
            keys[keys.count - 1].dependent.columns.append(row[4].text ?? "")
            keys[keys.count - 1].dependent.targets.append(row[5].text ?? "")
        }
        return keys.map(\.dependent)
    }
}

/// A table's name as literals of a condition on information_schema.
private struct MariaDBPlace {
    let schema: String
    let name: String

    init(_ table: TableName) {
        schema = MariaDBSession.literal(table.schema ?? "")
        name = MariaDBSession.literal(table.name)
    }

    var condition: String { "table_schema = \(schema) AND table_name = \(name)" }
}

extension Column.Labels {
    /// The words of `enum('one','it''s')`; `nil` for other types, and where a word holds a backslash,
    /// which MariaDB and MySQL show in different ways.
    init?(mariaDB type: String) {
        guard type.hasPrefix("enum("), !type.contains("\\") else { return nil }
        var words: [String] = []
        var word: String?
        // A quote inside of a word is doubled: it ends the word, and goes on with it.
        var ended: String?
        for letter in type.dropFirst("enum(".count) {
            switch (letter, word) {
            case ("'", nil):
                word = ended.map { $0 + "'" } ?? ""
                ended = nil
            case ("'", let text?): (word, ended) = (nil, text)
            case (_, let text?): word = text + String(letter)
            default:
                // A comma, or the list's end.
                if let text = ended { words.append(text) }
                ended = nil
            }
        }
        self.init(words, ignoresCase: true)
    }
}

extension Column.Meaning {
    /// What a type means: `data_type` is the bare word, `full` has its length.
    static func mariaDB(type: String, full: String) -> Self {
        switch type.lowercased() {
        case "tinyint": return full.lowercased().hasPrefix("tinyint(1)") ? .boolean : .integer
        case "bit": return full.lowercased() == "bit(1)" ? .boolean : .integer
        case "smallint", "mediumint", "int", "integer", "bigint", "year": return .integer
        case "decimal", "numeric": return .decimal
        case "float", "double", "real": return .real
        case "char": return full.lowercased() == "char(36)" ? .uuid : .text
        case "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set": return .text
        case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob": return .bytes
        case "date": return .date
        case "datetime", "timestamp": return .timestamp
        case "uuid": return .uuid
        case "json": return .json
        default: return .other
        }
    }
}
#endif
