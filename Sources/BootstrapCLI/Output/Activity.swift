import Bootstrap

/// What a run is doing and for how long, worked out from its events alone: no clock, no stream, so
/// that a test of a night takes no time.
struct Activity {
    /// What people read in the first column, and programs as `doing`.
    enum Kind: String {
        case connecting, waiting, locked, migrating, undoing, seeding, working
    }

    private(set) var kind = Kind.connecting
    /// The migration or the seed, or several migrations that travel together.
    private var name: String?
    private var statement: Event.Position?
    /// How far the data file was read, and since when.
    private var load: (state: Event.Load, since: Deadline)?
    /// What is in the way.
    private var reason: String?
    private var holder: LockHolder?
    private var since: Deadline
    /// When the last line was printed.
    private var spoke: Deadline
    /// Whether the run is at work: it has started, and has not ended.
    private(set) var isOn = false

    /// Nothing yet.
    init(at now: Deadline) { (since, spoke) = (now, now) }

    /// How long a run may be silent where nobody sees a live line.
    static let patience = Duration.seconds(30)

    /// Takes note of an event.
    mutating func take(_ event: Event, at now: Deadline) {
        switch event {
        case .started(let target):
            begin(.connecting, at: now)
            name = target
            isOn = true
        case .waiting(let reason):
            switch kind {
            case .migrating, .undoing, .seeding: break
            // One wait, whatever it is for.
            case .connecting, .waiting: kind = .waiting
            case .locked, .working: begin(.waiting, at: now)
            }
            self.reason = reason
        case .locked(let holder):
            if kind != .locked { begin(.locked, at: now) }
            self.holder = holder
        case .migrating(let name): begin(.migrating, name, at: now)
        case .rollingBack(let name): begin(.undoing, name, at: now)
        case .seeding(let name): begin(.seeding, name, at: now)
        case .running(let name, let statement):
            if name != self.name { begin(.migrating, name, at: now) }
            (self.statement, reason) = (statement, nil)
        case .loading(_, let state):
            // One that is read from its beginning again takes a time of its own.
            let isSame = load?.state.file == state.file && load?.state.rows ?? 0 <= state.rows
            load = (state, isSame ? load?.since ?? now : now)
        case .awake, .created, .dropped, .migrated, .rolledBack, .adopted, .compared, .seeded:
            begin(.working, at: now)
        case .note: break
        case .ready: isOn = false
        }
    }

    private mutating func begin(_ kind: Kind, _ name: String? = nil, at now: Deadline) {
        (self.kind, self.name, since) = (kind, name, now)
        (statement, load, reason, holder) = (nil, nil, nil, nil)
    }

    /// The run has ended, by success or failure.
    mutating func end() { isOn = false }

    /// A line has been printed.
    mutating func speak(at now: Deadline) { spoke = now }

    /// Whether this may last: then somebody has to look at the clock.
    var mayLast: Bool {
        switch kind {
        case .waiting, .locked, .migrating, .undoing, .seeding: isOn
        case .connecting, .working: false
        }
    }

    /// When a line is due that says what is being done; `nil` when the run has ended.
    private var due: Deadline? { isOn ? spoke + Self.patience : nil }

    /// Whether that line is due, and is no repetition: of a lock that is waited for, the run itself
    /// tells every 30 s.
    func isDue(at now: Deadline) -> Bool { due.map { $0 <= now } ?? false && kind != .locked }

    /// How long nothing is due; `nil` when the run has ended.
    func pause(at now: Deadline) -> Duration? {
        due.map { due in
            let left = now.duration(to: due)
            // Past already, and not told: it is told elsewhere.
            return left > .zero ? left : Self.patience
        }
    }

    /// What is being done, in words.
    private func text(at now: Deadline) -> String {
        switch kind {
        case .connecting: return name ?? ""
        case .waiting: return reason ?? ""
        case .locked: return holder?.sentence ?? ""
        case .working: return "on the database"
        case .migrating, .undoing, .seeding:
            var text = name ?? ""
            if let statement { text += ", statement \(statement.number) of \(statement.count)" }
            if let pace = pace(at: now) { text += ", " + pace.text }
            if let reason { text += ": \(reason)" }
            return text
        }
    }

