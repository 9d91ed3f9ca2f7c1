import Bootstrap

extension Status {
    /// The status as people read it: the target, an entry a line, and the verdict.
    var lines: [String] {
        var lines = [Line(label: "", text: "bootstrap \(toolVersion): \(target)")]
        if let server { lines.append(Line(label: "server", text: server.title)) }
        lines += entries.map {
            Line(label: label($0), text: $0.text(isAtWork: mayBeAtWork))
        }
        if let lock { lines.append(Line(label: "locked", text: lock.sentence)) }
        lines.append(Line(label: unfinished.map(label) ?? state.rawValue, text: verdict))
        return lines.map { $0.text(colour: false) }
    }

    /// The entry's state, in a truer word where nobody is at work on it.
    private func label(_ entry: Entry) -> String {
        entry.state == .running && !mayBeAtWork ? "stopped" : entry.state.rawValue
    }

    /// The migration that has to be finished before anything else.
    private var unfinished: Entry? {
        guard state == .running else { return nil }
        return entries.first {
            $0.kind == "migration" && [.running, .failed, .undoing].contains($0.state)
        }
    }

    private var verdict: String {
        switch state {
        case .absent: "there is no database yet"
        case .foreign:
            "\(foreign?.tool ?? "") has migrated this database (\(foreign?.table ?? "")); "
                + "bootstrap adopt takes that over"
        case .ready: "nothing to do"
        case .pending: waiting.joined(separator: ", ")
        case .ahead: "the database is newer than these files by \(count(.unknown))"
        case .changed: "files and history disagree"
        case .running: unfinished.map { verdict(on: $0) } ?? ""
        }
    }

    /// What has happened to a migration that is not finished, and what to do.
    private func verdict(on entry: Entry) -> String {
        let isWayBack = entry.state == .undoing
        let subject = (isWayBack ? "the way back of " : "") + entry.name
        let command = "bootstrap " + (isWayBack ? "rollback" : "up")
        if lock != nil {
            return "\(subject) is not finished; a run is at work, and \(command) waits for it"
        }
        let isFailed = entry.error != nil
        guard isFailed || !mayBeAtWork else {
            return "\(subject) is at work, or was interrupted; \(command) goes on with it"
        }
        let end = "\(subject) \(isFailed ? "failed" : "was interrupted")"
        guard let statement = entry.undecided else {
            let before = isFailed ? "correct what was wrong, and " : ""
            return "\(end); \(before)\(command) goes on from there"
        }
        guard let outcome = entry.outcome else {
            return "\(end) in statement \(statement): look whether it took effect, answer with "
                + "bootstrap repair --statement done, or --statement again, then \(command)"
        }
        return "\(end) in statement \(statement), which \(outcome.text); "
            + "\(command) \(outcome.consequence)"
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
    /// The name, then when and by whom, or how far.
    fileprivate func text(isAtWork: Bool) -> String {
        var details: [String] = []
        if let appliedAt { details.append(appliedAt) }
        if let appliedBy, appliedAt != nil { details.append("by \(appliedBy)") }
        if let progress {
            let what = state == .undoing ? " of the way back" : ""
            details.append("\(progress) statements\(what) done")
        }
        if let undecided { details.append("(\(doubt(about: undecided, isAtWork: isAtWork)))") }
        if let error { details.append("[\(error)]") }
        if !missingSettings.isEmpty {
            details.append("(not set here: \(missingSettings.joined(separator: ", ")))")
        }
        guard !details.isEmpty else { return name }
        return name.padded(to: 30) + details.joined(separator: " ")
    }

    /// What is known of a statement of which the history does not say whether it took effect.
    private func doubt(about statement: Int, isAtWork: Bool) -> String {
        if let outcome { return "statement \(statement) \(outcome.text)" }
        return isAtWork
            ? "in statement \(statement)"
            : "whether statement \(statement) took effect is not known"
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
