import Glibc
import Testing

/// Both ends of a pipe.
final class Pipe {
    let writing: Int32
    private let reading: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        let isOpen = pipe(&ends) == 0
        (reading, writing) = (ends[0], ends[1])
        try #require(isOpen)
    }

    /// What was written, of which a pipe keeps 64 KB.
    func read() -> String {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = Glibc.read(reading, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    deinit {
        close(reading)
        close(writing)
    }
}
