import BootstrapTesting
import FoundationEssentials
import ScriptCorpus
import Testing

@testable import Bootstrap

// The engines' own parsers as judges of what our scanner cuts.

extension TestDatabase {
    /// The scripts of this engine, and the rules that its driver cuts them by.
    var scripts: Engine? { Engine(rawValue: dialect.engine) }

    static func named(_ engine: Engine) -> [TestDatabase] { all.filter { $0.scripts == engine } }

    func cut(_ text: String) throws -> [Statement] {
        try Script(text, file: "x.sql", rules: dialect.lexical).statements
    }
}

/// A server reads one text as one statement: each of ours must be that, no less and no more.
@Suite struct CutOracleTests {
    private static func generated(_ engine: Engine) -> [GeneratedScript] {
        (0..<UInt64(150)).map { seed in
            GeneratedScript(engine, seed: seed, style: .init(comments: true, seed: seed &+ 3))
        }
    }

    #if PostgreSQL
    /// The extended protocol takes one statement: two are a syntax error, and so is half a one.
    /// <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY>
    @Test(arguments: TestDatabase.named(.postgres))
    func `PostgreSQL takes each statement for one`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            // One parameter too many keeps from running whatever could be parsed.
            func parse(_ text: String) -> DatabaseError? {
                Self.errorOf { () throws(DatabaseError) in
                    _ = try connection.run(text, [.null])
                }
            }
            #expect(parse("SELECT 1; SELECT 2")?.code == "42601")
            #expect(parse("SELECT (1; SELECT 2)")?.code == "42601")
            for script in Self.generated(.postgres) {
                for statement in try database.cut(script.text) {
                    let error = parse(statement.text)
                    #expect(
                        error != nil && error?.code != "42601",
                        "\(error?.message ?? "") in \(statement.text)")
                }
            }
        }
    }
    #endif

    #if MariaDB
    /// PREPARE takes one statement, and runs nothing.
    private static func prepare(
        _ text: String, on connection: any Connection
    ) -> DatabaseError? {
        let digits = Array(text.utf8).map { byte in
            String(byte / 16, radix: 16) + String(byte % 16, radix: 16)
        }.joined()
        return errorOf { () throws(DatabaseError) in
            _ = try connection.run("PREPARE s FROM CONVERT(0x\(digits) USING utf8mb4)")
        }
    }

    @Test(arguments: TestDatabase.named(.mariadb))
    func `MariaDB takes each statement for one`(_ database: TestDatabase) throws {
        try database.withConnection { connection in
            #expect(Self.prepare("SELECT 1; SELECT 2", on: connection)?.code == "1064")
            #expect(
                Self.prepare("CREATE PROCEDURE p() BEGIN SELECT 1", on: connection)?.code == "1064")
            for script in Self.generated(.mariadb) {
                for statement in try database.cut(script.text) {
                    let error = Self.prepare(statement.text, on: connection)
                    #expect(error?.code != "1064", "\(error?.message ?? "") in \(statement.text)")
                }
            }
        }
    }

    @Test(arguments: TestDatabase.named(.mariadb))
    func `MariaDB takes each known body for one`(_ database: TestDatabase) throws {
        let bodies = CutCase.all(.mariadb).filter { known in
            let file = known.description
            return known.failure == nil
                && (file.hasPrefix("mysql/blocks") || file.hasPrefix("mysql/routines"))
        }
        #expect(bodies.count > 50)
        try database.withConnection { connection in
            for known in bodies {
                for statement in try database.cut(known.text) {
                    let first = statement.words.first ?? ""
                    // Packages are of a later server's grammar, or of another mode's.
                    guard first != "XA", !statement.words.contains("PACKAGE"),
                        !known.description.contains("is the engine's to refuse")
                    else { continue }
                    let error = Self.prepare(statement.text, on: connection)
                    #expect(error?.code != "1064", "\(error?.message ?? "") in \(known)")
                }
            }
        }
    }
    #endif

    /// The error that `work` throws, or `nil`.
    private static func errorOf(_ work: () throws(DatabaseError) -> Void) -> DatabaseError? {
        do throws(DatabaseError) {
            try work()
            return nil
        } catch {
            return error
        }
    }
}
