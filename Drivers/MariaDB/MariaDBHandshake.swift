#if MariaDB
import Bootstrap
import CBootstrapMariaDB
import Glibc

/// Opens one connection to one server and logs in.
struct MariaDBHandshake {
    /// What the URL says.
    let options: MariaDBOptions
    /// Which of its servers.
    let endpoint: MariaDBOptions.Endpoint
    /// The database to enter, or `nil` for none.
    let database: String?
    /// Our name, which the server shows where it records connection attributes.
    let applicationName: String
    /// How to wait for the server.
    let watch: Watch
    /// What another thread may end the attempt by.
    let cord = Cord()

    /// The ways to log in that show the password to nobody who listens.
    ///
    /// What travels is a hash, a signature, a ticket, or the password under the server's RSA key.
    /// mysql_clear_password and dialog (PAM) are missing on purpose, mysql_old_password everywhere.
    static let pluginsInTheClear =
        "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password,parsec,"
        + "auth_gssapi_client"
    /// The ways to log in inside TLS or a Unix socket.
    static let plugins = pluginsInTheClear + ",mysql_clear_password,dialog"

    /// Logs in, or throws at `deadline` at the latest.
    func open(before deadline: Deadline) throws(DatabaseError) -> MariaDBHandle {
        try findHost(before: deadline)
        var mode = options.tls.mode
        if case .socket = endpoint { mode = .disable }
        do throws(DatabaseError) {
            return try attempt(mode, before: deadline)
        } catch {
            // As libpq does: `prefer` falls back when TLS itself fails.
            guard mode == .prefer, error.code == "2026" else { throw error }
            return try attempt(.disable, before: deadline)
        }
    }

    /// Looks the host's name up before libmariadb does, for whose lookup no deadline holds and which
    /// nothing stops; its own has its answer at once then, and keeps the name for the certificate.
    private func findHost(before deadline: Deadline) throws(DatabaseError) {
        guard case .tcp(let host, _) = endpoint, host != "localhost" else { return }
        let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        if !isAddress { _ = try watch.addresses(of: host, before: deadline) }
    }

    private func attempt(
        _ mode: MariaDBTLS.Mode, before deadline: Deadline
    ) throws(DatabaseError) -> MariaDBHandle {
        let handle = try MariaDBHandle()
        handle.deadline = deadline
        handle.watch = watch
        handle.silence = "no answer from \(endpoint)"
        configure(handle, mode)
        var isJudged = false
        handle.onReady = { [unowned handle] socket, _ in
            guard !isJudged else { return }
            isJudged = judge(handle, mode, socket)
        }
        connect(handle)
        handle.onReady = nil
        guard handle.client.mysql_errno(handle.mysql) == 0 else { throw handle.error() }
        handle.silence = "the server took the login, and is silent"
        if mode.isMandatory && handle.client.mysql_get_ssl_cipher(handle.mysql) == nil {
            handle.close()
            throw DatabaseError(.rejected, code: "2026", "the connection is not encrypted")
        }
        limitReads(of: handle)
        return handle
    }

    // MARK: Options

