import Crypto
import Glibc

/// Where a seed's data are: in a file of any size, or in memory.
struct DataSource: Sendable {
    /// How many bytes are read at once.
    static let pieceSize = 1 << 16

    /// The path as the user would type it; `.gz` at its end says that the bytes are compressed.
    let path: String
    private let origin: Origin

    private enum Origin: Sendable {
        case file(LargeFile)
        case memory([UInt8])
    }

    /// A file, or 78 where it cannot be opened; what it is now it must be whenever it is read.
    init(file path: String) throws(Failure) {
        let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw Failure(reading: path, errno) }
        defer { close(descriptor) }
        self.path = path
        origin = .file(try LargeFile(path, descriptor))
    }

    /// Bytes in memory, with the path that failures name.
    init(path: String, bytes: [UInt8]) {
        self.path = path
        origin = .memory(bytes)
    }

    /// Whether the bytes are compressed, by the name.
    var isCompressed: Bool { path.lowercased().hasSuffix(".gz") }

    /// Feeds a hash with the bytes as they are stored, compressed ones too.
    func update(_ hash: inout some HashFunction) throws(Failure) {
        try forEachPiece { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    }

    /// All bytes as they are stored.
    func content() throws(Failure) -> [UInt8] {
        var content: [UInt8] = []
        try forEachPiece { content.append(contentsOf: $0) }
        return content
    }

    private func forEachPiece(
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) throws(Failure) {
        let stream = try stored()
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.pieceSize)
        defer { buffer.deallocate() }
        while true {
            let count = try stream.read(into: buffer)
            guard count > 0 else { return }
            body(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// The data from their beginning on, decompressed.
    func stream() throws(Failure) -> any ByteStream {
        isCompressed ? try Gunzip(stored(), path: path) : try stored()
    }

    /// How many bytes are stored.
    var size: Int {
        switch origin {
        case .file(let file): file.size
        case .memory(let bytes): bytes.count
        }
    }

    private func stored() throws(Failure) -> any ByteStream {
        switch origin {
        case .file(let file): try FileBytes(file)
        case .memory(let bytes): MemoryBytes(bytes)
        }
    }
}

/// Bytes that come piece by piece.
protocol ByteStream: AnyObject {
    /// How many of the stored bytes were read.
    var offset: Int { get }
    /// Fills the beginning of `buffer` and returns how many bytes there were; 0 only at the end.
    func read(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int
}

/// A file's bytes; 78 where the file changes while it is read.
private final class FileBytes: ByteStream {
    private let descriptor: LargeFile.Descriptor
    private(set) var offset = 0

    init(_ file: LargeFile) throws(Failure) { descriptor = try LargeFile.Descriptor(file) }

    func read(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int {
        let count = try descriptor.read(into: buffer, from: offset)
        offset += count
        return count
    }
}

/// Bytes in memory.
private final class MemoryBytes: ByteStream {
    private let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let end = min(bytes.count, offset + buffer.count)
        let count = bytes[offset..<end].withUnsafeBufferPointer {
            buffer.update(fromContentsOf: $0)
        }
        offset = end
        return count
    }
}
