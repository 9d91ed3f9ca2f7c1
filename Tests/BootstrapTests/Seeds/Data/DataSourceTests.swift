import Crypto
import FoundationEssentials
import Testing

@testable import Bootstrap

/// Where data come from: files and memory, compressed or not.
@Suite struct DataSourceTests {
    /// `a,b` and `1,2`, each with a line end, as `gzip -n` has it.
    private static let rows = bytes("H4sIAAAAAAACA0vUSeIy1DHiAgB7B5cKCAAAAA==")
    /// `3,4` with a line end.
    private static let more = bytes("H4sIAAAAAAACAzPWMeECAD4tcqkEAAAA")

    private static func bytes(_ base64: String) -> [UInt8] { Base64.bytes(of: base64) ?? [] }

    private func read(_ bytes: [UInt8], pieceSize: Int = 1 << 16) -> ReadRecords {
        ReadRecords(
            DataSource(path: "x.csv.gz", bytes: bytes), .csv, pieceSize: pieceSize)
    }

    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let path =
            FileManager.default.temporaryDirectory.path
            + "/data-\(UInt64.random(in: 0 ... .max)).csv"
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test(arguments: ["csv", "csv.gz"])
    func `which part of the stored bytes was read is known`(_ ending: String) throws {
        let text = Array(("a,b\n" + String(repeating: "1,2\n", count: 5000)).utf8)
        let isCompressed = ending == "csv.gz"
        let bytes =
            isCompressed ? (1...5000).reduce(into: Self.rows) { all, _ in all += Self.more } : text
        let source = DataSource(path: "x.\(ending)", bytes: bytes)
        let records = try DataRecords(source, .csv, pieceSize: 1 << 10)
        #expect(records.fraction < 1)
        var last = 0.0
        while try records.read() {
            #expect(records.fraction >= last)
            last = records.fraction
        }
        #expect(records.fraction == 1)
    }

    @Test func `members behind each other are one text, with zeros as padding`() {
        #expect(read(Self.rows) == ReadRecords("a,b\n1,2\n", .csv))
        #expect(read(Self.rows + Self.more) == ReadRecords("a,b\n1,2\n3,4\n", .csv))
        #expect(read(Self.rows + [0, 0, 0]) == read(Self.rows))
        #expect(read(Self.rows + [0] + Self.more + [0]) == read(Self.rows + Self.more))
        #expect(read(Self.rows + Self.more, pieceSize: 1) == read(Self.rows + Self.more))
    }

    @Test func `what is missing of a compressed file is noticed wherever it ends`() {
        for count in 1..<Self.rows.count {
            #expect(
                read(Array(Self.rows.prefix(count))).failure
                    == "x.csv.gz ends in the midst of its compressed data; its end is missing",
                "\(count)")
        }
        let cut = read(Self.rows + Self.more.dropLast())
        #expect(cut.failure?.hasSuffix("its end is missing") == true)
        #expect(cut.rows == [["1", "2"], ["3", "4"]])
        #expect(read([]).failure == "x.csv.gz is empty, and no gzip file")
    }

    @Test func `what is damaged, or something else, is named`() {
        var damaged = Self.rows
        damaged[damaged.count - 8] ^= 1
        #expect(
            read(damaged).failure == "x.csv.gz is damaged: zlib says incorrect data check")
        #expect(
            read(Array("a,b\n1,2\n".utf8)).failure == "x.csv.gz is named .gz and holds no gzip data"
        )
        #expect(
            read(Self.rows + Array("x".utf8)).failure
                == "x.csv.gz holds something else behind its compressed data")
        #expect(
            read([0x1F, 0x8C, 8, 0]).failure
                == "x.csv.gz is damaged: zlib says incorrect header check")
    }

    @Test func `a file is read as bytes in memory are, and hashed as it is stored`() throws {
        let text = "a,b\n" + (0..<30_000).map { "\($0),é\n" }.joined()
        try withFile(text) { path in
            let source = try DataSource(file: path)
            #expect(ReadRecords(source, .csv) == ReadRecords(text, .csv))
            var hash = SHA256()
            try source.update(&hash)
            #expect(Array(hash.finalize()) == Array(SHA256.hash(data: Array(text.utf8))))
        }
        var hash = SHA256()
        try DataSource(path: "x.csv.gz", bytes: Self.rows).update(&hash)
        #expect(Array(hash.finalize()) == Array(SHA256.hash(data: Self.rows)))
    }

    @Test func `a file that changes while it is read, or that is not there, stops the run`() throws
    {
        let text = "a,b\n" + (0..<1000).map { "\($0),x\n" }.joined()
        try withFile(text) { path in
            let source = try DataSource(file: path)
            let records = try DataRecords(source, .csv, pieceSize: 64)
            #expect(try records.read())
            try Data("a,b\n".utf8).write(to: URL(filePath: path))
            let failure = #expect(throws: Failure.self) { while try records.read() {} }
            #expect(failure?.status == .configuration)
            #expect(failure?.headline == "\(path) has changed since it was first read")
            #expect(throws: Failure.self) { _ = try DataRecords(source, .csv) }
        }
        let missing = #expect(throws: Failure.self) { try DataSource(file: "/nowhere/x.csv") }
        #expect(missing?.description == "cannot read /nowhere/x.csv: No such file or directory")
        #expect(missing?.status == .configuration)
    }
}
