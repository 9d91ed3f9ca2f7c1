import Glibc

/// A pseudo-terminal with somebody who looks on, so that the programs at its other end do not stop.
final class Terminal {
    /// The path of the other end, for the program.
    let name: String
    private let descriptor: Int32
    private var bytes: [UInt8] = []

    /// A terminal of so many columns; how Linux gives one is in
    /// <https://man7.org/linux/man-pages/man4/pts.4.html>.
    init(columns: UInt16) throws {
        let (getNumber, setLock): (UInt, UInt) = (0x8004_5430, 0x4004_5431)
        descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        var (number, isLocked): (Int32, Int32) = (-1, 0)
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        guard descriptor >= 0, ioctl(descriptor, setLock, &isLocked) == 0,
            ioctl(descriptor, getNumber, &number) == 0,
            ioctl(descriptor, UInt(TIOCSWINSZ), &size) == 0
        else { throw Child.Problem("cannot open a terminal: error \(errno)") }
        name = "/dev/pts/\(number)"
    }

    deinit { close(descriptor) }

    /// All that was written to it so far.
    var text: String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        // Without a program at the other end a read fails, and what was written before is read first.
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The lines as they have stayed: what was erased is gone.
    var screen: String {
        text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in
                line.ranges(of: "\r\u{1B}[K").last.map { line[$0.upperBound...] } ?? line
            }.joined(separator: "\n")
    }
}
