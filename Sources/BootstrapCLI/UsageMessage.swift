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

    private static var commands: [String] {
        RootCommand.configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    }

    /// The arguments with their command first, where it stood behind options and the parser, which took
    /// them for those of `up`, had no place for it.
    static func reordered(_ arguments: [String], after error: any Error) -> [String]? {
        guard arguments.first?.hasPrefix("-") == true else { return nil }
        let message = RootCommand.message(for: error)
        guard
            let index = arguments.firstIndex(where: {
                commands.contains($0) && message.hasPrefix("Unexpected argument '\($0)'")
            })
        else { return nil }
        var rest = arguments
        return [rest.remove(at: index)] + rest
    }

    /// What is wrong with a first word that is neither a command nor an option.
    static func misplaced(_ arguments: [String]) -> Failure? {
        guard let word = arguments.first, !word.hasPrefix("-") else { return nil }
        if word.contains("://") {
            return Failure(
                .usage, "the database's address needs its option",
                next: "say bootstrap --url URL")
        }
        guard !commands.contains(word) else { return nil }
        let near = didYouMean(word, in: commands, quote: "")
        return Failure(
            .usage, "there is no command \(word)\(near)",
            next: "bootstrap --help lists the commands")
    }
}
