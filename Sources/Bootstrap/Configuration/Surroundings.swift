@preconcurrency import Glibc

/// What a configuration is read from, as parameters: tests have their own, in memory.
package struct Surroundings: Sendable {
    /// The environment's variables.
    package var variables: [String: String]
    /// Reads a file; `nil` when there is none.
    package var read: @Sendable (String) throws(UnreadableFile) -> [UInt8]?

    /// Surroundings made of their parts.
    package init(
        variables: [String: String],
        read: @escaping @Sendable (String) throws(UnreadableFile) -> [UInt8]? = { _ in nil }
    ) {
        self.variables = variables
        self.read = read
    }

    /// This process's own environment and files: the one place where they are looked at.
    package static var process: Surroundings {
        Surroundings(variables: environment()) { (path) throws(UnreadableFile) in
            guard access(path, F_OK) == 0 || errno != ENOENT else { return nil }
            do throws(Failure) {
                return try SourceFile.read(path).bytes
            } catch {
                throw UnreadableFile(
                    reason: error.headline.replacing("cannot read \(path): ", with: ""))
            }
        }
    }

    /// The variables of this process; of two with one name the first counts, as for `getenv`.
    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var entries: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
        while let entry = entries?.pointee {
            entries = entries?.successor()
            guard let equals = strchr(entry, Int32(UInt8(ascii: "="))) else { continue }
            let length = UnsafeMutablePointer(equals) - entry
            let bytes = UnsafeRawBufferPointer(start: entry, count: length)
            let name = String(decoding: bytes, as: UTF8.self)
            if variables[name] == nil { variables[name] = String(cString: equals + 1) }
        }
        return variables
    }

    /// Reads a file that was named, so that it must be there.
    package func require(_ path: String) throws(UnreadableFile) -> [UInt8] {
        guard let bytes = try read(path) else {
            throw UnreadableFile(reason: "No such file or directory")
        }
        return bytes
    }
}
