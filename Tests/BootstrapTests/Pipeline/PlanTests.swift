import Testing

@testable import Bootstrap

/// Which migrations to run, from files and history alone.
@Suite struct PlanTests {
    private let dialect = Dialect.testPlain

    private func files(_ names: [String: String]) throws -> [Migration] {
        let files = Dictionary(
            uniqueKeysWithValues: names.map { ("\($0.key).sql", Array($0.value.utf8)) })
        return try MigrationFolder(.embedded(files), knownEngines: ["test"]).migrations
    }

    private func plan(
        _ files: [Migration], _ history: [Applied], isExclusive: Bool = true,
        _ change: (inout Options) -> Void = { _ in }
    ) throws(Failure) -> Plan {
        var options = Options()
        change(&options)
        return try Plan(
            files.map { ($0, $0.body(for: dialect)) }, seeds: [], history: history,
            options: options, dialect: dialect, isExclusive: isExclusive)
    }

    private func row(
        _ migration: Migration, state: Applied.State = .done, done: Int = 0, inFlight: Int? = nil
    ) -> Applied {
        Applied(
            kind: migration.kind == .versioned ? .migration : .repeatable, id: migration.id,
            name: migration.name, checksum: migration.body(for: dialect)?.checksum ?? "",
            state: state, done: done, total: 3, inFlight: inFlight)
    }

    private let three = ["2_b": "SELECT 2", "1_a": "SELECT 1", "10_c": "SELECT 10"]

    @Test func `pending migrations run in the order of their numbers`() throws {
        let plan = try plan(files(three), [])
        #expect(plan.migrations.map(\.migration.name) == ["1_a", "2_b", "10_c"])
    }

    @Test func `what is applied and unchanged is left out`() throws {
        let files = try files(three)
        let plan = try plan(files, [row(files[0]), row(files[1])])
        #expect(plan.migrations.map(\.migration.name) == ["10_c"])
        #expect(plan.applied.migrations == 2)
    }

    @Test func `nothing is to do when all is applied`() throws {
        let files = try files(three)
        #expect(try plan(files, files.map { row($0) }).isEmpty)
    }

