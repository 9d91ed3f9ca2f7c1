import Bootstrap
import Glibc
import Testing

@testable import BootstrapCLI

@Suite struct HeartbeatTests {
    private func path() -> String { "/tmp/heartbeat-test-\(UInt64.random(in: 0 ... .max))" }

    private func changed(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mtim.tv_sec : nil
    }

    @Test func `a beat creates the file, and moves its time on`() {
        let path = path()
        defer { unlink(path) }
        #expect(changed(path) == nil)
        #expect(Heartbeat(path: path).beat() == nil)
        var times = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
        utimensat(AT_FDCWD, path, &times, 0)
        #expect(changed(path) == 1000)
        #expect(Heartbeat(path: path).beat() == nil)
        #expect((changed(path) ?? 0) > 1000)
    }

    @Test func `a beat leaves what is in the file`() throws {
        let path = path()
        defer { unlink(path) }
        let file = try #require(fopen(path, "w"))
        fputs("mine", file)
        fclose(file)
        #expect(Heartbeat(path: path).beat() == nil)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_size == 4)
    }

    @Test func `what cannot be touched has a reason, and is not waited for`() {
        #expect(Heartbeat(path: "/tmp").beat() == "Is a directory")
        #expect(Heartbeat(path: "/tmp/no/such/folder").beat() == "No such file or directory")
        let path = path()
        defer { unlink(path) }
        #expect(mkfifo(path, 0o600) == 0)
        #expect(Heartbeat(path: path).beat() == "No such device or address")
    }
}

@Suite struct HealthServerTests {
    /// A client with a connection.
    private final class Client {
        private let descriptor: Int32

        init(_ port: UInt16) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var patience = timeval(tv_sec: 60, tv_usec: 0)
            setsockopt(
                descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience,
                socklen_t(MemoryLayout<timeval>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
            let isConnected = withUnsafePointer(to: address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            try #require(isConnected)
        }

        deinit { close(descriptor) }

        func says(_ text: String) {
            _ = send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
        }

        /// Everything until the server closes the connection.
        func hears() -> String {
            var (answer, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1024))
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
                answer += buffer.prefix(count)
            }
        }
    }

    private func start(_ limits: HealthServer.Limits = .init()) throws -> HealthServer {
        // 0: the system chooses.
        let server = try HealthServer(HealthPort(0), limits: limits)
        Lane.start { server.serve() }
        return server
    }

    private func answer(_ request: String, limit: Int = 8192) -> String? {
        var state = HealthRequest()
        var answer: String?
        // As it may come: byte by byte.
        for byte in request.utf8 where answer == nil {
            answer = state.answer(with: [byte], limit: limit)
        }
        return answer
    }

    @Test func `a GET of any path is answered with 200`() throws {
        let text = """
            HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\
            Cache-Control: no-store\r\nConnection: close\r\n\r\nOK\n
            """
        for request in [
            "GET / HTTP/1.0\r\n\r\n", "GET /healthz?a=b HTTP/1.1\r\nHost: x\r\n\r\n",
            "\r\nGET * HTTP/1.1\n\n",
        ] {
            #expect(answer(request) == text)
            let client = try Client(try start().port)
            client.says(request)
            #expect(client.hears() == text)
        }
    }

    @Test func `HEAD has no body, and what is no GET another status`() {
        #expect(
            answer("HEAD / HTTP/1.1\r\n\r\n")?.hasSuffix(
                "Content-Length: 3\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n") == true
        )
        #expect(
            answer("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")?
                .hasPrefix("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n") == true)
        for request in [
            "GET /\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
            "GET / HTTP/2\r\n\r\n", "a\r\n\r\n",
        ] {
            #expect(
                answer(request)?.hasPrefix("HTTP/1.1 400 Bad Request\r\n") == true, "\(request)")
        }
        #expect(answer("GET / HTTP/1.1\r\nHost: x\r\n") == nil)
    }

    @Test func `a head has its limit`() {
        let long = "GET /" + String(repeating: "x", count: 300)
        #expect(answer(long, limit: 100)?.hasPrefix("HTTP/1.1 431 ") == true)
        #expect(answer(long, limit: 1000) == nil)
    }

    @Test func `clients that say nothing, or half of it, are in nobody's way`() throws {
        let server = try start(.init(clients: 8))
        let silent = try (0..<30).map { _ in try Client(server.port) }
        silent.forEach { $0.says("GET / HTTP") }
        let client = try Client(server.port)
        client.says("GET / HTTP/1.1\r\n\r\n")
        #expect(client.hears().hasPrefix("HTTP/1.1 200 OK"))
        // The oldest had to go.
        #expect(silent[0].hears() == "")
    }

    @Test func `a client that takes its time is sent away`() throws {
        let server = try start(.init(time: .milliseconds(20)))
        let client = try Client(server.port)
        #expect(client.hears() == "")
    }

    @Test func `what is sent behind a request does not take the answer back`() throws {
        let server = try start()
        let client = try Client(server.port)
        client.says("POST / HTTP/1.1\r\n\r\n" + String(repeating: "x", count: 5000))
        #expect(client.hears().hasPrefix("HTTP/1.1 405"))
    }

    @Test func `a port that is taken is a problem with the system's words`() throws {
        let port = try start().port
        let problem = #expect(throws: HealthServer.Problem.self) {
            try HealthServer(HealthPort(port))
        }
        #expect(problem?.reason == "Address already in use")
    }
}
