/// Rows on their way into a table, as bytes: what a bulk loader takes at once.
///
/// Every row has `width` values in the order of the loader's columns. A value is NULL, or the bytes of
/// the text that the engine reads for its column: digits of a number, `1` and `0` for truth, a moment
/// in the dialect's form, text in UTF-8. For a column whose meaning is `.bytes` it is the raw bytes.
public struct RowBlock: Sendable {
    /// How many values a row has.
    public let width: Int
    /// The values' bytes, one behind the other.
    public private(set) var bytes: [UInt8] = []
    /// Where each value ends in `bytes`, row by row; the complement of it for NULL.
    private(set) var ends: [Int] = []

    /// An empty block of rows with `width` values each, 1 at least.
    public init(width: Int) { self.width = width }

    /// How many rows are whole.
    public var count: Int { ends.count / width }

    /// Removes all rows and keeps the memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    /// Adds the next value of the row that is being filled.
    public mutating func append(_ value: some Sequence<UInt8>) {
        bytes.append(contentsOf: value)
        ends.append(bytes.count)
    }

    /// Adds NULL as the next value of the row that is being filled.
    public mutating func appendNull() { ends.append(~bytes.count) }

    /// Lends the values' bytes and where each value of the whole rows ends in them, row by row; the
    /// complement of it for NULL.
    public func withUnsafeValues<Result, Problem: Error>(
        _ body: (
            _ bytes: UnsafeBufferPointer<UInt8>, _ ends: UnsafeBufferPointer<Int>
        ) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try bytes.withUnsafeBufferPointer { (bytes) throws(Problem) in
            try ends.withUnsafeBufferPointer { (ends) throws(Problem) in
                try body(bytes, UnsafeBufferPointer(rebasing: ends[..<(count * width)]))
            }
        }
    }

    /// Hands over the values of the whole rows, row by row: the column's index from 0 and the bytes,
    /// or `nil` for NULL.
    ///
    /// The bytes live as long as the call of `body`.
    @inlinable
    public func forEachValue<Problem: Error>(
        _ body: (_ column: Int, _ value: UnsafeBufferPointer<UInt8>?) throws(Problem) -> Void
    ) throws(Problem) {
        try withUnsafeValues { (bytes, ends) throws(Problem) in
            var (start, column) = (0, 0)
            for mark in ends {
                let end = mark < 0 ? ~mark : mark
                let value = UnsafeBufferPointer(rebasing: bytes[start..<end])
                try body(column, mark < 0 ? nil : value)
                start = end
                column = column + 1 == width ? 0 : column + 1
            }
        }
    }
}

/// A load stopped: what happened, and at which row where the engine tells.
public struct LoadError: Error, Sendable, Equatable {
    /// What happened, in the engine's words.
    public var error: DatabaseError
    /// The row's number from 0, counted over all blocks; `nil` where the engine does not tell, and for
    /// an error that no row has caused.
    public var row: Int?

    /// A failed load.
    ///
    /// - `row`: where the load stood; dropped for an error that no row causes.
    public init(_ error: DatabaseError, row: Int? = nil) {
        self.error = error
        self.row = error.isAboutRows ? row : nil
    }
}

extension DatabaseError {
    /// Whether other rows might not have it: the session is there, and nobody has stopped anything.
    var isAboutRows: Bool { kind == .rejected || kind == .denied }
}
