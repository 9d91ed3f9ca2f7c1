import Crypto
import Glibc

/// One file as it was read: its bytes, and what is derived from them.
package struct SourceFile: Sendable {
    /// The path as the user would type it.
    package var path: String
    /// The file's own bytes.
    package var bytes: [UInt8]

    /// A file from memory.
    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// Reads a file, or throws 78 and says why it cannot be read.
    package static func read(_ path: String) throws(Failure) -> SourceFile {
        try FileReader().read(path)
    }
}

/// Reads one file after the other, through one buffer.
struct FileReader: ~Copyable {
    /// The folder that names are relative to, as an open descriptor.
    private let folder: Int32
    /// What stands before a name in the path that users see.
    private let prefix: String
    /// Most files fit here: they cost one read, one to see their end, and one exact array.
    private let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 14)

    /// A reader of files in the open folder, or of any path.
    init(folder: Int32 = AT_FDCWD, prefix: String = "") {
        self.folder = folder
        self.prefix = prefix
    }

    deinit { buffer.deallocate() }

    /// Reads a file, or throws 78 and says why it cannot be read.
    func read(_ name: String) throws(Failure) -> SourceFile {
        switch try text(of: name, upTo: .max) {
        case .whole(let file): return file
        case .large(let file): throw Failure(reading: file.path, EFBIG)
        }
    }

    /// Reads a file of up to `limit` bytes; a larger one is to be read bit by bit.
    func text(of name: String, upTo limit: Int = LargeFile.threshold) throws(Failure) -> FileText {
        let path = prefix + name
        // Not by a conversion of the argument, which makes a copy.
        let descriptor = name.withCString { openat(folder, $0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw Failure(reading: path, errno) }
        defer { close(descriptor) }
        var problem: Int32 = 0
        let count = Self.readAll(descriptor, into: buffer, &problem)
        var bytes = Array(buffer[..<count])
        if count == buffer.count, problem == 0 {
            let file = try LargeFile(path, descriptor)
            guard file.size <= limit else { return .large(file) }
            bytes += [UInt8](unsafeUninitializedCapacity: file.size) { buffer, count in
                count = Self.readAll(descriptor, into: buffer, &problem)
            }
        }
        guard problem == 0 else { throw Failure(reading: path, problem) }
        return .whole(SourceFile(path: path, bytes: bytes))
    }

    /// Reads until the end of the file or of the buffer: a network's file system may give less at
    /// once than there is.
    private static func readAll(
        _ descriptor: Int32, into buffer: UnsafeMutableBufferPointer<UInt8>, _ problem: inout Int32
    ) -> Int {
        var total = 0
        while total < buffer.count {
            let count = Glibc.read(
                descriptor, buffer.baseAddress.map { $0 + total }, buffer.count - total)
            if count < 0 {
                if errno == EINTR { continue }
                problem = errno
                return total
            }
            if count == 0 { break }
            total += count
        }
        return total
    }
}

/// A file's text: all of it, or where to read it.
enum FileText: Sendable {
    case whole(SourceFile)
    case large(LargeFile)

    var path: String {
        switch self {
        case .whole(let file): file.path
        case .large(let file): file.path
        }
    }

    /// The text from its beginning on, without a byte order mark and with `\n` at the ends of lines.
    func window() throws(Failure) -> TextWindow {
        switch self {
        case .whole(let file): TextWindow(file.normalised)
        case .large(let file): try TextWindow(file)
        }
    }
}

extension SourceFile {
    /// Where the text begins: behind a byte order mark.
    var start: Int {
        bytes.count >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0
    }

    /// The bytes without a byte order mark and with `\n` at the ends of lines: what is hashed, and
    /// what runs, so that a checkout with other line ends is the same migration.
    package var normalised: [UInt8] {
        let hasReturns =
            bytes.withUnsafeBytes {
                $0.baseAddress.map { memchr($0, Int32(Byte.carriageReturn), bytes.count) } ?? nil
            } != nil
        guard hasReturns else { return start == 0 ? bytes : Array(bytes.dropFirst(3)) }
        return [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
            for index in start..<bytes.count {
                let isPair =
                    bytes[index] == Byte.carriageReturn && index + 1 < bytes.count
                    && bytes[index + 1] == Byte.newline
                if isPair { continue }
                buffer[count] = bytes[index]
                count += 1
            }
        }
    }

