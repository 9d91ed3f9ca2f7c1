import Glibc
import Synchronization
import Testing

@testable import Bootstrap

/// The first attempt to connect, which is made while the files are read.
@Suite struct HeadStartTests {
    /// A server that never answers; a session with it ends only with the run.
    private struct SilentDriver: Driver {
        static let schemes = ["silent"]
        static let dialect = Dialect.testSQLite

        let databaseName = "nothing"
        let target = "silent:nothing"

        init(_ url: DatabaseURL) throws(DatabaseError) { try url.refuseOptions(except: []) }

        func connect(
            _ session: SessionSettings, before deadline: Deadline
        ) throws(DatabaseError) -> any Connection {
            // The pipe's other end is never written to.
            let silence = Bell()
            try session.watch.wait(
                for: POLLIN, on: silence.descriptor, before: nil, saying: "no answer")
            throw DatabaseError(.rejected, "the silence was broken")
        }

        func create(
            _ session: SessionSettings, before deadline: Deadline
        ) throws(DatabaseError) -> Bool { false }

        func drop(
            _ session: SessionSettings, before deadline: Deadline
        ) throws(DatabaseError) -> Bool { false }
    }

    private func pipeline(
        _ url: String = "silent:nothing", files: [String: String]
    ) throws -> Pipeline {
        Pipeline(
            try DatabaseURL(parsing: url), drivers: [SilentDriver.self],
            migrations: .embedded(files.mapValues { Array($0.utf8) }))
    }

    @Test func `a wrong file is told at once, though the server is silent`() throws {
        let pipeline = try pipeline(files: ["1_a.sqlite.postgress.sql": "SELECT 1;"])
        let failure = #expect(throws: Failure.self) { try pipeline.blocking.run { _ in } }
        #expect(failure?.status == .rejected)
        #expect(failure?.headline.contains("did you mean .postgres?") == true)
    }

    @Test func `a mistake in the URL is told before one in the files`() throws {
        let pipeline = try pipeline(
            "silent:nothing?speed=1", files: ["1_a.sqlite.postgress.sql": "SELECT 1;"])
        let failure = #expect(throws: Failure.self) { try pipeline.blocking.run { _ in } }
        #expect(failure?.status == .usage)
        #expect(failure?.headline.contains("speed") == true)
    }

    @Test func `its obstacle is told by the run's own thread, and a stop ends it`() throws {
        var pipeline = try pipeline(files: ["1_a.sql": "SELECT 1;"])
        let cancellation = Cancellation()
        pipeline.cancellation = cancellation
        let events = Mutex<[Event]>([])
        let thread = pthread_self()
        let strangers = Atomic(0)
        let failure = #expect(throws: Failure.self) {
            try pipeline.blocking.run { event in
                if pthread_equal(pthread_self(), thread) == 0 {
                    strangers.add(1, ordering: .relaxed)
                }
                events.withLock { $0.append(event) }
                if case .waiting = event { cancellation.request() }
            }
        }
        #expect(failure?.status == .interrupted)
        #expect(strangers.load(ordering: .relaxed) == 0)
        #expect(
            events.withLock { $0 }
                == [.started(target: "silent:nothing"), .waiting(reason: "no answer")])
    }

    @Test func `whoever asks it for help gets it, also when the attempt has ended`() throws {
        let url = try DatabaseURL(parsing: "silent:nothing")
        for isLate in [false, true] {
            let cancellation = Cancellation()
            let start = try #require(
                HeadStart(history: nil, options: Options(), cancellation: cancellation) {
                    () throws(Failure) in
                    do throws(DatabaseError) { return try SilentDriver(url) } catch {
                        throw Failure(.usage, error.message)
                    }
                })
            _ = try start.driver()
            if isLate { end(start, cancellation) }
            let isHelped = Bell()
            start.helpOut { isHelped.ring() }
            if !isLate { end(start, cancellation) }
            isHelped.wait()
        }
    }

    /// Stops the attempt, and returns when it has ended.
    private func end(_ start: HeadStart, _ cancellation: Cancellation) {
        cancellation.request()
        #expect(throws: DatabaseError.self) {
            _ = try start.opening(telling: Obstacles { _ in })
        }
    }
}
