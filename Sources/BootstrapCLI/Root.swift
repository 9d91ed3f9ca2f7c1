import ArgumentParser

@main struct Root: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bootstrap", version: "0.1.0")
}