    /// The text without a byte order mark and with `\n` at the ends of lines.
    package var text: String { String(decoding: normalised, as: UTF8.self) }

    /// `sha256:…` of the text, the same whatever the line ends are.
    package var checksum: String {
        let digest = SHA256.hash(data: normalised)
        return Self.hexadecimal(digest, after: "sha256:")
    }

    /// The SHA-256 of bytes, as 64 hexadecimal digits.
    static func sha256(_ bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

    /// A digest as 64 hexadecimal digits.
    static func hexadecimal(_ digest: SHA256.Digest, after prefix: StaticString = "") -> String {
        let size = 64 + prefix.utf8CodeUnitCount
        return String(unsafeUninitializedCapacity: size) { buffer in
            digest.withUnsafeBytes { digest in
                guard var at = buffer.baseAddress else { return }
                // By pointers, for a folder may have thousands of files.
                at.update(from: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
                at += prefix.utf8CodeUnitCount
                for byte in digest {
                    at[0] = hexadecimalDigits.utf8Start[Int(byte >> 4)]
                    at[1] = hexadecimalDigits.utf8Start[Int(byte & 15)]
                    at += 2
                }
            }
            return size
        }
    }

    private static let hexadecimalDigits: StaticString = "0123456789abcdef"

    /// A line for an excerpt, from 1, with the literals of statements about passwords masked.
    package func line(_ number: Int) -> String? {
        Excerpt(of: bytes, line: number, column: 1, rules: LexicalRules())?.text
    }

    /// Refuses bytes that are no text in UTF-8, which a decoder would replace without a word.
    func checkEncoding() throws(Failure) {
        guard let offset = Self.firstInvalidByte(in: bytes) else { return }
        throw Failure(
            notUTF8: bytes[offset], at: Cursor(offset: start).place(of: offset, in: bytes, path))
    }

    /// The first byte that is 0 or begins no character of UTF-8, or `nil`.
    static func firstInvalidByte(in bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBytes { firstInvalidByte(in: $0) }
    }

    /// The first byte that is 0 or begins no character of UTF-8, or `nil`.
    static func firstInvalidByte(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let start = bytes.baseAddress else { return nil }
        let end = memchr(start, 0, bytes.count).map { UnsafeRawPointer($0) - start }
        var index = 0
        while index < end ?? bytes.count {
            // Mostly all is ASCII, eight bytes at a time.
            if index + 8 <= bytes.count,
                bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    & 0x8080_8080_8080_8080 == 0
            {
                index += 8
            } else if bytes[index] < 0x80 {
                index += 1
            } else {
                guard let length = sequenceLength(bytes, at: index) else { return index }
                index += length
            }
        }
        return end
    }

    /// The length of the well-formed sequence at `index`, by table 3-7 of the Unicode standard.
    private static func sequenceLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int? {
        let second: ClosedRange<UInt8>
        let length: Int
        switch bytes[index] {
        case 0xc2...0xdf: (second, length) = (0x80...0xbf, 2)
        case 0xe0: (second, length) = (0xa0...0xbf, 3)
        case 0xed: (second, length) = (0x80...0x9f, 3)
        case 0xe1...0xef: (second, length) = (0x80...0xbf, 3)
        case 0xf0: (second, length) = (0x90...0xbf, 4)
        case 0xf1...0xf3: (second, length) = (0x80...0xbf, 4)
        case 0xf4: (second, length) = (0x80...0x8f, 4)
        default: return nil
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return nil }
        for next in (index + 2)..<(index + length) where bytes[next] & 0xc0 != 0x80 { return nil }
        return length
    }
}

extension Failure {
    /// A text that is no UTF-8, by the first byte that shows it.
    init(notUTF8 byte: UInt8, at place: Place) {
        self.init(
            .rejected,
            byte == 0
                ? "a byte 0 stands here; this is no text in UTF-8"
                : "holds bytes that are no UTF-8",
            place: place, next: "Save the file in UTF-8 and run the same command again.")
    }
}
