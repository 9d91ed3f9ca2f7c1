/// One value of a record, as bytes in the text or in the copies beside it.
struct DataField {
    var kind: Kind
    /// Whether the bytes are a copy without escapes, and not the text's own.
    var isCopied = false
    /// Where the bytes begin and end.
    var start: Int
    var end: Int
    /// Where the value begins in the text, with its quote.
    var origin: Int

    /// What stands in the file.
    enum Kind: UInt8 {
        /// JSON's `null`, or a field of CSV that says NULL.
        case null
        /// A field of CSV without quotes.
        case text
        /// A field of CSV in quotes, or JSON's string.
        case quotedText
        /// A number of JSON, with the digits that the file gives it.
        case number
        /// JSON's `true` or `false`.
        case truth
        /// An object or an array of JSON, as the file has it.
        case json
    }
}

/// The values of the record that is being read, in memory that serves every record.
struct DataFields: ~Copyable {
    /// How many values there are.
    private(set) var count = 0
    /// The bytes of values that stand with escapes in the text.
    var copies = ByteBuffer(capacity: 256)
    private var area: UnsafeMutablePointer<DataField>
    private var capacity: Int

    init() {
        capacity = 16
        area = .allocate(capacity: capacity)
    }

    deinit { area.deallocate() }

    subscript(index: Int) -> DataField {
        get {
            precondition(index >= 0 && index < count)
            return area[index]
        }
        set {
            precondition(index >= 0 && index < count)
            area[index] = newValue
        }
    }

    mutating func removeAll() {
        count = 0
        copies.count = 0
    }

    mutating func append(_ field: DataField) {
        if count == capacity { grow(to: capacity * 2) }
        (area + count).initialize(to: field)
        count += 1
    }

    /// As many values as a record must have, all of them still to be found.
    mutating func removeAll(leaving width: Int) {
        removeAll()
        for _ in 0..<width { append(DataField(kind: .null, start: 0, end: 0, origin: -1)) }
    }

    /// The bytes of a value; they live until the next record is read.
    func bytes(of field: DataField, in text: UnsafePointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        let base = field.isCopied ? UnsafePointer(copies.base) : text
        return UnsafeBufferPointer(start: base + field.start, count: field.end - field.start)
    }

    private mutating func grow(to size: Int) {
        let larger = UnsafeMutablePointer<DataField>.allocate(capacity: size)
        larger.moveInitialize(from: area, count: count)
        area.deallocate()
        (area, capacity) = (larger, size)
    }
}

/// What a scanner found from the beginning of a record on.
enum DataFinding {
    /// A record; the next one begins at `next`, so many lines on.
    case record(next: Int, lines: Int)
    /// A line without a record.
    case blank(next: Int)
    /// The record does not end in what is in memory; where its last quote was opened, if one was.
    case incomplete(quote: Int?)
    /// Nothing is left.
    case end
}

/// What is wrong with a record, and where in the text.
struct DataMistake: Error {
    var offset: Int
    var message: String
    var next: String?
}
