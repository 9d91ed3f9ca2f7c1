import Testing

@testable import Bootstrap
@testable import BootstrapCLI

/// Which ways back to take, from files and history alone.
@Suite struct RollbackPlanTests {
    private let dialect = Dialect.testPlain

    private static let three = [
        "1_a": "SELECT 1", "1_a.down": "SELECT -1", "2_b": "SELECT 2", "2_b.down": "SELECT -2",
        "10_c": "SELECT 10", "10_c.test.down": "SELECT -10", "10_c.other.down": "SELECT 0",
    ]

    private func files(
        _ names: [String: String] = three, without name: String? = nil
    ) throws -> [Migration] {
        let files = names.filter { $0.key != name }.map { ("\($0.key).sql", Array($0.value.utf8)) }
        return try MigrationFolder(
            .embedded(Dictionary(uniqueKeysWithValues: files)), knownEngines: ["test", "other"]
        ).migrations
    }

    private func row(
        _ id: String, _ name: String, _ state: Applied.State = .done, done: Int = 1,
        inFlight: Int? = nil
    ) -> Applied {
        Applied(
            kind: .migration, id: id, name: name,
            checksum: "sha256:" + SourceFile.sha256(Array("SELECT \(id)".utf8)), state: state,
            done: done, total: 3, inFlight: inFlight)
    }

    /// The order of versions that have no files.
    private let numbers = VersionOrder([])

    /// The history of the three files, in no order, with rows that are no migrations'.
    private var history: [Applied] {
        [
            row("2", "2_b"), row("10", "10_c"), row("1", "1_a"),
            Applied(kind: .repeatable, id: "R_views", name: "R_views", checksum: "x"),
            Applied(kind: .seed, id: "010_rows", name: "010_rows", checksum: "x"),
        ]
    }

    private func plan(
        _ target: Options.Target, _ history: [Applied], _ files: [Migration],
        beside company: Company = .nobody
    ) throws -> RollbackPlan {
        let rows = try RollbackPlan.rows(toward: target, in: history, VersionOrder(files))
        return try RollbackPlan(
            rows, files: files, options: Options(), dialect: dialect, beside: company)
    }

    private func refusal(
        _ target: Options.Target, _ history: [Applied], _ files: [Migration],
        beside company: Company = .nobody
    ) -> Failure? {
        #expect(throws: Failure.self) { try plan(target, history, files, beside: company) }
    }

    @Test(
        arguments: [
            (Options.Target.count(1), ["10_c"]), (.count(2), ["10_c", "2_b"]),
            (.count(3), ["10_c", "2_b", "1_a"]), (.version("2"), ["10_c"]),
            (.version("0001"), ["10_c", "2_b"]), (.version("1_a"), ["10_c", "2_b"]),
            (.version("10"), []), (.version("0"), ["10_c", "2_b", "1_a"]),
        ])
    func `the newest go first, so many or until one stays`(
        _ target: Options.Target, _ names: [String]
    ) throws {
        let plan = try plan(target, history, files())
        #expect(plan.steps.map(\.step.migration.name) == names)
        #expect(plan.steps.map(\.row.name) == names)
        #expect(plan.notes == [])
    }

    @Test func `a way back of the server's own engine goes before the others`() throws {
        let plan = try plan(.count(2), history, files())
        #expect(plan.steps.map(\.step.body.path) == ["10_c.test.down.sql", "2_b.down.sql"])
    }

