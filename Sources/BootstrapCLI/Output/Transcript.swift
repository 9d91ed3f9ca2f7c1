import Bootstrap

/// Turns events into the lines that a person reads: pure, so that every line has a test.
///
/// The first lines are held back until something has been done: a run that finds nothing to do is
/// one line.
struct Transcript {
    /// What a verdict says about a run that changed nothing.
    enum Idle: Equatable {
        /// There was nothing to do.
        case nothingToDo
        /// There was nothing to adopt; something may be pending.
        case nothingToAdopt
        /// The database answers, and that was all that was asked.
        case awake
    }

    private let version: String
    private let idle: Idle
    private var held: [Line] = []
    private var hasStarted = false
    private var server: Server?

    /// A transcript of a run of this version of the tool.
    init(version: String, idle: Idle = .nothingToDo) {
        self.version = version
        self.idle = idle
    }

    /// The lines to print now that `event` has happened.
    mutating func lines(for event: Event) -> [Line] {
        switch event {
        case .started(let target):
            held.insert(Line(label: "", text: "bootstrap \(version): \(target)"), at: 0)
            hasStarted = true
            return []
        case .note(let note) where !hasStarted:
            // About the configuration: of no interest where there is nothing to do.
            held.append(Line(label: "note", text: note, tone: .quiet))
            return []
        case .awake(let server, let after):
            self.server = server
            let text = "\(server.title) after \(after.text)"
            // Once somebody has read that the run waits, they want to know that it is over.
            let isExpected = hasStarted && held.isEmpty
            held.append(Line(label: "awake", text: text, tone: .good))
            return isExpected ? release() : []
        // What runs now may take long: whoever watches a log wants to know where and since when.
        case .migrating, .rollingBack, .seeding: return release()
        case .running, .loading: return []
        case .ready(let report) where report.isNothing && !held.isEmpty:
            held = []
            return [Line(label: "ready", text: idleVerdict(report), tone: .good)]
        case .ready(let report):
            return release() + [Line(label: "ready", text: verdict(report), tone: .good)]
        case .waiting, .created, .dropped, .locked, .migrated, .rolledBack, .adopted, .compared,
            .seeded, .note:
            return release() + [Line(event)].compactMap { $0 }
        }
    }

    /// The lines held back so far, to be printed before anything that comes now.
    mutating func release() -> [Line] {
        defer { held = [] }
        return held
    }

    /// The last line of a run that did something, or that somebody has read to be waiting.
    private func verdict(_ report: Report) -> String {
        if !report.rolledBack.isEmpty {
            let count = counted(report.rolledBack.count, "migration")
            return "\(count) rolled back, \(report.migrations) left in \(report.took.text)"
        }
        if !report.adopted.isEmpty {
            return "\(counted(report.adopted.count, "migration")) adopted in \(report.took.text)"
        }
        let other = report.created ? "an empty database" : server?.title ?? "no migrations"
        return "\(report.sum ?? other) in \(report.took.text)"
    }

    private func idleVerdict(_ report: Report) -> String {
        switch idle {
        case .nothingToDo, .nothingToAdopt:
            let deed = idle == .nothingToAdopt ? "adopt" : "do"
            let details = [report.counts, report.lead, report.took.text].compactMap { $0 }
            return "\(report.target): nothing to \(deed) (\(details.joined(separator: "; ")))"
        case .awake:
            let details = [server?.title, report.counts, report.took.text].compactMap { $0 }
            return "\(report.target): awake (\(details.joined(separator: "; ")))"
        }
    }
}

extension Line {
    /// What one event says on a line of its own; `nil` for those that have none.
    fileprivate init?(_ event: Event) {
        switch event {
        case .waiting(let reason): self.init(label: "waiting", text: reason, tone: .waiting)
        case .created(let database):
            self.init(label: "created", text: "database \(database)", tone: .good)
        case .dropped(let database):
            self.init(label: "dropped", text: "database \(database)", tone: .good)
        case .locked(let holder):
            self.init(label: "locked", text: holder.sentence, tone: .waiting)
        case .migrated(let name, let took):
            self.init(label: "migrated", text: Self.columns(name, took), tone: .good)
        case .rolledBack(let name, let took):
            self.init(label: "rolledback", text: Self.columns(name, took), tone: .good)
        case .adopted(let name): self.init(label: "adopted", text: name, tone: .good)
        case .compared(let row): self.init(row)
        case .seeded(let name, let counts, let took):
            let text = name.padded(to: 30) + " " + counts.text.padded(to: 10)
            self.init(label: "seeded", text: text + took.text.aligned(to: 6), tone: .good)
        case .note(let note): self.init(label: "note", text: note, tone: .quiet)
        case .started, .awake, .migrating, .rollingBack, .seeding, .running, .loading, .ready:
            return nil
        }
    }

    /// A migration beside another tool's history: `suspect    0003_tag   its table tag is not there`.
    init(_ row: Takeover.Row) {
        let text = row.detail.map { row.name.padded(to: 29) + " " + $0 } ?? row.name
        let tone: Tone =
            switch row.state {
            case .adopted: .good
            case .pending: .quiet
            case .missing, .changed, .suspect: .waiting
            }
        self.init(label: row.state.rawValue, text: text, tone: tone)
    }

    private static func columns(_ name: String, _ took: Duration) -> String {
        name.padded(to: 29) + took.text.aligned(to: 6)
    }
}

extension Server {
    /// The product with its version and flavour, as people name a server.
    var title: String {
        "\(product) \(version)" + (flavour.map { " (\($0))" } ?? "")
    }
}

extension SeedCounts {
    /// `2 rows`, `1 row, 3 updated`, or that every row was there.
    var text: String {
        var parts: [String] = []
        if inserted > 0 { parts.append(counted(inserted, "row")) }
        if updated > 0 { parts.append("\(updated) updated") }
        if deleted > 0 { parts.append("\(deleted) deleted") }
        if parts.isEmpty { parts.append(unchanged > 0 ? "unchanged" : "no rows") }
        return parts.joined(separator: ", ")
    }
}

extension Report {
    /// How many migrations and seeds the database has, or `nil` when the run counted none.
    fileprivate var counts: String? {
        var parts: [String] = []
        if migrations > 0 { parts.append(counted(migrations, "migration")) }
        if seeds > 0 { parts.append(counted(seeds, "seed")) }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// That the database is ahead of the files, and by what.
    fileprivate var lead: String? {
        guard let first = ahead.first else { return nil }
        let more = ahead.count > 1 ? " and \(ahead.count - 1) more" : ""
        return "ahead of these files by \(first)\(more)"
    }

    /// What the database has, and how many repeatables this run applied, which leave no count behind.
    fileprivate var sum: String? {
        let repeatables = migrated.count { $0.hasPrefix("R_") }
        let parts = [
            migrations > 0 ? counted(migrations, "migration") : nil,
            repeatables > 0 ? counted(repeatables, "repeatable") : nil,
            seeds > 0 ? counted(seeds, "seed") : nil,
        ].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
