import Testing

@testable import Bootstrap

/// The order in which a seed's rows are planted.
struct SeedOrderTests {
    private func file(_ yaml: String) throws(Failure) -> SeedFile {
        try SeedReader.read(Array(yaml.utf8), file: "seeds/010.yaml")
    }

    private func steps(_ yaml: String) throws(Failure) -> [SeedFile.Step] {
        try file(yaml).steps(Settings(["ROLE": Setting("admin")]))
    }

    private func step(_ table: Int, _ row: Int? = nil) -> SeedFile.Step {
        SeedFile.Step(table: table, row: row)
    }

    @Test func `rows without references stay in the order of the file`() throws {
        let steps = try steps(
            """
            - { table: b, key: [k], rows: [ { k: 2 }, { k: 1 } ] }
            - { table: a, key: [k], file: a.csv }
            - { table: a, key: [k], rows: [ { k: 1 } ] }
            """)
        #expect(steps == [step(0, 0), step(0, 1), step(1), step(2, 0)])
    }

    @Test func `a row comes behind the one that it points at, wherever that stands`() throws {
        let steps = try steps(
            """
            - table: user
              key: [email]
              rows:
                - { email: a, role_id: !ref { table: role, where: { name: "${ROLE}" } } }
                - { email: b, boss: !ref { table: user, where: { email: c } } }
                - { email: c }
            - table: role
              key: [name]
              rows: [ { name: guest }, { name: admin } ]
            """)
        #expect(steps == [step(1, 1), step(0, 0), step(0, 2), step(0, 1), step(1, 0)])
    }

    @Test func `what no row of the file has may be in a data file, or in the database`() throws {
        let steps = try steps(
            """
            - table: user
              key: [email]
              rows:
                - { email: a, country: !ref { table: country, where: { code: DE } } }
                - { email: b, team: !ref { table: team, where: { name: x } } }
            - { table: country, key: [code], file: country.csv }
            """)
        #expect(steps == [step(1), step(0, 0), step(0, 1)])
    }

    @Test func `a circle is told with its path`() throws {
        let yaml = """
            - table: user
              key: [email]
              rows:
                - { email: a, team: !ref { table: team, where: { name: x } } }
            - table: team
              key: [name]
              rows:
                - { name: x, owner: !ref { table: user, where: { email: b } } }
            - table: user
              key: [email]
              rows:
                - { email: b, team: !ref { table: team, where: { name: x } } }
            """
        let failure = try #require(#expect(throws: Failure.self) { try steps(yaml) })
        #expect(
            failure.headline
                == "points at itself in a circle: team name=x → user email=b → team name=x")
        #expect(failure.place?.line == 8)
        #expect(failure.status == .rejected)
    }

    @Test func `a second entry of a table breaks a circle`() throws {
        let steps = try steps(
            """
            - { table: user, key: [email], rows: [ { email: a } ] }
            - table: team
              key: [name]
              rows: [ { name: x, owner: !ref { table: user, where: { email: a } } } ]
            - table: user
              key: [email]
              mode: upsert
              rows: [ { email: a, team: !ref { table: team, where: { name: x } } } ]
            """)
        #expect(steps == [step(0, 0), step(1, 0), step(2, 0)])
    }

    @Test func `thousands of rows that point at each other are ordered`() throws {
        let rows = (0..<3000).map {
            "    - { k: \($0), next: !ref { table: t, where: { k: \($0 + 1) } } }"
        }
        let steps = try steps("- table: t\n  key: [k]\n  rows:\n" + rows.joined(separator: "\n"))
        #expect(steps.map(\.row) == (0..<3000).reversed().map { $0 })
    }
}
