/// What a rehearsal knows of a value.
enum RehearsedValue {
    case value(Value)
    /// An expression of the seed's own, which the database works out.
    case sql(String)
    /// A column of a row that would be made: of the one with this number.
    case made(Int)
    /// Something that is made with the row, or that only the planting finds.
    case later

    /// Whether the two are known to be the same.
    ///
    /// The engine's number and its text in the file are one.
    func isSame(as other: RehearsedValue) -> Bool {
        switch (self, other) {
        case (.value(let left), .value(let right)):
            left == right || (left.text != nil && left.text == right.text)
        case (.made(let left), .made(let right)): left == right
        case (.sql(let left), .sql(let right)): left == right
        default: false
        }
    }

    /// Whether the two are the same but for the case of letters, which many collations ignore.
    func isAlike(_ other: RehearsedValue) -> Bool {
        guard case .value(let left) = self, case .value(let right) = other,
            let left = left.text, let right = right.text
        else { return isSame(as: other) }
        return left.lowercased() == right.lowercased()
    }

    var isNull: Bool {
        guard case .value(.null) = self else { return false }
        return true
    }
}

/// A column of a row as it would be written.
struct RehearsedCell {
    var column: Column
    var value: RehearsedValue
    /// What may be shown of it; `nil` for NULL.
    var shown: String?
    var policy: WritePolicy

    /// What the database can be asked about; `nil` for what does not exist yet.
    var bound: BoundCell? {
        let operand: BoundCell.Operand
        switch value {
        case .value(let value): operand = .value(value)
        case .sql(let expression): operand = .sql(expression)
        case .made, .later: return nil
        }
        return BoundCell(column: column, operand: operand, shown: shown ?? "NULL")
    }
}

// MARK: Values

extension Rehearsal {
    mutating func foresee(
        _ names: [String], of row: PreparedRow
    ) throws(Failure) -> [RehearsedCell] {
        var cells: [RehearsedCell] = []
        for name in names {
            guard let cell = row[name] else { continue }
            let foreseen = try foresee(cell, row)
            guard !foreseen.value.isNull else { throw planting.nullInKey(cell) }
            cells.append(foreseen)
        }
        return cells
    }

    mutating func foresee(
        _ cell: PreparedCell, _ row: PreparedRow
    ) throws(Failure) -> RehearsedCell {
        var foreseen = RehearsedCell(
            column: cell.column, value: .later, shown: Self.cut(cell.shown), policy: cell.policy)
        switch cell.value {
        case .value(let value):
            foreseen.value = .value(value)
            if value == .null { foreseen.shown = nil }
        case .sql(let expression): foreseen.value = .sql(expression)
        case .hash, .generatedHash, .generated, .uuid, .now: break
        case .reference(let reference): try find(reference, row, &foreseen)
        }
        return foreseen
    }

    /// Looks for the row that a `!ref` means: in the database, then among those that would be made.
    private mutating func find(
        _ reference: PreparedReference, _ row: PreparedRow, _ cell: inout RehearsedCell
    ) throws(Failure) {
        var conditions: [RehearsedCell] = []
        for condition in reference.conditions { conditions.append(try foresee(condition, row)) }
        let bound = conditions.compactMap(\.bound)
        var count = 0
        if bound.count == conditions.count {
            let found = try planting.values(of: reference, bound)
            count = found.count
            if count == 1 {
                cell.value = .value(found[0])
                let isSecret = conditions.contains {
                    $0.column.name == reference.column && $0.shown == "***"
                }
                cell.shown = shown(found[0], of: cell.column, isSecret: isSecret)
                return
            }
        }
        if count == 0 {
            let table = reference.table.name
            if let number = rows.number(of: conditions, in: table) {
                if let known = rows.cell(reference.column, of: number), known.bound != nil {
                    (cell.value, cell.shown) = (known.value, known.shown)
                } else {
                    cell.value = .made(number)
                }
                return
            }
            // A row of a data file, or of a seed in SQL, that would be there by then.
            guard !rows.isOpen(table) else { return }
        }
        let words = conditions.map { "\($0.column.name)=\($0.shown ?? "NULL")" }
        throw planting.failure(
            count, of: reference.table, words.joined(separator: ", "), at: reference.place)
    }

    // MARK: Words

    /// Whether nothing of a column may be shown: one row of the seed has a secret there.
    func isSecret(_ column: String, in table: PreparedTable) -> Bool {
        table.rows.contains { $0[column]?.shown == "***" }
            || table.data?.columns.contains { $0.column.name == column && $0.isSecret } ?? false
    }

    /// What may be shown of a value of the database; `nil` for NULL.
    func shown(_ value: Value, of column: Column, isSecret: Bool) -> String? {
        switch value {
        case .null: return nil
        case .bytes(let bytes): return isSecret ? "***" : counted(bytes.count, "byte")
        case .integer, .real, .text:
            guard !isSecret, var text = value.text else { return "***" }
            for secret in planting.secrets where !secret.isEmpty {
                text = text.replacing(secret, with: "***")
            }
            return Self.cut(text)
        }
    }

    /// How much of a value is shown, in characters.
    private static let longest = 100

    private static func cut(_ text: String) -> String {
        text.count > longest ? "\(text.prefix(longest))…" : text
    }
}

extension DataColumn {
    fileprivate var isSecret: Bool {
        guard case .constant(let cell) = value else { return false }
        return cell.shown == "***"
    }
}
