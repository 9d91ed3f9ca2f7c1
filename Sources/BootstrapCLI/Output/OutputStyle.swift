import Bootstrap

/// How this run tells what happens: from its options, its environment, and who is looking.
struct OutputStyle {
    /// Whether events and results are JSON.
    let isJSON: Bool
    private let isQuiet: Bool
    private let mayColour: Bool
    /// Whether the terminal, if there is one, has a cursor.
    private let hasCursor: Bool
    private let annotates: Bool

    /// The style that was asked for.
    init(_ configuration: Configuration, _ surroundings: Surroundings) {
        isJSON = configuration.json
        isQuiet = configuration.quiet
        mayColour = configuration.color ?? (surroundings.variables["TERM"] != "dumb")
        hasCursor = surroundings.variables["TERM"] != "dumb"
        annotates = surroundings.variables["GITHUB_ACTIONS"] == "true"
    }

    /// The style for a failure of the configuration itself: only flags are known.
    init(flags: [String: String], _ surroundings: Surroundings) {
        isJSON = flags["json"] == "true"
        isQuiet = true
        mayColour = flags["color"] != "false" && surroundings.variables["NO_COLOR"] == nil
        hasCursor = surroundings.variables["TERM"] != "dumb"
        annotates = surroundings.variables["GITHUB_ACTIONS"] == "true"
    }

    /// A reporter in this style.
    func reporter(database: String?, idle: Transcript.Idle = .nothingToDo) -> any Reporter {
        guard !isJSON else { return JSONReporter(database: database, annotates: annotates) }
        let style = TextReporter.Style(
            isQuiet: isQuiet, isLive: hasCursor && Output.standard.isTerminal,
            colours: mayColour && Output.standard.isTerminal,
            coloursErrors: mayColour && Output.error.isTerminal, annotates: annotates)
        return TextReporter(style, transcript: Transcript(version: toolVersion, idle: idle))
    }
}
