import Testing

@testable import Bootstrap

/// Which migrations to take for applied, from files and history alone.
@Suite struct AdoptionPlanTests {
    private let dialect = Dialect.testPlain

    private static let four = [
        "1_a": "SELECT 1", "2_b": "SELECT 2", "3_c.other": "SELECT 3", "10_d": "SELECT 10",
        "R_views": "SELECT 0",
    ]

    private func files(_ names: [String: String] = four) throws -> [Migration] {
        let files = names.map { ("\($0.key).sql", Array($0.value.utf8)) }
        return try MigrationFolder(
            .embedded(Dictionary(uniqueKeysWithValues: files)), knownEngines: ["other"]
        ).migrations
    }

    private func row(
        _ id: String, _ name: String, _ state: Applied.State = .done, inFlight: Int? = nil
    ) -> Applied {
        Applied(
            kind: .migration, id: id, name: name,
            checksum: "sha256:" + SourceFile.sha256(Array("SELECT \(id)".utf8)), state: state,
            done: 1, total: 3, inFlight: inFlight)
    }

    private func plan(
        _ version: String, _ history: [Applied] = [], _ names: [String: String] = four,
        beside company: Company = .nobody, _ change: (inout Options) -> Void = { _ in }
    ) throws -> AdoptionPlan {
        var options = Options()
        change(&options)
        return try AdoptionPlan(
            .upTo(version), try files(names).map { ($0, $0.body(for: dialect)) }, history: history,
            options: options, dialect: dialect, beside: company)
    }

    private func names(_ plan: AdoptionPlan) -> [String] { plan.steps.map(\.migration.name) }

    @Test(
        arguments: [
            ("1", ["1_a"]), ("2", ["1_a", "2_b"]), ("0002", ["1_a", "2_b"]),
            ("2_b", ["1_a", "2_b"]), ("10", ["1_a", "2_b", "10_d"]),
            // Another engine's: nothing of it is here, and what is older is.
            ("3", ["1_a", "2_b"]),
        ])
    func `all up to a version are adopted that have no row`(
        _ version: String, _ wanted: [String]
    ) throws {
        let plan = try plan(version)
        #expect(names(plan) == wanted)
        #expect(plan.notes == [])
        #expect(!plan.isSettled)
    }

    @Test func `what is applied stays, and a gap is filled whatever the order is to be`() throws {
        let history = [
            row("1", "1_a"), row("10", "10_d"),
            Applied(kind: .seed, id: "010", name: "010", checksum: "x"),
        ]
        let plan = try plan("10", history) { $0.order = .linear }
        #expect(names(plan) == ["2_b"])
        #expect(plan.notes == ["2_b is older than 10_d, which is applied"])
        #expect(try self.plan("1", history).isSettled)
    }

    @Test(arguments: [
        ("11", "10_d"), ("4", "3_c"), ("0", "1_a"), ("0009", "3_c"), ("x", "1_a"),
    ])
    func `a version that no file has is refused, and the nearest one named`(
        _ version: String, _ nearest: String
    ) {
        let failure = #expect(throws: Failure.self) { try plan(version) }
        #expect(failure?.status == .configuration)
        #expect(
            failure?.description == """
                there is no migration \(version) to adopt
                Nothing was changed.
                Next: name one of the files' versions with --to; \(nearest) is nearest.
                """)
    }

    @Test func `without a versioned migration nothing can be adopted`() {
        let failure = #expect(throws: Failure.self) {
            try plan("1", [], ["R_views": "SELECT 0"])
        }
        #expect(failure?.next == "write the migrations first: these files have no version")
    }

    @Test(
        arguments: [
            (.running, nil, "2_b was begun and is not finished", "run bootstrap up, which"),
            (
                .failed, 2, "2_b was begun and is not finished",
                "let bootstrap repair show what became of its statement, run bootstrap up, which"
            ),
            (
                .undoing, nil,
                "2_b is half rolled back: 1 of 3 statements of its way back are done",
                "run bootstrap rollback, which"
            ),
        ] as [(Applied.State, Int?, String, String)])
    func `an unfinished migration is in the way, once nobody is at work on it`(
        _ state: Applied.State, _ inFlight: Int?, _ headline: String, _ remedy: String
    ) throws {
        let next = remedy + " goes on with it, and then the same command again"
        let history = [row("1", "1_a"), row("2", "2_b", state, inFlight: inFlight)]
        let failure = #expect(throws: Failure.self) { try plan("1", history) }
        #expect(failure?.status == .configuration)
        #expect(failure?.headline == headline)
        #expect(failure?.next == next)
        let other = #expect(throws: Failure.self) { try plan("1", history, beside: .others) }
        #expect(other?.next?.hasPrefix("unless a r") == true)
        #expect(other?.next?.hasSuffix(" is at work on it now, \(next)") == (state != .undoing))
        // Before the lock it is waited for, and never adopted.
        let early = try plan("10", history, beside: .unknown)
        #expect(names(early) == ["10_d"])
        #expect(try !plan("1", history, beside: .unknown).isSettled)
    }

    @Test func `files and history that disagree are refused as up refuses them`() {
        var changed = row("1", "1_a")
        changed.checksum = "sha256:other"
        let failure = #expect(throws: Failure.self) { try plan("2", [changed]) }
        #expect(failure?.headline == "1_a.sql has changed since it was applied")
        let foreign = #expect(throws: Failure.self) { try plan("2", [row("7", "7_x")]) }
        #expect(
            foreign?.headline
                == "the history has 7_x, which these files have not, while 1_a is pending")
    }
}
