import Testing

@testable import Bootstrap

struct SeedTests {
    private func seed(_ yaml: String, _ name: String = "010") throws(Failure) -> Seed {
        try Seed(name, SourceFile(path: "seeds/\(name).yaml", bytes: Array(yaml.utf8)))
    }

    private let admin = """
        - table: user
          key: [email]
          rows:
            - email: ${ADMIN:?the first account}
              hashed_password: !argon2id ${ADMIN_PASSWORD}
              pin: !secret ${PIN:-1234}
              name: ${NAME:-Administrator}
              id: !uuid v4
              role_id: !ref { table: role, where: { name: "${ROLE}" } }
              made: !now
        """

    private func settings(_ values: [String: String]) -> Settings {
        Settings(values.mapValues { Setting($0) })
    }

    // MARK: Settings

    @Test func `missing settings of all seeds are named together`() throws {
        let seeds = [try seed(admin), try seed(admin, "020")]
        let missing = seeds.flatMap { $0.missingSettings(settings(["NAME": "x"])) }
        #expect(
            Failure(missing: missing)?.description == """
                seeds need 3 settings
                    ADMIN is not set: the first account (seeds/010.yaml:4:14, seeds/020.yaml:4:14)
                    ADMIN_PASSWORD is not set (seeds/010.yaml:5:24, seeds/020.yaml:5:24)
                    ROLE is not set (seeds/010.yaml:9:51, seeds/020.yaml:9:51)
                The database has not been touched.
                Next: Set them in the environment, in .env, or with --set NAME=VALUE; for a secret \
                the environment, or a file that NAME_FILE names.
                """)
        #expect(Failure(missing: [])?.description == nil)
    }

    @Test func `one missing setting is named at its place`() throws {
        let missing = try seed(admin).missingSettings(
            settings(["ADMIN_PASSWORD": "x", "ROLE": "admin"]))
        let failure = try #require(Failure(missing: missing))
        #expect(failure.status == .configuration)
        #expect(
            failure.description == """
                seeds/010.yaml:4:14 needs the setting ADMIN, which is not set: the first account
                The database has not been touched.
                Next: Set it in the environment, in .env, or with --set NAME=VALUE; for a secret \
                the environment, or a file that NAME_FILE names.
                """)
    }

    @Test(arguments: [nil, "production", "staging"])
    func `changethis is no secret outside development`(_ environment: String?) throws {
        var settings = settings(["ADMIN": "a", "ADMIN_PASSWORD": "changethis", "ROLE": "admin"])
        settings.environmentName = environment
        #expect(
            try seed(admin).missingSettings(settings).map(\.problem)
                == ["is still changethis, which only development, local and test take"])
        settings.environmentName = "development"
        #expect(try seed(admin).missingSettings(settings) == [])
        settings["ADMIN_PASSWORD"] = Setting("")
        #expect(try seed(admin).missingSettings(settings).map(\.problem) == ["is empty"])
    }

    @Test(arguments: [nil, "production", "staging"])
    func `changethis is no secret where a file brings it along`(_ environment: String?) throws {
        let text = """
            - table: user
              key: [email]
              rows:
                - email: ${ADMIN_KEY:-changethis}
                  pin: !secret ${PIN:-${OTHER:-changethis}}
                  word: !sha256 "Changethis"
                  note: ${NOTE:-changethis}
                  free: !secret ${FREE:-}
            """
        var settings = settings([:])
        settings.environmentName = environment
        let missing = try seed(text).missingSettings(settings)
        let problem =
            "is not set and has the default changethis, which only development, local and test take"
        #expect(missing.map(\.name) == ["ADMIN_KEY", "PIN"])
        #expect(missing.map(\.problem) == [problem, problem])
        #expect(
            try seed(text).writtenSecret(settings)?.description == """
                seeds/010.yaml:6:13 has the secret changethis, which only development, local and \
                test take
                The database has not been touched.
                Next: Name a setting in its place, as in !argon2id ${FIRST_SUPERUSER_PASSWORD}.
                """)
        settings["ADMIN_KEY"] = Setting("own")
        settings["PIN"] = Setting("own")
        #expect(try seed(text).missingSettings(settings) == [])
        settings = self.settings([:])
        settings.environmentName = "local"
        #expect(try seed(text).missingSettings(settings) == [])
        #expect(try seed(text).writtenSecret(settings) == nil)
    }

    @Test func `a checksum holds the text and the values that are no secrets`() throws {
        let seed = try seed(admin)
        let base = settings(["ADMIN": "a", "ADMIN_PASSWORD": "x", "ROLE": "admin", "PIN": "1"])
        let sum = try seed.checksum(base)
        #expect(sum.hasPrefix("sha256:") && sum.count == 71)
        let crlf = try self.seed("\u{FEFF}" + admin.replacing("\n", with: "\r\n"))
        #expect(try crlf.checksum(base) == sum)
        var other = base
        other["ADMIN_PASSWORD"] = Setting("y")
        other["PIN"] = Setting("2")
        other["UNRELATED"] = Setting("z")
        #expect(try seed.checksum(other) == sum)
        other["ROLE"] = Setting("boss")
        #expect(try seed.checksum(other) != sum)
        let plain = try self.seed("- { table: t, key: [k], rows: [ { k: a } ] }")
        #expect(try plain.checksum(base) == plain.source.checksum)
    }

    @Test func `a preview masks secrets`() throws {
        let values = settings([
            "ADMIN": "a@x", "ADMIN_PASSWORD": "hunter22", "ROLE": "r", "PIN": "98",
        ])
        #expect(
            try seed(admin).preview(values) == [
                "insert 1 row of user by email",
                "    email: a@x, hashed_password: !argon2id ***, pin: ***, name: Administrator, "
                    + "id: !uuid v4, role_id: !ref role name=r, made: !now",
            ])
        let twice = try seed(admin.replacing("${NAME:-Administrator}", with: "${PIN}"))
        #expect(!twice.preview(values).joined().contains("98"))
    }

    // MARK: Folders

    private let row = Array("- { table: t, key: [k], rows: [ { k: a } ] }".utf8)

    @Test func `seeds are ordered by number and name, the environment's own last`() throws {
        let source = SeedSource.embedded([
            "10_b.yaml": row, "2_a.yml": row, "development/001_x.yaml": row, "test/1.yaml": row,
            "z.sql": Array("SELECT 1".utf8), "README.md": [], ".hidden.yaml": [0xFF],
            "data/deep/1.yaml": row,
        ])
        let development = try SeedFolder(source, environment: "development").seeds.map(\.name)
        #expect(development == ["2_a", "10_b", "z", "development/001_x"])
        #expect(try SeedFolder(source, environment: nil).seeds.map(\.name) == ["2_a", "10_b", "z"])
        #expect(try SeedFolder(.none, environment: "test").seeds.isEmpty)
    }

    @Test func `a seed may be meant for some environments only`() throws {
        let text = "environments: [test]\ntables: [ { table: t, key: [k], rows: [ { k: a } ] } ]"
        let source = SeedSource.embedded(["1.yaml": Array(text.utf8)])
        #expect(try SeedFolder(source, environment: "test").seeds.count == 1)
        #expect(try SeedFolder(source, environment: "production").seeds.isEmpty)
        #expect(try SeedFolder(source, environment: nil).seeds.isEmpty)
    }

    @Test(arguments: [
        (
            "1_a.postgres.sql",
            """
            1_a.postgres.sql names an engine, and a seed is one file for all of them
            Next: Put what differs into one file, each statement below \
            `-- bootstrap: only postgres`, and rename it.
            """
        ),
        (
            "1_a.down.sql",
            """
            1_a.down.sql has a part .down, and a seed has no way back
            Next: Rename the file, or move it to the migrations.
            """
        ),
        (
            "Z.YAML",
            "Z.YAML ends in .YAML; the ending is written .yaml\nNext: Rename the file."
        ),
    ])
    func `a file that looks like a seed and is none is not passed over in silence`(
        _ name: String, _ text: String
    ) throws {
        let failure = try #require(
            #expect(throws: Failure.self) {
                try SeedFolder(.embedded([name: Array("SELECT 1;".utf8)]), environment: nil)
            })
        #expect("\(failure)" == text)
        #expect(try SeedFolder(.embedded(["1_a.v2.yaml": []]), environment: nil).seeds.count == 1)
    }

    @Test func `a folder that is named must be there, and a name is one seed's`() throws {
        let missing = #expect(throws: Failure.self) {
            try SeedFolder(.folder("/nowhere/seeds"), environment: nil)
        }
        #expect(
            missing?.description == """
                there is no folder /nowhere/seeds with seeds
                Next: Create it, or name another one with --seeds.
                """)
        #expect(missing?.status == .configuration)
        let double = #expect(throws: Failure.self) {
            try SeedFolder(.embedded(["1.yaml": row, "1.yml": row]), environment: nil)
        }
        #expect(
            double?.description
                == "1.yaml and 1.yml are both the seed 1\nNext: Rename one of them.")
    }

    // MARK: Columns

    private func column(_ meaning: Column.Meaning, _ type: String = "x") -> Column {
        Column(name: "c", type: type, meaning: meaning)
    }

    private let dialect = Dialect.testPlain

    @Test(arguments: [
        (Column.Meaning.boolean, "true", Value.integer(1)), (.boolean, "FALSE", 0),
        (.boolean, "t", 1), (.boolean, "0", 0),
        (.integer, "-9223372036854775808", .integer(.min)), (.integer, "007", 7),
        (.integer, "18446744073709551615", "18446744073709551615"),
        (.decimal, "12.10", "12.10"), (.decimal, "-.5e-3", "-.5e-3"),
        (.real, "1.5", .real(1.5)), (.text, "no", "no"), (.text, "", ""),
        (.date, "2024-02-29", "2024-02-29"),
        (.timestamp, "2026-01-31T19:20:01+01:00", "2026-01-31T18:20:01.000Z"),
        (.uuid, "A0EEBC999C0B4EF8BB6D6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        (.json, "[1, 2]", "[1, 2]"), (.other, "12:30", "12:30"),
    ])
    func `the column decides what a text means`(
        _ meaning: Column.Meaning, _ text: String, _ value: Value
    ) throws {
        #expect(try column(meaning).value(of: text, on: dialect) == value)
    }

    @Test(arguments: [
        (Column.Meaning.boolean, "no", "is neither true nor false"),
        (.boolean, "yes", "is neither true nor false"), (.boolean, "", "is neither true nor false"),
        (.integer, "1.0", "is no whole number"), (.integer, "0x10", "is no whole number"),
        (.integer, "1_000", "is no whole number"), (.integer, "", "is no whole number"),
        (.decimal, "NaN", "is no decimal number"), (.decimal, "1,5", "is no decimal number"),
        (.decimal, ".", "is no decimal number"), (.real, "inf", "is no number"),
        (.real, "1e999", "is no number"),
        (.date, "2023-02-29", "is no date; write it as 2026-01-31"),
        (.timestamp, "yesterday", "is no moment; write it as 2026-01-31T18:20:01Z"),
        (.uuid, "x", "is no UUID"), (.json, "{a}", "is no JSON from its byte 2 on"),
        (.bytes, "x", "is text, and the column holds bytes: write !base64"),
    ])
    func `a text that fits no value of the column is refused`(
        _ meaning: Column.Meaning, _ text: String, _ message: String
    ) {
        #expect(throws: Misfit(message: message)) {
            try column(meaning).value(of: text, on: dialect)
        }
    }

    @Test func `a text is not cut to its column`() throws {
        let limited = column(.text, "character varying(3)")
        #expect(try limited.value(of: "éé🐘", on: dialect) == "éé🐘")
        #expect(throws: Misfit(message: "has 4 characters, and the column holds 3")) {
            try limited.value(of: "éé🐘x", on: dialect)
        }
    }

    @Test func `base 64 is read with its line ends, or refused`() {
        #expect(Base64.bytes(of: "AAEC\n /w==") == [0, 1, 2, 255])
        #expect(Base64.bytes(of: "") == [])
        for text in ["A", "AA=", "AB==", "A*==", "====", "AAAA="] {
            #expect(Base64.bytes(of: text) == nil)
        }
    }
}
