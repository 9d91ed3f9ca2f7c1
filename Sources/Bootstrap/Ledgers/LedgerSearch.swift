import Glibc

/// Looks for the tables in which other tools keep what they have applied.
struct LedgerSearch {
    let run: Run
    let connection: any Connection

    /// The ledgers in the session's own schema, and in the schemas that tools have for themselves.
    ///
    /// - `tool`: whose; `nil` for any.
    /// - `table`: its table's name, where it is not the usual one.
    func tables(
        of tool: String? = nil, named table: TableName? = nil
    ) throws(Failure) -> [LedgerTable] {
        let ledgers = Ledgers.all.filter { tool == nil || $0.tool == tool }
        return try looking { () throws(DatabaseError) in
            let wanted = table.map { [$0] } ?? ledgers.flatMap { $0.tables }
            var found: [FoundTable] = []
            for (name, isOwn) in try names(wanted.map(\.name) + Self.companions) {
                found.append((name, isOwn, nil))
            }
            found += try attached(ledgers)
            let others = Set(found.map { $0.name.name.lowercased() })
            var tables: [LedgerTable] = []
            for (name, isOwn, attachment) in found {
                let candidates = ledgers.filter { ledger in
                    (table.map { [$0] } ?? ledger.tables).contains { name.fits($0, isOwn: isOwn) }
                }
                guard !candidates.isEmpty, let table = try connection.describe(name) else {
                    continue
                }
                for ledger in candidates where ledger.fits(table, beside: others) {
                    tables.append(
                        LedgerTable(
                            ledger: ledger, table: table, database: run.driver.databaseName,
                            isShared: !isOwn && connection.dialect.ledgers.sharesSchemas,
                            attachment: attachment))
                }
            }
            return tables
        }
    }

    /// Refuses a database that another tool has migrated, before there is a history of ours: all that it
    /// has applied would run again.
    func checkNoneIsFilled() throws(Failure) {
        guard !run.source.migrations.isEmpty else { return }
        defer { detach() }
        let named = try run.options.mirrorInto.map { (name) throws(Failure) in try table(of: name) }
        let filled = try filled(of: (named.map { [$0] } ?? []) + tables())
        guard let found = filled.first(where: { $0.ledger.language == nil }) ?? filled.first else {
            return
        }
        if let language = found.ledger.language { throw Failure(notSQL: found, language) }
        let tool = found.ledger.tool
        throw Failure(
            .configuration,
            "\(tool) has migrated this database (its table \(found.table.name) says so), and there is no "
                + "history of ours",
            state: "Nothing was changed.",
            next:
                "say \(found.adopting) --dry-run, which shows what it would take over, and "
                + "\(found.adopting); where that table is another application's, bootstrap adopt --from none"
        )
    }

    /// The only table that says that something was applied; `nil` where none does, 78 where several do.
    ///
    /// - `isGiven`: whether a person has said what was applied, so that tools whose migrations are
    ///   programs need not be asked.
    /// - `tables`: those that were found before.
    /// - `option`: what says which of several is meant.
    func onlyFilled(
        of tables: [LedgerTable]? = nil, orIgnoringPrograms isGiven: Bool = false,
        naming option: String = "adopt --from TOOL"
    ) throws(Failure) -> LedgerTable? {
        var filled = try filled(of: tables)
        if isGiven || filled.contains(where: { $0.ledger.language == nil }) {
            filled.removeAll { $0.ledger.language != nil }
        }
        guard filled.count > 1 else {
            if let found = filled.first, let language = found.ledger.language {
                throw Failure(notSQL: found, language)
            }
            return filled.first
        }
        let names = filled.map { "\($0.ledger.tool) (\($0.table.name))" }
        throw Failure(
            .configuration,
            "several tools have applied migrations here: \(names.joined(separator: " and "))",
            state: "Nothing was changed.", next: "say whose history counts with \(option)")
    }

