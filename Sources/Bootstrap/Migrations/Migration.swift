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
    var listing: (any Sendable)? {
        get { if case .kept(let listing) = shelf { listing } else { nil } }
        set { shelf = newValue.map(Shelf.kept) ?? .empty }
    }
    private var shelf = Shelf.empty

    /// What few migrations have is kept elsewhere: of the small ones that this leaves, thousands are
    /// handed on in less time.
    private enum Shelf {
        case empty
        indirect case kept(any Sendable)
    }

    /// Where a way back comes from.
    enum Source: Sendable {
        indirect case path(String, FileManner)
        indirect case file(SourceFile, FileManner)
        /// Code, or what a format has made of another tool's file.
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

    /// A migration from a file with both directions in it.
    ///
    /// - `engine`: what the file is for; empty for every one.
    init(
        _ file: NumberedFile, for engine: String, known: [String], up: MigrationBody,
        down: MigrationBody?
    ) {
        (id, name, kind, knownEngines) = (file.version, file.stem, .versioned, known)
        (bodies, waysBack) = (
            Variants(up, for: engine), Variants(down.map(Source.body), for: engine)
        )
    }

    /// Takes in what another one is for other engines, if it is the same migration.
    mutating func takeIn(_ other: Migration) -> Bool {
        let isOther = { [self] engine in !engine.isEmpty && bodies[engine] == nil }
        guard other.name == name, bodies[""] == nil, other.bodies.all.allSatisfy({ isOther($0.0) })
        else { return false }
        for (engine, body) in other.bodies.all { bodies[engine] = body }
        for (engine, source) in other.waysBack.all { waysBack[engine] = source }
        return true
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
        waysBack[""] = back.map { .body(MigrationBody(name: name, code: $0)) }
    }

    /// What runs on a server with this dialect: the most specific variant; `nil` when this engine
    /// has nothing to do.
    package func body(for dialect: Dialect) -> MigrationBody? {
        bodies.best(for: dialect)
    }

    /// What leads back on a server with this dialect, or `nil`; throws 78 when it cannot be read.
    package func wayBack(for dialect: Dialect) throws(Failure) -> MigrationBody? {
        try waysBack.best(for: dialect)?.body(known: knownEngines)
    }

    /// Whether what leads back comes from a file that is another tool's.
    func hasForeignWayBack(for dialect: Dialect) -> Bool {
        if case .body(let body)? = waysBack.best(for: dialect) { body.code == nil } else { false }
    }

    /// The path of one of its files, for messages; a code migration's name.
    var path: String {
        let paths = bodies.all.map { $1.path } + waysBack.all.map { $1.path }
        return paths.min { ($0.utf8.count, $0) < ($1.utf8.count, $1) } ?? name
    }

    /// The names that directives may use.
    var knownEngines: [String] = EngineNames.all
}

/// What a migration has for each engine, and for every one; mostly the latter alone.
struct Variants<Element: Sendable>: Sendable {
    private var common: Element?
    private var byEngine: [String: Element] = [:]

    /// One that is for an engine; the empty name is for every engine.
    init(_ element: Element? = nil, for engine: String = "") {
        if engine.isEmpty { common = element } else { byEngine[engine] = element }
    }

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
