/// Where something stands in a file; lines and columns count characters from 1.
public struct Place: Sendable, Hashable, CustomStringConvertible {
    /// The file's path as the user would type it.
    public var file: String
    /// The line, from 1.
    public var line: Int
    /// The column in characters, not bytes, from 1.
    public var column: Int

    /// A place.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `path:line:column`, as editors and CI systems link it.
    public var description: String { "\(file):\(line):\(column)" }
}

/// One statement of a script, as it goes to the server, and where it came from.
public struct Statement: Sendable, Equatable {
    /// The statement's text without the delimiter that ended it.
    public var text: String
    /// Where its first character stands; `nil` for statements of our own.
    public var place: Place?
    /// What follows the statement on its connection: the lines of `COPY … FROM stdin`.
    public var input: Input?

    /// A statement.
    public init(_ text: String, place: Place? = nil, input: [UInt8]? = nil) {
        self.text = text
        self.place = place
        self.input = input.map { Input($0) }
    }
}
