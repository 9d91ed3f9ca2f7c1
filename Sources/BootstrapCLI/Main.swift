import ArgumentParser
import Bootstrap
import Glibc

/// Where the process begins.
@main enum Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        // By hand, because scripts ask for it often, and parsing costs half of the time it takes.
        if arguments == ["--version"] {
            Output.standard.writeLine("bootstrap \(toolVersion)")
            exit(0)
        }
        ArgumentMask.apply()
        var command = parsed(arguments)
        do { try command.run() } catch { RootCommand.exit(withError: error) }
    }

    private static func parsed(_ arguments: [String]) -> any ParsableCommand {
        do {
            return try RootCommand.parseAsRoot(arguments)
        } catch {
            let status = RootCommand.exitCode(for: error).rawValue
            let output = status == 0 ? Output.standard : Output.error
            output.writeLine(UsageMessage(error, arguments).description)
            exit(status)
        }
    }
}
