#if MariaDB
import Bootstrap
import BootstrapTesting
import Testing

@testable import BootstrapMariaDB

/// What leaves this machine before a server has shown that it may have it.
@Suite struct MariaDBWireTests {
    static let password = "correct horse battery staple"

    private func failure(
        _ server: FakeServer, _ mode: String, patience: Duration = .seconds(20)
    ) -> DatabaseError? {
        let url = server.url("mariadb", password: Self.password, sslmode: mode)
        do throws(DatabaseError) {
            try MariaDBDriver(url).connect(SessionSettings(), before: .now + patience).close()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: ["require", "verify-full", "REQUIRED", "VERIFY_IDENTITY", "verify-ca"],
        MariaDBDemand.allCases)
    func `with TLS asked for, nothing is sent to a server that offers none`(
        _ mode: String, _ demand: MariaDBDemand
    ) {
        let server = FakeServer(.demands(demand))
        let error = failure(server, mode)
        #expect(error?.kind == .rejected)
        #expect(error?.code == "2026")
        #expect(server.received == [])
    }

    @Test(arguments: ["disable", "prefer"], MariaDBDemand.allCases)
    func `without TLS, a password is never sent as it is`(
        _ mode: String, _ demand: MariaDBDemand
    ) {
        let server = FakeServer(.demands(demand))
        #expect(failure(server, mode) != nil)
        #expect(server.clients == 1)
        let received = server.received
        #expect(received.count > 36)  // the login packet did come
        #expect(!received.contains(Array(Self.password.utf8)))
        #expect(!received.contains(Array("correct".utf8)))
    }

    @Test(arguments: ["require", "verify-full"])
    func `with TLS asked for, neither name nor password precede it`(_ mode: String) {
        let server = FakeServer(.demands(.clearPassword, offersTLS: true))
        #expect(failure(server, mode) != nil)
        let received = server.received
        // The request for TLS has 32 bytes behind its header; then TLS begins (type 22, version 3).
        #expect(received.prefix(4) == [32, 0, 0, 1])
        #expect(received.dropFirst(36).prefix(2) == [22, 3])
        #expect(!received.contains(Array(Self.password.utf8)))
        #expect(!received.contains(Array("shop".utf8)))
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["disable", "require"])
    func `a port that is open and silent is unavailable at the deadline`(_ mode: String) {
        let server = FakeServer(.silent)
        let start = ContinuousClock.now
        let error = failure(server, mode, patience: .milliseconds(200))
        #expect(error == DatabaseError(.unavailable, "no answer from \(server.place)"))
        #expect(ContinuousClock.now - start >= .milliseconds(200))
        // PostgreSQL's question for TLS, which says nothing about us.
        while server.received.isEmpty { pauseBriefly() }
        #expect(server.received == [0, 0, 0, 8, 4, 210, 22, 47])
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["prefer", "require"])
    func `a run that is stopped does not wait for the end of TLS's handshake`(_ mode: String) {
        let cancellation = Cancellation()
        let server = FakeServer(.stallsInTLS { cancellation.request() })
        var session = SessionSettings()
        session.watch = Watch(cancellation)
        let (began, limit) = (Deadline.now, Duration.seconds(50))
        let error = #expect(throws: DatabaseError.self) {
            try MariaDBDriver(server.url("mariadb", sslmode: mode))
                .connect(session, before: began + limit)
        }
        #expect(error?.kind == .interrupted)
        // libmariadb waits in poll by itself there, for as long as the attempt lasts.
        #expect(began.duration(to: .now) < limit / 2)
    }

    @Test func `a server that hangs up in the handshake is unavailable`() {
        let server = FakeServer(.hangsUp)
        #expect(failure(server, "prefer")?.kind == .unavailable)
        #expect(server.clients > 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a connection that breaks anywhere in the session's set-up is waited for`() throws {
        let whole = FakeServer.Behaviour.answerToSetUp.count
        // The first client's answer ends before its first byte, the next one's after it.
        let server = FakeServer(.breaksInSetUp())
        for count in 0..<whole {
            let error = failure(server, "disable")
            #expect(error?.kind == .unavailable, "after \(count) of \(whole) bytes")
        }
        #expect(failure(server, "disable") == nil)
        #expect(server.clients == whole + 1)
    }

    @Test func `a greeting is read as far as it has come`() {
        let body = FakeServer.Behaviour.greeting(offersTLS: true)
        let packet = [UInt8(body.count), 0, 0, 0] + body
        #expect(MariaDBGreeting(packet) == .greeting(offersTLS: true))
        let flags = 4 + 1 + 7 + 4 + 8 + 1
        for count in 0..<flags + 2 {
            #expect(MariaDBGreeting(packet.prefix(count)) == .incomplete)
        }
        #expect(MariaDBGreeting(packet.prefix(flags + 2)) == .greeting(offersTLS: true))
        #expect(MariaDBGreeting([3, 0, 0, 0, 0xFF, 0x10, 0x04]) == .refusal)
        // A packet that ends before its capabilities has none.
        #expect(MariaDBGreeting([8, 0, 0, 0] + body.prefix(8)) == .greeting(offersTLS: false))
        #expect(
            MariaDBGreeting([3, 0, 0, 0, 10, 56, 0]) == .greeting(offersTLS: false))
    }
}
#endif
