#if MariaDB
import Bootstrap

/// One object of the catalogue, and how its state is asked for.
///
/// Everything comes from information_schema, which a mark can read in its own statement; SHOW CREATE
/// would take a round trip. Rows never count: AUTO_INCREMENT, sizes and times are left out.
struct MariaDBObject: Hashable {
    /// What it is, and how much of it counts.
    enum Kind: String {
        /// That a table, view or sequence of this name is there.
        case relation
        /// A table's or view's whole definition.
        case table
        /// The definition without what other tables have to do with it, which a new name changes.
        case shape
        /// That a table has an index of this name.
        case index
        case procedure, function, package, trigger, event, database
    }

    var kind: Kind
    /// The database that the statement names, or `nil` for the session's own.
    var database: String?
    /// The table that an index belongs to.
    var table: String?
    var name: String

    init(_ kind: Kind, _ name: Name, of table: String? = nil) {
        self.kind = kind
        database = name.database
        self.table = table
        self.name = name.name
    }

    /// A name with the database that may stand before it.
    struct Name: Hashable {
        var database: String?
        var name: String

        init(database: String? = nil, name: String) {
            self.database = database
            self.name = name
        }

        /// As SQL writes it.
        var quoted: String {
            let dialect = MariaDBDriver.dialect
            return dialect.quoted(TableName(schema: database, name))
        }
    }
}

/// What the views of information_schema show on a server; one that lacks a column would refuse every
/// mark.
///
/// - <https://mariadb.com/docs/server/reference/system-tables/information-schema/information-schema-tables/information-schema-check_constraints-table>
/// - <https://dev.mysql.com/doc/refman/8.0/en/information-schema-check-constraints-table.html>
/// - <https://dev.mysql.com/doc/refman/8.0/en/information-schema-statistics-table.html>
struct MariaDBViews {
    /// Where CHECK constraints are found.
    enum Checks {
        case none
        /// MariaDB: with the table's name.
        case byTable
        /// MySQL: by the constraint's name alone.
        case byName
    }

    let checks: Checks
    /// Whether an index may be on an expression, or invisible.
    let hasExpressionIndexes: Bool

    init(isMariaDB: Bool, version: [Int]) {
        let isPast = { (numbers: [Int]) in !version.lexicographicallyPrecedes(numbers) }
        if isMariaDB {
            checks = isPast([10, 2, 22]) ? .byTable : .none
        } else {
            checks = isPast([8, 0, 16]) ? .byName : .none
        }
        hasExpressionIndexes = !isMariaDB && isPast([8, 0, 13])
    }
}

// MARK: - As text

extension MariaDBObject {
    /// What an object that is not there has for a state.
    static let absent = "-"

    /// The object as it stands before its state: `table:shop.item`, `index:.item/by_title`.
    var key: String {
        let place = table.map { Self.escaped($0) + "/" } ?? ""
        return "\(kind.rawValue):\(Self.escaped(database ?? "")).\(place)\(Self.escaped(name))"
    }

