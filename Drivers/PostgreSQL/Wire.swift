#if PostgreSQL
import Bootstrap
import CBootstrapPostgreSQL
import Glibc

/// One connection of libpq: every call on its handle is made here, by one thread.
///
/// Nothing blocks inside libpq: the socket is polled here, so that a deadline holds even when the
/// other side has gone silent. <https://www.postgresql.org/docs/current/libpq-async.html>
final class Wire {
    let libpq: Libpq
    private(set) var handle: OpaquePointer?
    /// Until when the session must answer at all, while it is being opened.
    var deadline: Deadline?
    /// How to wait until then.
    private let watch: Watch
    /// How long one statement may keep the client waiting; `nil` is for ever.
    var patience: Duration?
    /// How to wait for the answer to a query that may be given up, and until when.
    var lookout: (watch: Watch, deadline: Deadline)?

    /// The process id that the server gave at login; a pooler makes one up.
    let backend: Int32
    /// As `PQserverVersion` counts: 150004 is 15.4.
    let version: Int

    /// Logs in with libpq's own keywords, or throws at `deadline` at the latest.
    init(
        _ libpq: Libpq, parameters: [String: String], _ watch: Watch, before deadline: Deadline
    ) throws(DatabaseError) {
        self.libpq = libpq
        self.watch = watch
        self.deadline = deadline
        let place = [parameters["hostaddr"] ?? parameters["host"], parameters["port"]]
            .compactMap(\.self).joined(separator: ":")
        handle = CStrings(parameters.map(\.key)).withPointers { keywords in
            CStrings(parameters.map(\.value)).withPointers { values in
                libpq.PQconnectStartParams(keywords, values, 0)
            }
        }
        guard let handle else { throw DatabaseError(.unavailable, "out of memory") }
        // A server's or a migration's notices are no news to whoever runs a prestart step, and libpq
        // would print them.
        _ = libpq.PQsetNoticeReceiver(handle, { _, _ in }, nil)
        do throws(DatabaseError) {
            try Self.logIn(libpq, handle, watch, place: place, before: deadline)
        } catch {
            libpq.PQfinish(handle)
            throw error
        }
        backend = libpq.PQbackendPID(handle)
        version = Int(libpq.PQserverVersion(handle))
        _ = libpq.PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
    }

    deinit { close() }

    // https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PQCONNECTSTARTPARAMS
    private static func logIn(
        _ libpq: Libpq, _ handle: OpaquePointer, _ watch: Watch, place: String,
        before deadline: Deadline
    ) throws(DatabaseError) {
        _ = libpq.PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        var state = PGRES_POLLING_WRITING
        if libpq.PQstatus(handle) == CONNECTION_BAD { state = PGRES_POLLING_FAILED }
        while state != PGRES_POLLING_OK {
            guard state != PGRES_POLLING_FAILED else {
                let words = libpq.PQerrorMessage(handle).map { String(cString: $0) }
                throw DatabaseError(connecting: words ?? "")
            }
            let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
            try watch.wait(
                for: events, on: libpq.PQsocket(handle), before: deadline,
                saying: "no answer from \(place)")
            if state == PGRES_POLLING_READING,
                OtherServer.greets(on: libpq.PQsocket(handle))
            {
                throw .otherServer(at: place)
            }
            state = libpq.PQconnectPoll(handle)
        }
    }

    /// Whether the session still exists, as far as this side has noticed.
    var isAlive: Bool { handle.map { libpq.PQstatus($0) == CONNECTION_OK } ?? false }

