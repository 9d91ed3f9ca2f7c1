import Testing

@testable import Bootstrap

/// The rules of the engines, as their drivers give them; the core's tests load no driver.
extension LexicalRules {
    static var postgres: LexicalRules {
        var rules = LexicalRules()
        rules.nestedComments = true
        rules.dollarQuotes = true
        rules.escapeStrings = true
        rules.copyData = true
        rules.metaCommands = true
        rules.carriageReturnEndsComment = true
        rules.foldsCase = true
        rules.customOperators = true
        rules.bodies = .atomicFunctions
        return rules
    }

    static var mariadb: LexicalRules {
        var rules = mysql
        rules.dollarQuotes = false
        rules.mariadbComments = true
        return rules
    }

    static var mysql: LexicalRules {
        var rules = LexicalRules()
        rules.backslashEscapes = true
        rules.doubleQuotedStrings = true
        rules.backquotedNames = true
        rules.hashComments = true
        rules.dashCommentsNeedSpace = true
        rules.executableComments = true
        rules.delimiterLines = true
        rules.dollarQuotes = true
        rules.keepsComments = true
        rules.bodies = .compoundStatements
        return rules
    }

    static var sqlite: LexicalRules {
        var rules = LexicalRules()
        rules.backquotedNames = true
        rules.bracketedNames = true
        rules.keepsComments = true
        rules.dotCommands = true
        rules.bodies = .triggers
        return rules
    }

    static let all: [(String, LexicalRules)] = [
        ("postgres", .postgres), ("mariadb", .mariadb), ("mysql", .mysql), ("sqlite", .sqlite),
    ]
}

/// A script's statements as texts.
func cut(_ text: String, _ rules: LexicalRules) throws -> [String] {
    try Script(text, file: "x.sql", rules: rules).statements.map(\.text)
}

/// The whole text of the failure that `work` throws, or an empty one.
func failure<Result>(_ work: () throws -> Result) -> String {
    do {
        _ = try work()
        return ""
    } catch {
        return "\(error)"
    }
}

extension Dialect {
    static func test(
        _ engine: String, _ variants: [String], _ lexical: LexicalRules, rollsBackDDL: Bool = true
    ) -> Dialect {
        Dialect(
            engine: engine, variants: variants, identifierQuote: "\"", placeholder: .question,
            lexical: lexical, rollsBackDDL: rollsBackDDL, begin: "BEGIN",
            history: HistoryTypes(
                key: "", text: "", integer: "", timestamp: "", now: "", timestampText: "",
                schemasOfTable: "", currentUser: "", session: ""),
            portable: PortableTypes(
                identity: "bigint identity", identity32: "int identity",
                uuid: (type: "uuid", new: "gen_random_uuid()"),
                timestamp: (type: "timestamptz", now: "(now())"), json: "jsonb", text: "text",
                bytes: "bytea"))
    }

    /// For tests that need a dialect and no engine.
    static let testPlain = test("test", ["test"], LexicalRules())
    static let testPostgres = test("postgres", ["postgres"], .postgres)
    static let testSQLite: Dialect = {
        var dialect = test("sqlite", ["sqlite"], .sqlite)
        dialect.foreignKeys = ForeignKeys(
            off: ["PRAGMA foreign_keys = OFF"], on: ["PRAGMA foreign_keys = ON"],
            violations: "PRAGMA foreign_key_check")
        return dialect
    }()
    static let testMariaDB = test(
        "mariadb", ["mariadb", "mysql"], .mariadb, rollsBackDDL: false)
    static let testMySQL = test("mysql", ["mysql"], .mysql, rollsBackDDL: false)
}

/// A folder from memory.
func folder(_ files: [String: String]) throws -> MigrationFolder {
    try MigrationFolder(.embedded(files.mapValues { Array($0.utf8) }))
}

/// The script of a single file, as it would run.
func script(
    _ text: String, on dialect: Dialect, settings: [String: String] = [:], name: String = "1_a.sql"
) throws -> Script {
    let body = try #require(try folder([name: text]).migrations.first?.body(for: dialect))
    return try body.script(for: dialect, settings: Settings(settings.mapValues { Setting($0) }))
}
