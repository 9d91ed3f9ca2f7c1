import Bootstrap

/// Progress for programs: one JSON object a line, all of it on standard output.
struct JSONReporter: Reporter {
    /// What the database is called; `nil` until the URL has been read.
    let database: String?
    /// Whether failures are annotated for GitHub Actions.
    let annotates: Bool

    /// Prints an event.
    func report(_ event: Event) {
        Output.standard.writeLine("\(line(event.word, event.members))")
    }

    /// Prints a failure; on standard error where standard output takes nothing more.
    func report(_ failure: Failure) {
        let line = "\(line("failed", failure.members))"
        if !Output.standard.writeLine(line) { Output.error.writeLine(line) }
        annotate(failure, isWanted: annotates)
    }

    /// One object: `event`, `time` and `database`, then what belongs to the event.
    func line(_ word: String, _ members: [JSON.Member], at moment: Moment = .now) -> JSON {
        .line(word, database: database, members, at: moment)
    }
}

extension JSON {
    /// One object of the output, result or event: `event`, `time` and `database` come first.
    static func line(
        _ word: String, database: String?, _ members: [Member], at moment: Moment = .now
    ) -> JSON {
        .object(
            [
                .init("event", .string(word)), .init("time", .string(moment.text(.rfc3339))),
                .init("database", JSON(database)),
            ] + members)
    }
}

extension Event {
    /// The event's name in JSON.
    var word: String {
        switch self {
        case .started: "started"
        case .waiting: "waiting"
        case .awake: "awake"
        case .created: "created"
        case .dropped: "dropped"
        case .locked: "locked"
        case .migrating: "migrating"
        case .migrated: "migrated"
        case .rolledBack: "rolledback"
        case .seeding: "seeding"
        case .seeded: "seeded"
        case .note: "note"
        case .ready: "ready"
        }
    }

    /// What belongs to the event, in a fixed order.
    var members: [JSON.Member] {
        switch self {
        case .started(let target):
            [.init("target", .string(target)), .init("version", .string(toolVersion))]
        case .waiting(let reason): [.init("reason", .string(reason))]
        case .awake(let server, let after):
            server.members + [.init("ms", .init(milliseconds: after))]
        // Which database it is stands in every object.
        case .created, .dropped: []
        case .locked(let holder): holder.members
        case .migrating(let name), .seeding(let name): [.init("name", .string(name))]
        case .migrated(let name, let took), .rolledBack(let name, let took):
            [.init("name", .string(name)), .init("ms", .init(milliseconds: took))]
        case .seeded(let name, let counts, let took):
            [.init("name", .string(name))] + counts.members
                + [.init("ms", .init(milliseconds: took))]
        case .note(let message): [.init("message", .string(message))]
        case .ready(let report): report.members
        }
    }
}

extension Server {
    fileprivate var members: [JSON.Member] {
        [
            .init("product", .string(product)), .init("server", .string(version)),
            .init("flavour", JSON(flavour)),
        ]
    }
}

extension LockHolder {
    /// Who holds a lock, as members of an object.
    var members: [JSON.Member] {
        [
            .init("by", .string(who)), .init("session", JSON(session)),
            .init("since", JSON(since)), .init("doing", JSON(doing)),
        ]
    }
}

extension SeedCounts {
    fileprivate var members: [JSON.Member] {
        [
            .init("inserted", .integer(inserted)), .init("updated", .integer(updated)),
            .init("unchanged", .integer(unchanged)), .init("deleted", .integer(deleted)),
        ]
    }
}

extension Report {
    fileprivate var members: [JSON.Member] {
        [
            .init("migrations", .integer(migrations)), .init("seeds", .integer(seeds)),
            .init("created", .bool(created)),
            .init("migrated", .array(migrated.map(JSON.string))),
            .init("seeded", .array(seeded.map(JSON.string))),
            .init("ahead", .array(ahead.map(JSON.string))),
            .init("ms", .init(milliseconds: took)),
        ]
    }
}

extension Failure {
    /// The failure's parts; those that it has not are left out.
    var members: [JSON.Member] {
        var members: [JSON.Member] = [.init("status", .integer(Int(status.rawValue)))]
        if let place {
            members.append(.init("file", .string(place.file)))
            members.append(.init("line", .integer(place.line)))
            members.append(.init("column", .integer(place.column)))
        }
        members.append(.init("headline", .string(headline)))
        if let product { members.append(.init("engine", .string(product))) }
        if let code = cause?.code { members.append(.init("code", .string(code))) }
        members.append(.init("message", .string(cause?.message ?? headline)))
        if let state { members.append(.init("state", .string(state))) }
        if let next { members.append(.init("next", .string(next))) }
        return members
    }
}
