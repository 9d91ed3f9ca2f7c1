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
                LedgerEntry(name: "R__views.sql", checksum: "2", kind: .repeatable),
            ])
        let failed = FlywayLedger.contents(
            of: rows(columns, [row(1, "1", "SQL", "V1__a.sql", 1, "f")]))
        #expect(failed.problem?.remedy.contains("flyway repair") == true)
    }

    @Test
    func `what sqlx, Diesel, refinery, sql-migrate and yoyo have is one row for each migration`() {
        let diesel = DieselLedger.contents(
            of: rows(["version"], [[.text("20240201000000")], [.text("00000000000000")]]))
        #expect(versions(diesel) == ["0", "20240201000000"])
        let refinery = RefineryLedger.contents(
            of: rows(
                ["version", "name", "checksum"],
                [
                    [.integer(10), .text("b"), .text("8")], [.integer(2), .text("a"), .text("7")],
                ]))
        #expect(
            refinery.entries == [
                LedgerEntry(version: "2", name: "2__a", checksum: "7"),
                LedgerEntry(version: "10", name: "10__b", checksum: "8"),
            ])
        let migrate = SQLMigrateLedger.contents(
            of: rows(["id"], [[.text("10-b.sql")], [.text("2-a.sql")]]))
        #expect(migrate.entries == [LedgerEntry(name: "2-a"), LedgerEntry(name: "10-b")])
        let yoyo = YoyoLedger.contents(
            of: rows(
                ["migration_hash", "migration_id", "applied_at_utc"],
                [
                    [.text("f"), .text("b"), .text("2024-02-01 00:00:00")],
                    [.text("e"), .text("a"), .text("2024-01-01 00:00:00.5")],
                ]))
        #expect(yoyo.entries == [LedgerEntry(name: "a"), LedgerEntry(name: "b")])
        let former = YoyoLedger.contents(
            of: rows(["id", "ctime"], [[.text("a"), .text("2013-01-01 00:00:00")]]))
        #expect(former.entries == [LedgerEntry(name: "a")])
    }

    @Test func `tern's row is a number of files`() {
        #expect(
            TernLedger.contents(of: rows(["version"], [[.integer(3)]]))
                == LedgerContents(mark: LedgerEntry(version: "3", name: "3")))
        #expect(TernLedger.contents(of: rows(["version"], [[.integer(0)]])).isEmpty)
    }

    @Test func `Prisma's attempts count when they ended and were not taken back`() {
        func contents(_ attempts: [Value]...) -> LedgerContents {
            PrismaLedger.contents(
                of: rows(
                    ["migration_name", "checksum", "finished_at", "rolled_back_at"], attempts))
        }
        let moment: Value = "2024-01-01 00:00:00"
        let done = contents(
            ["2_b", "x", nil, moment], ["2_b", "y", moment, nil], ["1_a", "z", moment, nil])
        #expect(
            done.entries == [
                LedgerEntry(name: "1_a", checksum: "z"), LedgerEntry(name: "2_b", checksum: "y"),
            ])
        #expect(done.problem == nil)
        let failed = contents(["1_a", "x", nil, nil])
        #expect(failed.problem?.headline == "the migration 1_a began and did not end")
        #expect(failed.problem?.remedy.contains("--rolled-back 1_a") == true)
    }

    @Test func `Atlas' rows may be half done, a beginning, or the table's own`() {
        func contents(_ revisions: [Value]...) -> LedgerContents {
            AtlasLedger.contents(
                of: rows(
                    ["version", "description", "type", "applied", "total", "error", "hash"],
                    revisions))
        }
        let done = contents(
            [".atlas_cloud_identifier", "0a", 2, 0, 0, nil, ""], ["10", "", 2, 1, 1, "", "h2"],
            ["2", "tag", 2, 3, 3, nil, "h1"], ["1", "old", 1, 0, 0, nil, ""])
        #expect(done.mark == LedgerEntry(version: "1", name: "1_old"))
        #expect(
            done.entries == [
                LedgerEntry(version: "2", name: "2_tag", checksum: "h1"),
                LedgerEntry(version: "10", name: "10", checksum: "h2"),
            ])
        #expect(done.problem == nil)
        #expect(
            contents(["2", "tag", 2, 1, 3, nil, "h1"]).problem?.headline
                == "1 of 3 statements of 2_tag have run")
        #expect(contents(["2", "tag", 2, 3, 3, "no such table", "h1"]).problem != nil)
    }

    @Test func `sqitch's rows are told by the project whose changes the plan has`() throws {
        let columns = ["change_id", "script_hash", "change", "project", "committed_at"]
        let contents = SqitchLedger.contents(
            of: rows(
                columns,
                [
                    ["4", "d", "users", "shop", "2024-01-04"],
                    ["1", "a", "users", "shop", "2024-01-01"],
                    ["2", "b", "users", "billing", "2024-01-02"],
                    ["3", "3", "tags", "shop", "2024-01-03"],
                ]))
        let files = try files(["1_a": "", "2_b": ""]).map { file in
            LedgerFile(file.migration, try #require(file.body))
        }
        let named = zip(["users@v1", "tags", "users"], [files[0], files[1], files[0]]).map {
            LedgerFile(Migration(id: "1", name: $0, kind: .versioned), $1.body)
        }
        #expect(
            try SqitchLedger.contents(contents, of: named).entries == [
                LedgerEntry(name: "users@v1", checksum: "a", identifier: "1"),
                LedgerEntry(name: "tags", identifier: "3"),
                LedgerEntry(name: "users", checksum: "d", identifier: "4"),
            ])
    }

    @Test func `Drizzle's rows are told by their hashes, or by their places`() throws {
        let texts = ["0_a": "SELECT 1;\n", "1_b": "SELECT 2;\r\n", "2_c": "SELECT 3;\n"]
        let files = try files(
            ["0_a": texts["0_a"] ?? "", "1_b": texts["1_b"] ?? "", "2_c": texts["2_c"] ?? ""]
        ).map { LedgerFile($0.migration, try #require($0.body)) }
        func hash(_ text: String) -> String { SourceFile.sha256(Array(text.utf8)) }
        func names(_ hashes: String...) throws -> [String] {
            let rows = rows(
                ["hash", "created_at"],
                hashes.enumerated().map { [.text($1), .integer(Int64($0))] })
            return try DrizzleLedger.contents(DrizzleLedger.contents(of: rows), of: files).entries
                .map(\.name)
        }
        #expect(try names(hash("SELECT 1;\n"), hash("SELECT 2;\n")) == ["0_a", "1_b"])
        #expect(try names(hash("SELECT 1;\n"), "changed") == ["0_a", "1_b"])
        #expect(try names(hash("SELECT 3;\n")) == ["2_c"])
        #expect(
            try names("x", "y", "z", "more") == ["0_a", "1_b", "2_c", "created_at 3"])
        let version1 = DrizzleLedger.contents(
            of: rows(["hash", "created_at", "name"], [["x", 7, "2_c"]]))
        #expect(try DrizzleLedger.contents(version1, of: files).entries.map(\.name) == ["2_c"])
    }

    @Test func `Alembic's heads stand for what the printed SQL says comes before them`() throws {
        func step(_ before: String, _ revision: String) -> String {
            "-- Running upgrade \(before) -> \(revision)\n\nSELECT 1;\n"
        }
        let files = try files([
            "1_a": step("", "aaa") + step("aaa", "bbb"), "2_b": step("aaa", "ccc"),
            "3_c": step("bbb, ccc", "ddd"), "4_d": step("ddd", "eee") + step("eee", "fff"),
        ]).map { LedgerFile($0.migration, try #require($0.body)) }
        func contents(_ heads: String...) throws -> LedgerContents {
            let rows = rows(["version_num"], heads.map { [.text($0)] })
            return try AlembicLedger.contents(AlembicLedger.contents(of: rows), of: files)
        }
        #expect(try contents("bbb").entries.map(\.name) == ["1_a"])
        #expect(try contents("bbb", "ccc").entries.map(\.name) == ["1_a", "2_b"])
        #expect(try contents("ddd").entries.map(\.name) == ["1_a", "2_b", "3_c"])
        #expect(try contents("zzz").entries.map(\.name) == ["zzz"])
        let middle = try contents("eee")
        #expect(
            middle.problem?.headline == "the database is at eee, in the middle of 4_d")
        #expect(try contents("ccc").problem?.headline.contains("at aaa") == true)
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
            SqlxLedger.checksums(of: file, Migration(id: "1", name: "1_a", kind: .versioned)) == [
                "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"
            ]
        )
    }

    private func checksums(
        _ ledger: any Ledger.Type, _ text: String, _ id: String, _ name: String
    ) -> [String] {
        ledger.checksums(of: Array(text.utf8), Migration(id: id, name: name, kind: .versioned))
    }

    @Test func `refinery's is a SipHash, of small versions and of large ones`() {
        // Both are in its tests, of this file: refinery/tests/postgres.rs.
        let text = """
            CREATE TABLE persons (
                id int,
                name varchar(255),
                city varchar(255)
            );

            """
        #expect(
            checksums(RefineryLedger.self, text, "1", "V1__initial")
                == ["2959965718684201605", "13938959368620441626"])
    }

    @Test func `Prisma's and Drizzle's are SHA-256, sqitch's is SHA-1`() {
        // The examples of FIPS 180.
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(checksums(PrismaLedger.self, "abc", "1", "1_a") == [sum])
        #expect(checksums(DrizzleLedger.self, "abc", "0", "0000_a") == [sum])
        #expect(
            checksums(SqitchLedger.self, "abc", "1", "a")
                == ["a9993e364706816aba3e25717850c26c9cd0d89d"])
        #expect(checksums(DieselLedger.self, "abc", "1", "1_a") == [])
    }

    @Test func `Atlas' is one of all files up to its own`() {
        // As atlas.sum has them in its tests: cmd/atlas/internal/cmdapi/testdata/baseline2.
        let texts = [
            (
                "1_baseline.sql",
                "-- create \"baseline\" table\nCREATE TABLE baseline (`c` int NOT NULL);\n"
            ),
            (
                "20220318104614_initial.sql",
                "-- create \"tbl\" table\nCREATE TABLE tbl (`col` int NOT NULL);\n"
            ), ("20220318104615_second.sql", "ALTER TABLE `tbl` ADD `col_2` bigint;\n"),
        ].map { (name: $0.0, text: Array($0.1.utf8)) }
        #expect(
            AtlasLedger.checksums(over: texts) == [
                "rZgkRmNcN2UEKgxru1nHCpBRVn/fjFavyQ4xxPxhrD4=",
                "/B1/+IxzgrRc4tCm1tpcpMhocHgqkdWF+iffxuguYaQ=",
                "nUc1cUvm8BzjTZdbavM1IRlNpfhtyY3YyZJ8v23K9j4=",
            ])
        let ignored = Array("-- atlas:sum ignore\n\nSELECT 1;\n".utf8)
        let others = Array("-- atlas:sum ignore\n\nSELECT 2;\n".utf8)
        let sums = AtlasLedger.checksums(over: [("1.sql", ignored), texts[1]])
        #expect(sums?.first == "")
        #expect(sums == AtlasLedger.checksums(over: [("1.sql", others), texts[1]]))
    }

    @Test func `with a checksum of all files before, the first that has changed is named`() throws {
        func sums(_ texts: String...) throws -> [String] {
            let files = texts.enumerated().map {
                (name: ["1_a", "2_b", "3_c"][$0] + ".sql", text: Array($1.utf8))
            }
            return try #require(AtlasLedger.checksums(over: files))
        }
        func states(
            _ sums: [String], _ texts: KeyValuePairs<String, String>
        ) throws -> [Takeover.State] {
            let entries = zip(["1", "2", "3"], sums).compactMap { version, sum in
                sum.isEmpty ? nil : LedgerEntry(version: version, name: version, checksum: sum)
            }
            return try compare(AtlasLedger.self, LedgerContents(entries: entries), texts)
                .takeover.rows.map(\.state)
        }
        let all = try sums("SELECT 1\n", "SELECT 2\n", "SELECT 3\n")
        #expect(
            try states(all, ["1_a": "SELECT 1\n", "2_b": "SELECT 2\n", "3_c": "SELECT 3\n"])
                == [.adopted, .adopted, .adopted])
        #expect(
            try states(
                all, ["1_a": "SELECT 1\r\n", "2_b": "SELECT 2\r\n", "3_c": "SELECT 3\r\n"])
                == [.adopted, .adopted, .adopted])
        #expect(
            try states(all, ["1_a": "SELECT 1\n", "2_b": "SELECT 0\n", "3_c": "SELECT 3\n"])
                == [.adopted, .changed, .adopted])
        // The second file was merged late, and the third has the hash that it had before.
        var late =
            AtlasLedger.checksums(over: [
                ("1_a.sql", Array("SELECT 1\n".utf8)), ("3_c.sql", Array("SELECT 3\n".utf8)),
            ]) ?? []
        late.insert("", at: 1)
        #expect(
            try states(late, ["1_a": "SELECT 1\n", "2_b": "SELECT 2\n", "3_c": "SELECT 3\n"])
                == [.adopted, .pending, .adopted])
    }

    // MARK: Writing

    @Test func `what is written is what the tool itself would write`() {
        let migration = Migration(
            id: "20240131120000", name: "2024-01-31-120000_a", kind: .versioned)
        func written(
            _ ledger: any Ledger.Type, _ migration: Migration, _ previous: Migration? = nil
        ) -> (record: [String]?, erase: [String]?) {
            let pen = LedgerPen(
                table: Table(name: TableName("t"), columns: []), dialect: .testPostgres)
            let mirrored = Mirrored(migration: migration, text: [], previous: previous)
            return (ledger.record(mirrored, with: pen), ledger.erase(mirrored, with: pen))
        }
        let diesel = written(DieselLedger.self, migration)
        #expect(diesel.record?.first?.contains("SELECT '20240131120000' FROM") == true)
        #expect(diesel.erase == [#"DELETE FROM "t" WHERE "version" = '20240131120000'"#])
        let tern = written(
            TernLedger.self, Migration(id: "3", name: "003_c", kind: .versioned),
            Migration(id: "2", name: "002_b", kind: .versioned))
        #expect(tern.record?.first == #"DELETE FROM "t" WHERE "version" < 3"#)
        #expect(tern.erase?.first == #"DELETE FROM "t" WHERE "version" = 3"#)
        #expect(tern.erase?.last?.contains("SELECT 2 FROM") == true)
        #expect(written(SqitchLedger.self, migration).record == nil)
        #expect(written(AlembicLedger.self, migration).record == [])
    }

    @Test func `sqitch's changes and tags have its own ids`() throws {
        // As sqitch 1.3 has them, of the plan that the test of the real sqitch has.
        let plan = try SqitchPlan(
            SourceFile(
                path: "sqitch.plan",
                bytes: Array(
                    """
                    %syntax-version=1.0.0
                    %project=shop
                    %uri=HTTPS://Example.com:443/shop%7e/%3a/

                    note 2024-01-01T00:00:00Z Ann Lee <ann@example.com>
                    tag [note] 2024-01-02T01:02:03Z Zoë  <zoe@example.com> # Ein Ümlaut # und mehr  \t
                    label [tag !else:absent] 2024-01-03T00:00:00Z Ann <ann@example.com># Two\\nlines, a \\\\ and "quotes"
                    @v0 2024-01-03T00:00:00Z Ann <ann@example.com> # It's the first
                    @v1 2024-01-03T00:00:01Z Ann <ann@example.com>

                    # A line of its own.
                    note [note@v1 @v0 shop:tag !else:@v7] 2024-01-04T00:00:00Z Ann <ann@example.com> # note
                    @v2 2024-01-05T00:00:00Z Ann <ann@example.com> # The\\r\\nsecond
                    """.utf8)))
        let listings = try #require(plan.listings)
        let (label, note) = (listings[2], listings[3])
        #expect(label.id == "023533e8ed70310b7de9f321d08044ca6c626301")
        #expect(
            label.tags.map(\.id) == [
                "e7bfdd6d62d3065204ef03fd32a40bbb22519cc1",
                "37ec9834db93f25b7af5504b06afefcec5a85320",
            ])
        #expect(label.entry.note == "Two\nlines, a \\ and \"quotes\"")
        #expect(note.id == "dc55082c589ec91a5f2fc37eb68dc420d246f516")
        #expect(note.tags.map(\.id) == ["5a1f88fd8f4019015592ecbf760e5d293568d935"])
        #expect(
            note.dependencies == [
                .init(isConflict: false, text: "note@v1", target: .change(listings[0].id)),
                .init(isConflict: false, text: "@v0", target: .change(label.id)),
                .init(isConflict: false, text: "tag", target: .change(listings[1].id)),
                .init(
                    isConflict: true, text: "else:@v7",
                    target: .foreign(project: "else", change: "", tag: "v7")),
            ])
        // What sqitch would refuse to read has none.
        let other = SourceFile(path: "", bytes: Array("%project=shop\n\nnote\n".utf8))
        #expect(try SqitchPlan(other).listings == nil)
    }

    @Test func `sqitch's file has the endings of the database's`() {
        #expect(SqitchLedger.file(beside: "app.db") == "sqitch.db")
        #expect(SqitchLedger.file(beside: "my.app.sqlite3") == "sqitch.app.sqlite3")
        #expect(SqitchLedger.file(beside: "app") == "sqitch")
    }

    // MARK: Locks

    private func lock(_ ledger: any Ledger.Type, _ table: TableName) -> LedgerLock? {
        ledger.lock(
            for: LedgerTable(
                ledger: ledger, table: Table(name: table, columns: []), database: "shop"))
    }

    @Test func `the locks are those that the tools take`() {
        // Of database/util_test.go.
        #expect(GolangMigrateLedger.id(of: "database_name") == 1_764_327_054)
        #expect(
            GolangMigrateLedger.id(of: "schema_name_1\0schema_name_2\0database_name")
                == 3_743_845_847)
        let migrations = TableName(schema: "public", "schema_migrations")
        #expect(
            lock(GolangMigrateLedger.self, migrations)
                == LedgerLock(
                    number: Int64(
                        GolangMigrateLedger.id(of: "public\0schema_migrations\0shop")),
                    name: String(GolangMigrateLedger.id(of: "shop:schema_migrations"))))
        // FNV's own examples.
        #expect(Checksums.fnv1("") == 0x811c_9dc5)
        #expect(Checksums.fnv1("foobar") == 0x31f0_b262)
        #expect(
            lock(AtlasLedger.self, TableName("atlas_schema_revisions"))
                == LedgerLock(number: 2_686_470_616, name: "atlas_migrate_execute"))
        // Java's hash of the quoted name, as a Python program counts it.
        let history = TableName(schema: "public", "flyway_schema_history")
        #expect(lock(FlywayLedger.self, history)?.number == 77_433_833_903_597)
        #expect(
            lock(FlywayLedger.self, TableName(schema: "shop", "flyway_schema_history"))?.name
                == "Flyway--1695041341")
        #expect(
            lock(SqitchLedger.self, TableName(schema: "sqitch", "changes"))
                == LedgerLock(number: 75_474_063, name: "sqitch working on shop"))
        #expect(
            lock(YoyoLedger.self, TableName(schema: "app", "_yoyo_migration"))
                == LedgerLock(table: TableName(schema: "app", "yoyo_lock")))
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
        #expect(RailsLedger.shape.fits(words, beside: ["ar_internal_metadata"]))
        #expect(!RailsLedger.shape.fits(words, beside: ["schema_migrations"]))
        let stamped = table([("version", .integer), ("inserted_at", .timestamp)])
        #expect(EctoLedger.shape.fits(stamped, beside: []))
        for ledger: any Ledger.Type in [DbmateLedger.self, GolangMigrateLedger.self] {
            #expect(!ledger.shape.fits(stamped, beside: []))
        }
        let former = table([("id", .text), ("ctime", .timestamp)])
        #expect(!YoyoLedger.shape.fits(former, beside: []))
        #expect(YoyoLedger.formerShape?.fits(former, beside: []) == true)
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

    @Test func `a name without a file is newer when nothing with a file was applied after it`()
        throws
    {
        func newer(_ names: String...) throws -> [String] {
            let contents = LedgerContents(entries: names.map { LedgerEntry(name: $0) })
            return try compare(YoyoLedger.self, contents, three).newer.map(\.name)
        }
        #expect(try newer("1_a", "x", "2_b") == [])
        #expect(try newer("1_a", "2_b", "x") == ["x"])
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
            SqlxLedger.checksums(
                of: Array(text.utf8), Migration(id: "1", name: "1_a", kind: .versioned)
            ).first
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
            let entry = LedgerEntry(
                name: "views/R_views.sql", checksum: checksum, kind: .repeatable)
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
