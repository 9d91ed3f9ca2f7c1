import Bootstrap
import Glibc

/// A question to the person at the terminal.
struct Question {
    /// What is asked.
    let text: String
    /// The word that means yes; anything else is no.
    let answer: String

    /// Whether somebody is there to answer.
    static var isPossible: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Asks, and waits for the answer.
    func ask() -> Bool {
        Output.error.write("\(text) Type \(answer) to go on: ")
        return readLine() == answer
    }

    /// Asks the person at the terminal, where there is one, about a production database.
    ///
    /// - `deed`: what the command does: `drops`.
    static func confirms(_ deed: String, _ pipeline: Pipeline) -> Bool {
        guard pipeline.options.isProduction, isPossible else { return false }
        let name = pipeline.url.databaseName
        return Question(text: "This \(deed) \(name) with all that is in it.", answer: name).ask()
    }
}
