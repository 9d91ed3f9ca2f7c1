import ArgumentParser

@main struct Root: ParsableCommand { static let configuration = CommandConfiguration(commandName: "bootstrap") }