    @Test func `a changed file of an applied migration stops`() throws {
        let files = try files(three)
        var old = row(files[0])
        old.checksum = "sha256:other"
        let failure = #expect(throws: Failure.self) { try plan(files, [old]) }
        #expect(
            failure?.description == """
                1_a.sql has changed since it was applied
                Nothing was changed.
                Next: restore the file and put the change into a new migration; \
                bootstrap new NAME writes one.
                """)
        #expect(failure?.status == .configuration)
    }

    @Test func `a changed repeatable runs again, an unchanged one does not`() throws {
        let files = try files(["1_a": "SELECT 1", "R_views": "SELECT 2"])
        var old = row(files[1])
        #expect(try plan(files, [row(files[0]), old]).isEmpty)
        old.checksum = "sha256:other"
        let again = try plan(files, [row(files[0]), old])
        #expect(again.repeatables.map(\.migration.name) == ["R_views"])
    }

    @Test func `a database ahead of the files is accepted, and its repeatables left alone`() throws
    {
        let files = try files(["1_a": "SELECT 1", "R_views": "SELECT 2"])
        let newer = Applied(kind: .migration, id: "2", name: "2_b", checksum: "x")
        let accepted = try plan(files, [row(files[0]), newer])
        #expect(accepted.isEmpty && accepted.isAhead)
        let failure = #expect(throws: Failure.self) {
            try plan(files, [row(files[0]), newer]) { $0.ahead = .refuse }
        }
        #expect(failure?.headline == "the database is ahead of these files by 1: 2_b")
    }

    @Test func `a history that knows none of the files is another project's`() throws {
        let files = try files(["1_a": "SELECT 1"])
        let other = Applied(kind: .migration, id: "7", name: "7_other", checksum: "x")
        let failure = #expect(throws: Failure.self) { try plan(files, [other]) }
        #expect(
            failure?.headline
                == "the history has 7_other, which these files have not, while 1_a is pending")
    }

    @Test func `an older file is applied with a note, or refused`() throws {
        let files = try files(three)
        let history = [row(files[0]), row(files[2])]
        let accepted = try plan(files, history)
        #expect(accepted.migrations.map(\.migration.name) == ["2_b"])
        #expect(accepted.notes == ["2_b is older than 10_c, which is applied"])
        let failure = #expect(throws: Failure.self) {
            try plan(files, history) { $0.order = .linear }
        }
        #expect(failure?.headline == "2_b.sql is older than 10_c, which is applied")
    }

    @Test func `a target leaves the rest pending`() throws {
        let files = try files(three)
        let version = try plan(files, []) { $0.to = .version("0002") }
        #expect(version.migrations.map(\.migration.name) == ["1_a", "2_b"])
        #expect(version.isPartial)
        #expect(try plan(files, []) { $0.to = .count(1) }.migrations.count == 1)
        let failure = #expect(throws: Failure.self) {
            try plan(files, []) { $0.to = .version("3") }
        }
        #expect(failure?.headline == "there is no migration 3 to stop at")
    }

    @Test func `an interrupted statement stops only the run that holds the lock`() throws {
        let files = try files(three)
        let left = row(files[0], state: .running, done: 1, inFlight: 2)
        #expect(try plan(files, [left], isExclusive: false).migrations.count == 3)
        let failure = #expect(throws: Failure.self) { try plan(files, [left]) }
        #expect(failure?.status == .rejected)
        #expect(failure?.headline == "1_a.sql was interrupted in statement 2 of 3")
        #expect(failure?.state?.hasPrefix("Statement 1 took effect. Whether statement 2") == true)
        let first = row(files[0], state: .running, inFlight: 1)
        let other = #expect(throws: Failure.self) { try plan(files, [first]) }
        #expect(other?.state?.hasPrefix("Whether statement 1 took effect is not known.") == true)
        #expect(other?.next?.contains("bootstrap repair --statement done") == true)
    }

    @Test func `a migration whose failed statement was undone goes on`() throws {
        let files = try files(three)
        let left = row(files[0], state: .failed, done: 1)
        let plan = try plan(files, [left])
        #expect(plan.migrations.first?.row == left)
    }

    @Test(
        arguments: [
            ("1", "2", true), ("2", "10", true), ("10", "2", false), ("2", "2", false),
            ("1.2", "1.10", true), ("1", "1.1", true), ("1.1", "1", false), ("1.9", "2", true),
            ("v1.2/a", "v1.10/a", true), ("a2", "a10", true), ("a", "b", true),
            ("002", "2", false), ("2", "002", false), ("019", "020", true), ("020", "019", false),
            ("99999999999999999999", "100000000000000000000", true),
        ])
    func `versions compare as numbers of any length, in each part`(
        _ left: String, _ right: String, _ isOlder: Bool
    ) {
        #expect(Version.isLess(left, right) == isOlder)
        #expect(VersionOrder([]).isOlder(left, than: right) == isOlder)
    }

    @Test func `files have an order of their own, and what has no file stands between them`() throws
    {
        let files = ["1", "10", "2"].map { Migration(id: $0, name: $0, kind: .versioned) }
        let order = VersionOrder(files)
        let versions = ["3", "2", "1.5", "10", "1", "0"]
        #expect(
            versions.sorted { order.isOlder($0, than: $1) } == ["0", "1", "1.5", "10", "2", "3"])
        #expect(versions.filter(order.isNewest) == ["3"])
    }

    @Test(
        arguments: [
            ("0007", "7"), ("0007_name", "7"), ("1.02", "1.2"), ("1.2.", "1.2"), ("0007.sql", "7"),
            ("1..2", "1"), ("name", nil), (".5", nil), ("", nil), ("0", "0"),
        ])
    func `a version is the number at the beginning of a text`(_ text: String, _ version: String?) {
        #expect(Version.leading(text) == version)
    }
}