    private func elapsed(at now: Deadline) -> Duration { since.duration(to: now) }

    /// The line for a log: what is being done, and for how long.
    func line(at now: Deadline) -> Line {
        let took = Duration.seconds(elapsed(at: now).components.seconds).text
        let text = text(at: now).padded(to: 29) + took.aligned(to: 6)
        return Line(label: kind.rawValue, text: text, tone: .waiting)
    }

    /// The line for a terminal, on which the time fits whatever the text is: at most `width` columns
    /// wide.
    func liveLine(at now: Deadline, width: Int) -> Line {
        let seconds = elapsed(at: now).components.seconds
        let took = seconds > 0 ? "  " + Duration.seconds(seconds).text : " …"
        let room = width - Line.labelWidth
        let text = text(at: now).escapingControls().cut(toColumns: room - took.count) + took
        return Line(label: kind.rawValue, text: text.cut(toColumns: room), tone: .waiting)
    }

    private func pace(at now: Deadline) -> Pace? {
        load.map { Pace($0.state, after: $0.since.duration(to: now)) }
    }

    /// The event that says what lasts.
    var word: String { load == nil ? "working" : "seeding" }

    /// The members of that event.
    func members(at now: Deadline) -> [JSON.Member] {
        let own: [JSON.Member] = [
            .init("doing", .string(kind.rawValue)), .init("name", JSON(name)),
            .init("statement", statement.map { .integer($0.number) } ?? .null),
            .init("statements", statement.map { .integer($0.count) } ?? .null),
            .init("reason", JSON(reason)), .init("ms", .init(milliseconds: elapsed(at: now))),
        ]
        return own + (pace(at: now)?.members ?? [])
    }
}

/// How fast a data file is read, and how long it will take.
private struct Pace {
    let load: Event.Load
    /// In rows a second; `nil` while there is too little to go by.
    let rate: Int?
    /// Until the file's end; `nil` while that is a guess.
    let left: Duration?

    init(_ load: Event.Load, after time: Duration) {
        self.load = load
        let seconds = time.milliseconds / 1000
        rate = seconds >= 1 ? Int(Double(load.rows) / seconds) : nil
        let isKnown = seconds >= 1 && load.fraction >= 0.01 && load.fraction < 1
        left =
            isKnown
            ? .seconds(Int((seconds * (1 - load.fraction) / load.fraction).rounded(.up))) : nil
    }

    var text: String {
        var text = counted(load.rows, "row")
        if let rate { text += ", \(rate) rows/s" }
        if let left { text += ", \(left.text) left" }
        return text
    }

    var members: [JSON.Member] {
        [
            .init("file", .string(load.file)), .init("rows", .integer(load.rows)),
            .init("rows_per_second", rate.map(JSON.integer) ?? .null),
            .init("left_ms", left.map(JSON.init(milliseconds:)) ?? .null),
        ]
    }
}

extension String {
    /// As much of the text as fits on `width` columns, with `…` in the place of the rest.
    ///
    /// Nobody knows how wide a terminal draws a character. None is wider than two columns, and none
    /// before U+1100 wider than one, so this may cut too much and never too little.
    func cut(toColumns width: Int) -> String {
        func columns(_ scalar: Unicode.Scalar) -> Int {
            scalar.value < 0x1100 || scalar == "…" ? 1 : 2
        }
        guard unicodeScalars.reduce(0, { $0 + columns($1) }) > width else { return self }
        var (text, left) = ("", width - 1)
        guard left >= 0 else { return text }
        for scalar in unicodeScalars {
            left -= columns(scalar)
            guard left >= 0 else { break }
            text.unicodeScalars.append(scalar)
        }
        return text + "…"
    }
}