    /// The table of a tool that was named; 78 where it is not there, or not like that tool's.
    func table(of name: LedgerName) throws(Failure) -> LedgerTable {
        guard let ledger = Ledgers.named(name.tool) else {
            throw Failure(
                .usage,
                "there is no tool \(name.tool) whose history could be adopted"
                    + didYouMean(name.tool, in: Ledgers.names, quote: ""),
                next: "name one of \(Ledgers.names.joined(separator: ", ")), or none")
        }
        if let found = try tables(of: name.tool, named: name.table).first {
            if let language = ledger.language { throw Failure(notSQL: found, language) }
            return found
        }
        let names = (name.table.map { [$0] } ?? ledger.tables).map { "\($0)" }
        throw Failure(
            .configuration,
            "there is no table \(names.joined(separator: " or ")) that looks like \(name.tool)'s",
            state: "Nothing was changed.",
            next: "check the URL; or name the tool's table: \(name.tool):TABLE")
    }

    /// The tables that say that something was applied.
    ///
    /// - `known`: those that were found before.
    func filled(of known: [LedgerTable]? = nil) throws(Failure) -> [LedgerTable] {
        var filled: [LedgerTable] = []
        let tables = if let known { known } else { try tables() }
        for table in tables {
            let contents = try contents(of: table)
            guard !contents.isEmpty else { continue }
            if table.isShared, try !isOfFiles(contents, table) { continue }
            filled.append(table)
        }
        return filled
    }

    /// Whether a ledger names any of the files: one for the whole server tells nothing else of which
    /// database it means.
    private func isOfFiles(
        _ contents: LedgerContents, _ found: LedgerTable
    ) throws(Failure) -> Bool {
        let files = run.source.migrations.compactMap { migration in
            migration.body(for: connection.dialect).map { LedgerFile(migration, $0) }
        }
        let named = try found.ledger.contents(contents, of: files)
        let entries = named.entries + (named.mark.map { [$0] } ?? [])
        let keys = Set(entries.map(found.ledger.key))
        return files.contains { !keys.isDisjoint(with: found.ledger.keys(of: $0.migration)) }
    }

    /// Those of some tables, by their names in lower case, that are there; tools' own tables in schemas of
    /// their own are none that a migration has made.
    func present(_ tables: [String]) throws(Failure) -> Set<String> {
        guard !tables.isEmpty else { return [] }
        return try looking { () throws(DatabaseError) in
            let found = try names(tables).filter { name, isOwn in
                isOwn || !Self.schemas.contains(name.schema ?? "")
            }
            return Set(found.map { $0.table.name.lowercased() })
        }
    }

    /// What a ledger says.
    ///
    /// - `isLocking`: whether others may not change it until this transaction ends.
    func contents(
        of found: LedgerTable, locking isLocking: Bool = false
    ) throws(Failure) -> LedgerContents {
        let columns = found.table.columns.map(\.name)
        let dialect = connection.dialect
        let list = columns.map(dialect.quoted).joined(separator: ", ")
        let rows = try looking { () throws(DatabaseError) in
            try connection.run(
                "SELECT \(list) FROM \(dialect.quoted(found.table.name))"
                    + (isLocking ? dialect.seeds.lockRows : ""))
        }
        let names = columns.map { $0.lowercased() }
        return found.ledger.contents(
            of: rows.map { row in
                LedgerRow(Dictionary(zip(names, row), uniquingKeysWith: { first, _ in first }))
            })
    }

    /// Which tables of these names there are, and whether the session finds them without a schema.
    private func names(
        _ names: [String]
    ) throws(DatabaseError) -> [(table: TableName, isOwn: Bool)] {
        let dialect = connection.dialect
        guard !dialect.ledgers.tables.isEmpty else { return [] }
        let list = Set(names.map { $0.lowercased() }).sorted().map { dialect.literal($0) }
            .joined(separator: ", ")
        let rows = try connection.run(dialect.ledgers.tables.replacing("{}", with: list))
        return rows.compactMap { row in
            guard row.count == 3, let schema = row[0].text, let name = row[1].text else {
                return nil
            }
            return (TableName(schema: schema, name), row[2].isTrue)
        }
    }

    /// A table by its name, whether the session finds it without a schema, and the file that it is in.
    private typealias FoundTable = (name: TableName, isOwn: Bool, attachment: LedgerAttachment?)

