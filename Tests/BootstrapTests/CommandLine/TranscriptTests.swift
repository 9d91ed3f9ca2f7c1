import Bootstrap
import Testing

@testable import BootstrapCLI

@Suite struct TranscriptTests {
    private let server = Server(product: "PostgreSQL", version: "17.2", identity: "1")
    private let target = "postgres://app@db:5432/shop"

    private func text(_ events: [Event], idle: Transcript.Idle = .nothingToDo) -> String {
        var transcript = Transcript(version: "0.1.0", idle: idle)
        return events.flatMap { transcript.lines(for: $0) }
            .map { $0.text(colour: false) }.joined(separator: "\n")
    }

    private func report(_ change: (inout Report) -> Void = { _ in }) -> Report {
        var report = Report(target: target)
        report.migrations = 5
        report.seeds = 1
        report.took = .milliseconds(6)
        change(&report)
        return report
    }

    @Test func `a control character is shown and steers no terminal`() {
        let line = Line(label: "created", text: "database \u{1B}[31mé\u{9B}\u{7F}\tx\u{7}")
        #expect(
            line.text(colour: false) == "created    database \\u{1B}[31mé\\u{9B}\\u{7F}\tx\\u{7}")
        #expect("a\n\u{301}b\rc".withoutControls == "a\n\u{301}b\\u{D}c")
    }

    @Test func `a first run is told in columns, in the past tense, durations behind`() {
        var counts = SeedCounts()
        counts.inserted = 1
        let events: [Event] = [
            .started(target: target),
            .waiting(reason: "db:5432 refuses connections"),
            .waiting(reason: "the server is starting up"),
            .awake(server: server, after: .milliseconds(3120)),
            .created(database: "shop"),
            .migrating(name: "0001_create_user"),
            .migrated(name: "0001_create_user", took: .milliseconds(14)),
            .seeding(name: "010_superuser"),
            .seeded(name: "010_superuser", counts: counts, took: .milliseconds(92)),
            .ready(
                report {
                    $0.created = true
                    $0.took = .milliseconds(3412)
                }),
        ]
        #expect(
            text(events) == """
                bootstrap 0.1.0: postgres://app@db:5432/shop
                waiting    db:5432 refuses connections
                waiting    the server is starting up
                awake      PostgreSQL 17.2 after 3.1 s
                created    database shop
                migrated   0001_create_user              14 ms
                seeded     010_superuser                  1 row      92 ms
                ready      5 migrations, 1 seed in 3.4 s
                """)
    }

    @Test func `a million rows keep their distance to what is behind them`() {
        let counts = SeedCounts(inserted: 1_000_000, updated: 250_000, unchanged: 3, deleted: 12)
        #expect(
            text([
                .seeded(
                    name: "020_item", counts: .init(inserted: 1_000_000), took: .milliseconds(9200)),
                .seeded(name: "030_more", counts: counts, took: .milliseconds(92)),
            ]) == """
                seeded     020_item                       1000000 rows  9.2 s
                seeded     030_more                       1000000 rows, 250000 updated, 12 deleted  92 ms
                """)
    }

    @Test func `nothing to do is one line`() {
        let events: [Event] = [
            .started(target: target), .awake(server: server, after: .milliseconds(4)),
            .ready(report()),
        ]
        #expect(
            text(events) == """
                ready      postgres://app@db:5432/shop: nothing to do (5 migrations, 1 seed; 6 ms)
                """)
    }

    @Test func `nothing to do after a wait says what was waited for`() {
        let events: [Event] = [
            .started(target: target), .waiting(reason: "db:5432 refuses connections"),
            .awake(server: server, after: .milliseconds(4)), .ready(report()),
        ]
        #expect(
            text(events) == """
                bootstrap 0.1.0: postgres://app@db:5432/shop
                waiting    db:5432 refuses connections
                awake      PostgreSQL 17.2 after 4 ms
                ready      5 migrations, 1 seed in 6 ms
                """)
    }

    @Test(arguments: [
        (["0001_a", "R_views"], 9, 0, "9 migrations, 1 repeatable in 6 ms"),
        (["R_all"], 0, 0, "1 repeatable in 6 ms"),
        (["R_a", "R_b"], 0, 2, "2 repeatables, 2 seeds in 6 ms"),
        ([], 0, 0, "an empty database in 6 ms"),
    ])
    func `the verdict counts repeatables that ran, and has no hole`(
        _ migrated: [String], _ migrations: Int, _ seeds: Int, _ verdict: String
    ) {
        let sum = report {
            $0.created = true
            $0.migrated = migrated
            $0.migrations = migrations
            $0.seeds = seeds
        }
        #expect(text([.ready(sum)]) == "ready      \(verdict)")
    }

    @Test(arguments: [
        (["0002_b"], 1, "1 migration rolled back, 1 left in 6 ms"),
        (["0002_b", "0001_a"], 0, "2 migrations rolled back, 0 left in 6 ms"),
    ])
    func `the verdict of a rollback says what is left`(
        _ undone: [String], _ left: Int, _ verdict: String
    ) {
        let sum = report {
            $0.rolledBack = undone
            $0.migrations = left
        }
        #expect(text([.ready(sum)]) == "ready      \(verdict)")
    }

    @Test func `an adoption is told by its names and their number`() {
        let events: [Event] = [
            .started(target: target), .awake(server: server, after: .milliseconds(4)),
            .adopted(name: "0001_a"), .adopted(name: "0002_b"),
            .ready(report { $0.adopted = ["0001_a", "0002_b"] }),
        ]
        #expect(
            text(events, idle: .nothingToAdopt) == """
                bootstrap 0.1.0: postgres://app@db:5432/shop
                awake      PostgreSQL 17.2 after 4 ms
                adopted    0001_a
                adopted    0002_b
                ready      2 migrations adopted in 6 ms
                """)
        #expect(
            text([events[0], .ready(report())], idle: .nothingToAdopt) == """
                ready      \(target): nothing to adopt (5 migrations, 1 seed; 6 ms)
                """)
    }

    @Test func `a wait for a database without migrations ends in its server`() {
        let none = report {
            $0.migrations = 0
            $0.seeds = 0
        }
        let events: [Event] = [
            .started(target: target), .waiting(reason: "db:5432 refuses connections"),
            .awake(server: server, after: .milliseconds(4)), .ready(none),
        ]
        #expect(text(events).hasSuffix("ready      PostgreSQL 17.2 in 6 ms"))
        #expect(text([.ready(none)]) == "ready      no migrations in 6 ms")
    }

    @Test func `a long migration is announced by what stands before it`() {
        var transcript = Transcript(version: "0.1.0")
        _ = transcript.lines(for: .started(target: target))
        _ = transcript.lines(for: .awake(server: server, after: .milliseconds(4)))
        let lines = transcript.lines(for: .migrating(name: "0001_slow"))
        #expect(lines.map(\.label) == ["", "awake"])
    }

    @Test func `waiting for a database is told as its being awake`() {
        let events: [Event] = [
            .started(target: target), .awake(server: server, after: .milliseconds(4)),
            .ready(
                report {
                    $0.migrations = 0
                    $0.seeds = 0
                }),
        ]
        #expect(
            text(events, idle: .awake)
                == "ready      postgres://app@db:5432/shop: awake (PostgreSQL 17.2; 6 ms)")
    }

    @Test func `another run at work is named`() {
        let holder = LockHolder(
            who: "app@web-1 (pid 17)", since: "2026-11-22T18:20:01.123456Z",
            doing: "0006_backfill, statement 3 of 9")
        #expect(
            text([.locked(by: holder)]) == """
                locked     by app@web-1 (pid 17) since 18:20:01 UTC, in 0006_backfill, statement 3 of 9
                """)
    }

    @Test(arguments: [
        (SeedCounts.of(1), "1 row"), (.of(2), "2 rows"), (.of(0, 3), "3 updated"),
        (.of(2, 1, deleted: 4), "2 rows, 1 updated, 4 deleted"), (.of(unchanged: 7), "unchanged"),
        (.of(), "no rows"),
    ])
    func `a seed is told in rows`(_ counts: SeedCounts, _ text: String) {
        #expect(counts.text == text)
    }

    @Test func `a name that is too long still has a space behind it`() {
        let name = String(repeating: "x", count: 40)
        #expect(
            text([.migrated(name: name, took: .milliseconds(1))]) == "migrated   \(name)   1 ms")
    }

    @Test func `only the first word is coloured`() {
        let line = Line(label: "ready", text: "5 migrations", tone: .good)
        #expect(line.text(colour: true) == "\u{1B}[32mready      \u{1B}[0m5 migrations")
    }
}

extension SeedCounts {
    fileprivate static func of(
        _ inserted: Int = 0, _ updated: Int = 0, unchanged: Int = 0, deleted: Int = 0
    ) -> SeedCounts {
        var counts = SeedCounts()
        counts.inserted = inserted
        counts.updated = updated
        counts.unchanged = unchanged
        counts.deleted = deleted
        return counts
    }
}
