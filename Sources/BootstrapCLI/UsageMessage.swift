import ArgumentParser
import Bootstrap

/// What the program says when its arguments are wrong, or ask for help.
struct UsageMessage: CustomStringConvertible {
    /// The whole text.
    let description: String

    /// The text for what the parser threw; no argument's password is repeated in it.
    init(_ error: any Error, _ arguments: [String]) {
        var text = RootCommand.fullMessage(for: error)
        for argument in arguments {
            guard let masked = ArgumentMask.masked(argument) else { continue }
            text = text.replacing(argument, with: masked)
        }
        if text.hasPrefix("Error: ") { text = "bootstrap: " + text.dropFirst("Error: ".count) }
        description = text
    }
}
