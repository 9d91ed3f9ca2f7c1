/// The table in which another tool keeps what it has applied.
///
/// It is read, never changed, unless a run is told to mirror what it does.
///
/// The next tool is one file with a ledger, a line in ``Ledgers/all``, and its tests.
protocol Ledger: SendableMetatype {
    /// The tool's name, as `--from` takes it.
    static var tool: String { get }
    /// Where the table is unless the tool was told otherwise; without a schema it is the session's own.
    static var tables: [TableName] { get }
    /// What tells its table from others of the same name.
    static var shape: LedgerShape { get }
    /// The table's shape in older versions of the tool; `nil` where it was always the same.
    static var formerShape: LedgerShape? { get }
    /// The name of the file that has the table, on engines whose databases are files; `nil` where that is
    /// the database's own.
    ///
    /// - `database`: the name of the database's file, in whose folder it is.
    static func file(beside database: String) -> String?
    /// What its migrations are written in, where nobody but the tool can run them; `nil` for SQL.
    static var language: String? { get }

    /// What the rows say.
    static func contents(of rows: [LedgerRow]) -> LedgerContents
    /// What the rows say of these files: for tools whose tables tell only beside the files which
    /// migrations they mean.
    static func contents(
        _ contents: LedgerContents, of files: [LedgerFile]
    ) throws(Failure) -> LedgerContents
    /// The checksums that the tool may have for a file with this text, as ``LedgerEntry/checksum`` has
    /// them; none where it keeps none.
    static func checksums(of text: [UInt8], _ migration: Migration) -> [String]
    /// The checksums of all files, where each is also one of all files before it; `nil` where it is not.
    /// Those ``checksums(of:_:)`` are then of a list that the tool keeps beside the files.
    static func checksums(over texts: [(name: String, text: [UInt8])]) -> [String]?
    /// What an entry is about: the migration that has the same among its ``keys(of:)``.
    static func key(of entry: LedgerEntry) -> LedgerKey
    /// What entries may know a migration by.
    static func keys(of migration: Migration) -> [LedgerKey]
    /// What keeps other processes of the tool away from a table while one is at work; `nil` where it has
    /// no lock.
    static func lock(for table: LedgerTable) -> LedgerLock?
    /// What writes into the table that a migration was applied, as the tool itself does; run again it
    /// changes nothing. `nil` where that cannot be written.
    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]?
    /// What takes that back.
    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]?
}

extension Ledger {
    static var formerShape: LedgerShape? { nil }
    static var language: String? { nil }

    static func file(beside database: String) -> String? { nil }
    static func contents(
        _ contents: LedgerContents, of files: [LedgerFile]
    ) throws(Failure) -> LedgerContents { contents }
    static func checksums(of text: [UInt8], _ migration: Migration) -> [String] { [] }
    static func checksums(over texts: [(name: String, text: [UInt8])]) -> [String]? { nil }
    static func key(of entry: LedgerEntry) -> LedgerKey {
        entry.version.map { .version($0, entry.kind) } ?? .name(entry.name, entry.kind)
    }
    static func keys(of migration: Migration) -> [LedgerKey] {
        [.version(migration.id, migration.kind), .name(migration.name, migration.kind)]
    }
    /// Whether an entry is about a migration.
    static func names(_ migration: Migration, by entry: LedgerEntry) -> Bool {
        keys(of: migration).contains(key(of: entry))
    }
    static func lock(for table: LedgerTable) -> LedgerLock? { nil }
    static func record(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? { nil }
    static func erase(_ mirrored: Mirrored, with pen: LedgerPen) -> [String]? { nil }
}

/// The ledgers that are known.
package enum Ledgers {
    static let all: [any Ledger.Type] = [
        AlembicLedger.self, AtlasLedger.self, DbmateLedger.self, DieselLedger.self,
        DjangoLedger.self, DrizzleLedger.self, EctoLedger.self, FlywayLedger.self,
        GolangMigrateLedger.self, GooseLedger.self, LiquibaseLedger.self, PrismaLedger.self,
        RailsLedger.self, RefineryLedger.self, SQLMigrateLedger.self, SqitchLedger.self,
        SqlxLedger.self, TernLedger.self, YoyoLedger.self,
    ]

    /// The names of the tools.
    package static var names: [String] { all.map { $0.tool } }

    static func named(_ tool: String) -> (any Ledger.Type)? { all.first { $0.tool == tool } }
}

/// What tells a tool's table from others of the same name: its columns and what they hold.
struct LedgerShape {
    /// The columns, in lower case, with what each may be.
    let columns: KeyValuePairs<String, Set<Column.Meaning>>
    /// Whether the table has no other columns.
    var isWhole = false
    /// A table that must be there too; `nil` for none.
    var companion: String?
    /// A table that must not be there, since it shows that another tool's table looks the same.
    var stranger: String?

