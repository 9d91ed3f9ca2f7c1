import Testing

@testable import Bootstrap

/// What other tools' tables say.
@Suite struct LedgerTests {
    private func rows(_ columns: [String], _ rows: [[Value]]) -> [LedgerRow] {
        rows.map { LedgerRow(Dictionary(uniqueKeysWithValues: zip(columns, $0))) }
    }

    private func versions(_ contents: LedgerContents) -> [String?] {
        contents.entries.map(\.version)
    }

    @Test func `dbmate's rows are versions`() {
        let contents = DbmateLedger.contents(
            of: rows(["version"], [[.text("20240131120000")], [.text("001")]]))
        #expect(versions(contents) == ["20240131120000", "1"])
        #expect(contents.entries.map(\.name) == ["20240131120000", "001"])
    }

    @Test func `golang-migrate's one row is a mark, and may be dirty`() {
        let columns = ["version", "dirty"]
        let clean = GolangMigrateLedger.contents(
            of: rows(columns, [[.integer(7), .text("f")]]))
        #expect(clean == LedgerContents(mark: LedgerEntry(version: "7", name: "7")))
        let dirty = GolangMigrateLedger.contents(of: rows(columns, [[.integer(7), .integer(1)]]))
        #expect(dirty.problem?.headline == "the migration 7 failed in the middle (dirty)")
        #expect(GolangMigrateLedger.contents(of: []).isEmpty)
        // As it writes when the first migration was undone.
        #expect(
            GolangMigrateLedger.contents(of: rows(columns, [[.integer(-1), .text("f")]])).isEmpty)
    }

    @Test func `goose's newest row of a version counts`() {
        let contents = GooseLedger.contents(
            of: rows(
                ["id", "version_id", "is_applied"],
                [
                    [.integer(1), .integer(0), .text("t")], [.integer(2), .integer(1), .text("t")],
                    [.integer(5), .integer(2), .text("f")], [.integer(3), .integer(2), .text("t")],
                    [.integer(4), .integer(3), .text("t")],
                ]))
        #expect(versions(contents) == ["1", "3"])
    }

    @Test func `sqlx's rows have checksums, and one without success is a problem`() {
        let columns = ["version", "description", "success", "checksum"]
        let contents = SqlxLedger.contents(
            of: rows(columns, [[.integer(1), .text("init"), .text("t"), .bytes([0x0a, 0xff])]]))
        #expect(
            contents.entries == [LedgerEntry(version: "1", name: "1_init", checksum: "0aff")])
        let failed = SqlxLedger.contents(
            of: rows(columns, [[.integer(1), .text("init"), .text("f"), .bytes([])]]))
        #expect(failed.problem?.headline.contains("1_init") == true)
        #expect(failed.entries.isEmpty)
    }

    @Test func `Flyway's log has baselines, deletions and repeatables`() {
        let columns = ["installed_rank", "version", "type", "script", "checksum", "success"]
        func row(
            _ rank: Int64, _ version: String?, _ type: String, _ script: String,
            _ checksum: Int64? = nil, _ success: String = "t"
        ) -> [Value] {
            [
                .integer(rank), version.map { .text($0) } ?? .null, .text(type), .text(script),
                checksum.map { .integer($0) } ?? .null, .text(success),
            ]
        }
        let contents = FlywayLedger.contents(
            of: rows(
                columns,
                [
                    row(1, "1", "BASELINE", "<< Flyway Baseline >>"),
                    row(2, "1.01", "SQL", "V1_01__a.sql", -7),
                    row(3, nil, "SQL", "R__views.sql", 1), row(4, "2", "SQL", "V2__b.sql", 8),
                    row(6, nil, "SQL", "R__views.sql", 2), row(5, "2", "DELETE", "V2__b.sql"),
                ]))
        #expect(contents.mark?.version == "1")
        #expect(
            contents.entries == [
                LedgerEntry(version: "1.1", name: "V1_01__a.sql", checksum: "-7"),
                LedgerEntry(version: nil, name: "R__views.sql", checksum: "2"),
            ])
        let failed = FlywayLedger.contents(
            of: rows(columns, [row(1, "1", "SQL", "V1__a.sql", 1, "f")]))
        #expect(failed.problem?.remedy.contains("flyway repair") == true)
    }

    // MARK: Checksums

    @Test func `a CRC-32 over lines is Flyway's`() {
        let text = "alter table location_history add column valid_until timestamp with time zone;"
        // From an issue of Flyway's users, by FACTS.
        #expect(Checksums.crc32(lines: Array(text.utf8)) == -1_039_259_818)
        let lines = "SELECT 1;\nSELECT 2;\n"
        let others = "\u{FEFF}SELECT 1;\r\nSELECT 2;"
        #expect(
            Checksums.crc32(lines: Array(lines.utf8)) == Checksums.crc32(lines: Array(others.utf8)))
    }

    @Test func `the check values of public algorithms`() {
        #expect(Checksums.crc32(Array("123456789".utf8)) == 0xcbf4_3926)
        #expect(Checksums.javaHash("flyway_schema_history") == 1610714361)
        let file = Array("".utf8)
        #expect(
            SqlxLedger.checksum(of: file, Migration(id: "1", name: "1_a", kind: .versioned))
                == "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"
        )
    }

    // MARK: Tables

    private func table(_ columns: [(String, Column.Meaning)]) -> Table {
        Table(
            name: TableName("schema_migrations"),
            columns: columns.map { Column(name: $0, type: "x", meaning: $1) })
    }

    @Test func `a table is known by its columns and what they hold, not by its name`() {
        let words = table([("version", .text)])
        let marked = table([("version", .integer), ("dirty", .boolean)])
        let other = table([("id", .integer), ("name", .text)])
        #expect(DbmateLedger.shape.fits(words, beside: ["schema_migrations"]))
        #expect(!DbmateLedger.shape.fits(marked, beside: []))
        #expect(!DbmateLedger.shape.fits(words, beside: ["ar_internal_metadata"]))
        #expect(GolangMigrateLedger.shape.fits(marked, beside: []))
        #expect(!GolangMigrateLedger.shape.fits(words, beside: []))
        for ledger in Ledgers.all { #expect(!ledger.shape.fits(other, beside: [])) }
    }

    // MARK: Comparing

    private func files(_ texts: KeyValuePairs<String, String>) throws -> [(
        migration: Migration, body: MigrationBody?
    )] {
        let folder = try MigrationFolder(
            .embedded(
                Dictionary(
                    uniqueKeysWithValues: texts.map { ($0.key + ".sql", Array($0.value.utf8)) }))
        )
        return folder.migrations.map { ($0, $0.body(for: .testPostgres)) }
    }

    private func compare(
        _ ledger: any Ledger.Type, _ contents: LedgerContents,
        _ texts: KeyValuePairs<String, String>, upTo last: String? = nil,
        leaving left: [String] = []
    ) throws -> LedgerComparison {
        let files = try files(texts)
        let found = LedgerTable(ledger: ledger, table: table([]), database: "shop")
        func named(_ text: String) throws -> Migration {
            try #require(files.map(\.migration).named(text))
        }
        return try LedgerComparison(
            found, contents, files, upTo: try last.map(named), leaving: try left.map(named))
    }

    private func words(_ comparison: LedgerComparison) -> [String] {
        comparison.takeover.rows.map { "\($0.state) \($0.name)" }
    }

    private let three: KeyValuePairs = ["1_a": "SELECT 1", "2_b": "SELECT 2", "3_c": "SELECT 3"]

    private func entries(_ versions: String...) -> LedgerContents {
        LedgerContents(entries: versions.map { LedgerEntry(version: $0, name: $0) })
    }

    @Test func `each file is adopted, or pending, and what has no file is missing`() throws {
        let comparison = try compare(DbmateLedger.self, entries("1", "0", "3"), three)
        #expect(words(comparison) == ["adopted 1_a", "pending 2_b", "adopted 3_c", "missing 0"])
        #expect(comparison.applied.map(\.name) == ["1_a", "3_c"])
        #expect(comparison.newer.isEmpty)
        #expect(try compare(DbmateLedger.self, entries("4"), three).newer.map(\.name) == ["4"])
    }

    @Test(arguments: [
        ("2", ["adopted", "adopted", "pending"]), ("9", ["adopted", "adopted", "adopted"]),
    ])
    func `a mark stands for all files up to it`(_ version: String, _ states: [String]) throws {
        let mark = LedgerEntry(version: version, name: version)
        let comparison = try compare(GolangMigrateLedger.self, LedgerContents(mark: mark), three)
        #expect(comparison.takeover.rows.prefix(3).map(\.state.rawValue) == states)
        #expect(comparison.newer.map(\.name) == (version == "9" ? ["9"] : []))
    }

    @Test func `what a person says goes before what the table says`() throws {
        let contents = entries("1", "2", "3")
        #expect(
            words(try compare(DbmateLedger.self, contents, three, leaving: ["2"]))
                == ["adopted 1_a", "pending 2_b", "adopted 3_c"])
        #expect(
            words(try compare(DbmateLedger.self, contents, three, upTo: "2"))
                == ["adopted 1_a", "adopted 2_b", "pending 3_c"])
    }

    @Test func `a file has changed when no line end makes its checksum right`() throws {
        func checksum(_ text: String) -> String? {
            SqlxLedger.checksum(
                of: Array(text.utf8), Migration(id: "1", name: "1_a", kind: .versioned))
        }
        func state(_ stored: String, _ file: String) throws -> Takeover.State? {
            let entry = LedgerEntry(version: "1", name: "1", checksum: checksum(stored))
            return try compare(
                SqlxLedger.self, LedgerContents(entries: [entry]), ["1_a": file]
            ).takeover.rows.first?.state
        }
        #expect(try state("SELECT 1;\n", "SELECT 1;\n") == .adopted)
        #expect(try state("SELECT 1;\r\n", "SELECT 1;\n") == .adopted)
        #expect(try state("SELECT 1;\n", "SELECT 1;\r\n") == .adopted)
        #expect(try state("SELECT 1;\n", "\u{FEFF}SELECT 1;\n") == .adopted)
        #expect(try state("SELECT 1;\n", "SELECT 2;\n") == .changed)
        #expect(try state("SELECT 1;\n", "SELECT 1; \n") == .changed)
    }

    @Test func `a repeatable file that has changed since runs again`() throws {
        let same = String(Checksums.crc32(lines: Array("SELECT 1".utf8)))
        func state(_ checksum: String) throws -> Takeover.State? {
            let entry = LedgerEntry(version: nil, name: "R_views.sql", checksum: checksum)
            return try compare(
                FlywayLedger.self, LedgerContents(entries: [entry]), ["R_views": "SELECT 1"]
            ).takeover.rows.first?.state
        }
        #expect(try state(same) == .adopted)
        #expect(try state("1") == .pending)
    }
}

/// Which tables migrations make.
@Suite struct MadeTablesTests {
    private func made(_ scripts: String...) throws -> [String] {
        var made = MadeTables()
        for (index, text) in scripts.enumerated() {
            let script = try Script(text, file: "x", rules: .postgres)
            made.run(script, of: HistoryKey(kind: .migration, id: "\(index)"))
        }
        return made.makers.map { "\($0.key) by \($0.value.id)" }.sorted()
    }

    @Test func `tables come, go and change their names`() throws {
        #expect(
            try made(
                "CREATE TABLE a (id int); CREATE TABLE IF NOT EXISTS \"b\" (id int);",
                "CREATE UNLOGGED TABLE app.c (id int); DROP TABLE IF EXISTS a, other CASCADE;",
                "ALTER TABLE ONLY b RENAME TO d; ALTER TABLE c RENAME COLUMN id TO key;")
                == ["c by 1", "d by 2"])
        #expect(try made("CREATE TEMPORARY TABLE a (id int); CREATE INDEX a ON b (c)") == [])
        #expect(try made("CREATE TABLE a (id int)", "DROP SCHEMA app CASCADE") == [])
    }
}
