import FoundationEssentials
import Glibc
import Testing

@testable import Bootstrap

@Suite struct MigrationFolderTests {
    private func names(_ files: String...) throws -> [String] {
        try folder(Dictionary(uniqueKeysWithValues: files.map { ($0, "SELECT 1") })).migrations.map(
            \.name)
    }

    @Test func `numbers are compared as numbers, of any length`() throws {
        let names = try names(
            "10_x.sql", "2_b.sql", "R_z.sql", "R_views.sql", "0001_a.sql", "20240101120000_c.sql",
            "99999999999999999999999_d.sql")
        #expect(
            names == [
                "0001_a", "2_b", "10_x", "20240101120000_c", "99999999999999999999999_d", "R_views",
                "R_z",
            ])
    }

    @Test func `an id is the number without zeros in front`() throws {
        let ids = try folder(["007_a.sql": "", "000_b.sql": "", "R_v.sql": ""]).migrations.map(\.id)
        #expect(ids == ["0", "7", "R_v"])
    }

    @Test func `the most specific variant wins, and the server decides`() throws {
        let files = try folder([
            "1_a.sql": "any", "1_a.mysql.sql": "my", "1_a.mariadb.sql": "maria",
            "2_b.mysql.sql": "my",
            "3_c.up.sql": "up", "3_c.down.sql": "down", "3_c.sqlite.down.sql": "lite",
        ])
        func paths(_ dialect: Dialect) -> [String?] {
            files.migrations.map { $0.body(for: dialect)?.path }
        }
        #expect(paths(.testMariaDB) == ["1_a.mariadb.sql", "2_b.mysql.sql", "3_c.up.sql"])
        #expect(paths(.testMySQL) == ["1_a.mysql.sql", "2_b.mysql.sql", "3_c.up.sql"])
        #expect(paths(.testSQLite) == ["1_a.sql", nil, "3_c.up.sql"])
        #expect(try files.migrations[2].wayBack(for: .testSQLite)?.path == "3_c.sqlite.down.sql")
        #expect(try files.migrations[2].wayBack(for: .testMySQL)?.path == "3_c.down.sql")
        #expect(try files.migrations[0].wayBack(for: .testMySQL) == nil)
    }

    @Test(
        arguments: [
            (
                ["0001_a.postgrs.sql"],
                "0001_a.postgrs.sql has a part .postgrs; did you mean .postgres?"
            ),
            (
                ["0001_a.postgress.sql"],
                "0001_a.postgress.sql has a part .postgress; did you mean .postgres?"
            ),
            (["0001_a.up.down.sql"], "0001_a.up.down.sql has a part .up that is not its last"),
            (["0001_a.dwon.sql"], "0001_a.dwon.sql has a part .dwon; did you mean .down?"),
            (
                ["0001_a.mongo.sql"],
                "0001_a.mongo.sql has a part .mongo, which is no engine (postgres, mysql, mariadb, sqlite)"
            ),
            (
                ["0001_a.v2.sql"],
                "0001_a.v2.sql has a part .v2, which is no engine (postgres, mysql, mariadb, sqlite)"
            ),
            (
                ["0001_a.mysql.sqlite.sql"],
                "0001_a.mysql.sqlite.sql names two engines; variants are files of their own"
            ),
            (["R_a.down.sql"], "R_a.down.sql is repeatable (R_…), which knows no .down"),
            (
                ["before_migrate.down.sql"],
                "before_migrate.down.sql is a hook, which knows no .down"
            ),
            (["1_nl\nx.sql"], "1_nl\\u{A}x.sql has a control character in its name"),
            (["1_x.\u{85}.sql"], "1_x.\\u{85}.sql has a control character in its name"),
            (["0001_a.SQL"], "0001_a.SQL ends in .SQL; the ending is written .sql"),
            (
                ["create_user.sql"],
                """
                create_user.sql is not named as a migration: <digits>_<name>[.<engine>][.up|.down].sql or R_<name>[.<engine>].sql
                Next: Rename the file, or move it to a folder below this one.
                """
            ),
            (
                ["0001.sql"],
                """
                0001.sql is not named as a migration: <digits>_<name>[.<engine>][.up|.down].sql or R_<name>[.<engine>].sql
                Next: Rename the file, or move it to a folder below this one.
                """
            ),
            (
                ["0001_a.sql", "1_b.sql"],
                """
                1_b.sql and 0001_a.sql are both migration 1
                Next: Give one of them another number; variants for engines share one name.
                """
            ),
            (
                ["1_a.sql", "1_a.up.sql"],
                """
                1_a.up.sql and 1_a.sql are both migration 1
                Next: Give one of them another number; variants for engines share one name.
                """
            ),
            (
                ["1_a.mysql.sql", "1_b.sqlite.sql"],
                """
                1_b.sqlite.sql and 1_a.mysql.sql are both migration 1
                Next: Give one of them another number; variants for engines share one name.
                """
            ),
            (
                ["1_a.sql", "2_b.down.sql"],
                """
                2_b.down.sql leads back, and no file leads there
                Next: Add 2_b.sql, or delete the way back.
                """
            ),
        ] as [([String], String)])
    func `a wrong name is refused by name`(_ files: [String], _ expected: String) {
        let files = Dictionary(uniqueKeysWithValues: files.map { ($0, "SELECT 1") })
        #expect(failure { try folder(files) } == expected)
    }

    @Test func `files that are no SQL are left alone`() throws {
        #expect(try names("1_a.sql", "README.md", "1_a.sql.orig", "notes.txt") == ["1_a"])
    }

    @Test func `directives may stand below a comment of MariaDB's`() throws {
        let text = "# licence\n-- bootstrap: no-transaction\nSELECT 1;"
        let body = try #require(
            try folder(["1_a.sql": text]).migrations[0].body(for: .testMariaDB))
        #expect(body.directives == [.noTransaction])
    }

    @Test func `a directive that is not read is refused`() throws {
        for above in ["DELIMITER //\n", "\\restrict x\n"] {
            let dialect: Dialect = above.hasPrefix("D") ? .testMariaDB : .testPostgres
            #expect(throws: Failure.self) {
                try script(above + "-- bootstrap: no-transaction\nSELECT 1", on: dialect)
            }
        }
    }

    @Test func `directives stand in the leading comments`() throws {
        let text = "-- Copyright\n/* x */\n--  bootstrap:  no-transaction , portable\n\nSELECT 1;"
        let body = try #require(
            try folder(["1_a.sql": text]).migrations[0].body(for: .testPostgres))
        #expect(body.directives == [.noTransaction, .portable])
    }

    @Test(
        arguments: [
            (
                "-- bootstrap: no-transacton\nSELECT 1",
                """
                1_a.sql:1:1 knows no directive `no-transacton`; did you mean `no-transaction`?
                    -- bootstrap: no-transacton
                    ^
                """
            ),
            ("\n-- bootstrap: x", "1_a.sql:2:1 knows no directive `x`\n    -- bootstrap: x\n    ^"),
            (
                "-- bootstrap: only postgrs\nSELECT 1",
                """
                1_a.sql:1:1 knows no engine `postgrs`; did you mean `postgres`?
                    -- bootstrap: only postgrs
                    ^
                """
            ),
            (
                "-- bootstrap: only\nSELECT 1",
                """
                1_a.sql:1:1 `only` needs engines: `only postgres` or `only mysql, sqlite`
                    -- bootstrap: only
                    ^
                """
            ),
            (
                "-- bootstrap: \nSELECT 1",
                """
                1_a.sql:1:1 a `bootstrap:` line lacks a directive
                    -- bootstrap:
                    ^
                """
            ),
            (
                "--bootstrap: portable\nSELECT 1",
                """
                1_a.sql:1:1 a directive needs a space behind the dashes: -- bootstrap:
                    --bootstrap: portable
                    ^
                """
            ),
            (
                "SELECT 1;\n-- bootstrap: portable\nSELECT 2",
                """
                1_a.sql:2:1 `portable` stands below the first statement; it belongs into the comments above it
                    -- bootstrap: portable
                    ^
                """
            ),
            (
                "SELECT 1\n-- bootstrap: only mysql\n+ 2",
                """
                1_a.sql:2:1 a `bootstrap:` line stands inside a statement; it belongs above one
                    -- bootstrap: only mysql
                    ^
                """
            ),
            (
                "SELECT 1;\n-- bootstrap: only mysql\n",
                """
                1_a.sql:2:1 no statement follows this `bootstrap: only` line
                    -- bootstrap: only mysql
                    ^
                """
            ),
            (
                "-- bootstrap: only mysql\n-- bootstrap: only sqlite\nSELECT 1",
                """
                1_a.sql:2:1 two `bootstrap: only` lines for one statement
                    -- bootstrap: only sqlite
                    ^
                """
            ),
        ] as [(String, String)])
    func `a wrong directive is refused with its place`(_ text: String, _ expected: String) {
        #expect(failure { try script(text, on: .testPostgres) } == expected)
    }

    @Test func `a statement for other engines is left out`() throws {
        let text = """
            -- bootstrap: only mysql, sqlite
            SELECT 1;
            -- bootstrap: only mariadb
            SELECT 2;
            -- bootstrap: only postgres
            -- why
            SELECT 3;
            SELECT 4;
            """
        func statements(_ dialect: Dialect) throws -> [String] {
            try script(text, on: dialect).statements.map(\.text)
        }
        #expect(try statements(.testPostgres) == ["SELECT 3", "SELECT 4"])
        #expect(try statements(.testMariaDB) == ["SELECT 1", "SELECT 2", "SELECT 4"])
        #expect(try statements(.testMySQL) == ["SELECT 1", "SELECT 4"])
        #expect(try statements(.testSQLite) == ["SELECT 1", "SELECT 4"])
    }

    @Test func `line ends and a byte order mark change neither checksum nor statements`() throws {
        let texts = [
            "SELECT 'a\nb';\nSELECT 2;\n", "SELECT 'a\r\nb';\r\nSELECT 2;\r\n",
            "\u{FEFF}SELECT 'a\nb';\nSELECT 2;\n",
        ]
        let bodies = try texts.map {
            try #require(try folder(["1_a.sql": $0]).migrations[0].body(for: .testPostgres))
        }
        #expect(Set(bodies.map(\.checksum)).count == 1)
        let scripts = try bodies.map {
            try $0.script(for: .testPostgres, settings: Settings()).statements
        }
        #expect(scripts[0] == scripts[1])
        #expect(scripts[0] == scripts[2])
        let empty = try folder(["1_a.sql": ""]).migrations[0].body(for: .testPostgres)
        #expect(
            empty?.checksum
                == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(try script("", on: .testSQLite).statements.isEmpty)
    }

    @Test func `what is no UTF-8 is refused with its place`() throws {
        func text(_ bytes: [UInt8]) -> String {
            failure {
                let body = try MigrationFolder(.embedded(["1_a.sql": bytes])).migrations[0].body(
                    for: .testSQLite)
                return try body?.script(for: .testSQLite, settings: Settings())
            }
        }
        let next = "\nNext: Save the file in UTF-8 and run the same command again."
        #expect(
            text(Array("SELECT\n 'a".utf8) + [0xe4, 0x27])
                == "1_a.sql:2:4 holds bytes that are no UTF-8" + next)
        #expect(text([0xff, 0xfe, 0x53, 0]) == "1_a.sql:1:1 holds bytes that are no UTF-8" + next)
        #expect(
            text(Array("SE".utf8) + [0])
                == "1_a.sql:1:3 a byte 0 stands here; this is no text in UTF-8" + next)
        #expect(text([0xed, 0xa0, 0x80]) == "1_a.sql:1:1 holds bytes that are no UTF-8" + next)
        #expect(text(Array("SELECT 'ä€😀'".utf8)).isEmpty)
    }

    @Test func `migrations in Swift take their place among the files`() throws {
        let code = Migration("0002_tokens") { _ throws(DatabaseError) in }
        let files = MigrationSource.embedded(["1_a.sql": [], "10_b.sql": []])
        let mixed = try MigrationFolder(.several([files, .code([code])]))
        #expect(mixed.migrations.map(\.name) == ["1_a", "0002_tokens", "10_b"])
        #expect(mixed.migrations[1].body(for: .testSQLite)?.code != nil)
        let twice = Migration("1_c") { _ throws(DatabaseError) in }
        #expect(
            failure { try MigrationFolder(.several([files, .code([twice])])) } == """
                1_c and 1_a.sql are both migration 1
                Next: Give one of them another number; variants for engines share one name.
                """)
        let nameless = Migration("tokens") { _ throws(DatabaseError) in }
        #expect(
            failure { try MigrationFolder(.code([nameless])) }
                == "the migration tokens is not named <digits>_<name> or R_<name>")
        #expect(try MigrationFolder(.none).migrations.isEmpty)
    }
}

