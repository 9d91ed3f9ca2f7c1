/// The bytes of a growing area of memory, at an address that changes only when it grows.
struct ByteBuffer: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var capacity: Int
    var count = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    /// Makes room for `size` bytes in all.
    mutating func reserve(_ size: Int) {
        guard size > capacity else { return }
        let grown = max(size, capacity * 2)
        let area = UnsafeMutablePointer<UInt8>.allocate(capacity: grown)
        area.update(from: base, count: count)
        base.deallocate()
        (base, capacity) = (area, grown)
    }

    mutating func append(_ source: UnsafePointer<UInt8>, count added: Int) {
        reserve(count + added)
        (base + count).update(from: source, count: added)
        count += added
    }

    mutating func append(_ byte: UInt8) {
        reserve(count + 1)
        base[count] = byte
        count += 1
    }
}

/// What is in memory of a text in UTF-8 while it is read: at least the record that is being read.
///
/// What is wrong with the text shows only behind the bytes in front of it, so that the records before it
/// are the same however large the pieces are.
struct DataWindow: ~Copyable {
    /// Where the record that is being read begins.
    private(set) var start = 0
    /// Where the whole, valid characters end.
    private(set) var end = 0
    /// Whether the text ends there.
    private(set) var isLast = false
    private var buffer: ByteBuffer
    private var trouble: Trouble?
    private let stream: any ByteStream
    private let largestRecord: Int

    /// Why the text cannot be read on.
    enum Trouble: Error {
        case failure(Failure)
        /// A byte that is 0, or no part of a character, stands at `end`.
        case notUTF8(UInt8)
        /// The record is larger than it may be.
        case tooLarge
    }

    /// The beginning of a text, behind its byte order mark; `pieceSize` bytes are read at once.
    init(_ stream: any ByteStream, pieceSize: Int, largestRecord: Int) {
        self.stream = stream
        self.largestRecord = largestRecord
        buffer = ByteBuffer(capacity: pieceSize)
        while buffer.count < 3, trouble == nil, !isLast { fill() }
        let mark: (UInt8, UInt8, UInt8) = (0xEF, 0xBB, 0xBF)
        if end >= 3, (base[0], base[1], base[2]) == mark { start = 3 }
    }

    var base: UnsafePointer<UInt8> { UnsafePointer(buffer.base) }

    /// How many of the stored bytes were read.
    var offset: Int { stream.offset }

    /// Leaves behind what stands before `index`.
    mutating func move(to index: Int) { start = index }

    /// Reads on behind `end`; the record's bytes may move.
    mutating func readOn() throws(Trouble) {
        if let trouble { throw trouble }
        guard buffer.count - start < largestRecord else { throw .tooLarge }
        if start > 0 {
            buffer.base.update(from: buffer.base + start, count: buffer.count - start)
            buffer.count -= start
            end -= start
            start = 0
        }
        fill()
    }

    private mutating func fill() {
        if buffer.count == buffer.capacity { buffer.reserve(buffer.capacity * 2) }
        do throws(Failure) {
            while buffer.count < buffer.capacity, !isLast {
                let free = UnsafeMutableBufferPointer(
                    start: buffer.base + buffer.count, count: buffer.capacity - buffer.count)
                let count = try stream.read(into: free)
                buffer.count += count
                isLast = count == 0
            }
        } catch {
            trouble = .failure(error)
        }
        checkEncoding()
    }

    private mutating func checkEncoding() {
        let fresh = UnsafeRawBufferPointer(start: buffer.base + end, count: buffer.count - end)
        guard let offset = SourceFile.firstInvalidByte(in: fresh) else {
            end = buffer.count
            return
        }
        end += offset
        // A character has four bytes at most: the rest of this one may follow.
        let byte = buffer.base[end]
        if byte >= 0x80, buffer.count - end < 4, !isLast { return }
        isLast = false
        trouble = .notUTF8(byte)
    }
}
