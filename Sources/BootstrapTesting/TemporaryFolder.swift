import FoundationEssentials
import Glibc
import Synchronization

/// Folders that live as long as a test.
enum TemporaryFolder {
    /// Makes an empty folder that no other process has: below `TMPDIR`, or for root below `/tmp`,
    /// since the users that servers run as may not enter root's own.
    static func make() throws(TestServerError) -> String {
        let parent = getuid() == 0 ? "/tmp" : environment("TMPDIR") ?? "/tmp"
        var template = Array((parent + "/bootstrap-test-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TestServerError("cannot make a folder in \(parent): \(systemError())")
        }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Makes an empty folder that is removed at the process's exit, if it is there still.
    static func makeForThisProcess() throws(TestServerError) -> String {
        let folder = try make()
        made.withLock { $0.append(folder) }
        _ = removal
        return folder
    }

    private static let made = Mutex<[String]>([])
    private static let removal: Void = {
        atexit { TemporaryFolder.made.withLock { $0 }.forEach(TemporaryFolder.remove) }
    }()

    /// Removes a folder with all that is in it.
    static func remove(_ folder: String) {
        // What is left behind in a folder for temporary files does no harm.
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// The value of an environment variable; `nil` when it is not set, or empty.
func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}

/// What the last system call said.
func systemError(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }

/// Writes a line for the person who runs the tests.
func writeError(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
