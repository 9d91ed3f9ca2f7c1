import Bootstrap
import FoundationEssentials
import Glibc

/// One server with its folder, its port, and the small process that keeps it.
///
/// The keeper is a shell that starts the server on request and ends it when our end of a pair of
/// sockets closes. The system closes it however this process ends, SIGKILL included, so no server outlives
/// its tests.
final class ServerProcess {
    let folder: String
    let port: Port
    private let programs: any ServerPrograms.Type
    private let line: Int32
    private let keeper: pid_t
    private var server: pid_t?

    init(
        _ product: TestServer.Product, _ settings: [String], isDurable: Bool
    ) throws(TestServerError) {
        programs = product == .mariaDB ? MariaDBPrograms.self : PostgreSQLPrograms.self
        if let reason = programs.reasonMissing { throw TestServerError("\(product): \(reason)") }
        port = try Port()
        folder = try TemporaryFolder.make()
        do {
            try ServerProcess.hand(folder, to: programs.user)
            try programs.install(
                in: folder, port: port.number, settings: settings, isDurable: isDurable)
            (keeper, line) = try ServerProcess.startKeeper(
                folder: folder, lastSignal: programs.lastSignal,
                command: programs.command(in: folder))
        } catch {
            TemporaryFolder.remove(folder)
            throw error
        }
    }

    deinit {
        // The keeper ends the server and removes the folder; then it can be collected.
        close(line)
        var status: Int32 = 0
        waitpid(keeper, &status, 0)
    }

    /// Where the server is, for the user `app`.
    var url: DatabaseURL { url(of: TestServer.user) }
    /// Where the server is, for its superuser.
    var administratorURL: DatabaseURL { url(of: programs.administrator) }

    private func url(of user: (name: String, password: Secret)) -> DatabaseURL {
        DatabaseURL(
            scheme: programs.scheme, user: user.name, password: user.password,
            hosts: [.init("127.0.0.1", port: port.number)],
            path: programs.scheme == "postgres" ? "/postgres" : "")
    }
}

// MARK: - Up and down

extension ServerProcess {
    /// Starts the server unless it runs.
    func launch() throws(TestServerError) {
        guard server == nil else { return }
        guard let answer = ask("start"), let process = pid_t(answer) else {
            throw TestServerError("the process that keeps the server is gone")
        }
        server = process
    }

    /// Waits until the server takes connections, looking 100 times a second.
    func waitUntilReady() throws(TestServerError) {
        let deadline = Deadline.now + .seconds(60)
        while let server, Deadline.now < deadline {
            if programs.isReady(in: folder, process: server, port: port) { return }
            if isGone(server) { break }
            usleep(10_000)
        }
        let log = FileManager.default.contents(atPath: folder + "/log") ?? Data()
        let lines = String(decoding: log, as: UTF8.self).split(separator: "\n").suffix(20)
        throw TestServerError("the server does not start:\n" + lines.joined(separator: "\n"))
    }

    /// Ends the server in good order.
    func stop() {
        guard let server else { return }
        Glibc.kill(server, programs.stopSignal)
        collect()
    }

    /// Ends all of the server's processes at once, as a crash would.
    func kill() {
        signalAll(.kill)
        collect()
    }

    /// What can be done to all of a server's processes.
    enum Signal {
        case pause, resume, kill

        var number: Int32 {
            switch self {
            case .pause: SIGSTOP
            case .resume: SIGCONT
            case .kill: SIGKILL
            }
        }
    }

    /// Sends a signal to the server and to its children, which PostgreSQL has one of per session.
    func signalAll(_ signal: Signal) {
        guard let server else { return }
        if signal != .resume {
            // Halted before its children are counted: it could start one more right behind our back,
            // which would keep the port.
            Glibc.kill(server, SIGSTOP)
            waitWhile { processState(server)?.state != "T" && !isGone(server) }
        }
        let children = children(of: server)
        Glibc.kill(server, signal.number)
        children.forEach { Glibc.kill($0, signal.number) }
        if signal == .kill { children.forEach { child in waitWhile { !isGone(child) } } }
    }

    /// Waits while something holds, looking a thousand times a second, for 10 s at most.
    private func waitWhile(_ holds: () -> Bool) {
        let deadline = Deadline.now + .seconds(10)
        while holds(), Deadline.now < deadline { usleep(1000) }
    }

    /// Waits for the end of a server that was told to end; until then its number is not used again.
    private func collect() {
        _ = ask("wait")
        server = nil
    }
}

// MARK: - The keeper

extension ServerProcess {
    /// Reads orders until its input ends, then ends the server and removes the folder.
    private static let script = """
        folder=$1 signal=$2; shift 2
        server=
        while read -r order; do
            case $order in
            start) "$@" </dev/null >>"$folder/log" 2>&1 & server=$!; echo "$server" ;;
            wait) wait "$server"; server=; echo gone ;;
            esac
        done
        if [ -n "$server" ]; then kill -"$signal" "$server"; kill -CONT "$server"; wait; fi
        cd / && rm -rf "$folder"
        """

    private static func startKeeper(
        folder: String, lastSignal: String, command: [String]
    ) throws(TestServerError) -> (pid_t, line: Int32) {
        var ends: [Int32] = [-1, -1]
        // Closed in every other program that this process starts, or the end would not be seen.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw TestServerError("cannot make a pair of sockets: \(systemError())")
        }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        // Not ours: whoever reads what the tests print would wait for the keeper's end too.
        posix_spawn_file_actions_addopen(
            &actions, STDERR_FILENO, folder + "/log", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        let words = ["/bin/sh", "-c", script, "keeper", folder, lastSignal] + command
        do {
            return (try spawn(words, &actions), ends[0])
        } catch {
            close(ends[0])
            throw error
        }
    }

    /// Gives the keeper an order and waits for its one line of answer.
    private func ask(_ order: String) -> String? {
        let words = Array((order + "\n").utf8)
        guard send(line, words, words.count, Int32(MSG_NOSIGNAL)) == words.count
        else { return nil }
        var answer: [UInt8] = []
        var byte: UInt8 = 0
        while read(line, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return String(decoding: answer, as: UTF8.self) }
            answer.append(byte)
        }
        return nil
    }

    /// Makes `user` the owner of `folder`, where this process is root's.
    private static func hand(_ folder: String, to user: String) throws(TestServerError) {
        guard getuid() == 0 else { return }
        // Not getpwnam: two servers that start at once would share its one buffer.
        var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        var words = [CChar](repeating: 0, count: 1 << 12)
        guard getpwnam_r(user, &entry, &words, words.count, &found) == 0, found != nil else {
            throw TestServerError("there is no user \(user), and servers do not run as root")
        }
        guard chown(folder, entry.pw_uid, entry.pw_gid) == 0 else {
            throw TestServerError("cannot give \(folder) to \(user): \(systemError())")
        }
    }
}

// MARK: - Processes, as /proc shows them

/// The state and the parent of a process: `17 (postgres: app) S 1 …`.
private func processState(_ process: pid_t) -> (state: String, parent: pid_t)? {
    guard let file = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
        return nil
    }
    let text = String(decoding: file, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 1, let parent = pid_t(fields[1]) else { return nil }
    return (String(fields[0]), parent)
}

/// Whether a process has ended, collected or not.
private func isGone(_ process: pid_t) -> Bool {
    processState(process).map { $0.state == "Z" } ?? true
}

private func children(of process: pid_t) -> [pid_t] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { pid_t($0) }.filter { processState($0)?.parent == process }
}