    /// The tables of tools that have them in a file of their own, which is attached under the name of
    /// their schema.
    private func attached(
        _ ledgers: [any Ledger.Type]
    ) throws(DatabaseError) -> [FoundTable] {
        guard let forms = connection.dialect.ledgers.files,
            let own = try connection.run(forms.own).first?.first?.text,
            let slash = own.lastIndex(of: "/")
        else { return [] }
        let (folder, database) = (own[...slash], String(own[slash...].dropFirst()))
        var found: [FoundTable] = []
        for ledger in ledgers {
            guard let file = ledger.file(beside: database), access(folder + file, R_OK) == 0 else {
                continue
            }
            for name in ledger.tables {
                guard let schema = name.schema.map(connection.dialect.quoted) else { continue }
                let attachment = LedgerAttachment(
                    attach: forms.attach
                        .replacing("{file}", with: connection.dialect.literal(folder + file))
                        .replacing("{schema}", with: schema),
                    detach: forms.detach.replacing("{schema}", with: schema))
                try attach(attachment)
                found.append((name, false, attachment))
            }
        }
        return found
    }

    /// Makes a table that is in a file of its own one of the session's, until ``detach()``.
    func attach(_ found: LedgerTable) throws(Failure) {
        guard let attachment = found.attachment else { return }
        try looking { () throws(DatabaseError) in try attach(attachment) }
    }

    private func attach(_ attachment: LedgerAttachment) throws(DatabaseError) {
        // What is not attached need not go.
        _ = try? connection.run(attachment.detach)
        try connection.run(attachment.attach)
    }

    /// Lets go of the files that were attached, if any: a statement of the user's might find their tables
    /// where it means none.
    func detach() {
        guard let forms = connection.dialect.ledgers.files else { return }
        for schema in Self.attachedSchemas {
            // One that is not attached need not go.
            _ = try? connection.run(
                forms.detach.replacing("{schema}", with: connection.dialect.quoted(schema)))
        }
    }

    /// The schemas that tools have for themselves.
    private static let schemas = Set(Ledgers.all.flatMap { $0.tables }.compactMap(\.schema))
    /// Those of them that may be in files of their own.
    private static let attachedSchemas = Set(
        Ledgers.all.filter { $0.file(beside: "") != nil }.flatMap { $0.tables }
            .compactMap(\.schema))

    private static let companions = Ledgers.all.flatMap {
        [$0.shape.companion, $0.shape.stranger].compactMap { $0 }
    }

    private func looking<Result>(
        _ body: () throws(DatabaseError) -> Result
    ) throws(Failure) -> Result {
        do throws(DatabaseError) {
            return try run.look(on: connection, body)
        } catch {
            throw Failure(
                ExitStatus(working: error.kind),
                "cannot read what other tools have applied to this database", cause: error,
                product: connection.server.product, state: "Nothing was changed.",
                next: error.kind == .denied
                    ? "give this user SELECT on that tool's table, and run the same command again"
                    : "run the same command again")
        }
    }
}

extension TableName {
    /// Whether this table, which was found, is where a tool has its own.
    ///
    /// - `isOwn`: whether the session finds it without a schema.
    fileprivate func fits(_ usual: TableName, isOwn: Bool) -> Bool {
        guard name.lowercased() == usual.name.lowercased() else { return false }
        return usual.schema.map { $0 == schema } ?? isOwn
    }
}

extension LedgerTable {
    /// The command that takes it over, which names it where nobody would find it.
    var adopting: String {
        let isUsual = ledger.tables.contains {
            $0.name.lowercased() == table.name.name.lowercased()
        }
        return "bootstrap adopt" + (isUsual ? "" : " --from \(ledger.tool):\(table.name)")
    }
}

extension Ledger {
    /// Whether a table is the tool's, of today or of an older version.
    fileprivate static func fits(_ table: Table, beside others: Set<String>) -> Bool {
        shape.fits(table, beside: others) || formerShape?.fits(table, beside: others) == true
    }
}

extension Failure {
    /// A tool whose migrations are no SQL, so that its table says nothing of the files.
    init(notSQL found: LedgerTable, _ language: String) {
        let tool = found.ledger.tool
        self.init(
            .configuration,
            "\(tool) has migrated this database (its table \(found.table.name) says so), and its "
                + "migrations are \(language), which only it can run",
            state: "Nothing was changed.",
            next:
                "where these files begin behind its migrations, say bootstrap adopt --from none; where "
                + "they make what those have made, say up to which with --from none --to VERSION")
    }
}