/// How a file's statements share marks.
@Suite struct UnitTests {
    private func units(
        _ kinds: [StatementKind], _ change: (inout UnitReader.Rules) -> Void = { _ in }
    ) throws -> [Unit] {
        let statements = kinds.indices.map { Statement("\($0)") }
        var rules = UnitReader.Rules(
            kind: { kinds[Int($0.text) ?? 0] }, lastEnd: kinds.lastIndex(of: .ends))
        change(&rules)
        var reader = UnitReader(.whole(statements[...]), rules)
        var units: [Unit] = []
        while let piece = try reader.next() { units.append(piece.unit) }
        return units
    }

    @Test func `each statement is a unit of its own`() throws {
        #expect(
            try units([.session, .transactional, .alone]) == [
                Unit(kind: .session, statements: 0..<1), Unit(kind: .atomic, statements: 1..<2),
                Unit(kind: .alone, statements: 2..<3),
            ])
    }

    @Test func `the file's own transaction is one unit`() throws {
        #expect(
            try units([.begins, .transactional, .transactional, .ends, .alone]) == [
                Unit(kind: .transaction, statements: 0..<4), Unit(kind: .alone, statements: 4..<5),
            ])
    }

    @Test func `a transaction without its end is a statement like any other`() throws {
        #expect(try units([.begins, .transactional]).first?.kind == .alone)
    }

    @Test
    func `rows of a large file share a transaction up to a limit, and to where a run goes on`()
        throws
    {
        let rows = [StatementKind](repeating: .transactional, count: 8)
        func shape(_ from: Int) throws -> [Range<Int>] {
            try units(rows) { ($0.limit, $0.sharesFrom) = (3, from) }.map(\.statements)
        }
        #expect(try shape(0) == [0..<3, 3..<6, 6..<8])
        #expect(try shape(2) == [0..<1, 1..<2, 2..<5, 5..<8])
    }

    @Test(
        arguments: [
            // An index on a table that is old, which may be large; a table that is named twice.
            ("table a, index a, view, index z, table b, table B", [0..<3, 3..<4, 4..<5, 5..<6]),
            ("table a, other, table b, table c", [0..<1, 1..<2, 2..<4]),
            ("index a, table a, index a2 on a", [0..<1, 1..<3]),
        ])
    func `additions behind each other are marked together`(
        _ text: String, _ expected: [Range<Int>]
    ) throws {
        let words = text.split(separator: ", ").map { $0.split(separator: " ").map(String.init) }
        func units(_ from: Int) throws -> [Unit] {
            try self.units(words.map { _ in .alone }) {
                $0.sharesFrom = from
                $0.addition = { statement in
                    let words = words[Int(statement.text) ?? 0]
                    let definition: Definition? =
                        switch words[0] {
                        case "table": .table(words[1].lowercased())
                        case "index": .index(on: words.last ?? "")
                        case "view": .empty
                        default: nil
                        }
                    return definition.map {
                        UnitReader.Addition(key: words.joined(separator: " "), definition: $0)
                    }
                }
            }
        }
        let found = try units(0)
        #expect(found.map(\.statements) == expected)
        #expect(found.allSatisfy { ($0.kind == .series) == ($0.statements.count > 1) })
        #expect(try units(words.count).allSatisfy { $0.kind == .alone })
    }

    @Test func `no more than sixteen additions are marked together`() throws {
        let found = try units([StatementKind](repeating: .alone, count: 40)) {
            $0.addition = { UnitReader.Addition(key: $0.text, definition: .table($0.text)) }
        }
        #expect(found.map(\.statements) == [0..<16, 16..<32, 32..<40])
    }

    @Test func `a statement that writes rows which no transaction holds shares none`() throws {
        let rows = [StatementKind](repeating: .transactional, count: 3)
        let units = try units(rows) {
            $0.limit = 3
            $0.isLonely = { $0.text == "1" }
        }
        #expect(units.map(\.kind) == [.atomic, .alone, .atomic])
    }

    @Test func `a long transaction comes in parts, and its mark goes before its end`() throws {
        let units = try units([.begins, .transactional, .transactional, .ends, .session]) {
            $0.limit = 2
        }
        #expect(units.map(\.statements) == [0..<2, 2..<4, 4..<5])
        #expect(units.map(\.continues) == [false, true, false])
        #expect(units.map(\.goesOn) == [true, false, false])
    }
}
