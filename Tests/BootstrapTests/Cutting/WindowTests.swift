import FoundationEssentials
import Glibc
import ScriptCorpus
import Testing

@testable import Bootstrap

/// A large file is cut as one in memory is, wherever its windows end.
@Suite struct WindowTests {
    /// What a script comes to: its statements, or why it is refused.
    private enum Outcome: Equatable {
        case statements([Found])
        case refused(String, Place?)
    }

    private struct Found: Equatable {
        var text: String
        var place: Place
        var only: [String]?
        var input: [UInt8]?
    }

    private func outcome(of cutter: Cutter) -> Outcome {
        var (cutter, found) = (cutter, [Found]())
        do throws(Failure) {
            while let cut = try cutter.next() {
                var input: [UInt8]?
                if let data = cut.input {
                    var bytes: [UInt8] = []
                    try data.readPieces { piece in
                        bytes += piece
                        return true
                    }
                    input = bytes
                }
                let text = String(decoding: cut.bytes[cut.range], as: UTF8.self)
                found.append(Found(text: text, place: cut.place, only: cut.only, input: input))
            }
            return .statements(found)
        } catch {
            return .refused(error.headline, error.place)
        }
    }

    private func cutter(_ window: TextWindow, _ engine: Engine) -> Cutter {
        Cutter(window, file: "x.sql", rules: engine.rules, known: EngineNames.all)
    }

    private func withFile(_ bytes: [UInt8], _ body: (LargeFile) throws -> Void) throws {
        let path =
            FileManager.default.temporaryDirectory.path + "/large-\(UInt64.random(in: 0 ... .max))"
        try Self.write(bytes, to: path)
        defer { unlink(path) }
        try body(try Self.large(path))
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    private static func large(_ path: String) throws -> LargeFile {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        return try LargeFile(path, descriptor)
    }

    /// Scripts with what matters at the end of a window somewhere in them.
    private func texts(_ engine: Engine) -> [[UInt8]] {
        let cases = CutCase.all(engine).map(\.text)
        let whole = cases.filter { (try? Script($0, file: "x", rules: engine.rules)) != nil }
        let made = (0..<UInt64(40)).map { seed in
            let style = GeneratedScript.Style(comments: true, seed: seed)
            return GeneratedScript(engine, seed: seed, style: style).text
        }
        // One behind the other they are longer than any window here.
        let joined = stride(from: 0, to: whole.count, by: 7).map { start in
            whole[start..<min(start + 7, whole.count)].joined(separator: "\n;\n")
        }
        return (cases + made + joined).map { Array($0.utf8) }
    }

    @Test(arguments: Engine.allCases)
    func `statements, places, data and mistakes are those of the whole text`(
        _ engine: Engine
    ) throws {
        for (index, text) in texts(engine).enumerated() {
            var bytes = text
            if index % 3 == 1 {
                let lines = String(decoding: text, as: UTF8.self)
                bytes = Array(lines.replacing("\n", with: "\r\n").utf8)
            }
            if index % 2 == 1 { bytes = [0xef, 0xbb, 0xbf] + bytes }
            let source = SourceFile(path: "x.sql", bytes: bytes)
            let whole = outcome(of: cutter(TextWindow(source.normalised), engine))
            try withFile(bytes) { file in
                for size in [1, 260, 300 + index] {
                    let window = try TextWindow(file, size: size)
                    #expect(
                        outcome(of: cutter(window, engine)) == whole,
                        "\(size): \(String(decoding: bytes, as: UTF8.self))")
                }
            }
        }
    }