    /// Sets what libmariadb is to do; every option that concerns TLS begins in its safe state.
    private func configure(_ handle: MariaDBHandle, _ mode: MariaDBTLS.Mode) {
        set(handle, MYSQL_OPT_CONNECT_TIMEOUT, UInt32(handle.remainingMilliseconds / 1000 + 1))
        handle.setLocalInfile(options.allowsLocalInfile ? .files : .refused)
        set(handle, MYSQL_OPT_RECONNECT, CChar(0))
        set(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        _ = handle.client.mysql_options4(
            handle.mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", applicationName)
        switch endpoint {
        case .tcp:
            set(handle, MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_TCP.rawValue)
            set(handle, MARIADB_OPT_RESTRICTED_AUTH, Self.pluginsInTheClear)
        case .socket:
            set(handle, MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_SOCKET.rawValue)
            set(handle, MARIADB_OPT_RESTRICTED_AUTH, Self.plugins)
        }
        // Until the greeting has been seen, libmariadb is told to verify the server, for with that
        // it refuses by itself to go on in the clear. `judge` takes it back where it may.
        let isOn = CChar(mode == .disable ? 0 : 1)
        set(handle, MYSQL_OPT_SSL_ENFORCE, isOn)
        set(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, isOn)
        if mode.isMandatory { setFiles(handle) }
    }

    /// Each of these options turns TLS on by itself.
    private func setFiles(_ handle: MariaDBHandle) {
        if let file = options.tls.rootCertificate { set(handle, MYSQL_OPT_SSL_CA, file) }
        if let file = options.tls.certificate { set(handle, MYSQL_OPT_SSL_CERT, file) }
        if let file = options.tls.key { set(handle, MYSQL_OPT_SSL_KEY, file) }
    }

    private func set<Number: FixedWidthInteger>(
        _ handle: MariaDBHandle, _ option: mysql_option, _ value: Number
    ) {
        var value = value
        _ = handle.client.mysql_options(handle.mysql, option, &value)
    }

    private func set(_ handle: MariaDBHandle, _ option: mysql_option, _ value: String) {
        _ = handle.client.mysql_options(handle.mysql, option, value)
    }

    // MARK: The greeting

    /// Looks at the greeting while it is still in the kernel's buffer; true once it is judged.
    private func judge(
        _ handle: MariaDBHandle, _ mode: MariaDBTLS.Mode, _ socket: Int32
    ) -> Bool {
        // Not connected: libmariadb goes on to the name's next address, or reports the error.
        guard Self.isConnected(socket) else { return false }
        cord.hold(socket)
        guard let offersTLS = awaitGreeting(handle, socket) else { return true }
        let off = CChar(0)
        switch (mode, offersTLS) {
        case (.disable, _):
            // Nothing travels under TLS, so that what needs it stays off.
            return true
        case (.verifyFull, true):
            break
        case (.prefer, false):
            set(handle, MYSQL_OPT_SSL_ENFORCE, off)
            set(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, off)
            return true
        case (.require, false), (.verifyCA, false), (.verifyFull, false):
            // libmariadb refuses, and even if it did not, nothing can be sent any more.
            shutdown(socket, Int32(SHUT_WR))
            return true
        case (.prefer, true):
            setFiles(handle)
            set(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, off)
        case (.require, true):
            set(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, off)
        case (.verifyCA, true):
            // Up to 3.3 the certificate's authority is checked whenever one is given, and this
            // option adds the name. From 3.4 on it is both or nothing: then both.
            if handle.client.mysql_get_client_version() < 30400 {
                set(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, off)
            }
        }
        set(handle, MARIADB_OPT_RESTRICTED_AUTH, Self.plugins)
        return true
    }

    /// Whether the server offers TLS; `nil` when it greets with an error or not at all.
    private func awaitGreeting(_ handle: MariaDBHandle, _ socket: Int32) -> Bool? {
        guard speaksFirst(handle, socket) else { return nil }
        var buffer = [UInt8](repeating: 0, count: 2048)
        while true {
            let count = recv(socket, &buffer, buffer.count, Self.peek)
            guard count > 0 else { return nil }
            switch MariaDBGreeting(buffer.prefix(count)) {
            case .greeting(let offersTLS): return offersTLS
            case .refusal: return nil
            case .incomplete where Self.hasHungUp(socket): return nil
            case .incomplete: usleep(1000)  // poll reports the peeked bytes again at once
            }
            guard handle.isReady(POLLIN, on: socket) else { return nil }
        }
    }

    /// Waits for the first byte of a server, which is what one of this protocol begins with.
    ///
    /// PostgreSQL waits for its client to begin. A server that is silent until the attempt is nearly
    /// over is therefore asked in PostgreSQL's words whether it takes TLS: what MariaDB makes of them
    /// does not matter any more.
    private func speaksFirst(_ handle: MariaDBHandle, _ socket: Int32) -> Bool {
        let deadline = handle.deadline ?? Deadline.now
        let reserve = min((deadline - Deadline.now) / 4, .milliseconds(500))
        if handle.isReady(POLLIN, on: socket, before: deadline - reserve) { return true }
        guard handle.surrender == nil else { return false }
        // SSLRequest, and S or N for the answer.
        // <https://www.postgresql.org/docs/current/protocol-message-formats.html>
        let question: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 47]
        _ = send(socket, question, question.count, Int32(MSG_NOSIGNAL))
        guard handle.isReady(POLLIN, on: socket) else { return false }
        var answer: [UInt8] = [0, 0]
        let count = recv(socket, &answer, answer.count, Self.peek)
        let isPostgreSQL = count == 1 && "SN".utf8.contains(answer[0])
        handle.giveUp(
            socket,
            isPostgreSQL
                ? .otherServer(at: endpoint) : DatabaseError(.unavailable, handle.silence))
        return false
    }

    private static let peek = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)

