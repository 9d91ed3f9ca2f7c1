extension Statement {
    /// What follows a statement on its connection: the lines of `COPY … FROM stdin`.
    ///
    /// They may be a part of a file that is larger than the memory, and are then read when they are
    /// sent.
    public struct Input: Sendable, Equatable {
        private enum Source: Equatable {
            case bytes([UInt8])
            case file(LargeFile, Range<Int>)
        }
        private let source: Source

        /// Data from memory.
        public init(_ bytes: [UInt8]) { source = .bytes(bytes) }

        /// A part of a file, by its offsets there.
        init(_ file: LargeFile, _ range: Range<Int>) { source = .file(file, range) }

        /// Hands the data over piece by piece, as long as `body` returns true.
        ///
        /// Throws `.rejected` where the file cannot be read or has changed; what was handed over before
        /// must not take effect then.
        public func forEachPiece(
            _ body: (UnsafeBufferPointer<UInt8>) -> Bool
        ) throws(DatabaseError) {
            do throws(Failure) { try readPieces(body) } catch {
                throw DatabaseError(.rejected, error.headline)
            }
        }

        /// The same for the core, which tells of a file with all words.
        func readPieces(_ body: (UnsafeBufferPointer<UInt8>) -> Bool) throws(Failure) {
            switch source {
            case .bytes(let bytes): bytes.withUnsafeBufferPointer { _ = body($0) }
            case .file(let file, let range): try Self.read(file, range, body)
            }
        }

        private static func read(
            _ file: LargeFile, _ range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) -> Bool
        ) throws(Failure) {
            let descriptor = try LargeFile.Descriptor(file)
            let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 17)
            defer { buffer.deallocate() }
            var returns = CarriageReturns()
            var offset = range.lowerBound
            while offset < range.upperBound {
                let held = returns.restore(into: buffer)
                let end = min(buffer.count, held + range.upperBound - offset)
                let free = UnsafeMutableBufferPointer(rebasing: buffer[held..<end])
                let count = try descriptor.read(into: free, from: offset)
                offset += count
                let kept = returns.leaveOut(
                    of: buffer, count: held + count, isLast: offset >= range.upperBound)
                guard body(UnsafeBufferPointer(rebasing: buffer[..<kept])) else { return }
            }
        }
    }
}