    /// What columns of words, numbers, truths and moments are called on the engines.
    static let words: Set<Column.Meaning> = [.text, .other]
    static let numbers: Set<Column.Meaning> = [.integer, .decimal, .boolean, .other]
    static let truths: Set<Column.Meaning> = [.boolean, .integer, .decimal, .other]
    static let moments: Set<Column.Meaning> = [.timestamp, .date, .text, .other]
    static let bytes: Set<Column.Meaning> = [.bytes]

    /// Whether a table is the tool's.
    ///
    /// - `others`: the names of the other ledgers' tables beside it.
    func fits(_ table: Table, beside others: Set<String>) -> Bool {
        if let companion, !others.contains(companion) { return false }
        if let stranger, others.contains(stranger) { return false }
        guard !isWhole || table.columns.count == columns.count else { return false }
        return columns.allSatisfy { name, meanings in
            table.columns.contains { $0.name.lowercased() == name && meanings.contains($0.meaning) }
        }
    }
}

/// A ledger's row: values by their columns' names in lower case.
struct LedgerRow {
    private let values: [String: Value]

    init(_ values: [String: Value]) { self.values = values }

    subscript(column: String) -> Value { values[column] ?? .null }
}

/// What a ledger says.
struct LedgerContents: Equatable {
    /// What was applied, one for each migration, in the order in which it was.
    var entries: [LedgerEntry] = []
    /// The newest that was applied, where the table has only that one: all files up to it count.
    var mark: LedgerEntry?
    /// Why the tool itself would not go on; `nil` where it would.
    var problem: LedgerProblem?

    /// Whether nothing was applied.
    var isEmpty: Bool { entries.isEmpty && mark == nil && problem == nil }
}

/// What a tool knows a migration by.
enum LedgerKey: Hashable {
    case version(String, Migration.Kind)
    case name(String, Migration.Kind)
}

/// One thing that a tool has applied.
struct LedgerEntry: Equatable {
    /// Its version as ``Version/plain(_:)`` has it; `nil` where the tool goes by names alone.
    var version: String?
    /// Its name, as the tool writes it.
    var name: String
    /// The checksum of its file, as the tool writes it.
    var checksum: String?
    /// What the tool itself knows it by, where that is neither its version nor its name.
    var identifier: String?
    /// Whether it runs once, or again whenever it has changed.
    var kind = Migration.Kind.versioned
}

/// A migration with what a ledger may have to know of its file.
struct LedgerFile {
    let migration: Migration
    /// What runs on this server.
    let body: MigrationBody

    init(_ migration: Migration, _ body: MigrationBody) {
        (self.migration, self.body) = (migration, body)
    }

    /// The whole file, as it is stored; empty for code.
    func text() throws(Failure) -> [UInt8] {
        try body.code == nil ? body.source().bytes : []
    }
}

/// Why a tool would not go on: something failed in the middle.
struct LedgerProblem: Equatable {
    /// What its table says: `the migration 7 failed in the middle (dirty)`.
    var headline: String
    /// How a person settles it.
    var remedy: String
}

/// A table that was found, and whose it is.
struct LedgerTable {
    let ledger: any Ledger.Type
    let table: Table
    /// The database's name, which some locks are named by.
    let database: String
    /// Whether it is in a database of its own, with what the tool has applied to any on the server.
    var isShared = false
    /// The file that it is in, where that is not the database's own.
    var attachment: LedgerAttachment?
}

/// Another file as a schema of the session.
struct LedgerAttachment: Equatable {
    /// The statement that makes it one.
    let attach: String
    /// The statement that lets go of it.
    let detach: String
}

/// A tool's own lock, as engines have it.
struct LedgerLock: Equatable {
    /// The number of it, where locks have numbers.
    var number: Int64?
    /// The name of it, where they have names.
    var name: String?
    /// A table that has a row while the tool is at work.
    var table: TableName?
}
