// What the engine counts by itself, after values that it did not.

extension Planting {
    /// Lets sequences go on behind the values that rows were given.
    func alignSequences(of table: PreparedTable) throws(Failure) {
        guard let form = dialect.seeds.staging.alignSequence else { return }
        let given = table.given
        for column in table.table.columns
        where column.hasDefault && column.meaning == .integer && given.contains(column.name) {
            let target = dialect.quoted(table.table.name)
            let sql = form.replacing("{table}", with: target)
                .replacing("{column}", with: dialect.quoted(column.name))
                .replacing("{name}", with: dialect.literal(target))
                .replacing("{text}", with: dialect.literal(column.name))
            try execute(sql, at: table.seed.place)
        }
    }
}

extension PreparedTable {
    /// The columns that its rows name.
    fileprivate var given: Set<String> {
        let columns = data?.columns.map(\.column.name) ?? []
        return Set(rows.flatMap(\.cells).map(\.column.name) + columns)
    }
}
