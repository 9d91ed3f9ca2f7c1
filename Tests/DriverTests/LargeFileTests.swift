import BootstrapTesting
import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import Bootstrap

/// A file that is not held in memory keeps all promises, on every engine.
@Suite struct LargeFileTests {
    private func withFile(
        _ text: String, _ body: (_ folder: String, _ file: String) throws -> Void
    ) throws {
        let folder =
            FileManager.default.temporaryDirectory.path + "/large-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/0001_item.sql"
        try write(text, to: file)
        try body(folder, file)
    }

    private func write(_ text: String, to path: String, mode: String = "w") throws {
        let file = try #require(fopen(path, mode))
        let bytes = Array(text.utf8)
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    private func pipeline(
        _ database: TestDatabase, _ url: DatabaseURL, _ folder: String
    ) -> Pipeline {
        database.pipeline(url, .folder(folder))
    }

    private static let table =
        "CREATE TABLE item (id integer PRIMARY KEY, name varchar(200) NOT NULL);\n"

    /// Statements for rows with these numbers, one a line, which a statement in the wrong place would
    /// make two of.
    private func inserts(_ range: Range<Int>) -> String {
        range.map {
            "INSERT INTO item VALUES (\($0), 'Größe; \(String(repeating: "é", count: 30))');\n"
        }
        .joined()
    }

    @Test(arguments: TestDatabase.all)
    func `a mistake in the middle has its place, and the corrected file goes on`(
        _ database: TestDatabase
    ) throws {
        try database.withDatabase { url in
            // With a byte order mark, and with the line ends of Windows.
            func text(_ middle: String) -> String {
                let lines = Self.table + inserts(0..<12_000) + middle + inserts(12_001..<13_000)
                return "\u{FEFF}" + lines.replacing("\n", with: "\r\n")
            }
            try withFile(text("INSERT INTO nowhere VALUES ('ß');\n")) { folder, file in
                let pipeline = pipeline(database, url, folder).blocking
                let failure = #expect(throws: Failure.self) { try pipeline.run { _ in } }
                #expect(failure?.place?.line == 12_002)
                #expect(failure?.place?.file == file)
                #expect(failure?.status == .rejected)
                #expect(failure?.excerpt == "INSERT INTO nowhere VALUES ('ß');")
                let marks = !database.dialect.rollsBackDDL
                #expect(
                    failure?.state?.hasPrefix(
                        marks
                            ? "Statements 1 to 12001 took effect. Statement 12002 of 13001 did not"
                            : "The database is as it was") == true)
                try write(text("INSERT INTO item VALUES (12000, 'ß');\n"), to: file)
                #expect(try pipeline.run { _ in }.migrated == ["0001_item"])
                #expect(
                    try rows("SELECT count(*), max(id) FROM item", database, url) == [
                        [13_000, 12_999]
                    ]
                )
                #expect(try pipeline.run { _ in }.isNothing)
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a file that changes while its statements run is not taken for applied`(
        _ database: TestDatabase
    ) throws {
        try database.withDatabase { url in
            try withFile(Self.table + inserts(0..<24_000)) { folder, file in
                let pipeline = pipeline(database, url, folder).blocking
                let isChanged = Mutex(false)
                let failure = #expect(throws: Failure.self) {
                    try pipeline.run { event in
                        guard case .running = event else { return }
                        let isFirst = isChanged.withLock { isChanged in
                            defer { isChanged = true }
                            return !isChanged
                        }
                        if isFirst { try? write("SELECT 1;\n", to: file, mode: "a") }
                    }
                }
                #expect(failure?.headline == "\(file) has changed since it was first read")
                #expect(failure?.status == .configuration)
                guard database.dialect.rollsBackDDL else {
                    #expect(failure?.state?.hasPrefix("Statements 1 to ") == true)
                    #expect(try pipeline.run { _ in }.migrated == ["0001_item"])
                    #expect(try rows("SELECT count(*) FROM item", database, url) == [[24_000]])
                    return
                }
                #expect(failure?.state?.hasPrefix("The database is as it was") == true)
                let connection = try database.connect(to: url)
                defer { connection.close() }
                #expect(try connection.describe(TableName("item")) == nil)
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func `what no run should begin with is told before the first statement runs`(
        _ database: TestDatabase
    ) throws {
        try database.withDatabase { url in
            let mark = database.dialect.rollsBackDDL ? "COMMIT" : "DO RELEASE_ALL_LOCKS()"
            let text = Self.table + inserts(0..<12_000) + mark + ";\n" + inserts(12_000..<12_010)
            try withFile(text) { folder, file in
                let failure = #expect(throws: Failure.self) {
                    try pipeline(database, url, folder).blocking.run { _ in }
                }
                #expect(failure?.place == Place(file: file, line: 12_002, column: 1))
                #expect(failure?.state == "Nothing was changed.")
                let connection = try database.connect(to: url)
                defer { connection.close() }
                #expect(try connection.describe(TableName("item")) == nil)
            }
        }
    }

    @Test(arguments: TestDatabase.all)
    func `a transaction around all of a dump is taken as one`(_ database: TestDatabase) throws {
        try database.withDatabase { url in
            let text = "BEGIN;\n" + Self.table + inserts(0..<12_000) + "COMMIT;\n"
            try withFile(text) { folder, _ in
                let pipeline = pipeline(database, url, folder).blocking
                let report = try pipeline.run { _ in }
                #expect(report.migrated == ["0001_item"])
                let count = try rows("SELECT count(*) FROM item", database, url)
                #expect(count == [[12_000]])
                let again = try pipeline.run { _ in }
                #expect(again.isNothing)
            }
        }
    }
}
