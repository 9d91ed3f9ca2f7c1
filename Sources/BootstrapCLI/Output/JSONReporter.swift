import Bootstrap
import Synchronization

/// Progress for programs: one JSON object a line, all of it on standard output.
final class JSONReporter: Reporter {
    /// What the database is called; `nil` until the URL has been read.
    private let database: String?
    /// Whether failures are annotated for GitHub Actions.
    private let annotates: Bool
    private let output: Output
    private let clock: Ticker
    private let activity: Mutex<Activity>

    /// A reporter of one run.
    init(
        database: String?, annotates: Bool, output: Output = .standard, clock: Ticker = Ticker()
    ) {
        (self.database, self.annotates) = (database, annotates)
        (self.output, self.clock) = (output, clock)
        activity = Mutex(Activity(at: clock.timing.now()))
    }

    /// Prints an event, and goes on to tell of what lasts.
    func report(_ event: Event) {
        let mayLast = activity.withLock { activity in
            let now = clock.timing.now()
            activity.take(event, at: now)
            if let word = event.word {
                activity.speak(at: now)
                output.writeLine("\(line(word, event.members))")
            }
            return activity.mayLast
        }
        if mayLast { clock.start { self.tick() } }
    }

    /// Tells of what has lasted until now, after half a minute without a word.
    ///
    /// - Returns: when to ask again; `nil` when the run has ended.
    func tick() -> Duration? {
        activity.withLock { activity in
            let now = clock.timing.now()
            if activity.isDue(at: now) {
                activity.speak(at: now)
                output.writeLine("\(line(activity.word, activity.members(at: now)))")
            }
            return activity.pause(at: now)
        }
    }

    /// Prints a failure; on standard error where standard output takes nothing more.
    func report(_ failure: Failure) {
        activity.withLock { $0.end() }
        let line = "\(line("failed", failure.members))"
        if !output.writeLine(line) { Output.error.writeLine(line) }
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
    /// The event's name in JSON; `nil` for one that is only of interest while it lasts.
    var word: String? {
        switch self {
        case .started: "started"
        case .waiting: "waiting"
        case .awake: "awake"
        case .created: "created"
        case .dropped: "dropped"
        case .locked: "locked"
        case .migrating: "migrating"
        case .migrated: "migrated"
        case .rollingBack: "rollingback"
        case .rolledBack: "rolledback"
        case .adopted: "adopted"
        case .compared(let row): row.state.rawValue
        case .seeding: "seeding"
        case .running, .loading: nil
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
        case .created, .dropped, .running, .loading: []
        case .locked(let holder): holder.members
        case .migrating(let name), .rollingBack(let name), .adopted(let name), .seeding(let name):
            [.init("name", .string(name))]
        case .migrated(let name, let took), .rolledBack(let name, let took):
            [.init("name", .string(name)), .init("ms", .init(milliseconds: took))]
        case .seeded(let name, let counts, let took):
            [.init("name", .string(name))] + counts.members
                + [.init("ms", .init(milliseconds: took))]
        case .compared(let row):
            [.init("name", .string(row.name)), .init("detail", JSON(row.detail))]
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
    /// The counts as members of an object.
    var members: [JSON.Member] {
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
            .init("rolledback", .array(rolledBack.map(JSON.string))),
            .init("adopted", .array(adopted.map(JSON.string))),
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
