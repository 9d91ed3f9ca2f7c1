import Bootstrap

extension Preview {
    /// The plan as SQL that can be read and kept; all else stands in comments.
    var lines: [String] { lines(of: "migration") }

    /// The same for what is not to be called a migration.
    func lines(of kind: String) -> [String] {
        guard !isEmpty else {
            return notes.map { "-- \($0)" } + ["-- \(target): nothing to do"]
        }
        var lines = ["-- \(target)"] + notes.map { "-- \($0)" }
        if creates { lines.append("-- would create the database") }
        for migration in migrations {
            lines += ["", "-- \(kind) \(migration.name) (\(migration.path))"]
            if migration.statements.isEmpty {
                let isCode = migration.path == migration.name
                lines.append(isCode ? "-- runs code" : "-- has no statement for this engine")
            }
            lines += migration.statements.map { $0 + ";" }
        }
        for seed in seeds { lines += ["", "-- seed \(seed.name)"] + seed.lines.map { "-- \($0)" } }
        return lines
    }

    /// The plan as members of one object.
    var members: [JSON.Member] {
        [
            .init("target", .string(target)), .init("create", .bool(creates)),
            migrationMember("migrations"),
            .init(
                "seeds",
                .array(
                    seeds.map {
                        .object([
                            .init("name", .string($0.name)),
                            .init("does", .array($0.lines.map(JSON.string))),
                        ])
                    })),
            .init("notes", .array(notes.map(JSON.string))),
        ]
    }

    /// The plan of a rollback as members of one object.
    var rollbackMembers: [JSON.Member] {
        [
            .init("target", .string(target)), migrationMember("rollback"),
            .init("notes", .array(notes.map(JSON.string))),
        ]
    }

    private func migrationMember(_ name: String) -> JSON.Member {
        let objects = migrations.map { migration in
            JSON.object([
                .init("name", .string(migration.name)), .init("file", .string(migration.path)),
                .init("statements", .array(migration.statements.map(JSON.string))),
            ])
        }
        return .init(name, .array(objects))
    }
}
