import Bootstrap

extension Preview {
    /// The plan as SQL that can be read and kept; all else stands in comments.
    var lines: [String] { lines(of: "migration") }

    /// The same for what is not to be called a migration.
    func lines(of kind: String) -> [String] {
        guard !isEmpty || takeover?.rows.isEmpty == false else {
            return notes.map { "-- \($0)" } + ["-- \(target): nothing to do"]
        }
        var lines = ["-- \(target)"] + notes.map { "-- \($0)" }
        if creates { lines.append("-- would create the database") }
        if let takeover {
            lines += takeover.rows.map { "-- would adopt \($0.name)\(whose)" }
        }
        lines += before?.lines ?? []
        for migration in migrations {
            lines += migration.before?.lines ?? []
            lines += ["", "-- \(kind) \(migration.name) (\(migration.path))"]
            if migration.statements.isEmpty { lines.append("-- \(migration.remark)") }
            lines += migration.statements.map { $0 + ";" } + (migration.after?.lines ?? [])
        }
        lines += after?.lines ?? []
        for seed in seeds {
            let does = seed.changes?.lines ?? seed.lines
            lines += ["", "-- seed \(seed.name)"] + does.map { "-- \($0)" }
        }
        return lines
    }

    /// The plan as members of one object; without a hook there is no member for one.
    var members: [JSON.Member] {
        var members: [JSON.Member] = [
            .init("target", .string(target)), .init("create", .bool(creates)),
        ]
        members += takeoverMembers
        if let before { members.append(.init("before", before.json)) }
        members.append(.init("migrations", .array(migrations.map(\.json))))
        if let after { members.append(.init("after", after.json)) }
        let seeds = seeds.map { seed in
            let own =
                seed.changes?.members ?? [.init("does", .array(seed.lines.map(JSON.string)))]
            return JSON.object([.init("name", .string(seed.name))] + own)
        }
        return members + [
            .init("seeds", .array(seeds)), .init("notes", .array(notes.map(JSON.string))),
        ]
    }

    /// By whose history something would be adopted.
    private var whose: String {
        takeover.map { ", by the history of \($0.tool) (\($0.table))" } ?? ""
    }

    /// What would be taken in from another tool's table first.
    private var takeoverMembers: [JSON.Member] {
        guard let takeover else { return [] }
        return [
            .init("adopt", .array(takeover.rows.map { JSON.string($0.name) })),
            .init("from", .string(takeover.tool)), .init("table", .string(takeover.table)),
        ]
    }

    /// What would be adopted, as comments: no SQL runs.
    var adoptionLines: [String] {
        let others = (takeover?.rows ?? []).filter { $0.state != .adopted }.map {
            "-- \(Line($0).text(colour: false))"
        }
        let names = migrations.map { "-- would adopt \($0.name) (\($0.path))" }
        guard !names.isEmpty || !others.isEmpty else {
            return notes.map { "-- \($0)" } + ["-- \(target): nothing to adopt"]
        }
        return ["-- \(target)\(whose)"] + notes.map { "-- \($0)" } + names + others
    }

    /// The same as members of one object.
    var adoptionMembers: [JSON.Member] {
        let names = migrations.map {
            JSON.object([.init("name", .string($0.name)), .init("file", .string($0.path))])
        }
        let members: [JSON.Member] = [
            .init("target", .string(target)), .init("adopt", .array(names)),
            .init("notes", .array(notes.map(JSON.string))),
        ]
        guard let takeover else { return members }
        let rows = takeover.rows.map { row in
            JSON.object([
                .init("name", .string(row.name)), .init("state", .string(row.state.rawValue)),
                .init("detail", JSON(row.detail)),
            ])
        }
        return members + [
            .init("from", .string(takeover.tool)), .init("table", .string(takeover.table)),
            .init("migrations", .array(rows)),
        ]
    }

    /// The plan of a rollback as members of one object.
    var rollbackMembers: [JSON.Member] {
        [
            .init("target", .string(target)), .init("rollback", .array(migrations.map(\.json))),
            .init("notes", .array(notes.map(JSON.string))),
        ] + takeoverMembers
    }
}

extension Preview.Migration {
    /// What stands in the place of statements where none are shown.
    fileprivate var remark: String {
        if path == name { return "runs code" }
        return count == 0
            ? "has no statement for this engine" : "has \(count) statements, too many to show"
    }

    fileprivate var json: JSON {
        var members: [JSON.Member] = [
            .init("name", .string(name)), .init("file", .string(path)),
            .init("statements", .array(statements.map(JSON.string))),
        ]
        if statements.isEmpty, count > 0 { members.append(.init("count", .integer(count))) }
        if let before { members.append(.init("before", before.json)) }
        if let after { members.append(.init("after", after.json)) }
        return .object(members)
    }
}

extension Preview.Hook {
    fileprivate var lines: [String] {
        ["", "-- hook \(name) (\(path))"] + statements.map { $0 + ";" }
    }

    fileprivate var json: JSON {
        .object([
            .init("name", .string(name)), .init("file", .string(path)),
            .init("statements", .array(statements.map(JSON.string))),
        ])
    }
}
