import ArgumentParser
import Bootstrap

/// A command that works on files alone, without any database.
///
/// It takes the options of the other commands too, so that one set of them serves all; those about
/// the database are checked and not used.
protocol FileCommand: ParsableCommand {
    /// The options that the user gave, by their names in the table of all options.
    var given: [String: String] { get }
    /// The settings that the user gave with `--set`, as `NAME=VALUE`.
    var settings: [String] { get }

    /// Does the work.
    func perform(_ configuration: Configuration, _ style: OutputStyle) throws(Failure)
}

extension FileCommand {
    /// Reads the configuration, does the work, and tells a failure as the options ask for it.
    func run() throws {
        let surroundings = Surroundings.process
        var style = OutputStyle(flags: given, surroundings)
        do throws(Failure) {
            let configuration = try Configuration(
                flags: given, sets: settings, surroundings: surroundings)
            style = OutputStyle(configuration, surroundings)
            try perform(configuration, style)
        } catch {
            style.reporter(database: nil).report(error.advised)
            throw ExitCode(error.status.rawValue)
        }
    }
}