    @Test(arguments: Engine.allCases)
    func `rows are read as any other tokens are`(_ engine: Engine) {
        for bytes in texts(engine) {
            var (one, other) = (
                Lexer(bytes, rules: engine.rules), Lexer(bytes, rules: engine.rules)
            )
            var (slow, quick): ([Token], [Token]) = ([], [])
            while let token = try? one.next() { slow.append(token) }
            other.skim { token, _ in quick.append(token) }
            while let token = try? other.next() {
                quick.append(token)
                other.skim { token, _ in quick.append(token) }
            }
            #expect(quick == slow, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test(arguments: Engine.allCases)
    func `checksum, directives and fingerprint are those of the whole file`(
        _ engine: Engine
    ) throws {
        for (index, text) in texts(engine).enumerated() where index % 5 == 0 {
            let header = index % 2 == 0 ? "-- bootstrap: no-transaction\r\n" : "\u{FEFF}/* é */\n"
            let bytes = Array(header.utf8) + text
            guard
                let whole = try? MigrationBody(
                    SourceFile(path: "x.sql", bytes: bytes), known: EngineNames.all)
            else { continue }
            try withFile(bytes) { file in
                let large = try MigrationBody(.large(file), known: EngineNames.all)
                #expect(large.checksum == whole.checksum)
                #expect(large.directives == whole.directives)
                #expect(large.fingerprint(engine.rules) == whole.fingerprint(engine.rules))
            }
        }
    }

    @Test func `a file's bytes that are no UTF-8 are told with their place`() throws {
        let row = Array("INSERT INTO t VALUES ('日本語 é');\n".utf8)
        let rows = Array(repeatElement(row, count: 60_000).joined())
        try withFile(rows) { file in
            _ = try MigrationBody(.large(file), known: EngineNames.all)
        }
        try withFile(rows + Array("SELECT '".utf8) + [0xc3] + row) { file in
            let failure = #expect(throws: Failure.self) {
                try MigrationBody(.large(file), known: EngineNames.all)
            }
            #expect(failure?.headline == "holds bytes that are no UTF-8")
            #expect(failure?.place == Place(file: file.path, line: 60_001, column: 9))
            #expect(failure?.status == .rejected)
        }
    }

    @Test func `one statement may be larger than any window`() throws {
        let long = "INSERT INTO t VALUES ('" + String(repeating: "é;'' ", count: 700_000) + "')"
        try withFile(Array("SELECT 1;\n\(long);\nSELECT 2".utf8)) { file in
            var cutter = cutter(try TextWindow(file), .sqlite)
            var found: [String] = []
            while let cut = try cutter.next() { found.append(cut.statement.text) }
            #expect(found == ["SELECT 1", long, "SELECT 2"])
        }
    }

    @Test func `the data of a COPY is not in memory as a whole`() throws {
        let line = "1\té\\n2\n"
        let data = Array(repeatElement(Array(line.utf8), count: 400_000).joined())
        let text = Array("COPY t FROM stdin;\n".utf8) + data + Array("\\.\nSELECT 1;\n".utf8)
        try withFile(text) { file in
            let window = try TextWindow(file)
            var cutter = cutter(window, .postgres)
            let copy = try #require(try cutter.next())
            #expect(window.bytes.count <= 2 << 20)
            var (count, largest) = (0, 0)
            try #require(copy.input).readPieces { piece in
                (count, largest) = (count + piece.count, max(largest, piece.count))
                return true
            }
            #expect(count == data.count)
            #expect(largest <= 1 << 20)
            #expect(try cutter.next()?.place.line == 400_003)
        }
    }

    @Test func `a file that changes while it is read is refused`() throws {
        let row = Array("INSERT INTO t VALUES (1);\n".utf8)
        try withFile(Array(repeatElement(row, count: 90_000).joined())) { file in
            var cutter = cutter(try TextWindow(file), .sqlite)
            _ = try cutter.next()
            try Self.write(row, to: file.path)
            let failure = #expect(throws: Failure.self) {
                while try cutter.next() != nil {}
            }
            #expect(failure?.status == .configuration)
            #expect(failure?.headline == "\(file.path) has changed since it was first read")
        }
    }

    @Test func `a mistake behind much text is shown with its line, and passwords are not`() throws {
        let rows = String(repeating: "INSERT INTO t VALUES ('é');\r\n", count: 60_000)
        let text = rows + "CREATE USER a IDENTIFIED BY 'sesame'; \\connect x\r\n"
        try withFile(Array(text.utf8)) { file in
            let body = try MigrationBody(.large(file), known: EngineNames.all)
            let failure = #expect(throws: Failure.self) {
                try body.check(for: .testPostgres, settings: Settings())
            }
            #expect(failure?.headline == "\\connect is a command of psql, not SQL")
            #expect(failure?.place == Place(file: file.path, line: 60_001, column: 39))
            #expect(failure?.excerpt?.contains("\\connect x") == true)
            #expect(failure?.excerpt?.contains("sesame") == false)
        }
    }
}