    /// Whether a transaction is open, be it a failed one.
    var isInTransaction: Bool {
        guard let handle else { return false }
        let status = libpq.PQtransactionStatus(handle)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// What the server last reported of one of its settings.
    func parameter(_ name: String) -> String? {
        handle.flatMap { libpq.PQparameterStatus($0, name) }.map { String(cString: $0) }
    }

    /// Ends the session.
    ///
    /// A second call does nothing.
    /// The connection's socket; -1 where there is none.
    var socket: Int32 { handle.map { libpq.PQsocket($0) } ?? -1 }

    func close() {
        guard let handle else { return }
        self.handle = nil
        libpq.PQfinish(handle)
    }

    // MARK: Statements

    /// Sends a string of statements by the simple protocol, without waiting for their results.
    func send(_ sql: String) throws(DatabaseError) {
        let handle = try open(sql)
        guard libpq.PQsendQuery(handle, sql) == 1 else { throw notSent() }
    }

    /// Sends one statement with its parameters by the extended protocol.
    func send(_ sql: String, _ parameters: [Value]) throws(DatabaseError) {
        let handle = try open(sql)
        let encoded = try Parameters(parameters)
        let sent = encoded.withPointers { types, values, lengths, formats in
            libpq.PQsendQueryParams(
                handle, sql, Int32(parameters.count), types, values, lengths, formats, 0)
        }
        guard sent == 1 else { throw notSent() }
    }

    /// The error of a statement that libpq did not send: too many parameters, or a dead session.
    private func notSent() -> DatabaseError {
        var error = lost()
        if isAlive { error.kind = .rejected }
        return error
    }

    private func open(_ sql: String) throws(DatabaseError) -> OpaquePointer {
        guard let handle, isAlive else { throw lost() }
        guard !sql.utf8.contains(0) else {
            throw DatabaseError(.rejected, "the statement holds a NUL character")
        }
        return handle
    }

    /// The next result of what was sent, or `nil` when there are no more.
    func next() throws(DatabaseError) -> Reply? {
        guard let handle else { throw lost() }
        try waitForReply(handle)
        guard let result = libpq.PQgetResult(handle) else { return nil }
        return Reply(libpq, result)
    }

    /// Reads and drops what is left of the results, so that the next statement can be sent.
    func drain() {
        // The first error is on its way to the caller; one from here would only hide it.
        while let reply = try? next() {
            if reply.status == PGRES_COPY_IN { stopCopy("the statement failed") }
            if reply.status == PGRES_COPY_OUT { try? skipCopyOut() }
        }
    }

    /// Waits until a whole result has arrived, or the session is seen to be dead.
    private func waitForReply(_ handle: OpaquePointer) throws(DatabaseError) {
        var limit = patience.map { Deadline.now + $0 }
        var isCancelled = false
        while libpq.PQisBusy(handle) == 1 {
            if let deadline {
                try wait(
                    handle, watch, before: deadline,
                    saying: "the server took the login, and is silent")
            } else if let lookout {
                try wait(
                    handle, lookout.watch, before: lookout.deadline,
                    saying: "the server has not answered a query yet")
            } else if !isReady(handle, before: limit) {
                guard !isCancelled else {
                    close()
                    throw DatabaseError(.lost, "the server does not answer any more")
                }
                // The server's own timeout has not worked, as in a COMMIT that waits for a
                // synchronous standby: ask once more, then give the session up.
                (isCancelled, limit) = (true, .now + .seconds(10))
                cancel(handle)
                continue
            }
            // When this fails the connection has ended: what came before is read all the same,
            // since a server that stops says so (57P01) first.
            guard libpq.PQconsumeInput(handle) == 1 else { return }
        }
    }

    /// Waits for an answer as one waits for the login; without it the session is given up.
    private func wait(
        _ handle: OpaquePointer, _ watch: Watch, before deadline: Deadline, saying words: String
    ) throws(DatabaseError) {
        do throws(DatabaseError) {
            try watch.wait(
                for: POLLIN, on: libpq.PQsocket(handle), before: deadline, saying: words)
        } catch {
            close()
            throw error
        }
    }

    /// Waits for more of a result; false when there was none before `limit`.
    private func isReady(_ handle: OpaquePointer, before limit: Deadline?) -> Bool {
        // A statement is stopped by cancelling it on the server, not by leaving it alone.
        do throws(DatabaseError) {
            try Watch().wait(for: POLLIN, on: libpq.PQsocket(handle), before: limit, saying: "")
            return true
        } catch {
            return false
        }
    }

    private func cancel(_ handle: OpaquePointer) {
        guard let cancel = libpq.PQgetCancel(handle) else { return }
        defer { libpq.PQfreeCancel(cancel) }
        var message = [CChar](repeating: 0, count: 256)
        _ = libpq.PQcancel(cancel, &message, Int32(message.count))
    }

    /// The error of a session that is gone, in libpq's words.
    func lost() -> DatabaseError {
        let words = handle.flatMap { libpq.PQerrorMessage($0) }.map { String(cString: $0) } ?? ""
        let line = words.split { $0.isNewline }.first.map(String.init)
        return DatabaseError(
            deadline == nil ? .lost : .unavailable, line ?? "the connection is closed")
    }

    /// The error in a result; a session that did not survive it makes it `.lost`, whatever it says.
    func error(in reply: Reply, isPrivate: Bool) -> DatabaseError {
        guard let code = reply.field(.sqlState) else {
            guard isAlive else { return lost() }
            return DatabaseError(.rejected, reply.message(isPrivate: isPrivate))
        }
        let phase: Phase = deadline == nil ? .running : .connecting
        var kind = DatabaseError.Kind(sqlState: code, in: phase)
        let message = reply.message(isPrivate: isPrivate)
        if code == "08P01", reply.field(.sourceFile) == nil {
            kind = DatabaseError.Kind(poolerMessage: message)
        }
        if phase == .running, !isAlive { kind = .lost }
        let position = reply.field(.position).flatMap { Int($0) }
        return DatabaseError(kind, code: code, message, position: position)
    }

    // MARK: COPY

    /// Feeds a COPY FROM STDIN, which the server fails where the data cannot be read to its end.
    ///
    /// The server's opinion of it is the next result.
    func copyIn(_ input: Statement.Input) throws(DatabaseError) {
        guard let handle else { throw lost() }
        var isSent = true
        do throws(DatabaseError) {
            try input.forEachPiece { piece in
                isSent = send(UnsafeRawBufferPointer(piece), on: handle)
                return isSent
            }
        } catch {
            stopCopy("the data cannot be read")
            throw error
        }
        guard isSent, libpq.PQputCopyEnd(handle, nil) == 1 else {
            // An error that the server sent before it closed comes with the next result.
            return
        }
    }

    private func send(_ data: UnsafeRawBufferPointer, on handle: OpaquePointer) -> Bool {
        stride(from: 0, to: data.count, by: 1 << 16).allSatisfy { start in
            let piece = UnsafeRawBufferPointer(
                rebasing: data[start..<min(start + 1 << 16, data.count)])
            let characters = piece.bindMemory(to: CChar.self)
            return libpq.PQputCopyData(
                handle, characters.baseAddress, Int32(characters.count)) == 1
        }
    }

    /// Sends lines of a COPY FROM STDIN; false where the server does not take them any more, and says
    /// why with the next result.
    ///
    /// Small pieces go where there is room for them, so that libpq does not wait for it, and reads no
    /// refusal that would then be seen at the very end only.
    func copyIn(_ lines: UnsafeRawBufferPointer) throws(DatabaseError) -> Bool {
        guard let handle else { throw lost() }
        let size = 1 << 14
        return stride(from: 0, to: lines.count, by: size).allSatisfy { start in
            let end = min(start + size, lines.count)
            return takesMore(handle)
                && send(UnsafeRawBufferPointer(rebasing: lines[start..<end]), on: handle)
        }
    }

    /// Waits until the server takes more of a COPY's data; false when it has refused the rest.
    private func takesMore(_ handle: OpaquePointer) -> Bool {
        while true {
            var descriptor = pollfd(
                fd: libpq.PQsocket(handle), events: Int16(POLLIN | POLLOUT), revents: 0)
            if poll(&descriptor, 1, -1) < 0, errno == EINTR { continue }
            guard Int32(descriptor.revents) & POLLIN != 0 else { return true }
            if hasRefused(on: descriptor.fd) { return false }
            // A notice of a trigger's: one that nobody reads would stop the server in the end.
            guard libpq.PQconsumeInput(handle) == 1 else { return false }
            _ = libpq.PQisBusy(handle)
            if Int32(descriptor.revents) & POLLOUT != 0 { return true }
        }
    }

    /// Whether an error lies in the socket, behind notices or not; libpq does not look at one before
    /// the data ends.
    ///
    /// Inside TLS nothing can be told; the data then goes on to its end, which the server throws away.
    /// <https://www.postgresql.org/docs/current/protocol-message-formats.html>
    private func hasRefused(on socket: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(socket, &buffer, buffer.count, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        var message = 0
        while message + 5 < count {
            // The type, the length without it, and of an error the first field: its severity.
            let length = buffer[(message + 1)...(message + 4)].reduce(0) { $0 << 8 | Int($1) }
            if buffer[message] == UInt8(ascii: "E") {
                return buffer[message + 5] == UInt8(ascii: "S")
            }
            guard length >= 4 else { return false }
            message += 1 + length
        }
        return false
    }

    /// Ends a COPY FROM STDIN whose data is complete.
    func endCopy() {
        guard let handle else { return }
        // An error that the server sent before it closed comes with the next result.
        _ = libpq.PQputCopyEnd(handle, nil)
    }

    /// Ends a COPY FROM STDIN that has no data, or not all; the server fails it with these words.
    func stopCopy(_ reason: String) {
        guard let handle else { return }
        _ = libpq.PQputCopyEnd(handle, reason)
    }

    /// Reads and drops what a COPY TO STDOUT sends.
    func skipCopyOut() throws(DatabaseError) {
        guard let handle else { throw lost() }
        var buffer: UnsafeMutablePointer<CChar>?
        while true {
            let count = libpq.PQgetCopyData(handle, &buffer, 1)
            libpq.PQfreemem(buffer)
            buffer = nil
            if count < 0 { return }
            guard count == 0 else { continue }
            guard isReady(handle, before: nil), libpq.PQconsumeInput(handle) == 1 else { return }
        }
    }
}
#endif