    /// Whether the server has closed the connection, so that no more will come.
    private static func hasHungUp(_ socket: Int32) -> Bool {
        // POLLHUP is told without being asked for.
        var descriptor = pollfd(fd: socket, events: 0, revents: 0)
        return poll(&descriptor, 1, 0) > 0
    }

    private static func isConnected(_ socket: Int32) -> Bool {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getpeername(socket, $0, &length) == 0
            }
        }
    }

    // MARK: Connecting

    /// CLIENT_FOUND_ROWS (an UPDATE counts the rows it found), CLIENT_MULTI_STATEMENTS and
    /// CLIENT_MULTI_RESULTS (packets of several statements), and CLIENT_LOCAL_FILES, without which a
    /// server refuses LOAD DATA LOCAL: what it may read then, ``MariaDBLocalInfile`` says.
    private static let flags: UInt = 1 << 1 | 1 << 7 | 1 << 16 | 1 << 17

    /// Runs libmariadb's connect to its end; its error, if any, stays in the handle.
    private func connect(_ handle: MariaDBHandle) {
        var (host, port, path): (String?, UInt32, String?) = (nil, 0, nil)
        switch endpoint {
        case .tcp(let name, let number): (host, port) = (name, number)
        case .socket(let name): path = name
        }
        // The texts must live until the last `_cont`. An empty password instead of none keeps
        // libmariadb from reading MYSQL_PWD.
        let texts = [host, options.user, options.password?.reveal() ?? "", database, path].map {
            $0.flatMap { strdup($0) }
        }
        defer {
            for text in texts {
                guard let text else { continue }
                explicit_bzero(text, strlen(text))
                free(text)
            }
        }
        var result: UnsafeMutablePointer<MYSQL>?
        var events = handle.client.mysql_real_connect_start(
            &result, handle.mysql, texts[0], texts[1], texts[2], texts[3], port, texts[4],
            Self.flags)
        while events != 0 {
            events = handle.client.mysql_real_connect_cont(
                &result, handle.mysql, handle.wait(for: events))
        }
    }

    /// A read inside TLS blocks in the kernel; this cap gives the deadline back to it until
    /// ``settle(_:)``.
    private func limitReads(of handle: MariaDBHandle) {
        Self.setReadLimit(of: handle.socket, max(handle.remainingMilliseconds, 1))
    }

    private static func setReadLimit(of socket: Int32, _ milliseconds: Int32) {
        var limit = timeval(
            tv_sec: Int(milliseconds / 1000), tv_usec: Int(milliseconds % 1000) * 1000)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    /// Ends the phase that has a deadline: from now on a statement may take hours, and keepalives
    /// notice a dead server.
    static func settle(_ handle: MariaDBHandle) {
        handle.deadline = nil
        handle.watch = Watch()
        handle.phase = .connected
        let socket = handle.socket
        setReadLimit(of: socket, 0)
        // 10 s of silence, then a probe every 5 s, dead after the third; the same for data that is
        // not acknowledged. <https://man7.org/linux/man-pages/man7/tcp.7.html>
        let size = socklen_t(MemoryLayout<Int32>.size)
        for (option, value) in [
            (TCP_KEEPIDLE, 10), (TCP_KEEPINTVL, 5), (TCP_KEEPCNT, 3), (TCP_USER_TIMEOUT, 20_000),
        ] {
            var value = Int32(value)
            // Fails on a Unix socket, which needs none.
            setsockopt(socket, Int32(IPPROTO_TCP), option, &value, size)
        }
    }
}
#endif
