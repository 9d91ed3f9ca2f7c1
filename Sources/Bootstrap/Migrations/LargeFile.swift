import Crypto
import Glibc

/// A file that is too large to be held in memory: it is read from its beginning to its end as often as
/// it is needed, and must be the same each time.
struct LargeFile: Sendable, Equatable {
    /// How large a file may be that is read once and held in memory.
    static let threshold = 1 << 20

    /// The path as the user would type it.
    let path: String
    private let stamp: Stamp

    /// What changes whenever a file is written to or replaced.
    private struct Stamp: Sendable, Equatable {
        let device, inode: UInt64
        let size: Int
        let modified, changed: [Int]

        init?(_ descriptor: Int32) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { return nil }
            (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
            size = Int(status.st_size)
            modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
            changed = [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
        }
    }

    /// The file that is open, as it is now.
    init(_ path: String, _ descriptor: Int32) throws(Failure) {
        guard let stamp = Stamp(descriptor) else { throw Failure(reading: path, errno) }
        self.path = path
        self.stamp = stamp
    }

    /// How many bytes it has.
    var size: Int { stamp.size }

    /// Throws 78 where it is no longer what it was when it was first read.
    func check() throws(Failure) {
        try Descriptor(self).check()
    }

    /// The file while it is open.
    final class Descriptor {
        private let file: LargeFile
        private let number: Int32

        /// Opens the file, or throws 78 where it has gone or changed.
        init(_ file: LargeFile) throws(Failure) {
            self.file = file
            number = file.path.withCString { Glibc.open($0, O_RDONLY | O_CLOEXEC) }
            guard number >= 0 else { throw Failure(reading: file.path, errno) }
            try check()
        }

        deinit { if number >= 0 { close(number) } }

        /// Throws 78 where it is no longer what it was when it was first read.
        ///
        /// What was read before is the file's text: only what is read after a change is not.
        func check() throws(Failure) {
            guard Stamp(number) == file.stamp else {
                throw Failure(
                    .configuration, "\(file.path) has changed since it was first read",
                    next: "run the same command again when nobody writes to the file")
            }
        }

        /// Fills `buffer` with the bytes from `offset` on, and returns how many there were.
        func read(
            into buffer: UnsafeMutableBufferPointer<UInt8>, from offset: Int
        ) throws(Failure) -> Int {
            var total = 0
            while total < buffer.count {
                let count = pread(
                    number, buffer.baseAddress.map { $0 + total }, buffer.count - total,
                    offset + total)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw Failure(reading: file.path, errno) }
                if count == 0 { break }
                total += count
            }
            try check()
            return total
        }
    }
}

extension LargeFile {
    /// What is known of a file before it is cut.
    struct Summary {
        /// `sha256:…` of the text, the same whatever the line ends are.
        let checksum: String
        /// What the leading comments ask for.
        let directives: Set<Directive>

        /// Reads all of the file, or throws where it cannot be read, or is no UTF-8.
        init(of file: LargeFile, known: [String]) throws(Failure) {
            directives = try Self.directives(of: file, known: known)
            let window = try TextWindow(file)
            var hash = SHA256()
            var cursor = Cursor(offset: 0)
            while true {
                let bytes = window.bytes
                let end = try Self.endOfText(window, cursor, file.path)
                hash.update(data: bytes[..<end])
                guard !window.isLast else { break }
                cursor.advance(to: end, in: bytes)
                cursor.move()
                try window.move(past: end)
            }
            checksum = SourceFile.hexadecimal(hash.finalize(), after: "sha256:")
        }

        /// Where the whole characters of the window end.
        private static func endOfText(
            _ window: TextWindow, _ cursor: Cursor, _ path: String
        ) throws(Failure) -> Int {
            let bytes = window.bytes
            guard let end = SourceFile.firstInvalidByte(in: bytes) else { return bytes.count }
            // A character has four bytes at most: the rest of this one may follow.
            guard window.isLast || bytes.count - end > 3 || bytes[end] < 0x80 else { return end }
            throw Failure(notUTF8: bytes[end], at: cursor.place(of: end, in: bytes, path))
        }

        private static func directives(
            of file: LargeFile, known: [String]
        ) throws(Failure) -> Set<Directive> {
            let window = try TextWindow(file)
            while true {
                let beginning = SourceFile(path: file.path, bytes: window.bytes)
                let found = try beginning.directives(known: known, isWhole: window.isLast)
                if let found { return found }
                try window.move(past: 0)
            }
        }
    }
}

extension Failure {
    /// A file that cannot be read, by the number of the system's error.
    init(reading path: String, _ code: Int32) {
        self.init(.configuration, "cannot read \(path): \(String(cString: strerror(code)))")
    }
}
