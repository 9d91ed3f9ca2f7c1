import Glibc

/// Hides what is secret in the process's arguments from everybody who lists processes.
///
/// The kernel shows the memory in which it put the arguments, so the bytes themselves are
/// overwritten, in place and with their length kept; the program works on copies made before.
enum ArgumentMask {
    /// Overwrites the secrets in this process's own argument memory.
    static func apply() {
        var memory = CommandLine.unsafeArgv
        var isExpectingSetting = false
        while let argument = memory.pointee {
            let text = String(cString: argument)
            // What follows belongs to COMMAND, whose arguments are its own.
            guard text != "--" else { return }
            if let masked = masked(text, isSetting: isExpectingSetting) {
                for (index, byte) in masked.utf8.enumerated() {
                    argument[index] = CChar(bitPattern: byte)
                }
            }
            isExpectingSetting = text == "--set"
            memory += 1
        }
    }

    /// The argument with what may be secret replaced by as many stars; `nil` when nothing is.
    ///
    /// In a URL that is everything between the user's colon and the last `@`, so that a password
    /// with unescaped characters is covered whole, and the values of options that name a password.
    static func masked(_ argument: String, isSetting: Bool = false) -> String? {
        var bytes = Array(argument.utf8)
        if isSetting || argument.hasPrefix("--set=") {
            maskSetting(&bytes, from: isSetting ? 0 : "--set=".utf8.count)
        } else {
            maskUserInfo(&bytes)
            maskOptions(&bytes)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text == argument ? nil : text
    }

    private static let star = UInt8(ascii: "*")

    /// `NAME=VALUE`: the value, whatever the name is.
    private static func maskSetting(_ bytes: inout [UInt8], from start: Int) {
        guard let equals = bytes[start...].firstIndex(of: UInt8(ascii: "=")) else { return }
        for index in bytes.indices.suffix(from: equals + 1) { bytes[index] = star }
    }

    private static func maskUserInfo(_ bytes: inout [UInt8]) {
        guard let start = endOfScheme(bytes), let end = bytes.lastIndex(of: UInt8(ascii: "@")),
            end > start, let colon = bytes[start..<end].firstIndex(of: UInt8(ascii: ":"))
        else { return }
        for index in colon + 1..<end { bytes[index] = star }
    }

    /// What stands behind the first `://`.
    private static func endOfScheme(_ bytes: [UInt8]) -> Int? {
        var index = 0
        while index + 2 < bytes.count {
            if bytes[index] == UInt8(ascii: ":"), bytes[index + 1] == UInt8(ascii: "/"),
                bytes[index + 2] == UInt8(ascii: "/")
            {
                return index + 3
            }
            index += 1
        }
        return nil
    }

    private static func maskOptions(_ bytes: inout [UInt8]) {
        guard endOfScheme(bytes) != nil,
            let question = bytes.firstIndex(of: UInt8(ascii: "?"))
        else { return }
        var start = question + 1
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.endIndex
            if let equals = bytes[start..<end].firstIndex(of: UInt8(ascii: "=")) {
                let name = String(decoding: bytes[start..<equals], as: UTF8.self).lowercased()
                if ["password", "passwd", "pwd", "sslpassword"].contains(name) {
                    for index in equals + 1..<end { bytes[index] = star }
                }
            }
            start = end + 1
        }
    }
}
