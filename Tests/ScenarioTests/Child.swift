import FoundationEssentials
import Glibc

/// A program that a scenario has started, its output in two files.
final class Child {
    /// The process's number.
    let process: pid_t
    private let outputs: (standard: String, error: String)
    private let terminal: Terminal?
    private var status: Int32?

    /// Starts `command` in a shell, in `folder`, with exactly this environment.
    init(
        _ command: String, in folder: String, environment: [String: String], outputs name: String,
        at terminal: Terminal? = nil
    ) throws {
        outputs = (name + ".out", name + ".err")
        self.terminal = terminal
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        for (number, file) in [(STDOUT_FILENO, outputs.standard), (STDERR_FILENO, outputs.error)] {
            let file = number == STDOUT_FILENO ? terminal?.name ?? file : file
            posix_spawn_file_actions_addopen(
                &actions, number, file, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY, 0o644)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of Swift's pool block signals, which a child would inherit.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let words = ["/bin/sh", "-c", "cd '\(folder)' && \(command)"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let entries = environment.map { "\($0.key)=\($0.value)" }
        var variables: [UnsafeMutablePointer<CChar>?] = entries.map { strdup($0) } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var process: pid_t = 0
        let error = posix_spawn(
            &process, "/bin/sh", &actions, &attributes, &arguments, &variables)
        guard error == 0 else { throw Problem("cannot start a shell: error \(error)") }
        self.process = process
    }

    deinit { if status == nil { end() } }

    /// What went wrong with a child.
    struct Problem: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// How long a program may hang before its scenario fails; no scenario counts on it.
    private static let patience = Duration.seconds(90)

    /// All that it has written to standard output so far; at a terminal, once it has ended, what has
    /// stayed on the screen.
    var output: String {
        guard let terminal else { return Self.text(of: outputs.standard) }
        return status == nil ? terminal.text : terminal.screen
    }
    /// All that it has written to standard error so far.
    var errors: String { Self.text(of: outputs.error) }

    private static func text(of file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }

    /// Waits for the end, and returns the exit status as a shell would.
    func wait() throws -> Int32 {
        try wait(for: "its end") { self.hasEnded() }
        return status ?? -1
    }

    /// Waits until `isThere` holds.
    func wait(for what: String, until isThere: () -> Bool) throws {
        let deadline = ContinuousClock.now + Self.patience
        while !isThere() {
            guard ContinuousClock.now < deadline else {
                end()
                throw Problem("waited for \(what) in vain; it said\n\(output)\(errors)")
            }
            usleep(3000)
        }
    }

    /// Whether the process is gone; collects it.
    func hasEnded() -> Bool {
        guard status == nil else { return true }
        var number: Int32 = 0
        guard waitpid(process, &number, WNOHANG) == process else { return false }
        // The low seven bits are the signal that ended it, or 0.
        status = number & 0x7F == 0 ? (number >> 8) & 0xFF : 128 + (number & 0x7F)
        return true
    }

    /// Sends a signal by its name.
    func send(_ name: String) throws {
        let signals = [
            "TERM": SIGTERM, "INT": SIGINT, "HUP": SIGHUP, "KILL": SIGKILL, "STOP": SIGSTOP,
            "CONT": SIGCONT,
        ]
        guard let signal = signals[name] else { throw Problem("no signal is called \(name)") }
        kill(process, signal)
    }

    /// Its arguments as the system shows them to everybody, with spaces between them.
    var arguments: String {
        let bytes = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
        let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        return words.joined(separator: " ")
    }

    private func end() {
        kill(process, SIGKILL)
        var number: Int32 = 0
        waitpid(process, &number, 0)
        status = 128 + SIGKILL
    }
}
