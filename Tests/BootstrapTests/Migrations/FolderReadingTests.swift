import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import Bootstrap

/// Files that two threads read together.
@Suite struct FolderReadingTests {
    /// A folder with these files, open, for the time of `body`.
    private func withFolder(
        _ files: [String: String], _ body: (_ path: String, _ descriptor: Int32) throws -> Void
    ) throws {
        let path =
            FileManager.default.temporaryDirectory.path
            + "/reading-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        for (name, text) in files {
            let file = try #require(fopen(path + "/" + name, "w"))
            fputs(text, file)
            fclose(file)
        }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        try body(path, descriptor)
    }

    private func checksums(
        _ reading: FolderReading, beforeEach step: (Int) -> Void = { _ in }
    ) throws -> [String] {
        var sums: [String] = []
        try reading.forEach { file in
            step(sums.count)
            guard case .leadsThere(_, let body) = file else { return }
            sums.append(body.checksum)
        }
        return sums
    }

    private static let files = Dictionary(
        uniqueKeysWithValues: (100..<400).map { ("\($0)_a.sql", "SELECT \($0);\n") })

    @Test(arguments: [0, 1, 150, 299])
    func `each file is handed out once and in order, whenever the second thread joins`(
        _ moment: Int
    ) throws {
        try withFolder(Self.files) { path, folder in
            let names = Self.files.keys.sorted()
            let alone = FolderReading(names, folder: folder, prefix: path + "/", known: [])
            let expected = try checksums(alone)
            #expect(Set(expected).count == 300)
            let shared = FolderReading(names, folder: folder, prefix: path + "/", known: [])
            let isOver = Bell()
            let sums = try checksums(shared) { count in
                guard count == moment else { return }
                Lane.start {
                    shared.join()
                    isOver.ring()
                }
            }
            #expect(sums == expected)
            isOver.wait()
        }
    }

    @Test func `a second thread that was there first leaves what the first one is at`() throws {
        try withFolder(Self.files) { path, folder in
            let names = Self.files.keys.sorted()
            let reading = FolderReading(names, folder: folder, prefix: path + "/", known: [])
            reading.join()
            var paths: [String] = []
            try reading.forEach { file in
                if case .leadsThere(_, let body) = file { paths.append(body.path) }
            }
            #expect(paths == names.map { path + "/" + $0 })
        }
    }

    @Test func `of several wrong files the first is told, whoever read it`() throws {
        var files = Self.files
        for name in ["110_x", "390_x", "395_x"] { files[name + ".mongo.sql"] = "SELECT 1;" }
        let wrong = files
        try withFolder(wrong) { path, folder in
            let reading = FolderReading(
                wrong.keys.sorted(), folder: folder, prefix: path + "/", known: ["sqlite"])
            reading.join()
            let failure = #expect(throws: Failure.self) {
                try reading.forEach { (file) throws(Failure) in
                    if case .wrong(let failure) = file { throw failure }
                }
            }
            #expect(failure?.headline.hasPrefix("\(path)/110_x.mongo.sql ") == true)
        }
    }

    @Test func `after the end nobody reads in the folder any more`() throws {
        try withFolder(Self.files) { path, folder in
            let reading = FolderReading(
                Self.files.keys.sorted(), folder: folder, prefix: path + "/", known: [])
            Lane.start { reading.join() }
            reading.end()
            reading.join()
            var left = 0
            try reading.forEach { _ in left += 1 }
            // The second thread had taken whole handfuls, or nothing yet.
            #expect(left % 8 == 0 || left == 300)
        }
    }
}
