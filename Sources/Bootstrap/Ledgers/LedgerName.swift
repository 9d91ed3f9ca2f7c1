/// Another tool's table, as people name it: `goose`, or `goose:app_versions`.
public struct LedgerName: Sendable, Equatable {
    /// The tool's name.
    public var tool: String
    /// Its table, where that has another name than usual.
    public var table: TableName?

    /// A tool, and its table where that has a name of its own.
    public init(_ tool: String, table: TableName? = nil) { (self.tool, self.table) = (tool, table) }

    /// Reads `TOOL` or `TOOL:[SCHEMA.]TABLE`; `nil` where no tool is named.
    package init?(parsing text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let tool = parts.first, !tool.isEmpty, parts.last?.isEmpty == false else {
            return nil
        }
        self.init(
            String(tool), table: parts.count > 1 ? TableName(parsing: String(parts[1])) : nil)
    }
}
