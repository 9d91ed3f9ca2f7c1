import Bootstrap
import Synchronization

/// Progress for people: columns on standard output, failures on standard error.
final class TextReporter: Reporter {
    /// How much to say, and how.
    struct Style: Sendable {
        /// Whether only failures are told.
        var isQuiet = false
        /// Whether standard output may be coloured, and has a cursor for the live line.
        var isLive = false
        /// Whether standard error may be coloured.
        var coloursErrors = false
        /// Whether failures are annotated for GitHub Actions.
        var annotates = false
    }

    private struct State {
        var transcript: Transcript
        var hasLiveLine = false
    }

    private let style: Style
    private let state: Mutex<State>

    /// A reporter of one run.
    init(_ style: Style, transcript: Transcript) {
        self.style = style
        state = Mutex(State(transcript: transcript))
    }

    /// Prints the lines of an event, if it has any.
    func report(_ event: Event) {
        guard !style.isQuiet else { return }
        state.withLock { state in
            let lines = state.transcript.lines(for: event)
            let live = style.isLive ? state.transcript.liveLine(for: event) : nil
            var text = ""
            if state.hasLiveLine && !(lines.isEmpty && live == nil) { text += Self.eraseLine }
            for line in lines { text += line.text(colour: style.isLive) + "\n" }
            if let live { text += live.text(colour: true) }
            if !text.isEmpty {
                Output.standard.write(text)
                state.hasLiveLine = live != nil
            }
        }
    }

    /// Prints a failure in its parts, after what was held back.
    func report(_ failure: Failure) {
        state.withLock { state in
            var text = state.hasLiveLine ? Self.eraseLine : ""
            state.hasLiveLine = false
            if !style.isQuiet {
                let lines = state.transcript.release()
                text += lines.map { $0.text(colour: style.isLive) + "\n" }.joined()
            }
            if !text.isEmpty { Output.standard.write(text) }
        }
        let name = style.coloursErrors ? Colour.red("bootstrap:") : "bootstrap:"
        Output.error.writeLine("\(name) \(failure.description.withoutControls)")
        annotate(failure, isWanted: style.annotates)
    }

    /// Back to the first column, then erase to the end of the line (ECMA-48: CR, EL).
    private static let eraseLine = "\r\u{1B}[K"
}
