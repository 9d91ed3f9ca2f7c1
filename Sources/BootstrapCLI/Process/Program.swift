import Bootstrap
import Glibc

/// The program that this process becomes once the database is ready: `-- COMMAND ARG…`.
struct Program {
    /// Its name and its arguments, exactly as they were given; no shell reads them.
    let words: [String]

    /// Replaces this process by the program; returns only when that fails.
    ///
    /// As in a shell, the status is 127 when there is no such program and 126 when it cannot be run.
    func replaceProcess(_ signals: Signals) -> Int32 {
        guard let name = words.first else { return 0 }
        signals.restore()
        var arguments = words.map { strdup($0) }
        arguments.append(nil)
        execvp(name, arguments)
        let reason = errno
        Output.error.writeLine(
            "bootstrap: cannot run \(name): \(String(cString: strerror(reason)))\n"
                + "The database is ready; only the command after -- could not be started.")
        return reason == ENOENT ? 127 : 126
    }
}
