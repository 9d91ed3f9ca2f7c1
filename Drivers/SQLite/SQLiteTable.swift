#if SQLite
import Bootstrap
import CBootstrapSQLite

// MARK: - Locks

extension SQLiteConnection {
    /// Takes the lock beside the file, which is one for all names; true where there can be none.
    ///
    /// Throws `.lost` when the file was removed or replaced: what is written to it then is lost.
    func tryLock(_ name: String) throws(DatabaseError) -> Bool {
        guard lock.take() else { return false }
        do throws(DatabaseError) { try checkFile() } catch {
            lock.release()
            throw error
        }
        return true
    }
    /// Who wrote themselves into the lock's file, while it is locked.
    func holder(of name: String) throws(DatabaseError) -> LockHolder? { lock.holder() }
    /// None: the lock is a file, and SQL cannot see it.
    func lockCondition(_ name: String) -> String? { nil }
    /// Gives the lock back.
    func unlock(_ name: String) { lock.release() }
    /// Writes it into the lock's file.
    func announce(_ doing: String) { lock.write(doing: doing) }
}

// MARK: - Tables

extension SQLiteConnection {
    /// Reads the pragmas about a table or view.
    func describe(_ table: TableName) throws(DatabaseError) -> Table? {
        guard let name = try find(table) else { return nil }
        let columns = try columns(of: name)
        guard !columns.isEmpty else { return nil }
        let primaryKey = columns.filter { $0.keyPlace > 0 }
            .sorted { $0.keyPlace < $1.keyPlace }.map(\.column.name)
        return Table(
            name: name,
            columns: columns.map { column in
                // The rowid under another name: SQLite counts it up by itself.
                var counted = column.column
                guard primaryKey == [counted.name], counted.type.uppercased() == "INTEGER"
                else { return counted }
                counted.hasDefault = true
                return counted
            },
            primaryKey: primaryKey,
            uniqueKeys: try uniqueKeys(of: name, primaryKey: primaryKey),
            foreignKeys: try foreignKeys(of: name))
    }

    /// The table as its catalogue spells it, in the database where an unqualified name finds it:
    /// temp first, then main, then those attached, in their order.
    private func find(_ table: TableName) throws(DatabaseError) -> TableName? {
        var schemas = ["temp", "main"]
        schemas += try run("PRAGMA database_list").compactMap { $0[1].text }
            .filter { !["temp", "main"].contains($0) }
        for schema in schemas where (table.schema ?? schema).lowercased() == schema.lowercased() {
            let catalogue = schema == "temp" ? "sqlite_temp_master" : "sqlite_master"
            let found = try run(
                """
                SELECT name FROM \(dialect.quoted(schema)).\(catalogue)
                WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE
                """, [.text(table.name)])
            if let name = found.first?.first?.text { return TableName(schema: schema, name) }
        }
        return nil
    }

    private func columns(
        of table: TableName
    ) throws(DatabaseError) -> [(column: Column, keyPlace: Int64)] {
        try run(
            """
            SELECT name, type, "notnull", dflt_value IS NOT NULL OR hidden IN (2, 3), pk
            FROM pragma_table_xinfo(?, ?) WHERE hidden <> 1 ORDER BY cid
            """, [.text(table.name), Value(table.schema)]
        ).map { row in
            let type = row[1].text ?? ""
            var column = Column(
                name: row[0].text ?? "", type: type, meaning: .init(sqliteType: type),
                isNullable: !row[2].isTrue, hasDefault: row[3].isTrue)
            column.collation = collation(of: column.name, in: table)
            return (column, row[4].integer ?? 0)
        }
    }

    /// The collation that the column was declared with; no table that is made from a SELECT has it.
    private func collation(of column: String, in table: TableName) -> String? {
        var name: UnsafePointer<CChar>?
        let status = sqlite.table_column_metadata(
            handle, table.schema, table.name, column, nil, &name, nil, nil, nil)
        // A view's columns have none that could be asked for.
        return status == SQLITE_OK ? name.map { String(cString: $0) } : nil
    }

