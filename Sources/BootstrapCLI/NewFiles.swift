import Bootstrap
import FoundationEssentials
import Glibc

/// Empty files with the right names, for `bootstrap new`.
enum NewFiles {
    /// The present moment in UTC as the number of a migration: `20261122182001`.
    static var timestamp: String {
        String(Moment.now.text(.rfc3339).filter(\.isNumber).prefix(14))
    }

    /// The name of a seed's new file: the next ten after the seeds that are there.
    static func seed(_ name: String, in folder: String) throws(Failure) -> [String] {
        let there = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let numbers = there.compactMap { Int($0.prefix { $0.isASCII && $0.isNumber }) }
        let next = ((numbers.max() ?? 0) / 10 + 1) * 10
        // Named as a migration is, whose rules for words are the same.
        let names = try NewMigration.names(name, existing: [], timestamp: timestamp)
        let digits = String(next)
        let number = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        return names.map { "\(number)_\($0.dropFirst("0001_".count).dropLast(".sql".count)).yaml" }
    }

    /// Writes an empty file that was not there, and its folder.
    static func write(_ path: String, in folder: String) throws(Failure) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw Failure(.configuration, "cannot make the folder \(folder)")
        }
        // O_EXCL: two people with the same idea must not write over each other.
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            let reason = String(cString: strerror(errno))
            throw Failure(.configuration, "cannot write \(path): \(reason)")
        }
        close(file)
    }
}
