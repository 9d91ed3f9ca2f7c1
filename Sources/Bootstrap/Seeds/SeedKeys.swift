/// The keys of a seed's rows, to find the one that stands twice: its second row would be dropped
/// without a word, or would be at odds with the first in each run.
struct SeedKeys<Part: Hashable> {
    private struct Key: Hashable {
        var table: TableName
        var columns: [String]
        var parts: [Part]
    }

    private var places: [Key: (place: Place, number: Int)] = [:]

    /// Adds the key of the row at `place`.
    ///
    /// Another entry of the file for the same table may come back to a row and change it (two rows
    /// that point at each other need that): one that inserts cannot.
    ///
    /// - `words`: the key as it may be shown.
    /// - `number`: the number of the table's entry in the file.
    /// - Returns: the failure where an earlier row has the key.
    mutating func add(
        _ parts: [Part], called words: String, of place: Place, in table: SeedTable, number: Int
    ) -> Failure? {
        let columns = table.key.map(\.text)
        let key = Key(table: table.name, columns: columns, parts: parts)
        guard let first = places[key] else {
            places[key] = (place, number)
            return nil
        }
        guard first.place != place, first.number == number || table.mode == .insert else {
            return nil
        }
        return Failure(
            .rejected, "has the key of the row in line \(first.place.line): \(words)", place: place,
            next: "Keep one of the two rows: a key means one row of \(table.name.name).")
    }
}

extension SeedFile {
    /// Refuses a key that stands twice, as far as the keys are known without a database.
    ///
    /// - `settings`: what stands for settings in keys; rows whose settings are missing are left out.
    func checkKeys(_ settings: Settings) throws(Failure) {
        var keys = SeedKeys<String>()
        for (number, table) in tables.enumerated() {
            for row in table.rows {
                let key = table.key.compactMap { row.literal($0.text, settings) }
                guard key.count == table.key.count else { continue }
                let words = zip(table.key, key).map { "\($0.text)=\($1.shown)" }
                let failure = keys.add(
                    key.map(\.text), called: words.joined(separator: ", "), of: row.place,
                    in: table, number: number)
                if let failure { throw failure }
            }
        }
    }
}

extension SeedRow {
    /// The text of a column, and what of it may be shown; `nil` where it is no text, or not known.
    fileprivate func literal(
        _ column: String, _ settings: Settings
    ) -> (text: String, shown: String)? {
        self[column].flatMap { $0.literal(settings) }
    }
}

extension SeedCell {
    /// Its text, and what of it may be shown; `nil` where it is no text, or not known.
    func literal(_ settings: Settings) -> (text: String, shown: String)? {
        switch expression.kind {
        case .text(let template):
            guard let resolved = try? template.resolve(settings) else { return nil }
            return (resolved.text, resolved.isSecret ? "***" : resolved.text)
        case .secret(let template):
            return (try? template.resolve(settings)).map { ($0.text, "***") }
        case .null, .hash, .generatedHash, .sha256, .generated, .uuid, .now, .sequence, .reference,
            .sql, .json, .base64, .file, .field:
            return nil
        }
    }
}
