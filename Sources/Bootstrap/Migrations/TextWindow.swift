import Glibc

/// What is in memory of a text while it is read from its beginning to its end: all of it, or as much of
/// a large file as one statement needs.
///
/// A large file's byte order mark is left out, and its lines end in `\n`.
final class TextWindow {
    private(set) var bytes: [UInt8]
    /// Whether the text ends where `bytes` end.
    private(set) var isLast: Bool
    private let source: Source?

    /// All of a text.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        (isLast, source) = (true, nil)
    }

    /// The beginning of a file, `size` bytes of which are read at once; throws 78 where it cannot be
    /// read, or has changed.
    init(_ file: LargeFile, size: Int = 1 << 20) throws(Failure) {
        source = try Source(file, size)
        (bytes, isLast) = ([], false)
        try move(past: 0)
    }

    /// Leaves the first `count` bytes behind and reads on; where nothing is left behind, twice as much
    /// comes into memory.
    func move(past count: Int) throws(Failure) {
        guard let source, !isLast else { return }
        bytes = try source.next(keeping: bytes[count...], past: count)
        isLast = source.isAtEnd
    }

    /// A mark for ``input(from:to:)`` at an index of `bytes`; it outlives the window.
    func mark(_ index: Int) -> Int { source?.offset(of: index) ?? index }

    /// What stands between two marks, as data for a statement.
    func input(from start: Int, to end: Int) -> Statement.Input {
        guard let source else { return Statement.Input(Array(bytes[start..<end])) }
        return Statement.Input(source.file, start..<end)
    }
}

/// The file behind a window.
private final class Source {
    let file: LargeFile
    private let descriptor: LargeFile.Descriptor
    private let size: Int
    private var returns = CarriageReturns()
    /// Up to where the file has been read.
    private var end = 0
    /// Where in the file the window begins.
    private var start = 0
    /// At which of the window's bytes carriage returns were left out before them.
    private var gaps: [Int] = []

    init(_ file: LargeFile, _ size: Int) throws(Failure) {
        (self.file, self.size) = (file, size)
        descriptor = try LargeFile.Descriptor(file)
        let mark = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 3)
        defer { mark.deallocate() }
        let count = try descriptor.read(into: mark, from: 0)
        if mark[..<count].elementsEqual([0xef, 0xbb, 0xbf]) { (start, end) = (3, 3) }
    }

    var isAtEnd: Bool { end >= file.size }

    /// Where in the file the window's byte at `index` stands.
    func offset(of index: Int) -> Int {
        var (low, high) = (0, gaps.count)
        while low < high {
            let middle = (low + high) / 2
            if gaps[middle] <= index { low = middle + 1 } else { high = middle }
        }
        return start + index + low
    }

    /// The next window: `rest` of the one before, `count` bytes of which are left behind, and what
    /// follows in the file.
    func next(keeping rest: ArraySlice<UInt8>, past count: Int) throws(Failure) -> [UInt8] {
        start = offset(of: count)
        gaps = gaps.filter { $0 > count }.map { $0 - count }
        var failure: Failure?
        let capacity = max(size, rest.count * 2) + CarriageReturns.room
        let window = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
            filled = rest.withUnsafeBufferPointer { buffer.update(fromContentsOf: $0) }
            do throws(Failure) {
                let free = UnsafeMutableBufferPointer(rebasing: buffer[filled...])
                filled += try fill(free, behind: filled)
            } catch { failure = error }
        }
        if let failure { throw failure }
        return window
    }

    private func fill(
        _ buffer: UnsafeMutableBufferPointer<UInt8>, behind index: Int
    ) throws(Failure) -> Int {
        let held = returns.restore(into: buffer)
        let free = UnsafeMutableBufferPointer(rebasing: buffer[held...])
        let count = try descriptor.read(into: free, from: end)
        end += count
        // A file that has become shorter has changed, which the descriptor has noticed.
        return returns.leaveOut(of: buffer, count: held + count, isLast: isAtEnd) {
            gaps.append(index + $0)
        }
    }
}

/// Leaves carriage returns out before line feeds, also where a piece of a text ends between the two.
struct CarriageReturns {
    /// How many bytes may be held back at the end of a piece.
    static let room = 1
    private var isHeld = false

    /// Puts what was held back at the beginning of the next piece, and returns how much that was.
    mutating func restore(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        guard isHeld else { return 0 }
        isHeld = false
        buffer[0] = Byte.carriageReturn
        return 1
    }

    /// Moves what stays together, and returns how many bytes that is.
    ///
    /// - `note`: is given the index of each byte before which one was left out.
    mutating func leaveOut(
        of buffer: UnsafeMutableBufferPointer<UInt8>, count: Int, isLast: Bool,
        _ note: (Int) -> Void = { _ in }
    ) -> Int {
        guard let base = buffer.baseAddress, memchr(base, Int32(Byte.carriageReturn), count) != nil
        else { return count }
        var kept = 0
        for index in 0..<count {
            let byte = buffer[index]
            if byte == Byte.carriageReturn {
                guard index + 1 < count else {
                    isHeld = !isLast
                    if isLast {
                        buffer[kept] = byte
                        kept += 1
                    }
                    break
                }
                if buffer[index + 1] == Byte.newline {
                    note(kept)
                    continue
                }
            }
            buffer[kept] = byte
            kept += 1
        }
        return kept
    }
}