    /// Reads a ``key``.
    init?(key: some StringProtocol) {
        let parts = key.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])),
            let dot = parts[1].firstIndex(of: ".")
        else { return nil }
        self.kind = kind
        let database = Self.unescaped(parts[1][..<dot])
        self.database = database.isEmpty ? nil : database
        let path = parts[1][parts[1].index(after: dot)...].split(separator: "/", maxSplits: 1)
        guard let last = path.last else { return nil }
        name = Self.unescaped(last)
        table = path.count == 2 ? Self.unescaped(path[0]) : nil
    }

    /// Without the marks that part a state's text.
    private static func escaped(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            if byte == UInt8(ascii: "_") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
                || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
            {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16)
                text += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return text
    }

    private static func unescaped(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Substring(text)
        while let first = rest.popFirst() {
            if first == "%", let byte = UInt8(rest.prefix(2), radix: 16) {
                bytes.append(byte)
                rest = rest.dropFirst(2)
            } else {
                bytes += first.utf8
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The states of objects in a text: `table:.t=1:77 relation:.u=-`.
    static func states(in text: String) -> [MariaDBObject: String] {
        var states: [MariaDBObject: String] = [:]
        for part in text.split(separator: " ") {
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, let object = MariaDBObject(key: sides[0]) else { continue }
            states[object] = String(sides[1])
        }
        return states
    }

    /// An expression for the states of these objects, as one text.
    static func state(of objects: [MariaDBObject], in views: MariaDBViews) -> String {
        let relations = objects.filter { $0.kind == .relation }
        let databases = Dictionary(grouping: relations, by: \.database)
            .filter { $0.value.count > 1 }
        var parts = objects.filter { $0.kind != .relation || databases[$0.database] == nil }
            .map { object in
                "CONCAT(\(MariaDBSession.literal(object.key + "=")), \(object.state(in: views)))"
            }
        parts += databases.values.map(presences)
        parts.sort()
        return parts.count == 1 ? parts[0] : "CONCAT_WS(' ', \(parts.joined(separator: ", ")))"
    }
}

// MARK: - As questions

extension MariaDBObject {
    private var schema: String { database.map(MariaDBSession.literal) ?? "DATABASE()" }
    private var literal: String { MariaDBSession.literal(name) }

    private func state(in views: MariaDBViews) -> String {
        switch kind {
        case .relation: return presence("tables", "table_schema", "table_name = \(literal)")
        case .index:
            let table = MariaDBSession.literal(table ?? "")
            return presence(
                "statistics", "table_schema", "table_name = \(table) AND index_name = \(literal)")
        case .procedure, .function, .package:
            return presence(
                "routines", "routine_schema",
                "routine_type = '\(kind.rawValue.uppercased())' AND routine_name = \(literal)")
        case .trigger:
            // By its table's database, which is its own: by its own the server would open all tables of
            // all databases.
            return presence("triggers", "event_object_schema", "trigger_name = \(literal)")
        case .event: return presence("events", "event_schema", "event_name = \(literal)")
        case .database:
            return "IF((SELECT COUNT(*) FROM information_schema.schemata "
                + "WHERE schema_name = \(literal)) > 0, '1', '-')"
        case .table, .shape:
            let parts = Self.parts(of: views, withKeys: kind == .table).map { part in
                digest(part)
            }
            let isThere = presence("tables", "table_schema", "table_name = \(literal)")
            return "IF(\(isThere) = '-', '-', CONCAT_WS('/', \(parts.joined(separator: ", "))))"
        }
    }

    private func presence(_ view: String, _ column: String, _ condition: String) -> String {
        "IF((SELECT COUNT(*) FROM information_schema.\(view) "
            + "WHERE \(column) = \(schema) AND \(condition)) > 0, '1', '-')"
    }

    /// The states of several relations of one database, from one look at the names in it: a look for
    /// each would cost as much as the definitions themselves.
    ///
    /// The view ignores case whatever the server does:
    /// <https://mariadb.com/docs/server/reference/sql-statements/data-definition/identifier-case-sensitivity>.
    private static func presences(_ relations: [MariaDBObject]) -> String {
        func folded(_ name: String) -> String {
            "CAST(IF(@@lower_case_table_names = 0, \(name), LOWER(\(name))) AS BINARY)"
        }
        let parts = relations.map { relation in
            let isIt = "\(folded("table_name")) = \(folded(relation.literal))"
            return "\(MariaDBSession.literal(relation.key + "=")), IF(SUM(\(isIt)) > 0, '1', '-')"
        }
        let names = relations.map(\.literal).joined(separator: ", ")
        return "(SELECT CONCAT(\(parts.joined(separator: ", ' ', "))) "
            + "FROM information_schema.tables "
            + "WHERE table_schema = \(relations[0].schema) AND table_name IN (\(names)))"
    }

    /// One view of information_schema and what counts of it.
    private struct Part {
        var view: String
        var schema = "table_schema"
        var table = "table_name"
        var columns: String
    }

    /// What of a definition these servers show.
    ///
    /// - <https://mariadb.com/docs/server/reference/system-tables/information-schema/information-schema-tables>
    /// - <https://dev.mysql.com/doc/refman/9.0/en/information-schema.html>
    private static func parts(of views: MariaDBViews, withKeys: Bool) -> [Part] {
        var parts = [
            Part(
                view: "tables",
                columns: "table_type engine row_format table_collation create_options table_comment"
            ),
            Part(
                view: "columns",
                columns: "ordinal_position column_name column_default is_nullable column_type "
                    + "collation_name extra column_comment generation_expression"),
            Part(
                view: "statistics",
                columns: "index_name non_unique seq_in_index column_name collation sub_part "
                    + "index_type index_comment "
                    + (views.hasExpressionIndexes ? "is_visible expression" : "")),
            Part(
                view: "partitions",
                columns: "partition_name subpartition_name partition_ordinal_position "
                    + "partition_method partition_expression subpartition_expression "
                    + "partition_description partition_comment"),
            Part(view: "views", columns: "view_definition check_option security_type"),
        ]
        switch views.checks {
        case .none: break
        case .byTable:
            parts.append(
                Part(
                    view: "check_constraints", schema: "constraint_schema",
                    columns: "constraint_name check_clause"))
        case .byName:
            parts.append(
                Part(
                    view: "check_constraints JOIN information_schema.table_constraints "
                        + "USING (constraint_schema, constraint_name)",
                    columns: "constraint_name check_clause enforced"))
        }
        guard withKeys else { return parts }
        parts += [
            Part(
                view: "key_column_usage",
                columns: "constraint_name ordinal_position column_name referenced_table_schema "
                    + "referenced_table_name referenced_column_name"),
            Part(
                view: "referential_constraints", schema: "constraint_schema",
                columns: "constraint_name update_rule delete_rule"),
            Part(
                view: "triggers", schema: "event_object_schema", table: "event_object_table",
                columns: "trigger_name action_timing event_manipulation action_statement"),
        ]
        return parts
    }

    /// The rows of a view as their number and 64 bits, in whatever order the server reads them:
    /// GROUP_CONCAT would cut long ones off.
    private func digest(_ part: Part) -> String {
        let values = part.columns.split(separator: " ").map { "QUOTE(\($0))" }
        let hash = "SHA2(CONCAT_WS(',', \(values.joined(separator: ", "))), 256)"
        let bits = "CAST(CONV(LEFT(\(hash), 16), 16, 10) AS UNSIGNED)"
        return "(SELECT CONCAT(COUNT(*), ':', COALESCE(BIT_XOR(\(bits)), 0)) "
            + "FROM information_schema.\(part.view) "
            + "WHERE \(part.schema) = \(schema) AND \(part.table) = \(literal))"
    }
}
#endif
