// What is wrong with a seed whatever the database holds: told before there is one.

extension Seed {
    /// Throws 65 with the place of the first mistake that can be found without a database.
    func check(for dialect: Dialect, settings: Settings) throws(Failure) {
        if let script {
            _ = try cut(script, for: dialect, settings: settings)
            return
        }
        let settings = marked(settings)
        do throws(Failure) { try file.checkKeys(settings) } catch { throw shown(error) }
        _ = try steps(settings)
        for cell in file.tables.flatMap(\.checkedCells) {
            try check(cell, for: dialect, settings)
        }
    }

    private func check(
        _ cell: SeedCell, for dialect: Dialect, _ settings: Settings
    ) throws(Failure) {
        let place = cell.expression.place
        switch cell.expression.kind {
        case .sql(let expressions): _ = try expression(expressions, for: dialect, at: place)
        case .hash(let hash, let template):
            guard let password = try? template.resolve(settings).text else { return }
            try check(password, for: hash, in: cell.column.text, at: place)
        case .base64(let template):
            guard let resolved = try? template.resolve(settings),
                Base64.bytes(of: resolved.text) == nil
            else { return }
            let shown = resolved.isSecret ? "***" : "\"\(resolved.text)\""
            throw wrong("\(shown) is no base 64", at: place)
        case .reference(let reference):
            for condition in reference.conditions { try check(condition, for: dialect, settings) }
        case .file(let word):
            _ = try source(of: word)
        case .null, .text, .generatedHash, .sha256, .secret, .generated, .uuid, .now, .sequence,
            .json, .field:
            break
        }
    }

    /// Reads the files that it names, data files to their ends; throws for the first that is not there,
    /// and for the first record that is none, whatever the database's columns are.
    package func checkFiles() throws(Failure) {
        for word in file.files { _ = try source(of: word) }
        for data in file.tables.compactMap(\.data) {
            let records = try data.records(in: source(of: data.file))
            while try records.read() {}
        }
    }

    /// Refuses a password that cannot be hashed.
    func check(
        _ password: String, for hash: PasswordHash, in column: String, at place: Place
    ) throws(Failure) {
        guard let objection = hash.objection(to: password) else { return }
        throw wrong("cannot hash the password for \(column): \(objection)", at: place)
    }

    /// The one of an `!sql`'s expressions that is meant for a server.
    func expression(
        _ expressions: [String: String], for dialect: Dialect, at place: Place
    ) throws(Failure) -> String {
        if let expression = expressions[SeedExpression.everyEngine] { return expression }
        let names = dialect.variants + [dialect.engine]
        for name in names {
            if let expression = expressions[name] { return expression }
        }
        let others = expressions.keys.sorted().joined(separator: ", ")
        throw wrong("has no !sql for \(names[0]), only for \(others)", at: place)
    }

    private func wrong(_ headline: String, at place: Place) -> Failure {
        shown(Failure(.rejected, headline, place: place))
    }
}

extension SeedTable {
    /// What its rows, its columns beside a data file and its scope hold.
    fileprivate var checkedCells: [SeedCell] {
        let values = columns.compactMap { column in
            column.value.map { SeedCell(column: column.name, expression: $0) }
        }
        return rows.flatMap(\.cells) + (data == nil ? [] : values) + scope
    }
}
