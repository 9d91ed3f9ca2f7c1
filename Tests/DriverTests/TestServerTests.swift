import Bootstrap
import BootstrapTesting
import Glibc
import Testing

/// What the throwaway servers promise, before any driver is involved.
@Suite struct TestServerTests {
    static let servers: [TestServer.Product] = [.postgreSQL, .mariaDB].filter {
        TestServer($0).reasonMissing == nil
    }

    @Test(arguments: TestServer.Product.allCases)
    func `an engine that is missing on this machine is named`(_ product: TestServer.Product) {
        guard let reason = TestServer(product).reasonMissing else { return }
        withKnownIssue("\(product) was not tested: \(reason)") {
            #expect(getenv("CI") == nil)
            Issue.record("\(product) was not tested")
        }
    }

    @Test(arguments: servers)
    func `a server listens on loopback below the ephemeral ports`(
        _ product: TestServer.Product
    ) throws {
        let server = TestServer(product)
        try server.start()
        let port = try #require(try server.url().hosts.first?.port)
        #expect(port < 32_768)
        #expect(answers(port))
    }

    @Test(arguments: servers)
    func `a server that is not started yet has its address already`(
        _ product: TestServer.Product
    ) throws {
        let server = TestServer(product)
        let port = try #require(try server.url().hosts.first?.port)
        #expect(!answers(port))
        try server.start()
        #expect(answers(port))
    }

    @Test(arguments: servers)
    func `a server that was stopped, or killed, comes back on its port`(
        _ product: TestServer.Product
    ) throws {
        let server = TestServer(product)
        try server.start()
        let port = try #require(try server.url().hosts.first?.port)
        try server.stop()
        #expect(!answers(port))
        try server.start()
        #expect(answers(port))
        try server.kill()
        #expect(!answers(port))
        try server.start()
        #expect(answers(port))
    }

    @Test(arguments: servers)
    func `a server that is killed while clients come in leaves nobody behind on its port`(
        _ product: TestServer.Product
    ) throws {
        let server = TestServer(product)
        for _ in 0..<3 {
            try server.start()
            let port = try #require(try server.url().hosts.first?.port)
            // Each of them makes PostgreSQL start a process, of which some are on their way now.
            for _ in 0..<20 { #expect(answers(port)) }
            try server.kill()
            #expect(!answers(port))
        }
    }

    @Test(arguments: servers)
    func `a server ends with its last reference, and its folder goes too`(
        _ product: TestServer.Product
    ) throws {
        var server: TestServer? = TestServer(product)
        try server?.start()
        let port = try #require(try server?.url().hosts.first?.port)
        let log = try #require(try server?.logFile())
        #expect(access(log, F_OK) == 0)
        server = nil
        #expect(!answers(port))
        #expect(access(log, F_OK) == -1)
    }

    @Test(arguments: servers)
    func `lines of configuration reach the server`(_ product: TestServer.Product) throws {
        let server = TestServer(product, settings: ["there_is_no = 'such setting'"])
        let error = #expect(throws: TestServerError.self) { try server.start() }
        #expect(error?.description.contains("there_is_no") == true)
    }

    /// Whether something accepts connections on a port of the loopback interface.
    private func answers(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
