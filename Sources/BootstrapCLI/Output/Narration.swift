import Bootstrap

/// What is written to standard output as a run goes on.
///
/// Lines for good, and on a terminal the live line below them. It is pure: it is told what the clock
/// says.
struct Narration {
    private var transcript: Transcript
    private var activity: Activity
    private let isLive: Bool
    private let isColoured: Bool
    private var hasLiveLine = false

    /// Back to the first column, then erase to the end of the line (ECMA-48: CR, EL).
    static let eraseLine = "\r\u{1B}[K"

    /// How often the live line is drawn.
    static let beat = Duration.seconds(1)

    /// A narration that begins now.
    ///
    /// - `isLive`: whether the stream has a cursor, for the live line.
    init(_ transcript: Transcript, isLive: Bool, isColoured: Bool, at now: Deadline) {
        (self.transcript, self.isLive, self.isColoured) = (transcript, isLive, isColoured)
        activity = Activity(at: now)
    }

    /// Whether what is being done may last: then ``text(at:width:)`` has to be asked from time to
    /// time.
    var mayLast: Bool { activity.mayLast }

    /// How long nothing has to be written unless something happens; `nil` for good.
    func pause(at now: Deadline) -> Duration? {
        activity.pause(at: now).map { isLive ? Self.beat : $0 }
    }

    /// What to write now that `event` has happened.
    mutating func text(for event: Event, at now: Deadline, width: Int) -> String {
        let lines = transcript.lines(for: event)
        activity.take(event, at: now)
        var text = ""
        if hasLiveLine, !lines.isEmpty || !activity.isOn { text += erased() }
        text += told(lines, at: now)
        // What mostly takes a moment has no live line of its own.
        guard activity.mayLast, !hasLiveLine else { return text }
        return text + liveText(at: now, width: width)
    }

    /// What to write when nothing has happened for a while.
    mutating func text(at now: Deadline, width: Int) -> String {
        guard !isLive else { return liveText(at: now, width: width) }
        guard activity.isDue(at: now) else { return "" }
        return told(transcript.release() + [activity.line(at: now)], at: now)
    }

    /// What to write before a failure is told: what was held back.
    mutating func end(at now: Deadline) -> String {
        activity.end()
        return (hasLiveLine ? erased() : "") + told(transcript.release(), at: now)
    }

    private mutating func erased() -> String {
        hasLiveLine = false
        return Self.eraseLine
    }

    private mutating func told(_ lines: [Line], at now: Deadline) -> String {
        if !lines.isEmpty { activity.speak(at: now) }
        return lines.map { $0.text(colour: isColoured) + "\n" }.joined()
    }

    /// The live line, in the place of the one that is there.
    private mutating func liveText(at now: Deadline, width: Int) -> String {
        // Less than the word and a letter behind it helps nobody.
        guard isLive, activity.isOn, width > 12 else { return "" }
        let text = hasLiveLine ? erased() : ""
        hasLiveLine = true
        // The last column stays free: some terminals go on to the next line behind it.
        return text + activity.liveLine(at: now, width: width - 1).text(colour: isColoured)
    }
}