@Suite struct FolderOnDiskTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path =
            FileManager.default.temporaryDirectory.path + "/folder-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func write(_ text: String, to path: String) throws {
        // FileManager syncs every file to the disk, which takes seconds for a thousand.
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }

    @Test func `a folder's files, links and empty ones are read; folders and dot files are not`()
        throws
    {
        try withFolder { path in
            try write("SELECT 1;", to: path + "/1_a.sql")
            try write("", to: path + "/2_b.sql")
            try write("SELECT 'hidden'", to: path + "/.3_c.sql")
            try FileManager.default.createDirectory(
                atPath: path + "/Seeds", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(
                atPath: path + "/4_d.sql", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: path + "/5_e.sql", withDestinationPath: "1_a.sql")
            let folder = try MigrationFolder(.folder(path))
            #expect(folder.migrations.map(\.name) == ["1_a", "2_b", "5_e"])
            let bodies = folder.migrations.compactMap { $0.body(for: .testSQLite) }
            #expect(
                bodies.map(\.path) == ["1_a.sql", "2_b.sql", "5_e.sql"].map { path + "/" + $0 })
            #expect(bodies[0].checksum == bodies[2].checksum)
            #expect(bodies[0].checksum != bodies[1].checksum)
            #expect(folder.path == path)
        }
    }

    @Test func `a name that is no UTF-8 is refused, unless it is none of ours`() throws {
        try withFolder { path in
            try write("SELECT 1;", to: path + "/1_a.sql")
            func make(_ name: [UInt8]) throws {
                let bytes = Array(path.utf8) + name + [0]
                let file = try #require(
                    bytes.withUnsafeBytes { bytes in
                        bytes.baseAddress.flatMap {
                            fopen($0.assumingMemoryBound(to: CChar.self), "w")
                        }
                    })
                fclose(file)
            }
            try make(Array("/notes\u{ff}".utf8).dropLast() + Array(".txt".utf8))
            #expect(try MigrationFolder(.folder(path)).migrations.map(\.name) == ["1_a"])
            try make(Array("/2_b".utf8) + [0xff] + Array(".sql".utf8))
            #expect(
                failure { try MigrationFolder(.folder(path)) } == """
                    \(path)/2_b\u{fffd}.sql has a name that is no UTF-8
                    Next: Rename the file.
                    """)
        }
    }

    @Test func `a folder that is missing or empty, and a link to nowhere, are named`() throws {
        try withFolder { path in
            #expect(
                failure { try MigrationFolder(.folder(path + "/none")) } == """
                    there is no folder \(path)/none
                    Next: Create it, or name another one with --migrations.
                    """)
            try write("# x", to: path + "/README.md")
            #expect(
                failure { try MigrationFolder(.folder(path)) } == """
                    the folder \(path) holds no migration
                    Next: Put files named <digits>_<name>[.<engine>][.up|.down].sql or R_<name>[.<engine>].sql \
                    there, or name another folder with --migrations.
                    """)
            try FileManager.default.createSymbolicLink(
                atPath: path + "/1_a.sql", withDestinationPath: "nowhere")
            #expect(
                failure { try MigrationFolder(.folder(path)) }
                    == "cannot read \(path)/1_a.sql: No such file or directory")
        }
    }

    @Test func `the engine's name in a path finds its folder`() {
        func expanded(_ path: String, _ folders: Set<String>) -> String {
            Folder.expanded(path, variants: ["mariadb", "mysql"], exists: folders.contains)
        }
        #expect(expanded("db/{engine}", ["db/mysql", "db/mariadb"]) == "db/mariadb")
        #expect(expanded("db/{engine}/sql", ["db/mysql/sql"]) == "db/mysql/sql")
        #expect(expanded("db/{engine}", []) == "db/mysql")
        #expect(expanded("db", []) == "db")
        #expect(Folder.standard { $0 == "db/migrations" } == "db/migrations")
        #expect(Folder.standard { _ in true } == "migrations")
        #expect(Folder.standard { _ in false } == nil)
    }

    @Test func `a thousand small files are read, each with its own checksum`() throws {
        try withFolder { path in
            for index in 1...1000 { try write("SELECT \(index);\n", to: path + "/\(index)_a.sql") }
            let sums = try MigrationFolder(.folder(path)).migrations
                .compactMap { $0.body(for: .testSQLite)?.checksum }
            #expect(Set(sums).count == 1000)
        }
    }

    @Test func `a new file is numbered as the folder is`() throws {
        func names(_ existing: [String], _ engines: [String] = [], down: Bool = false) throws
            -> [String]
        {
            try NewMigration.names(
                "Add users' E-mail", existing: existing, timestamp: "20250102030405",
                engines: engines, down: down)
        }
        #expect(try names([]) == ["0001_add_users_e_mail.sql"])
        #expect(try names(["0009", "0002"]) == ["0010_add_users_e_mail.sql"])
        #expect(try names(["9"]) == ["10_add_users_e_mail.sql"])
        #expect(try names(["20240101000000"]) == ["20250102030405_add_users_e_mail.sql"])
        #expect(try names(["20990101000000"]) == ["20990101000001_add_users_e_mail.sql"])
        #expect(
            try names(["001"], ["postgres", "sqlite"], down: true) == [
                "002_add_users_e_mail.postgres.sql", "002_add_users_e_mail.postgres.down.sql",
                "002_add_users_e_mail.sqlite.sql", "002_add_users_e_mail.sqlite.down.sql",
            ])
        #expect(
            failure { try names([], ["postgre"]) }
                == "knows no engine `postgre`; did you mean `postgres`?")
        #expect(
            failure { try NewMigration.names("!", existing: [], timestamp: "") }
                == "a migration's name needs letters or digits: !")
    }
}
