/// Rows as lines with a tab between two values: the text that `COPY` and `LOAD DATA` read unless they
/// are told otherwise.
///
/// NULL is `\N`; a backslash, a tab and the characters that end a line stand behind a backslash. The
/// raw bytes of a column of that meaning are hexadecimal digits.
///
/// - <https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS>
/// - <https://mariadb.com/docs/server/reference/sql-statements/data-manipulation/inserting-loading-data/load-data-into-tables-or-index/load-data-infile>
public struct RowLines: Sendable {
    /// Grows to what the largest block needs, and stays: what is behind `count` is left from others.
    private var storage: [UInt8] = []
    private var count = 0
    /// Whether each column's values are raw bytes.
    private let isRaw: [Bool]
    /// What stands before the digits of raw bytes, as it stands in a line.
    private let prefix: [UInt8]

    /// No lines yet; the rows that come have a value for each of `columns`.
    public init(of columns: [Column], hexPrefix: String = "") {
        isRaw = columns.map { $0.meaning == .bytes }
        prefix = Array(hexPrefix.utf8)
    }

    /// Writes the whole rows of `block` in place of the lines before.
    public mutating func write(_ block: RowBlock) {
        // Two bytes for each byte, and for each value its separator and `\N` or the prefix.
        let most = block.bytes.count * 2 + block.count * block.width * (prefix.count + 3)
        if storage.count < most {
            storage.append(contentsOf: repeatElement(0, count: most - storage.count))
        }
        let (isRaw, prefix) = (isRaw, prefix)
        count = storage.withUnsafeMutableBufferPointer { storage in
            guard let start = storage.baseAddress else { return 0 }
            var writer = Writer(next: start)
            block.forEachValue { column, value in
                if let value, isRaw[column] {
                    writer.write(prefix: prefix)
                    writer.write(hexadecimal: value)
                } else if let value {
                    writer.write(escaped: value)
                } else {
                    writer.write(escape: UInt8(ascii: "N"))
                }
                writer.write(UInt8(ascii: column + 1 == isRaw.count ? "\n" : "\t"))
            }
            return writer.next - start
        }
    }

    /// Lends the lines.
    public func withUnsafeBytes<Result, Problem: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try storage.withUnsafeBufferPointer { (storage) throws(Problem) in
            try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[..<count]))
        }
    }
}

/// Writes where there is room for all that comes.
private struct Writer {
    var next: UnsafeMutablePointer<UInt8>

    @inline(__always)
    mutating func write(_ byte: UInt8) {
        next.pointee = byte
        next += 1
    }

    @inline(__always)
    mutating func write(escape letter: UInt8) {
        write(UInt8(ascii: "\\"))
        write(letter)
    }

    @inline(__always)
    mutating func write(escaped value: UnsafeBufferPointer<UInt8>) {
        for byte in value {
            // Nearly every byte leaves here.
            if byte > UInt8(ascii: "\r"), byte != UInt8(ascii: "\\") {
                write(byte)
                continue
            }
            switch byte {
            case UInt8(ascii: "\\"): write(escape: byte)
            case UInt8(ascii: "\t"): write(escape: UInt8(ascii: "t"))
            case UInt8(ascii: "\n"): write(escape: UInt8(ascii: "n"))
            case UInt8(ascii: "\r"): write(escape: UInt8(ascii: "r"))
            default: write(byte)
            }
        }
    }

    mutating func write(prefix: [UInt8]) {
        for byte in prefix { write(byte) }
    }

    mutating func write(hexadecimal value: UnsafeBufferPointer<UInt8>) {
        for byte in value {
            write(Self.digit(byte >> 4))
            write(Self.digit(byte & 15))
        }
    }

    @inline(__always)
    private static func digit(_ number: UInt8) -> UInt8 {
        number < 10 ? UInt8(ascii: "0") + number : UInt8(ascii: "a") + number - 10
    }
}
