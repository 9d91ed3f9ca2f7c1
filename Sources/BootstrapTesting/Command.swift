import FoundationEssentials
import Glibc

/// One program to run, with its arguments; the first is the program's path.
struct Command {
    var words: [String]

    /// A command that runs as this process does.
    init(_ words: [String]) { self.words = words }

    /// A command that runs as `user` when this process is root's, because servers refuse root.
    init(_ words: [String], droppingTo user: String) throws(TestServerError) {
        guard getuid() == 0 else {
            self.words = words
            return
        }
        guard let setpriv = Command.path(of: "setpriv") else {
            throw TestServerError("root needs setpriv (package util-linux) to start a server")
        }
        self.words =
            [setpriv, "--reuid=\(user)", "--regid=\(user)", "--init-groups", "--reset-env", "--"]
            + words
    }

    /// The full path of a program: in `folders`, then on PATH, then where distributions keep
    /// servers.
    static func path(of program: String, in folders: [String] = []) -> String? {
        let onPath = (environment("PATH") ?? "").split(separator: ":").map(String.init)
        let usual = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"]
        return (folders + onPath + usual).lazy.map { $0 + "/" + program }
            .first { access($0, X_OK) == 0 }
    }

    /// Runs the command to its end with `input`, and returns its output; its words on standard
    /// error belong to the error that is thrown when it fails.
    @discardableResult
    func run(input: String = "", in folder: String) throws(TestServerError) -> String {
        let (stdin, stdout) = (folder + "/command.in", folder + "/command.out")
        guard FileManager.default.createFile(atPath: stdin, contents: Data(input.utf8)) else {
            throw TestServerError("cannot write \(stdin)")
        }
        defer { unlink(stdin) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, stdin, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, stdout, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        let process = try spawn(words, &actions)
        var status: Int32 = 0
        while waitpid(process, &status, 0) == -1 && errno == EINTR {}
        let output = String(
            decoding: FileManager.default.contents(atPath: stdout) ?? Data(),
            as: UTF8.self)
        guard status == 0 else {
            throw TestServerError("\(words.joined(separator: " ")) failed: \(output)")
        }
        return output
    }
}

/// Starts a program in a process group of its own, so that Ctrl-C reaches the tests alone.
func spawn(
    _ words: [String], _ actions: UnsafePointer<posix_spawn_file_actions_t>
) throws(TestServerError) -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Threads of Swift's pool block signals, and a shell that inherits that waits for ever.
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var arguments = words.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    var process: pid_t = 0
    let status = posix_spawn(&process, words[0], actions, &attributes, &arguments, environ)
    guard status == 0 else {
        throw TestServerError("cannot start \(words[0]): \(systemError(status))")
    }
    return process
}