    @Test func `nothing applied is nothing to do, whatever is asked for`() throws {
        #expect(
            try RollbackPlan.rows(toward: .count(3), in: Array(history.suffix(2)), numbers).isEmpty)
        #expect(try RollbackPlan.rows(toward: .version("0"), in: [], numbers).isEmpty)
    }

    @Test func `a migration 0 stays when it is named`() throws {
        let rows = [row("0", "0000_zero"), row("1", "1_a")]
        #expect(
            try RollbackPlan.rows(toward: .version("0"), in: rows, numbers).map(\.name) == ["1_a"])
        #expect(
            try RollbackPlan.rows(toward: .version("000"), in: rows, numbers).map(\.name) == ["1_a"]
        )
    }

    @Test func `more than are applied are refused`() throws {
        let failure = refusal(.count(4), history, try files())
        #expect(failure?.status == .configuration)
        #expect(
            failure?.description == """
                3 of 4 migrations are applied
                Nothing was changed.
                Next: say bootstrap rollback 3, or --to VERSION for a version.
                """)
    }

    @Test(arguments: [0, -1])
    func `a count below one is refused`(_ count: Int) throws {
        let failure = refusal(.count(count), history, try files())
        #expect(failure?.status == .usage)
        #expect(
            failure?.description == """
                there is nothing to do for a rollback of \(count)
                Next: say how many migrations are to be rolled back, 1 or more.
                """)
    }

    @Test(arguments: ["3", "abc", "", "0x"])
    func `a version that is not applied is refused`(_ version: String) throws {
        let failure = refusal(.version(version), history, try files())
        #expect(failure?.status == .configuration)
        #expect(
            failure?.description == """
                the migration \(version) is not applied
                Nothing was changed.
                Next: name an applied version with --to, or 0 to roll all of them back; \
                bootstrap status lists them.
                """)
    }

    @Test func `a migration without a way back is refused, and where it would do is said`() throws {
        let failure = refusal(.count(2), history, try files(without: "2_b.down"))
        #expect(failure?.status == .configuration)
        #expect(
            failure?.description == """
                2_b has no way back
                Nothing was changed.
                Next: write 2_b.down.sql, or go back no further than to it: bootstrap rollback --to 2.
                """)
        #expect(try plan(.count(1), history, files(without: "2_b.down")).steps.count == 1)
    }

    @Test func `a way back for another engine alone is none`() throws {
        let failure = refusal(.count(1), history, try files(without: "10_c.test.down"))
        #expect(failure?.headline == "10_c has no way back for test")
    }

    @Test(
        arguments: [
            (["1_a.up.sql": "SELECT 1;"], "write 1_a.down.sql, or go back no further"),
            (
                ["1_a.sql": "-- migrate:up\nSELECT 1;"],
                "write one into 1_a.sql, or go back no further"
            ),
            (["V1__a.sql": "SELECT 1;"], "go back no further"),
        ])
    func `a way back is to be written as its tool has it`(
        _ files: [String: String], _ next: String
    ) throws {
        let migration = try #require(try FormatReading().read(files).folder?.migrations.first)
        let failure = refusal(.count(1), [row("1", migration.name)], [migration])
        #expect(failure?.headline == "\(migration.name) has no way back")
        #expect(failure?.next?.replacing(/\S*\/format-\d+\//, with: "").hasPrefix(next) == true)
    }

    private struct FormatReading: FormatTesting {}

    @Test func `a migration in code without a way back is told of as such`() throws {
        let code = Migration("2_b") { (_) throws(DatabaseError) in }
        let failure = refusal(.count(1), [row("2", "2_b")], [code])
        #expect(
            failure?.description == """
                2_b has no way back
                Nothing was changed.
                Next: give it a way back in Swift, or go back no further than to it: \
                bootstrap rollback --to 2.
                """)
        let both = Migration("2_b") { (_) throws(DatabaseError) in
        } back: { (_) throws(DatabaseError) in
        }
        #expect(try plan(.count(1), [row("2", "2_b")], [both]).steps.count == 1)
    }

    @Test func `a way back that nobody has written is refused, but not that of an empty migration`()
        throws
    {
        var names = Self.three
        names["2_b.down"] = "-- bootstrap: portable\n-- later\n"
        let failure = refusal(.count(2), history, try files(names))
        #expect(failure?.status == .configuration)
        #expect(
            failure?.description == """
                2_b.down.sql holds no statement, and 2_b cannot be rolled back
                Nothing was changed.
                Next: write into it what undoes 2_b, or SELECT 1 if nothing has to.
                """)
        names["2_b"] = "-- nothing\n"
        #expect(try plan(.count(2), history, files(names)).steps.count == 2)
    }

    @Test func `a way back beside .up.sql may undo nothing, which is said once`() throws {
        var names = Self.three
        for name in ["1_a", "2_b"] {
            names["\(name).up"] = names.removeValue(forKey: name)
            names["\(name).down"] = "-- nothing to undo\n"
        }
        let one = try plan(.count(2), history, files(names))
        #expect(one.steps.map(\.step.body.path) == ["10_c.test.down.sql", "2_b.down.sql"])
        let note = "2_b.down.sql holds no statement"
        let rest = ": what was applied stays, and its row goes"
        #expect(one.notes == [note + rest])
        #expect(
            try plan(.count(3), history, files(names)).notes
                == [note + ", nor does another way back" + rest])
    }

    @Test func `a migration whose files are gone is refused`() throws {
        let files = try files().filter { $0.id != "10" }
        let failure = refusal(.count(1), history, files)
        #expect(failure?.status == .configuration)
        #expect(
            failure?.description == """
                the history has 10_c, which these files have not
                Nothing was changed.
                Next: restore its files, or roll it back with the release that has them.
                """)
    }

    @Test(arguments: [Applied.State.running, .failed])
    func `a migration that is not finished is refused, once others are known to be away`(
        _ state: Applied.State
    ) throws {
        let history = [row("1", "1_a"), row("2", "2_b", state)]
        let failure = refusal(.count(1), history, try files())
        #expect(failure?.status == .configuration)
        #expect(
            failure?.description == """
                2_b was begun and is not finished
                Nothing was changed.
                Next: run bootstrap up, which goes on with it, and then roll it back.
                """)
        let other = refusal(.count(1), history, try files(), beside: .others)
        #expect(
            other?.next
                == "unless a run is at work on it now, run bootstrap up, which goes on with it, "
                + "and then roll it back")
        #expect(try plan(.count(1), history, files(), beside: .unknown).steps.count == 1)
    }

    @Test func `one that is half undone goes on`() throws {
        let left = row("2", "2_b", .undoing, done: 1)
        let plan = try plan(.count(1), [row("1", "1_a"), left], files())
        #expect(plan.steps.first?.step.row == left)
    }

    @Test func `a file that has changed since it was applied is noted`() throws {
        var old = row("2", "2_b")
        old.checksum = "sha256:other"
        let plan = try plan(.count(1), [old], files())
        #expect(
            plan.notes == [
                "2_b.sql has changed since it was applied; its way back is taken as it is now"
            ])
    }

    @Test func `what was chosen is what is undone, and nothing newer may have come`() throws {
        let chosen = try RollbackPlan.rows(toward: .count(2), in: history, numbers)
        let less = history.filter { $0.id != "10" }
        #expect(try RollbackPlan.rest(of: chosen, in: less, numbers).map(\.id) == ["2"])
        let none = history.filter { $0.id == "1" } + [row("11", "11_d")]
        #expect(try RollbackPlan.rest(of: chosen, in: none, numbers).isEmpty)
        for newer in [row("11", "11_d"), row("5", "5_e")] {
            let failure = #expect(throws: Failure.self) {
                try RollbackPlan.rest(of: chosen, in: history + [newer], numbers)
            }
            #expect(failure?.status == .configuration)
            #expect(
                failure?.description == """
                    \(newer.name) was applied while this rollback began
                    Nothing was changed.
                    Next: look at bootstrap status, and say again how far to go back.
                    """)
        }
    }

    @Test func `nothing is applied or planted while a migration is half undone`() throws {
        let rows = [row("1", "1_a"), row("2", "2_b", .undoing, done: 1)]
        let failure = #expect(throws: Failure.self) {
            try rows.checkNoneIsUndoing(isExclusive: true)
        }
        #expect(failure?.status == .configuration)
        #expect(
            failure?.description == """
                2_b is half rolled back: 1 of 3 statements of its way back are done
                Nothing was changed.
                Next: run bootstrap rollback, which goes on with it, and then the same command again.
                """)
        let other = #expect(throws: Failure.self) {
            try rows.checkNoneIsUndoing(isExclusive: false)
        }
        #expect(other?.next?.hasPrefix("unless a rollback is at work now, run") == true)
        // Nothing is thrown where all is done.
        try history.checkNoneIsUndoing(isExclusive: true)
    }

    // MARK: The command line

    @Test(
        arguments: [
            (nil, nil, Options.Target.count(1)), ("1", nil, .count(1)), ("12", nil, .count(12)),
            (nil, "3", .version("3")), (nil, "0003_x", .version("0003_x")),
            (nil, "0", .version("0")),
        ] as [(String?, String?, Options.Target)])
    func `how far to go back is a count or a version`(
        _ count: String?, _ version: String?, _ target: Options.Target
    ) throws {
        #expect(try RollbackCommand.target(count: count, to: version) == target)
    }

    @Test(
        arguments: [
            ("0", nil), ("0003", nil), ("-1", nil), ("+1", nil), ("all", nil), ("1", "1"),
            (nil, "+1"), (nil, ""), (nil, "last"), ("99999999999999999999", nil),
        ] as [(String?, String?)])
    func `anything else is refused`(_ count: String?, _ version: String?) {
        let failure = #expect(throws: Failure.self) {
            try RollbackCommand.target(count: count, to: version)
        }
        #expect(failure?.status == .usage)
    }
}
