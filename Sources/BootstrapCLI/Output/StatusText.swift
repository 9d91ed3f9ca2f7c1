import Bootstrap

extension Status {
    /// The status as people read it: the target, an entry a line, and the verdict.
    var lines: [String] {
        var lines = [Line(label: "", text: "bootstrap \(toolVersion): \(target)")]
        if let server { lines.append(Line(label: "server", text: server.title)) }
        lines += entries.map { Line(label: $0.state.rawValue, text: $0.text) }
        if let lock { lines.append(Line(label: "locked", text: lock.sentence)) }
        lines.append(Line(label: label, text: verdict))
        return lines.map { $0.text(colour: false) }
    }

    /// The whole in one word, and a migration that is not at work in a truer one.
    private var label: String {
        guard state == .running, count(.running) == 0 else { return state.rawValue }
        return (count(.undoing) > 0 ? State.undoing : .failed).rawValue
    }

    private var verdict: String {
        switch state {
        case .running where count(.undoing) > 0:
            "a rollback is at work, or was interrupted; bootstrap rollback goes on with it"
        case .absent: "there is no database yet"
        case .ready: "nothing to do"
        case .pending: waiting.joined(separator: ", ")
        case .ahead: "the database is newer than these files by \(count(.unknown))"
        case .changed: "files and history disagree"
        case .running where count(.running) == 0 && entries.contains(where: \.needsLook):
            "a migration stopped in its middle; the next run says what to look at, and how to go on"
        case .running where count(.running) == 0:
            "a migration stopped in its middle; the next run goes on with it"
        case .running: "a migration is at work, or was interrupted"
        }
    }

    /// `2 of 5 migrations`, `1 of 1 seed`: what a run would do.
    private var waiting: [String] {
        ["migration", "repeatable", "seed"].compactMap { kind in
            let all = entries.filter { $0.kind == kind }
            let open = all.count { $0.state != .applied }
            return open > 0 ? "\(open) of \(counted(all.count, kind))" : nil
        }
    }
}

extension Status.Entry {
    /// Whether a person has to say what became of a statement.
    fileprivate var needsLook: Bool { undecided != nil && outcome == nil }

    /// The name, then when and by whom, or how far.
    fileprivate var text: String {
        var details: [String] = []
        if let appliedAt { details.append(appliedAt) }
        if let appliedBy, appliedAt != nil { details.append("by \(appliedBy)") }
        if let progress {
            let what = state == .undoing ? " of the way back" : ""
            details.append("\(progress) statements\(what) done")
        }
        if let undecided { details.append("(\(undecided) \(outcome?.text ?? "is not known"))") }
        if let error { details.append("[\(error)]") }
        if !missingSettings.isEmpty {
            details.append("(not set here: \(missingSettings.joined(separator: ", ")))")
        }
        guard !details.isEmpty else { return name }
        return name.padded(to: 30) + details.joined(separator: " ")
    }

    fileprivate var json: JSON {
        .object([
            .init("name", .string(name)), .init("kind", .string(kind)),
            .init("state", .string(state.rawValue)), .init("applied_at", JSON(appliedAt)),
            .init("applied_by", JSON(appliedBy)), .init("progress", JSON(progress)),
            .init("undecided", undecided.map { .integer($0) } ?? .null),
            .init("outcome", JSON(outcome?.rawValue)),
            .init("error", JSON(error)),
            .init("missing_settings", .array(missingSettings.map(JSON.string))),
        ])
    }
}

extension Status {
    /// The status as members of one object, which names the database.
    var members: [JSON.Member] {
        let seeds = entries.filter { $0.kind == "seed" }
        let migrations = entries.filter { $0.kind != "seed" }
        return [
            .init("target", .string(target)),
            .init("product", JSON(server?.product)), .init("server", JSON(server?.version)),
            .init("exists", .bool(exists)), .init("state", .string(state.rawValue)),
            .init("lock", lock.map { .object($0.members) } ?? .null),
            .init(
                "counts",
                .object(State.allCases.map { .init($0.rawValue, .integer(count($0))) })),
            .init("migrations", .array(migrations.map(\.json))),
            .init("seeds", .array(seeds.map(\.json))),
        ]
    }
}
