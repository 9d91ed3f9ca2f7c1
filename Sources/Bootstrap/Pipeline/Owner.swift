import Glibc

/// Who runs a pipeline: a process on a host.
public struct Owner: Sendable, Equatable {
    /// The process's number, which in a container is mostly 1.
    public var process: Int32
    /// The host's name.
    public var host: String

    /// A process on a host.
    public init(process: Int32, host: String) {
        self.process = process
        self.host = host
    }

    /// This process.
    public static var current: Owner {
        var name = utsname()
        guard uname(&name) == 0 else { return Owner(process: getpid(), host: "localhost") }
        let host = withUnsafeBytes(of: &name.nodename) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return Owner(process: getpid(), host: host)
    }

    /// `bootstrap/17@web-1`, short enough for PostgreSQL's 63 bytes of application name.
    var applicationName: String { "bootstrap/\(process)@\(host.prefix(32))" }
}
