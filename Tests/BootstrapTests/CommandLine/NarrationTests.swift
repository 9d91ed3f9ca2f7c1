import Bootstrap
import Synchronization
import Testing

@testable import BootstrapCLI

/// What is told of a run that lasts, with a clock of the test's own.
@Suite struct NarrationTests {
    /// A run as it is narrated, and the time in it.
    private struct Run {
        var narration: Narration
        private let began: Deadline
        private(set) var now: Deadline
        var width = 80

        init(isLive: Bool) {
            began = .now
            now = began
            narration = Narration(
                Transcript(version: "0.1.0"), isLive: isLive, isColoured: false, at: began)
        }

        mutating func happens(_ event: Event, after seconds: Int = 0) -> String {
            now += .seconds(seconds)
            return narration.text(for: event, at: now, width: width)
        }

        mutating func lasts(_ seconds: Int) -> String {
            now += .seconds(seconds)
            return narration.text(at: now, width: width)
        }

        var pause: Duration? { narration.pause(at: now) }
    }

    private let target = "postgres://app@db:5432/shop"
    private let server = Server(product: "PostgreSQL", version: "17.2", identity: "1")
    private let erase = Narration.eraseLine

    // MARK: A log

    @Test func `a log hears of a long migration after half a minute, and every half minute`() {
        var run = Run(isLive: false)
        _ = run.happens(.started(target: target))
        _ = run.happens(.awake(server: server, after: .milliseconds(4)))
        #expect(run.happens(.migrating(name: "0006_backfill")).hasSuffix("after 4 ms\n"))
        #expect(run.pause == .seconds(30))
        #expect(run.lasts(29) == "")
        #expect(run.pause == .seconds(1))
        #expect(run.lasts(1) == "migrating  0006_backfill                  30 s\n")
        #expect(run.pause == .seconds(30))
        #expect(run.happens(.running(name: "0006_backfill", statement: .init(3, of: 9))) == "")
        #expect(run.lasts(30) == "migrating  0006_backfill, statement 3 of 9     1m\n")
        #expect(
            run.happens(.migrated(name: "0006_backfill", took: .seconds(61)), after: 1)
                == "migrated   0006_backfill                  1m1s\n")
        #expect(run.lasts(29) == "")
    }

    @Test func `a log hears of a long way back by a word of its own`() {
        var run = Run(isLive: false)
        _ = run.happens(.started(target: target))
        _ = run.happens(.rollingBack(name: "0006_backfill"))
        #expect(run.lasts(30) == "undoing    0006_backfill                  30 s\n")
        #expect(
            run.happens(.rolledBack(name: "0006_backfill", took: .seconds(31)), after: 1)
                == "rolledback 0006_backfill                  31 s\n")
        #expect(run.lasts(29) == "")
    }

    @Test func `any line postpones the next one`() {
        var run = Run(isLive: false)
        _ = run.happens(.started(target: target))
        _ = run.happens(.migrating(name: "1_a"))
        #expect(run.happens(.waiting(reason: "lock timeout"), after: 20) != "")
        #expect(run.lasts(29) == "")
        #expect(
            run.lasts(1)
                == "migrating  1_a: lock timeout              50 s\n")
    }

    @Test func `a wait for the server is one wait, whatever its reasons`() {
        var run = Run(isLive: false)
        _ = run.happens(.started(target: target))
        _ = run.happens(.waiting(reason: "db:5432 refuses connections"), after: 1)
        _ = run.happens(.waiting(reason: "the server is starting up"), after: 9)
        #expect(run.lasts(30) == "waiting    the server is starting up      40 s\n")
    }

    @Test func `a data file tells its rows, their rate and the time that is left`() {
        for isLive in [true, false] {
            var run = Run(isLive: isLive)
            _ = run.happens(.started(target: target))
            _ = run.happens(.seeding(name: "020_item"))
            func load(_ rows: Int, _ fraction: Double, of file: String = "item.csv") -> Event {
                .loading(name: "020_item", load: .init(file, rows: rows, fraction: fraction))
            }
            let start = isLive ? erase : ""
            #expect(run.happens(load(0, 0), after: 1) == "")
            #expect(run.happens(load(600_000, 0.6), after: 29) == "")
            let first = run.lasts(1)
            let words = "seeding    020_item, 600000 rows, 20000 rows/s, 20 s left"
            #expect(first.hasPrefix(start + words))
            // All is read, and the database has not said yet that it is done.
            #expect(run.happens(load(1_000_000, 1), after: 19) == "")
            let second = run.lasts(11)
            #expect(second.hasPrefix("\(start)seeding    020_item, 1000000 rows, 16666 rows/s"))
            #expect(!second.contains("left"))
            // Another file has a pace of its own.
            #expect(run.happens(load(0, 0, of: "more.csv"), after: 1) == "")
            #expect(run.lasts(30).contains("020_item, 0 rows, 0 rows/s"))
        }
    }

    @Test func `a program is told of a data file by the event seeding`() {
        let began = Deadline.now
        var activity = Activity(at: began)
        activity.take(.seeding(name: "020_item"), at: began)
        #expect(activity.word == "working")
        for (rows, seconds) in [(0, 0), (500, 1)] {
            activity.take(
                .loading(name: "020_item", load: .init("i.csv", rows: rows, fraction: 0.25)),
                at: began + .seconds(seconds))
        }
        #expect(activity.word == "seeding")
        let members = "\(JSON.object(activity.members(at: began + .seconds(2))))"
        #expect(
            members.hasSuffix(
                "\"ms\":2000,\"file\":\"i.csv\",\"rows\":500,\"rows_per_second\":250,\"left_ms\":6000}"
            ))
        activity.take(
            .seeded(name: "020_item", counts: .init(inserted: 500), took: .seconds(2)), at: began)
        #expect(activity.word == "working")
    }

    @Test func `what was held back comes first`() {
        var run = Run(isLive: false)
        _ = run.happens(.started(target: target))
        #expect(
            run.lasts(30) == """
                bootstrap 0.1.0: postgres://app@db:5432/shop
                connecting postgres://app@db:5432/shop    30 s

                """)
        _ = run.happens(.awake(server: server, after: .seconds(31)))
        #expect(run.lasts(30) == "working    on the database                30 s\n")
    }

    @Test func `a lock that is waited for tells of itself`() {
        var run = Run(isLive: false)
        _ = run.happens(.started(target: target))
        _ = run.happens(.locked(by: LockHolder(who: "app@web-1")))
        #expect(run.lasts(30) == "")
        #expect(run.pause == .seconds(30))
    }

    @Test func `a run that has ended is silent, and asks for no clock`() {
        for event in [Event.ready(Report(target: target)), nil] {
            var run = Run(isLive: false)
            _ = run.happens(.started(target: target))
            _ = run.happens(.seeding(name: "010_user"))
            if let event { _ = run.happens(event) } else { _ = run.narration.end(at: run.now) }
            #expect(run.lasts(100) == "")
            #expect(run.pause == nil)
        }
    }

    @Test func `a run that finds nothing to do asks for no clock`() {
        for isLive in [true, false] {
            var run = Run(isLive: isLive)
            for event in [
                Event.started(target: target), .awake(server: server, after: .milliseconds(4)),
            ] {
                #expect(run.happens(event) == "")
                #expect(!run.narration.mayLast)
            }
            #expect(!run.happens(.ready(Report(target: target))).contains("\u{1B}"))
            #expect(!run.narration.mayLast)
        }
    }

    // MARK: A terminal

    @Test func `a terminal has the line at once, and anew each second`() {
        var run = Run(isLive: true)
        _ = run.happens(.started(target: target))
        #expect(run.happens(.migrating(name: "1_a")).hasSuffix("\nmigrating  1_a …"))
        #expect(run.pause == .seconds(1))
        #expect(run.lasts(1) == erase + "migrating  1_a  1 s")
        // Drawn with the next second, however many statements a second has.
        #expect(run.happens(.running(name: "1_a", statement: .init(2, of: 3))) == "")
        #expect(run.lasts(1) == erase + "migrating  1_a, statement 2 of 3  2 s")
        #expect(
            run.happens(.migrated(name: "1_a", took: .seconds(2)))
                == erase + "migrated   1_a                             2 s\n")
        #expect(run.lasts(1) == "working    on the database  1 s")
        #expect(
            run.happens(.seeding(name: "010_user")) == "")
        #expect(run.lasts(3) == erase + "seeding    010_user  3 s")
        #expect(run.happens(.ready(Report(target: target))).hasPrefix(erase + "ready      "))
        #expect(run.lasts(1) == "")
    }

    @Test func `migrations that travel together are one line`() {
        var run = Run(isLive: true)
        _ = run.happens(.started(target: target))
        #expect(
            run.happens(.running(name: "1_a to 9_b", statement: nil)) == "migrating  1_a to 9_b …")
    }

    @Test func `the wait for a server and for a lock are seen`() {
        var run = Run(isLive: true)
        _ = run.happens(.started(target: target))
        #expect(
            run.happens(.waiting(reason: "no answer from db"))
                .hasSuffix("\nwaiting    no answer from db\nwaiting    no answer from db …"))
        let holder = LockHolder(who: "app@web-1")
        #expect(
            run.happens(.locked(by: holder), after: 2)
                == erase + "locked     by app@web-1\nlocked     by app@web-1 …")
        #expect(run.lasts(5) == erase + "locked     by app@web-1  5 s")
    }

    @Test func `a failure finds an empty line`() {
        var run = Run(isLive: true)
        _ = run.happens(.started(target: target))
        _ = run.happens(.migrating(name: "1_a"))
        #expect(run.narration.end(at: run.now) == erase)
        #expect(run.lasts(1) == "")
    }

    @Test(arguments: [
        (80, "migrating  0006_backfill_of_人人人, statement 12 of 900  1m5s"),
        (50, "migrating  0006_backfill_of_人人人, statem…  1m5s"),
        (39, "migrating  0006_backfill_of_人…  1m5s"),
        (24, "migrating  0006_…  1m5s"), (14, "migrating   …"), (12, ""), (0, ""),
    ])
    func `the line is narrower than the terminal, and the time stays`(
        _ width: Int, _ line: String
    ) {
        var run = Run(isLive: true)
        run.width = width
        let name = "0006_backfill_of_人人人"
        _ = run.happens(.started(target: target))
        _ = run.happens(.migrating(name: name))
        _ = run.happens(.running(name: name, statement: .init(12, of: 900)))
        let text = run.lasts(65)
        #expect(text.replacing(erase, with: "") == line)
        let columns = line.unicodeScalars.reduce(0) {
            $0 + ($1.value < 0x1100 || $1 == "…" ? 1 : 2)
        }
        #expect(columns < max(1, width))
    }

    @Test func `a name cannot steer the terminal, nor a reason break the line`() {
        var run = Run(isLive: true)
        _ = run.happens(.started(target: target))
        _ = run.happens(.migrating(name: "1_a"))
        _ = run.happens(.waiting(reason: "a\nb\u{1B}[2Jc"))
        #expect(run.lasts(1) == erase + "migrating  1_a: a\\u{A}b\\u{1B}[2Jc  1 s")
    }

    // MARK: JSON, and the thread

    @Test func `programs are told in an event, after half a minute without one`() throws {
        let began = ContinuousClock.now
        let now = Mutex(began)
        let pipe = try Pipe()
        let timing = Timing(now: { now.withLock { $0 } }, pause: { _ in })
        let reporter = JSONReporter(
            database: "shop", annotates: false, output: Output(pipe.writing),
            clock: Ticker(timing))
        reporter.report(.started(target: target))
        now.withLock { $0 = began + .seconds(29) }
        #expect(reporter.tick() == .seconds(1))
        now.withLock { $0 = began + .seconds(30) }
        #expect(reporter.tick() == .seconds(30))
        reporter.report(.running(name: "1_a", statement: nil))
        reporter.report(.ready(Report(target: target)))
        #expect(reporter.tick() == nil)
        let lines = pipe.read().split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("{\"event\":\"working\",\"time\":\""))
        #expect(
            lines[1].hasSuffix(
                """
                "database":"shop","doing":"connecting","name":"\(target)","statement":null,\
                "statements":null,"reason":null,"ms":30000}
                """))
    }

    @Test func `the event has what is known`() {
        let began = ContinuousClock.now
        var activity = Activity(at: began)
        activity.take(.started(target: target), at: began)
        activity.take(.migrating(name: "1_a"), at: began)
        activity.take(.running(name: "1_a", statement: .init(3, of: 9)), at: began)
        activity.take(.waiting(reason: "lock timeout"), at: began)
        #expect(
            "\(JSON.object(activity.members(at: began + .milliseconds(1500))))" == """
                {"doing":"migrating","name":"1_a","statement":3,"statements":9,\
                "reason":"lock timeout","ms":1500}
                """)
    }

    @Test func `the clock is looked at after each pause, until the run has ended`() async {
        let pauses = Mutex<[Duration]>([])
        let timing = Timing(now: { .now }, pause: { pause in pauses.withLock { $0.append(pause) } })
        let ticker = Ticker(timing)
        await withCheckedContinuation { end in
            let left = Mutex([Duration.seconds(7), .seconds(9)])
            ticker.start {
                let next = left.withLock { $0.popLast() }
                if next == nil { end.resume() }
                return next
            }
        }
        // Nobody starts a second thread.
        ticker.start { .zero }
        #expect(pauses.withLock { $0 } == [.seconds(1), .seconds(9), .seconds(7)])
    }
}
