import Testing

@testable import Bootstrap

/// Waiting, in virtual time.
@Suite struct ProbeTests {
    private static let start = ContinuousClock.now
    private let server = Server(product: "Test", version: "1", identity: "a")

    private func probe(
        wait: Duration = .seconds(300), loginWait: Duration = .zero, needsWriting: Bool = true
    ) -> Probe {
        Probe(
            target: "test://db", began: Self.start, wait: wait, loginWait: loginWait,
            needsWriting: needsWriting)
    }

    private func error(_ kind: DatabaseError.Kind, _ message: String = "no") -> Probe.Attempt {
        .failed(DatabaseError(kind, message))
    }

    private func isRetry(_ decision: Probe.Decision) -> Bool {
        if case .retry = decision { true } else { false }
    }

    private func failure(_ decision: Probe.Decision) -> Failure? {
        if case .stop(let failure) = decision { failure } else { nil }
    }

    @Test(arguments: DatabaseError.Kind.allCases)
    func `each kind of error has its own decision`(_ kind: DatabaseError.Kind) {
        var probe = probe()
        let decision = probe.decide(error(kind), at: Self.start, random: 0.5)
        switch kind {
        case .unavailable, .lost, .busy, .readOnly, .interrupted: #expect(isRetry(decision))
        case .missingDatabase: #expect(decision == .create)
        case .denied: #expect(failure(decision)?.status == .denied)
        case .rejected: #expect(failure(decision)?.status == .configuration)
        }
    }

    @Test func `a server that answers ends the wait`() {
        var probe = probe()
        #expect(probe.decide(.reached(server), at: Self.start, random: 0) == .proceed)
    }

    @Test func `a standby is not ready to be written to, and ready to be read from`() {
        var standby = server
        standby.isReadOnly = true
        var writing = probe()
        #expect(isRetry(writing.decide(.reached(standby), at: Self.start, random: 0)))
        var reading = probe(needsWriting: false)
        #expect(reading.decide(.reached(standby), at: Self.start, random: 0) == .proceed)
    }

    @Test func `what no failover makes writable is not waited for`() {
        var file = server
        (file.isReadOnly, file.isReadOnlyForGood) = (true, true)
        var writing = probe()
        #expect(writing.decide(.reached(file), at: Self.start, random: 0) == .proceed)
    }

    @Test func `a database that is there and still not found is waited for, not created again`() {
        var probe = probe(wait: .seconds(2))
        let missing = error(.missingDatabase, "no such database: shop")
        #expect(probe.decide(missing, at: Self.start, random: 0) == .create)
        probe.isThere = true
        #expect(isRetry(probe.decide(missing, at: Self.start, random: 0)))
        let end = probe.decide(missing, at: Self.start + .seconds(2), random: 0)
        #expect(
            failure(end)?.description == """
                cannot reach test://db after waiting for 2 s
                no such database: shop
                Next: the server has the database; give the URL of the server itself, or make it \
                known to the pooler that answers there.
                """)
        #expect(failure(end)?.status == .configuration)
    }

    @Test func `a reason is reported when it changes, not per attempt`() {
        var probe = probe()
        var reasons: [String?] = []
        for message in ["refused", "refused", "starting up\nmore", "starting up", "refused"] {
            let decision = probe.decide(error(.unavailable, message), at: Self.start, random: 0)
            if case .retry(_, let reason) = decision { reasons.append(reason) }
        }
        #expect(reasons == ["refused", nil, "starting up", nil, "refused"])
    }

    @Test func `the wait ends with the last cause and 69`() {
        var probe = probe(wait: .seconds(2))
        #expect(isRetry(probe.decide(error(.unavailable), at: Self.start, random: 0)))
        let end = probe.decide(
            error(.unavailable, "refused"), at: Self.start + .seconds(2), random: 0)
        #expect(
            failure(end)?.description == """
                cannot reach test://db after waiting for 2 s
                refused
                Next: check that the server runs and that the URL's host and port are right.
                """)
        #expect(failure(end)?.status == .unavailable)
    }

    @Test func `no wait is one attempt`() {
        var probe = probe(wait: .zero)
        let only = probe.decide(error(.unavailable, "refused"), at: Self.start, random: 0)
        #expect(failure(only)?.headline == "cannot reach test://db")
    }

    @Test func `a refused login is retried only while login_wait lasts`() {
        var probe = probe(loginWait: .seconds(10))
        #expect(isRetry(probe.decide(error(.denied), at: Self.start + .seconds(9), random: 0)))
        let late = probe.decide(error(.denied), at: Self.start + .seconds(10), random: 0)
        #expect(failure(late)?.status == .denied)
    }

    @Test func `the pause is a fortieth of the wait, from 50 ms to 1 s, with jitter`() {
        func delay(_ waited: Duration, _ random: Double) -> Double {
            Probe.delay(waited: waited, random: random).milliseconds
        }
        #expect(abs(delay(.zero, 0.5) - 50) < 0.01)
        #expect(abs(delay(.seconds(4), 0.5) - 100) < 0.01)
        #expect(abs(delay(.seconds(600), 0.5) - 1000) < 0.01)
        #expect(abs(delay(.zero, 0) - 37.5) < 0.01)
        #expect(delay(.zero, 0.999) < 62.5)
    }

    @Test func `a pause never reaches beyond the end of the wait`() {
        var probe = probe(wait: .seconds(300))
        let late = Self.start + .milliseconds(299_990)
        let decision = probe.decide(error(.unavailable), at: late, random: 0.9)
        guard case .retry(let delay, _) = decision else { return #expect(Bool(false)) }
        #expect(delay <= .milliseconds(10))
    }
}

@Suite struct DurationTextTests {
    @Test(arguments: [
        (Duration.milliseconds(0), "0 ms"), (.milliseconds(340), "340 ms"),
        (.milliseconds(999.6), "1 s"), (.milliseconds(3120), "3.1 s"), (.seconds(59.94), "59.9 s"),
        (.seconds(60), "1m"), (.seconds(300), "5m"), (.seconds(5400), "1h30m"),
        (.seconds(3661), "1h1m1s"),
    ])
    func `durations read as people write them`(_ duration: Duration, _ text: String) {
        #expect(duration.text == text)
    }
}
