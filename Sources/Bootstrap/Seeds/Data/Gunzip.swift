import CBootstrapZlib

/// Decompresses gzip: one member, or several behind each other, as `cat a.gz b.gz` makes them.
///
/// Zeros behind a member are padding, as gzip itself takes them.
/// <https://www.rfc-editor.org/rfc/rfc1952>, <https://zlib.net/manual.html>
final class Gunzip: ByteStream {
    private let source: any ByteStream
    private let path: String
    private let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: DataSource.pieceSize)
    /// At one address while it lives: zlib's state points back at it.
    private let zlib = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var state = State.beginning
    private var isInputAtEnd = false

    private enum State {
        /// In front of the first member.
        case beginning
        case insideMember
        case behindMember
        case atEnd
    }

    /// How many compressed bytes were read.
    var offset: Int { source.offset }

    init(_ source: any ByteStream, path: String) throws(Failure) {
        self.source = source
        self.path = path
        zlib.initialize(to: z_stream())
        // The largest window, and 16 for gzip's header and trailer, which zlib checks.
        let code = inflateInit2_(
            zlib, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw failure("cannot be decompressed: \(words(of: code))") }
    }

    deinit {
        inflateEnd(zlib)
        zlib.deallocate()
        input.deallocate()
    }

    func read(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int {
        guard !buffer.isEmpty else { return 0 }
        zlib.pointee.next_out = buffer.baseAddress
        zlib.pointee.avail_out = UInt32(clamping: buffer.count)
        let room = zlib.pointee.avail_out
        while zlib.pointee.avail_out == room, state != .atEnd {
            try fillInput()
            switch state {
            case .insideMember: try inflateSome()
            case .beginning, .behindMember: try beginMember()
            case .atEnd: break
            }
        }
        return Int(room - zlib.pointee.avail_out)
    }

    private func fillInput() throws(Failure) {
        guard zlib.pointee.avail_in == 0, !isInputAtEnd else { return }
        let count = try source.read(into: input)
        zlib.pointee.next_in = input.baseAddress
        zlib.pointee.avail_in = UInt32(count)
        isInputAtEnd = count == 0
    }

    private func beginMember() throws(Failure) {
        if isInputAtEnd, zlib.pointee.avail_in == 0 {
            guard state == .behindMember else { throw failure("is empty, and no gzip file") }
            state = .atEnd
            return
        }
        guard let next = zlib.pointee.next_in else { return }
        if state == .behindMember, next.pointee == 0 {
            zlib.pointee.next_in = next + 1
            zlib.pointee.avail_in -= 1
            return
        }
        guard next.pointee == 0x1F else {
            throw failure(
                state == .behindMember
                    ? "holds something else behind its compressed data"
                    : "is named .gz and holds no gzip data")
        }
        inflateReset(zlib)
        state = .insideMember
    }

    private func inflateSome() throws(Failure) {
        let code = inflate(zlib, Z_NO_FLUSH)
        switch code {
        case Z_STREAM_END: state = .behindMember
        case Z_OK: break
        // Nothing to read and room to write: the rest is missing.
        case Z_BUF_ERROR where isInputAtEnd:
            throw failure("ends in the midst of its compressed data; its end is missing")
        case Z_BUF_ERROR: break
        default: throw failure("is damaged: \(words(of: code))")
        }
    }

    private func words(of code: Int32) -> String {
        if let message = zlib.pointee.msg { return "zlib says \(String(cString: message))" }
        return "zlib says \(String(cString: zError(code)))"
    }

    private func failure(_ words: String) -> Failure {
        Failure(
            .rejected, "\(path) \(words)",
            next: "Compress the file anew (`gzip -t` checks it), and run the same command again.")
    }
}
