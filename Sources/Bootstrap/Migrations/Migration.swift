/// One numbered change, possibly with variants per engine and a way back.
public struct Migration: Sendable {
    /// What a code migration does with its connection.
    public typealias Code = @Sendable (any Connection) throws(DatabaseError) -> Void

    /// Whether a migration runs once, or whenever it changed.
    public enum Kind: String, Sendable, Hashable {
        /// Runs once, in the order of the numbers.
        case versioned
        /// Runs after the others whenever its text changed.
        case repeatable
    }

    /// The number without leading zeros (`1`), or a repeatable one's name (`R_views`).
    public let id: String
    /// The file's name without engine and ending: `0001_create_user`, `R_views`.
    public internal(set) var name: String
    /// Whether it runs once, or whenever it changed.
    public let kind: Kind
    /// The files by engine.
    var bodies = Variants<MigrationBody>()
    /// Whether it stands for all that comes before it, on a database that has none of it yet.
    var isBaseline = false
    /// The ways back by engine.
    var waysBack = Variants<Source>()
    /// What its tool keeps of it beside its file, in a plan or a journal, for the tool's ledger to read;
    /// `nil` for most.
    var listing: (any Sendable)?
    /// A code migration's way back, which is code too.
    private var codeBack: MigrationBody?

    /// Where a file's text comes from.
    enum Source: Sendable {
        case path(String, FileManner)
        case file(SourceFile, FileManner)
        /// What a format has made of another tool's file.
        case body(MigrationBody)

        var path: String {
            switch self {
            case .path(let path, _): path
            case .file(let file, _): file.path
            case .body(let body): body.path
            }
        }

        func body(known: [String]) throws(Failure) -> MigrationBody {
            switch self {
            case .path(let path, let manner):
                try MigrationBody(FileReader().text(of: path), known: known, as: manner)
            case .file(let file, let manner): try MigrationBody(file, known: known, as: manner)
            case .body(let body): body
            }
        }
    }

    init(id: String, name: String, kind: Kind) {
        self.id = id
        self.name = name
        self.kind = kind
    }

    /// A migration in Swift: `Migration("0007_hash_tokens") { connection throws(DatabaseError) in … }`.
    ///
    /// Its name follows the rule for files, without any ending. On engines whose DDL can be rolled
    /// back it runs inside the migration's transaction.
    ///
    /// - `back`: What undoes it, for ``Pipeline/rollback(_:isConfirmed:_:)``.
    public init(_ name: String, _ code: @escaping Code, back: Code? = nil) {
        let digits = name.prefix { $0.isASCII && $0.isNumber }
        let isNumbered = !digits.isEmpty && name.dropFirst(digits.count).hasPrefix("_")
        id = isNumbered ? Version.plain(String(digits)) : name
        self.name = name
        kind = isNumbered ? .versioned : .repeatable
        bodies[""] = MigrationBody(name: name, code: code)
        codeBack = back.map { MigrationBody(name: name, code: $0) }
    }

    /// What runs on a server with this dialect: the most specific variant; `nil` when this engine
    /// has nothing to do.
    package func body(for dialect: Dialect) -> MigrationBody? {
        bodies.best(for: dialect)
    }

    /// What leads back on a server with this dialect, or `nil`; throws 78 when it cannot be read.
    package func wayBack(for dialect: Dialect) throws(Failure) -> MigrationBody? {
        guard let source = waysBack.best(for: dialect) else { return codeBack }
        return try source.body(known: knownEngines)
    }

    /// Whether what leads back comes from a file that is another tool's.
    func hasForeignWayBack(for dialect: Dialect) -> Bool {
        if case .body? = waysBack.best(for: dialect) { true } else { false }
    }

    /// The names that directives may use.
    var knownEngines: [String] = EngineNames.all
}

/// What a migration has for each engine, and for every one; mostly the latter alone.
struct Variants<Element: Sendable>: Sendable {
    private var common: Element?
    private var byEngine: [String: Element] = [:]

    /// Whether there is none.
    var isEmpty: Bool { common == nil && byEngine.isEmpty }

    /// All of them, each with its engine.
    var all: [(engine: String, Element)] {
        (common.map { [("", $0)] } ?? []) + byEngine.map { ($0.key, $0.value) }
    }

    /// What is for one engine's files; the empty name is for every engine.
    subscript(engine: String) -> Element? {
        get { engine.isEmpty ? common : byEngine[engine] }
        set { if engine.isEmpty { common = newValue } else { byEngine[engine] = newValue } }
    }

    /// The most specific one for a server.
    func best(for dialect: Dialect) -> Element? {
        guard !byEngine.isEmpty else { return common }
        return dialect.variants.lazy.compactMap { byEngine[$0] }.first ?? common
    }
}
