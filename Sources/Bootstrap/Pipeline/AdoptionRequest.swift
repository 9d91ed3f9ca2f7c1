/// Which migrations to take for applied, and on whose word.
public struct AdoptionRequest: Sendable, Equatable {
    /// Whose word it is.
    public var origin: Origin
    /// The newest version that is taken, by its number or name; `nil` for all that the tool has applied.
    public var version: String?
    /// Versions that were not applied, whatever the tool's table says.
    public var pending: [String]
    /// Whether files that have changed, and what looks otherwise in the database, are taken as they are.
    public var acceptsDoubts: Bool
    /// Whether the tool's table gets what our history has and it has not.
    public var mirrors: Bool
    /// Whether what is newer than all files is left alone, instead of refused.
    var leavesNewer = false

    /// Whose word it is that migrations were applied.
    public enum Origin: Sendable, Equatable {
        /// The other tool's whose table is found in the database.
        case found
        /// This tool's: `goose`; its table, where that has another name than usual.
        case tool(String, table: TableName? = nil)
        /// Nobody's but the caller's, whatever tables there are.
        case nobody
    }

    /// A request; without any argument, all that another tool has applied.
    public init(
        from origin: Origin = .found, to version: String? = nil, pending: [String] = [],
        acceptsDoubts: Bool = false, mirrors: Bool = false
    ) {
        self.mirrors = mirrors
        self.origin = origin
        self.version = version
        self.pending = pending
        self.acceptsDoubts = acceptsDoubts
    }
}
