import Bootstrap
import Synchronization

/// Progress for people: columns on standard output, failures on standard error.
final class TextReporter: Reporter {
    /// How much to say, and how.
    struct Style: Sendable {
        /// Whether only failures are told.
        var isQuiet = false
        /// Whether standard output has a cursor, for the live line.
        var isLive = false
        /// Whether standard output may be coloured.
        var colours = false
        /// Whether standard error may be coloured.
        var coloursErrors = false
        /// Whether failures are annotated for GitHub Actions.
        var annotates = false
    }

    private let style: Style
    private let output: Output
    private let errors: Output
    private let clock: Ticker
    private let narration: Mutex<Narration>

    /// A reporter of one run.
    init(
        _ style: Style, transcript: Transcript, output: Output = .standard,
        errors: Output = .error, clock: Ticker = Ticker()
    ) {
        (self.style, self.output, self.errors, self.clock) = (style, output, errors, clock)
        narration = Mutex(
            Narration(
                transcript, isLive: style.isLive, isColoured: style.colours,
                at: clock.timing.now()))
    }

    /// Prints the lines of an event, if it has any, and goes on to tell of what lasts.
    func report(_ event: Event) {
        guard !style.isQuiet else { return }
        let mayLast = narration.withLock { narration in
            let now = clock.timing.now()
            write(narration.text(for: event, at: now, width: style.isLive ? output.width : 0))
            return narration.mayLast
        }
        if mayLast { clock.start { self.tick() } }
    }

    /// Tells of what has lasted until now.
    ///
    /// - Returns: when to ask again; `nil` when the run has ended.
    func tick() -> Duration? {
        narration.withLock { narration in
            let now = clock.timing.now()
            write(narration.text(at: now, width: style.isLive ? output.width : 0))
            return narration.pause(at: now)
        }
    }

    /// Prints a failure in its parts, after what was held back.
    func report(_ failure: Failure) {
        narration.withLock { narration in
            let text = narration.end(at: clock.timing.now())
            if !style.isQuiet { write(text) }
        }
        let name = style.coloursErrors ? Colour.red("bootstrap:") : "bootstrap:"
        errors.writeLine("\(name) \(failure.description.withoutControls)")
        annotate(failure, isWanted: style.annotates)
    }

    private func write(_ text: String) {
        if !text.isEmpty { output.write(text) }
    }
}