    private func uniqueKeys(
        of table: TableName, primaryKey: [String]
    ) throws(DatabaseError) -> [[String]] {
        let rows = try run(
            """
            SELECT i.name, c.name
            FROM pragma_index_list(?1, ?2) AS i, pragma_index_info(i.name, ?2) AS c
            WHERE i."unique" AND NOT i.partial ORDER BY i.seq DESC, c.seqno
            """, [.text(table.name), Value(table.schema)])
        var keys: [(index: String, columns: [Value])] = []
        for row in rows {
            let index = row[0].text ?? ""
            if keys.last?.index != index { keys.append((index, [])) }
            keys[keys.count - 1].columns.append(row[1])
        }
        // An index on an expression has a column without a name, and is no key of columns.
        var result = keys.compactMap { key in
            key.columns.contains(.null) ? nil : key.columns.compactMap(\.text)
        }
        if !primaryKey.isEmpty, !result.contains(primaryKey) { result.insert(primaryKey, at: 0) }
        return result
    }

    private func foreignKeys(of table: TableName) throws(DatabaseError) -> [Table.ForeignKey] {
        let rows = try run(
            """
            SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?, ?)
            ORDER BY id DESC, seq
            """, [.text(table.name), Value(table.schema)])
        var keys: [(id: Value, key: Table.ForeignKey)] = []
        for row in rows {
            if keys.last?.id != row[0] {
                let target = TableName(schema: table.schema, row[1].text ?? "")
                keys.append((row[0], .init(columns: [], table: target, targets: [])))
            }
            keys[keys.count - 1].key.columns.append(row[2].text ?? "")
            if let column = row[3].text { keys[keys.count - 1].key.targets.append(column) }
        }
        for index in keys.indices where keys[index].key.targets.isEmpty {
            // REFERENCES without columns means the primary key.
            let target = keys[index].key.table
            keys[index].key.targets = try primaryKey(of: target)
        }
        return keys.map(\.key)
    }

    fileprivate func primaryKey(of table: TableName) throws(DatabaseError) -> [String] {
        try columns(of: table).filter { $0.keyPlace > 0 }
            .sorted { $0.keyPlace < $1.keyPlace }.map(\.column.name)
    }
}

extension SQLiteConnection {
    /// Reads the foreign keys of all tables of the database that point at a table.
    func dependents(of table: TableName) throws(DatabaseError) -> [Dependent] {
        let schema = table.schema ?? "main"
        let rows = try run(
            """
            SELECT m.name, f.id, f."from", f."to", f.on_delete
            FROM \(dialect.quoted(schema)).sqlite_master m, pragma_foreign_key_list(m.name, ?1) f
            WHERE m.type = 'table' AND f."table" = ?2 COLLATE NOCASE ORDER BY m.name, f.id, f.seq
            """, [.text(schema), .text(table.name)])
        var keys: [(name: [Value], dependent: Dependent)] = []
        for row in rows {
            let name = Array(row[..<2])
            if keys.last?.name != name {
                let action = Dependent.Action(rule: row[4].text)
                let table = TableName(schema: schema, row[0].text ?? "")
                keys.append((name, .init(table: table, columns: [], targets: [], action: action)))
            }
            keys[keys.count - 1].dependent.columns.append(row[2].text ?? "")
            // REFERENCES without columns means the primary key.
            if let target = row[3].text { keys[keys.count - 1].dependent.targets.append(target) }
        }
        for index in keys.indices where keys[index].dependent.targets.isEmpty {
            keys[index].dependent.targets = try self.primaryKey(of: table)
        }
        return keys.map(\.dependent)
    }
}

extension Column.Meaning {
    /// What a declared type means; SQLite itself knows affinities only, and takes any word.
    /// <https://www.sqlite.org/datatype3.html#determination_of_column_affinity>
    init(sqliteType declared: String) {
        let type = declared.uppercased().filter { !$0.isWhitespace }
        func names(_ words: String...) -> Bool { words.contains { type.contains($0) } }
        if names("BOOL") || type == "TINYINT(1)" || type == "BIT" {
            self = .boolean
        } else if names("DATETIME", "TIMESTAMP") {
            self = .timestamp
        } else if names("DATE") {
            self = .date
        } else if names("UUID", "GUID", "UNIQUEIDENTIFIER") || type == "CHAR(36)" {
            self = .uuid
        } else if names("JSON") {
            self = .json
        } else if names("DEC", "NUMERIC", "MONEY") {
            self = .decimal
        } else if names("INT", "SERIAL") {
            self = .integer
        } else if names("CHAR", "CLOB", "TEXT", "STRING") {
            self = .text
        } else if names("BLOB", "BYTEA", "BINARY") {
            self = .bytes
        } else if names("REAL", "FLOA", "DOUB") {
            self = .real
        } else {
            self = .other
        }
    }
}
#endif
